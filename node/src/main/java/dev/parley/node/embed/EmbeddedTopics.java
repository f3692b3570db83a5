package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.api.SubjectFilter;
import dev.parley.api.Topic;
import dev.parley.api.Topics;
import dev.parley.core.shard.Command;
import dev.parley.core.topic.QuietClient;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicReply;
import dev.parley.front.mqtt.MqttBroker;
import dev.parley.front.mqtt.MqttConfig;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.TopicSpace;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// The topics of the node in this process, in the virtual host `/`.
///
/// What programs publish goes through [Programs] and the [Outlet] to where an MQTT client's
/// messages go, and their subscriptions stand beside those of MQTT's sessions.
final class EmbeddedTopics implements Topics {
    /// What a message takes besides its bytes, about.
    private static final int OVERHEAD = 256;

    private final Programs programs;
    private final MqttBroker broker;
    private final Outlet outlet;

    /// Names that this process subscribes with.
    private final Set<String> names = ConcurrentHashMap.newKeySet();

    EmbeddedTopics(Programs programs, MqttBroker broker) {
        this.programs = programs;
        this.broker = broker;
        this.outlet = new Outlet(programs, broker);
    }

    @Override
    public <T> Topic<T> topic(String filter, Class<T> type) {
        return topic(filter, EmbeddedQueues.codec(type));
    }

    @Override
    public <T> Topic<T> topic(String filter, Codec<T> codec) {
        if (filter.startsWith("$share/")) {
            throw new IllegalArgumentException("a topic is not shared: " + filter);
        }
        if (filter.startsWith("$stream/")) {
            throw new IllegalArgumentException("a stream is no topic, it is read: " + filter);
        }
        return new LocalTopic<>(this, new SubjectFilter(filter), codec);
    }

    @Override
    public void unsubscribe(String name) throws InterruptedException {
        programs.<Boolean>ask(ask -> discard(ask, name)).await();
    }

    private void discard(Ask<Boolean> ask, String name) {
        QuietClient client =
                new QuietClient() {
                    @Override
                    public void onReply(long token, TopicReply reply) {
                        if (reply instanceof TopicReply.Refused(Reason reason)) {
                            ask.refuse(reason);
                        } else {
                            ask.answer(true);
                        }
                    }
                };
        offer(
                shardOf(name),
                new TopicCommand.Discard(client, 1, Programs.HOST, name, TopicCommand.NODE));
    }

    // ---- publishing

    void publish(Publication message, Receipt receipt) throws InterruptedException {
        int bytes =
                programs.share(
                        (long) OVERHEAD
                                + message.properties().remaining()
                                + message.payload().remaining());
        if (!programs.reserve(bytes)) {
            receipt.one(new Reason.Full("too much is on its way already"));
        } else if (programs.closing()) {
            programs.release(bytes);
            receipt.one(Programs.closed());
        } else {
            long deadline = programs.deadlineMillis();
            programs.add(new Outlet.Post(outlet, message, bytes, deadline, receipt));
        }
    }

    // ---- what the parts need

    Programs programs() {
        return programs;
    }

    MqttConfig config() {
        return broker.mqtt();
    }

    /// On the loop, like what follows.
    TopicSpace space() {
        return broker.topics();
    }

    int shardOf(String name) {
        return space().shardOf(Programs.HOST, name);
    }

    void offer(int shard, Command command) {
        broker.offer(shard, command);
    }

    <R> Ask<R> ask(Consumer<Ask<R>> question) {
        return programs.ask(question);
    }

    /// Takes hold of a name; any thread.
    ///
    /// @throws RefusedException if this process has it already
    void hold(String name) {
        if (!names.add(name)) {
            throw new RefusedException(
                    new Reason.Locked("this program subscribes as '%s' already".formatted(name)));
        }
    }

    void letGo(String name) {
        names.remove(name);
    }

    /// Nothing more will be heard of what is on its way.
    void fail(Reason reason) {
        outlet.fail(reason);
    }
}
