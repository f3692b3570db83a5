package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.EventStream;
import dev.parley.api.From;
import dev.parley.api.QueueOptions;
import dev.parley.api.Reason;
import dev.parley.api.StreamOptions;
import dev.parley.api.Streams;
import dev.parley.api.Subject;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.Message;
import dev.parley.core.stream.Start;
import dev.parley.core.stream.StreamClient;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamReply;
import dev.parley.front.amqp.Broker;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.stream.Retention;
import dev.parley.front.stream.StreamAsker;
import dev.parley.front.stream.StreamFeed;
import dev.parley.front.stream.TopicBindings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The streams of the node in this process, in the virtual host `/`.
///
/// A stream is opened and published to as a queue is ([EmbeddedQueues]), and read by a [StreamFeed]
/// as everybody else does.
final class EmbeddedStreams implements Streams {
    /// A stream as the catalog had it.
    record Known(long id, int shard, boolean lastPerSubject) {
        static Known of(QueueEntry entry) {
            return new Known(entry.id(), entry.shard(), Retention.of(entry).lastPerSubject());
        }
    }

    private final Programs programs;
    private final Broker broker;
    private final EmbeddedQueues queues;

    EmbeddedStreams(Programs programs, Broker broker, EmbeddedQueues queues) {
        this.programs = programs;
        this.broker = broker;
        this.queues = queues;
    }

    // ---- opening

    @Override
    public <T> EventStream<T> stream(String name, Class<T> type) {
        return stream(name, EmbeddedQueues.codec(type));
    }

    @Override
    public <T> EventStream<T> stream(String name, Class<T> type, StreamOptions options) {
        return stream(name, EmbeddedQueues.codec(type), options);
    }

    @Override
    public <T> EventStream<T> stream(String name, Codec<T> codec) {
        open(name, StreamOptions.EVERYTHING, false);
        return new LocalStream<>(this, name, codec);
    }

    @Override
    public <T> EventStream<T> stream(String name, Codec<T> codec, StreamOptions options) {
        open(name, options, true);
        return new LocalStream<>(this, name, codec);
    }

    /// @param strict whether one that is there has to be like that
    private void open(String name, StreamOptions options, boolean strict) {
        // A message whose routing key is no subject has the stream's name as its subject.
        Subject _ = new Subject(name);
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("x-queue-type", "stream");
        arguments.putAll(options.arguments());
        queues.open(name, new QueueOptions(true, arguments), strict);
        programs.<Boolean>ask(ask -> bind(ask, name, options)).join();
    }

    private void bind(Ask<Boolean> ask, String name, StreamOptions options) {
        QueueEntry queue = queues.entry(name);
        if (queue == null) {
            ask.refuse(missing(name));
        } else if (!queue.isStream()) {
            ask.refuse(new Reason.Precondition("'%s' is a queue, not a stream".formatted(name)));
        } else {
            TopicBindings.add(
                    way(),
                    queue,
                    options.subjects(),
                    refusal -> {
                        if (refusal == null) {
                            ask.answer(true);
                        } else {
                            ask.refuse(refusal);
                        }
                    });
        }
    }

    // ---- publishing

    void publish(String stream, Message message, Receipt receipt) throws InterruptedException {
        queues.send(stream, message, receipt);
    }

    long messageBytesMax() {
        return queues.messageBytesMax();
    }

    // ---- looking

    Known find(String stream) throws InterruptedException {
        return programs.<Known>ask(
                        ask -> {
                            QueueEntry entry = entry(stream);
                            if (entry == null) {
                                ask.refuse(missing(stream));
                            } else {
                                ask.answer(Known.of(entry));
                            }
                        })
                .await();
    }

    /// Asks a stream something, and waits for the answer.
    StreamReply ask(Known stream, Function<StreamClient, StreamCommand> question)
            throws InterruptedException {
        return programs.<StreamReply>ask(ask ->
                        broker.offer(
                                stream.shard(),
                                question.apply(new StreamAsker(reply -> answer(ask, reply)))))
                .await();
    }

    private static void answer(Ask<StreamReply> ask, StreamReply reply) {
        if (reply instanceof StreamReply.Refused(Reason reason)) {
            ask.refuse(reason);
        } else {
            ask.answer(reply);
        }
    }

    static Start start(From from) {
        return switch (from) {
            case From.First _ -> new Start.First();
            case From.Last _ -> new Start.Last();
            case From.Next _ -> new Start.Next();
            case From.Offset(long offset) -> new Start.At(offset);
            case From.Time(var time) -> new Start.Since(time.toEpochMilli());
        };
    }

    /// A message as its readers are told it: one without a body says, where there are last values,
    /// that its subject has none any more.
    static Publication told(Publication message, boolean lastPerSubject) {
        if (!lastPerSubject || message.payload().hasRemaining()) {
            return message;
        }
        return new Publication(
                message.topic(),
                message.qos(),
                true,
                message.expiresAt(),
                message.properties(),
                message.payload());
    }

    // ---- what the parts need

    Programs programs() {
        return programs;
    }

    /// On the loop, like what follows.
    StreamFeed.Way way() {
        return broker::offer;
    }

    long nextId() {
        return broker.nextId();
    }

    @Nullable QueueEntry entry(String stream) {
        QueueEntry entry = queues.entry(stream);
        return entry != null && entry.isStream() ? entry : null;
    }

    Reason missing(String stream) {
        return new Reason.NotFound("no stream '" + stream + "'");
    }
}
