package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.Broker;
import dev.parley.it.TestNode;
import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Packet.Wish;
import dev.parley.it.mqtt.RawMqtt.Ending;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Input made to harm: at most its own connection ends, everybody else goes on, memory stays flat.
///
/// The node is one of its own, since its bounds are cut: a second to log in, packets of 1 MiB.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class HostileMqttIT {

    /// Room for the heap to fill to its -Xmx256m and for the code cache; a leak of lengths taken at
    /// their word would pass it at the first hostile packet.
    private static final long RESIDENT_LIMIT_KIB = 600 * 1_024;

    private static final int TOO_LARGE = 0x95;
    private static final int MALFORMED = 0x81;
    private static final int PROTOCOL_ERROR = 0x82;

    private Optional<MqttBroker> broker = Optional.empty();
    private Optional<RawMqtt> bystander = Optional.empty();

    @BeforeAll
    void startNode() {
        TestNode node =
                MqttBroker.start(
                        Broker.freshDirectory("hostile-mqtt"),
                        List.of("--mqtt-handshake", "3s", "--mqtt-packet-max", "1MiB"));
        broker = Optional.of(MqttBroker.of(node));
    }

    @AfterAll
    void stopNode() {
        broker.flatMap(MqttBroker::node).ifPresent(TestNode::stop);
        broker.ifPresent(MqttBroker::close);
    }

    @BeforeEach
    void connectBystander() throws IOException {
        RawMqtt raw = open("");
        raw.subscribe("bystander/+", 1);
        bystander = Optional.of(raw);
    }

    @AfterEach
    void bystanderIsUnharmed() throws IOException {
        RawMqtt raw = bystander.orElseThrow();
        try (RawMqtt other = open("")) {
            other.publish("bystander/alive", "alive");
        }
        assertThat(raw.message().payload()).isEqualTo("alive");
        raw.leave();
        long pid = broker.flatMap(MqttBroker::node).orElseThrow().pid();
        assertThat(residentKiB(pid)).isLessThan(RESIDENT_LIMIT_KIB);
    }

    /// Resident memory as Linux counts it; elsewhere there is nothing to compare.
    private static long residentKiB(long pid) throws IOException {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    private RawMqtt socket() throws IOException {
        return new RawMqtt(broker.orElseThrow().port());
    }

    private RawMqtt open(String id) throws IOException {
        RawMqtt raw = socket();
        assertThat(raw.connect(new Connect(id)).reason()).isZero();
        return raw;
    }

    private Ending endingAfter(byte[] bytes) throws IOException {
        try (RawMqtt raw = open("")) {
            raw.write(bytes);
            return raw.ending();
        }
    }

    @Test
    void packetsThatAreTooLargeAreRefusedByTheirLength() throws IOException {
        for (int length : new int[] {(1 << 20) + 1, 1 << 24, 268_435_455}) {
            byte[] head = new Bytes().u8(0x30).varint(length).text("t").toByteArray();
            assertThat(endingAfter(head).reason()).as("length %d", length).isEqualTo(TOO_LARGE);
        }
        byte[] endless = {0x30, -1, -1, -1, -1, 1};
        assertThat(endingAfter(endless).reason()).isEqualTo(MALFORMED);
    }

    @Test
    void aGiantConnectIsRefusedByItsLength() throws IOException {
        for (int length : new int[] {1 << 24, 268_435_455}) {
            try (RawMqtt raw = socket()) {
                raw.write(new Bytes().u8(0x10).varint(length).text("MQTT").u8(5).toByteArray());
                assertThat(raw.ending().reason()).isIn(0, TOO_LARGE);
            }
        }
    }

    @Test
    void manyPropertiesCostNoMoreThanTheirBytes() throws IOException {
        var all = new ArrayList<Props.Prop>();
        for (int i = 0; i < 20_000; i++) {
            all.add(new Props.Prop(Props.USER, java.util.Map.entry("k" + i, "v")));
        }
        Props many = new Props(List.copyOf(all));
        try (RawMqtt raw = open("")) {
            raw.subscribe("many", 0);
            raw.send(Message.of("many", "x").with(many));
            assertThat(raw.message().props().values(Props.USER)).hasSize(20_000);
        }
    }

    @Test
    void propertiesLongerThanTheirPacketEndTheConnection() throws IOException {
        for (int length : new int[] {5, 127, 16_383, 268_435_455}) {
            var body = new Bytes().text("t").varint(length).u8(1);
            assertThat(endingAfter(new Packet(Packet.PUBLISH, 0, body).bytes()).reason())
                    .as("length %d", length)
                    .isEqualTo(MALFORMED);
        }
    }

    @Test
    void topicsOfManyLevelsEndAtMostTheirConnection() throws IOException {
        String deep = "/".repeat(65_535);
        for (Packet packet :
                List.of(
                        Message.of(deep, "x").packet(),
                        Packet.subscribe(1, Props.NONE, new Wish(deep, 0)),
                        Packet.subscribe(1, Props.NONE, new Wish("+/".repeat(30_000) + "+", 0)),
                        Packet.unsubscribe(1, deep))) {
            try (RawMqtt raw = open("")) {
                raw.send(packet);
                raw.send(Packet.ping());
                switch (raw.read()) {
                    case Received.Disconnect said ->
                            assertThat(said.reason()).isIn(MALFORMED, 0x8F, 0x90, 0x97);
                    case Received.Granted granted ->
                            assertThat(granted.reasons().getFirst()).isIn(0x8F, 0x97, 0x11);
                    case Received.Pong _ -> {
                        // taken, and there is nobody who wants it
                    }
                    case Received other -> throw new AssertionError(other.toString());
                }
            }
        }
    }

    /// Filters that match in as many ways as there are, and topics that they all match.
    @Test
    void manyWildcardsDoNotHoldUpOthers() throws IOException {
        try (RawMqtt raw = open("");
                RawMqtt publisher = open("")) {
            for (int bits = 0; bits < 1 << 9; bits++) {
                var filter = new StringBuilder();
                for (int level = 0; level < 9; level++) {
                    filter.append((bits >> level & 1) == 1 ? "+/" : "a/");
                }
                raw.send(Packet.subscribe(1, Props.NONE, new Wish(filter + "#", 0)));
                raw.await(Received.Granted.class);
            }
            publisher.publish("a/a/a/a/a/a/a/a/a/b", "one copy");
            assertThat(raw.message().payload()).isEqualTo("one copy");
            raw.quiet();
        }
    }

    @Test
    void tenThousandFiltersInOnePacketAreAnswered() throws IOException {
        Wish[] wishes = new Wish[10_000];
        for (int i = 0; i < wishes.length; i++) {
            wishes[i] = new Wish("f/" + i, 1);
        }
        try (RawMqtt raw = open("")) {
            var granted = raw.subscribe(Props.NONE, wishes);
            assertThat(granted.reasons()).hasSize(10_000);
            // One more is beyond what a session may have.
            assertThat(raw.subscribe(Props.NONE, new Wish("one/more", 0)).reasons())
                    .containsExactly(0x97);
        }
    }

    @Test
    void clientsMayNotSendWhatServersSay() throws IOException {
        for (int type : new int[] {0, 2, 9, 11, 13}) {
            byte[] bytes = new Packet(type, 0, new Bytes().u16(1).u8(0)).bytes();
            assertThat(endingAfter(bytes).reason())
                    .as("type %d", type)
                    .isIn(MALFORMED, PROTOCOL_ERROR);
        }
    }

    @Test
    void garbageEndsItsConnection() throws IOException {
        var random = new Random(20_261_126);
        for (int i = 0; i < 64; i++) {
            byte[] garbage = new byte[64];
            random.nextBytes(garbage);
            garbage[1] = 40;
            try (RawMqtt raw = i % 2 == 0 ? socket() : open("")) {
                raw.write(garbage);
                // Some of it may be well-formed by chance; then the end of it is not.
                raw.write(new byte[] {0, 0});
                assertThat(raw.rest().length).isLessThan(1_000);
            }
        }
    }

    /// Valid packets with single bytes changed: never more than their own connection ends.
    @Test
    void changedPacketsEndAtMostTheirConnection() throws IOException {
        var random = new Random(5);
        Props props = Props.of(Props.CONTENT_TYPE, "t").with(Props.ALIAS, 3).user("a", "b");
        List<Packet> packets =
                List.of(
                        new Connect("changed").will("w", "p", 1, false, props).packet(),
                        Message.of("t/u", "body", 1, 5).with(props).packet(),
                        Packet.subscribe(
                                6, Props.of(Props.SUBSCRIPTION_ID, 9), new Wish("changed/+", 1)),
                        Packet.unsubscribe(7, "a/b", "c"),
                        Packet.disconnect(4, Props.of(Props.REASON, "why")));
        for (Packet packet : packets) {
            for (int i = 0; i < 40; i++) {
                byte[] bytes = packet.bytes();
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                try (RawMqtt raw = packet.type() == Packet.CONNECT ? socket() : open("")) {
                    raw.write(bytes);
                    raw.write(new byte[] {0, 0, 0, 0});
                }
            }
        }
    }

    @Test
    void halfAPacketHoldsUpNobodyAndGoesWithItsSocket() throws IOException {
        byte[] whole = Message.of("t", "payload", 1, 1).packet().bytes();
        for (int cut = 1; cut < whole.length; cut++) {
            try (RawMqtt raw = open("")) {
                raw.write(Arrays.copyOf(whole, cut));
            }
        }
    }

    @Test
    void whoNeverSaysHelloIsGivenUp() throws IOException {
        var silent = new ArrayList<RawMqtt>();
        for (int i = 0; i < 50; i++) {
            silent.add(socket());
        }
        silent.get(0).write(new byte[] {0x10});
        byte[] connect = new Connect("slow").packet().bytes();
        silent.get(1).write(Arrays.copyOf(connect, connect.length - 1));
        // Each comes to its end before reading from it times out.
        for (RawMqtt each : silent) {
            assertThat(each.rest()).hasSizeLessThan(100);
            each.close();
        }
    }

    @Test
    void badLoginsEndOnlyThemselves() throws IOException {
        for (String name : List.of("guest", ":", "/:guest", "no:guest", "x".repeat(60_000))) {
            try (RawMqtt raw = socket()) {
                raw.send(new Connect("").user(name).password("wrong").packet());
                assertThat(raw.ending().reason()).isIn(0, MALFORMED, 0x86, 0x87, 0x97);
            }
        }
    }

    @Test
    void oneNameForManyLeavesOne() throws IOException {
        var all = new ArrayList<RawMqtt>();
        for (int i = 0; i < 100; i++) {
            all.add(open("the same"));
        }
        all.getLast().quiet();
        for (RawMqtt each : all.subList(0, 99)) {
            assertThat(each.ending().reason()).isEqualTo(0x8E);
            each.close();
        }
        all.getLast().leave();
    }

    /// A subscriber that never reads: what it is sent does not pile up, and nobody waits for it.
    @Test
    void whoDoesNotReadLosesAndNobodyElseDoes() throws IOException {
        String payload = "x".repeat(100_000);
        try (RawMqtt deaf = open("");
                RawMqtt good = open("");
                RawMqtt publisher = open("")) {
            deaf.subscribe("flood", 0);
            good.subscribe("flood", 0);
            for (int i = 0; i < 2_000; i++) {
                publisher.send(Message.of("flood", payload));
                assertThat(good.message().payload()).hasSize(100_000);
            }
            publisher.quiet();
        }
    }

    @Test
    void unansweredExchangesAreBounded() throws IOException {
        try (RawMqtt raw = socket()) {
            long max = raw.connect(new Connect("")).props().number(Props.RECEIVE_MAX, 65_535);
            int id = 1;
            while (id <= max) {
                raw.send(Message.of("t", "x", 2, id++));
            }
            raw.send(Message.of("t", "x", 2, id));
            assertThat(raw.ending().reason()).isEqualTo(0x93);
        }
    }

    @Test
    void comingAndGoingLeavesNothingBehind() throws IOException {
        for (int i = 0; i < 300; i++) {
            socket().close();
        }
        for (int i = 0; i < 100; i++) {
            try (RawMqtt raw = socket()) {
                raw.connect(new Connect("").will("w", "x", 0, false, Props.NONE));
                raw.subscribe("a/" + i + "/#", 2);
            }
        }
    }
}
