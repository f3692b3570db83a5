package dev.parley.front.amqp;

import dev.parley.api.Reason;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.Window;
import dev.parley.core.stream.Start;
import dev.parley.core.stream.StreamClient;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamDelivery;
import dev.parley.core.stream.StreamReply;
import dev.parley.front.stream.Place;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A consumer of a stream: it reads where others take. Conditions and texts are RabbitMQ's.
final class StreamConsumer implements StreamClient {
    private static final String OFFSET = "x-stream-offset";
    private static final String CURSOR = "x-stream-cursor";
    private static final String EPOCH = "x-stream-epoch";
    private static final String MISSED = "x-stream-missed";

    /// Bytes of a name of a cursor.
    private static final int CURSOR_MAX = 255;

    private static final int CONTENT_TYPE = 1 << 15;
    private static final int CONTENT_ENCODING = 1 << 14;
    private static final int HEADERS = 1 << 13;

    private final AmqpChannel channel;
    private final Window window;
    private final StreamCommand.Attach attach;

    /// Messages that are kept no more and would have come before the next one.
    private long missed;

    /// @param id the consumer's number
    /// @param window what the client takes
    StreamConsumer(
            AmqpChannel channel,
            QueueEntry stream,
            ClientMethod.BasicConsume consume,
            long id,
            int prefetch,
            long now,
            Window window) {
        this.channel = channel;
        this.window = window;
        String name = "queue '%s' in vhost '%s'".formatted(stream.name(), stream.host());
        if (prefetch == 0) {
            throw precondition("consumer prefetch count is not set for '" + name + "'");
        }
        if (consume.noAck()) {
            throw notImplemented("automatic acknowledgement", stream);
        }
        FieldTable arguments = consume.arguments();
        if (arguments.get("x-priority") != null) {
            throw precondition(
                    "invalid arg 'x-priority' for " + name + " of queue type rabbit_stream_queue");
        }
        this.attach =
                new StreamCommand.Attach(
                        this,
                        0,
                        stream.id(),
                        id,
                        start(arguments.get(OFFSET), name, now),
                        cursor(arguments.get(CURSOR), name),
                        prefetch);
    }

    private static AmqpException precondition(String detail) {
        return new AmqpException(ReplyCode.PRECONDITION_FAILED, detail);
    }

    /// What cannot be done to a stream.
    static AmqpException notImplemented(String what, QueueEntry stream) {
        return new AmqpException(
                ReplyCode.NOT_IMPLEMENTED,
                "%s not supported by stream queues queue '%s' in vhost '%s'"
                        .formatted(what, stream.name(), stream.host()));
    }

    private static Start start(@Nullable FieldValue value, String name, long now) {
        try {
            return Place.ofArgument(value, now);
        } catch (IllegalArgumentException e) {
            throw precondition("invalid arg '" + OFFSET + "' for " + name + ": " + e.getMessage());
        }
    }

    private static @Nullable String cursor(@Nullable FieldValue value, String name) {
        String text = value == null ? null : value.asText();
        boolean wrong = text == null || text.isEmpty() || text.length() > CURSOR_MAX;
        if (value != null && wrong) {
            throw precondition(
                    "invalid arg '%s' for %s: expected a name of 1 to 255 characters"
                            .formatted(CURSOR, name));
        }
        return text;
    }

    StreamCommand attach(long token) {
        return new StreamCommand.Attach(
                this,
                token,
                attach.stream(),
                attach.reader(),
                attach.start(),
                attach.cursor(),
                attach.window());
    }

    @Override
    public void onReply(long token, StreamReply reply) {
        if (reply instanceof StreamReply.Attached attached) {
            missed = attached.missed();
        }
        channel.onReply(
                token,
                reply instanceof StreamReply.Refused(Reason reason)
                        ? new QueueReply.Refused(reason)
                        : new QueueReply.Done(0, 0));
    }

    @Override
    public boolean ready(long reader) {
        return window.tryTake();
    }

    @Override
    public void onDelivery(StreamDelivery delivery) {
        long before = missed + delivery.missed();
        missed = 0;
        channel.consumers().onDelivery(delivery, before);
    }

    @Override
    public void onEnded(long reader) {
        channel.onCancelled(reader);
    }

    // It publishes nothing.

    @Override
    public void onAccepted(long from, long to) {}

    @Override
    public void onRefused(long token, Reason reason) {}

    /// The message's property list with where it stands in the stream among its headers, and what
    /// was missed before it. The list is not decoded: the headers are put behind those it has.
    static ByteBuffer properties(StreamDelivery delivery, long missed) {
        ByteBuffer list = delivery.properties();
        int flags = list.getShort(0);
        int at = 2;
        for (int text = CONTENT_TYPE; text >= CONTENT_ENCODING; text >>>= 1) {
            if ((flags & text) != 0) {
                at += 1 + Byte.toUnsignedInt(list.get(at));
            }
        }
        boolean had = (flags & HEADERS) != 0;
        int table = had ? list.getInt(at) : 0;
        int added = entry(OFFSET) + entry(EPOCH) + (missed > 0 ? entry(MISSED) : 0);
        int before = had ? at + 4 + table : at;
        ByteBuffer out = ByteBuffer.allocate(list.remaining() + added + (had ? 0 : 4));
        out.putShort((short) (flags | HEADERS));
        out.put(list.slice(2, at - 2)).putInt(table + added);
        if (had) {
            out.put(list.slice(at + 4, table));
        }
        put(out, OFFSET, delivery.offset());
        put(out, EPOCH, delivery.stream());
        if (missed > 0) {
            put(out, MISSED, missed);
        }
        return out.put(list.slice(before, list.remaining() - before)).flip();
    }

    private static int entry(String name) {
        return 1 + name.length() + 1 + 8;
    }

    private static void put(ByteBuffer out, String name, long value) {
        out.put((byte) name.length());
        for (int i = 0; i < name.length(); i++) {
            out.put((byte) name.charAt(i));
        }
        out.put((byte) 'l').putLong(value);
    }
}
