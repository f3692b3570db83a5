package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.Broker;
import dev.parley.it.TestNode;
import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Received.Ack;
import dev.parley.it.mqtt.Received.Connack;
import dev.parley.it.mqtt.Received.Publish;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A node in a process of its own that is killed in the middle: QoS 2 both ways, what is retained,
/// and wills.
@Timeout(120)
class KillTest {
    private static final long STAYS = 600;

    private static TestNode node;

    @BeforeAll
    static void start() {
        node = TestNode.start(Broker.freshDirectory("mqtt-killed"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static void killAndRestart() {
        node.kill();
        node.restart();
    }

    private static RawMqtt connect(Connect connect, boolean present) throws IOException {
        RawMqtt raw = new RawMqtt(node.mqttPort());
        Connack connack = raw.connect(connect);
        assertThat(connack.reason()).isZero();
        assertThat(connack.present()).as("session present").isEqualTo(present);
        return raw;
    }

    private static RawMqtt begin(String id) throws IOException {
        return connect(new Connect(id).lasting(STAYS), false);
    }

    private static RawMqtt resume(String id) throws IOException {
        return connect(new Connect(id).lasting(STAYS).resumed(), true);
    }

    private static RawMqtt passing() throws IOException {
        return connect(new Connect(""), false);
    }

    /// A durable session with a subscription and nobody there.
    private static void subscribed(String id, String filter) throws IOException {
        try (RawMqtt raw = begin(id)) {
            raw.subscribe(filter, 2);
            raw.leave();
        }
    }

    private static List<Publish> messages(RawMqtt raw, int count) throws IOException {
        List<Publish> all = new ArrayList<>();
        for (int id = 1; id <= count; id++) {
            Publish message = raw.message();
            assertThat(message.payload()).isEqualTo("m" + id);
            all.add(message);
        }
        return all;
    }

    private static void nothingMore(RawMqtt raw, String topic) throws IOException {
        try (RawMqtt last = passing()) {
            last.publish(topic, "last");
        }
        Publish next = raw.message();
        assertThat(next.payload()).isEqualTo("last");
        raw.settle(next);
        raw.quiet();
    }

    @Test
    void whatComesInWithQos2ComesInOnce() throws IOException {
        String topic = "killed/in";
        subscribed("taker", topic);
        try (RawMqtt sender = begin("sender")) {
            for (int id = 1; id <= 3; id++) {
                sender.send(Message.of(topic, "m" + id, 2, id));
                assertThat(sender.ack(Packet.PUBREC, id).reason()).isZero();
            }
            sender.send(Packet.ack(Packet.PUBREL, 1));
            sender.ack(Packet.PUBCOMP, 1);
            killAndRestart();
        }
        try (RawMqtt sender = resume("sender")) {
            // The node has said that it has both; the client does not know it of one.
            sender.send(Message.of(topic, "m2", 2, 2).again());
            assertThat(sender.ack(Packet.PUBREC, 2).reason()).isLessThan(0x80);
            for (int id = 2; id <= 3; id++) {
                sender.send(Packet.ack(Packet.PUBREL, id));
                assertThat(sender.ack(Packet.PUBCOMP, id).reason()).isZero();
            }
            // The packet identifier is free again: this is another message.
            sender.send(Message.of(topic, "m4", 2, 1));
            assertThat(sender.ack(Packet.PUBREC, 1).reason()).isZero();
        }
        try (RawMqtt taker = resume("taker")) {
            for (Publish message : messages(taker, 4)) {
                assertThat(message.dup()).as("nobody has had %s", message).isFalse();
                taker.settle(message);
            }
            nothingMore(taker, topic);
        }
    }

    @Test
    void whatGoesOutWithQos2GoesOutOnce() throws IOException {
        String topic = "killed/out";
        Publish received;
        Publish seen;
        try (RawMqtt reader = begin("reader");
                RawMqtt sender = passing()) {
            reader.subscribe(topic, 2);
            for (int id = 1; id <= 3; id++) {
                sender.send(Message.of(topic, "m" + id, 2, id));
                sender.ack(Packet.PUBREC, id);
                sender.send(Packet.ack(Packet.PUBREL, id));
                sender.ack(Packet.PUBCOMP, id);
            }
            List<Publish> all = messages(reader, 3);
            reader.settle(all.get(0));
            received = all.get(1);
            reader.send(Packet.ack(Packet.PUBREC, received.id()));
            reader.ack(Packet.PUBREL, received.id());
            seen = all.get(2);
            killAndRestart();
        }
        try (RawMqtt reader = resume("reader")) {
            List<Publish> again = new ArrayList<>();
            List<Integer> released = new ArrayList<>();
            while (again.isEmpty() || released.isEmpty()) {
                switch (reader.read()) {
                    case Ack ack -> {
                        assertThat(ack.type()).isEqualTo(Packet.PUBREL);
                        released.add(ack.id());
                        reader.send(Packet.ack(Packet.PUBCOMP, ack.id()));
                    }
                    case Publish publish -> again.add(publish);
                    default -> throw new AssertionError("neither a release nor a message");
                }
            }
            // That the first one is done stood in the log before the receipt of the second.
            assertThat(released).containsExactly(received.id());
            assertThat(again).hasSize(1);
            assertThat(again.getFirst().payload()).isEqualTo("m3");
            assertThat(again.getFirst().id()).isEqualTo(seen.id());
            assertThat(again.getFirst().dup()).isTrue();
            reader.settle(again.getFirst());
            nothingMore(reader, topic);
        }
    }

    @Test
    void whatIsRetainedStays() throws IOException {
        try (RawMqtt sender = passing()) {
            sender.publish(Message.of("killed/kept/one", "old").retained());
            sender.publish(Message.of("killed/kept/one", "new").retained());
            sender.publish(Message.of("killed/kept/two", "gone").retained());
            sender.publish(Message.of("killed/kept/two", "").retained());
            killAndRestart();
        }
        try (RawMqtt reader = passing()) {
            reader.subscribe("killed/kept/#", 1);
            Publish kept = reader.message();
            assertThat(kept.topic()).isEqualTo("killed/kept/one");
            assertThat(kept.payload()).isEqualTo("new");
            assertThat(kept.retain()).isTrue();
            reader.settle(kept);
            nothingMore(reader, "killed/kept/end");
        }
    }

    @Test
    void willOfWhoWasThereIsPublishedOnce() throws IOException {
        String topic = "killed/wills";
        subscribed("heir", topic);
        Connect dying =
                new Connect("dying").lasting(STAYS).will(topic, "was here", 2, false, Props.NONE);
        try (RawMqtt raw = connect(dying, false)) {
            killAndRestart();
            assertThat(raw.ending().connected()).as("no word of it").isTrue();
        }
        try (RawMqtt heir = resume("heir")) {
            Publish will = heir.message();
            assertThat(will.payload()).isEqualTo("was here");
            assertThat(will.qos()).isEqualTo(2);
            heir.settle(will);
            nothingMore(heir, topic);
        }
    }
}
