package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.RawMqtt.Ending;
import dev.parley.it.mqtt.Received.Connack;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// What every test with [RawMqtt] has at hand: a broker, fresh names, connections that are closed.
@ExtendWith(SharedMqtt.class)
@Timeout(120)
abstract class MqttCase {

    static final int MALFORMED = 0x81;
    static final int PROTOCOL_ERROR = 0x82;

    private final Deque<RawMqtt> connections = new ArrayDeque<>();
    private final List<String> retained = new ArrayList<>();
    private String prefix = "";
    private int names;
    MqttBroker broker;

    @SuppressWarnings("NullAway") // JUnit calls open() before every test.
    MqttCase() {}

    @BeforeEach
    void open(MqttBroker shared, TestInfo test) {
        broker = shared;
        String name = test.getTestMethod().orElseThrow().getName();
        prefix = "it/" + name + "/" + Long.toString(System.nanoTime(), 36);
    }

    @AfterEach
    void close() throws IOException {
        connections.forEach(RawMqtt::close);
        if (!retained.isEmpty()) {
            try (RawMqtt cleaning = connect(new Connect(""))) {
                for (String topic : retained) {
                    cleaning.publish(Message.of(topic, "").retained());
                }
            }
        }
    }

    /// A topic of this test's own.
    String topic() {
        return prefix + "/" + names++;
    }

    /// One whose retained message is removed after the test.
    String retainedTopic() {
        String topic = topic();
        retained.add(topic);
        return topic;
    }

    /// A client id of this test's own.
    String id() {
        return "c" + Long.toString(System.nanoTime(), 36) + names++;
    }

    /// A socket on which nothing has been said.
    RawMqtt socket() throws IOException {
        var raw = new RawMqtt(broker.port());
        connections.push(raw);
        return raw;
    }

    /// A connection with a clean session.
    RawMqtt connect() throws IOException {
        return connect(new Connect(id()));
    }

    RawMqtt connect(Connect connect) throws IOException {
        RawMqtt raw = socket();
        assertThat(raw.connect(connect).reason()).isZero();
        return raw;
    }

    /// A connection that goes on with a session that must be there.
    RawMqtt resume(Connect connect) throws IOException {
        RawMqtt raw = socket();
        Connack connack = raw.connect(connect.resumed());
        assertThat(connack).matches(Connack::present, "session present");
        return raw;
    }

    /// How a new connection ends that sends these bytes.
    Ending endingAfter(byte[] bytes) throws IOException {
        RawMqtt raw = connect();
        raw.write(bytes);
        return raw.ending();
    }

    Ending endingAfter(Packet packet) throws IOException {
        return endingAfter(packet.bytes());
    }

    /// How a socket ends that begins with these bytes: a CONNACK with a reason, or silence.
    Ending endingOfConnect(Packet packet) throws IOException {
        RawMqtt raw = socket();
        raw.write(packet.bytes());
        Ending ending = raw.ending();
        if (ending.connected()) {
            assertThat(ending).as("nothing but a refusal may be said").isEqualTo(Ending.SILENT);
        }
        return ending;
    }

    void malformed(Packet packet) throws IOException {
        malformed(packet.bytes());
    }

    void malformed(byte[] bytes) throws IOException {
        refused(bytes, MALFORMED, PROTOCOL_ERROR);
    }

    void refused(Packet packet, Integer... reasons) throws IOException {
        refused(packet.bytes(), reasons);
    }

    /// The connection ends, with one of these reasons; other brokers may close without a word.
    void refused(byte[] bytes, Integer... reasons) throws IOException {
        Ending ending = endingAfter(bytes);
        if (broker.ours() || ending.reason() != 0) {
            assertThat(ending.reason()).isIn((Object[]) reasons);
        }
    }

    /// The socket ends, with a CONNACK of one of these reasons, or without a word.
    void refusedConnect(Packet packet, Integer... reasons) throws IOException {
        Ending ending = endingOfConnect(packet);
        if (!ending.connected()) {
            assertThat(ending.reason()).isIn((Object[]) reasons);
        }
    }

    /// The next that comes at a subscriber is this payload: nothing came before it.
    static void next(RawMqtt subscriber, String payload) throws IOException {
        assertThat(subscriber.message().payload()).isEqualTo(payload);
    }
}
