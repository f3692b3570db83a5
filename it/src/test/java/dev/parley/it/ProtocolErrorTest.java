package dev.parley.it;

import static dev.parley.it.RawAmqp.method;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.RawAmqp.Bytes;
import dev.parley.it.RawAmqp.Ending;
import dev.parley.it.RawAmqp.Frame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// What only bytes written by hand can show: frames out of turn, negotiation, exact encodings.
@ExtendWith(SharedBroker.class)
@Timeout(60)
class ProtocolErrorTest {

    private static final int CHANNEL_OPEN = method(20, 10);
    private static final int CHANNEL_CLOSE = method(20, 40);
    private static final int QUEUE_DECLARE = method(50, 10);
    private static final int QUEUE_DECLARE_OK = method(50, 11);
    private static final int PUBLISH = method(60, 40);
    private static final Bytes NO_ARGUMENTS = new Bytes();

    /// For so long at least a node leaves a socket open whose client has said goodbye.
    private static final Duration LEFT_OPEN = Duration.ofMillis(500);

    private interface Act {
        void on(RawAmqp raw) throws IOException;
    }

    @Test
    void otherProtocolVersionIsAnsweredWithOurs(Broker broker) throws IOException {
        for (String hello : List.of("AMQP\0\0\10\0", "AMQP\0\1\0\0", "AMQP\2\1\0\0", "XXXXXXXX")) {
            try (var raw = new RawAmqp(broker.port())) {
                raw.write(hello.getBytes(US_ASCII));
                assertThat(raw.raw(8)).as(hello).isEqualTo("AMQP\0\0\11\1".getBytes(US_ASCII));
            }
        }
    }

    @Test
    void loginIsRefusedWithoutACloseToWhoDoesNotKnowIt(Broker broker) throws IOException {
        try (var raw = new RawAmqp(broker.port())) {
            raw.hello();
            raw.await(method(10, 10));
            raw.startOk("PLAIN", "\0guest\0wrong");
            assertThat(raw.ending()).isEqualTo(Ending.SILENT);
        }
    }

    /// The end of the socket is the client's; the node closes it only where it does not come.
    @Test
    void goodbyeIsAnsweredAndTheSocketLeftToTheClient(Broker broker) throws IOException {
        try (var raw = RawAmqp.open(broker.port())) {
            long before = System.nanoTime();
            Bytes goodbye = new Bytes().u16(200).shortText("bye").u16(0).u16(0);
            raw.send(0, method(10, 50), goodbye);
            raw.await(method(10, 51));
            raw.send(0, method(10, 50), goodbye); // not answered, and no reset
            assertThat(raw.raw(1)).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(LEFT_OPEN);
        }
    }

    @Test
    void amqplainIsAccepted(Broker broker) throws IOException {
        byte[] login =
                new Bytes()
                        .shortText("LOGIN")
                        .raw(new byte[] {'S'})
                        .longText("guest")
                        .shortText("PASSWORD")
                        .raw(new byte[] {'S'})
                        .longText("guest")
                        .toByteArray();
        try (var raw = new RawAmqp(broker.port())) {
            raw.hello();
            raw.await(method(10, 10));
            raw.send(
                    0,
                    method(10, 11),
                    new Bytes().u32(0).shortText("AMQPLAIN").table(login).shortText("en_US"));
            raw.await(method(10, 30));
        }
    }

    @Test
    void unknownMechanismEndsTheConnection(Broker broker) throws IOException {
        try (var raw = new RawAmqp(broker.port())) {
            raw.hello();
            raw.await(method(10, 10));
            raw.startOk("NO-SUCH", "");
            assertThat(raw.ending().code()).isIn(0, 530, 403);
        }
    }

    @Test
    void frameMaxBelowTheMinimumEndsTheConnection(Broker broker) throws IOException {
        // 530 is the code; RabbitMQ 3.10 stays silent to whom it has not let in yet.
        assertThat(tuned(broker, 7, 100).code()).isIn(0, 530);
    }

    @Test
    void frameMaxAboveTheOfferEndsTheConnection(Broker broker) throws IOException {
        assertThat(tuned(broker, 7, 1 << 24).code()).isIn(0, 530);
    }

    private static Ending tuned(Broker broker, int channels, int frame) throws IOException {
        try (var raw = new RawAmqp(broker.port())) {
            raw.hello();
            raw.await(method(10, 10));
            raw.startOk("PLAIN", "\0guest\0guest");
            raw.await(method(10, 30));
            raw.send(0, method(10, 31), new Bytes().u16(channels).u32(frame).u16(0));
            return raw.ending();
        }
    }

    @Test
    void methodOnAChannelNotOpenIs504(Broker broker) throws IOException {
        assertThat(ending(broker, raw -> raw.send(5, QUEUE_DECLARE, declare("q")))).isEqualTo(504);
    }

    @Test
    void openingAChannelTwiceIs504(Broker broker) throws IOException {
        assertThat(onChannel(broker, raw -> raw.send(1, CHANNEL_OPEN, new Bytes().shortText(""))))
                .isEqualTo(504);
    }

    @Test
    void moreChannelsThanAgreedEndTheConnection(Broker broker) throws IOException {
        try (var raw = RawAmqp.open(broker.port(), 3, 131_072, 0)) {
            for (int channel = 1; channel <= 3; channel++) {
                raw.openChannel(channel);
            }
            raw.send(4, CHANNEL_OPEN, new Bytes().shortText(""));
            // What RabbitMQ says; the specification's word for it would be 504.
            assertThat(raw.ending().code()).isEqualTo(530);
        }
    }

    @Test
    void heartbeatOnAChannelIs505(Broker broker) throws IOException {
        assertThat(onChannel(broker, raw -> raw.frame(RawAmqp.HEARTBEAT, 1, new byte[0])))
                .isEqualTo(505);
    }

    @Test
    void contentWithoutItsMethodIs505(Broker broker) throws IOException {
        byte[] header = new Bytes().u16(60).u16(0).u64(0).u16(0).toByteArray();
        assertThat(onChannel(broker, raw -> raw.frame(RawAmqp.HEADER, 1, header))).isEqualTo(505);
        assertThat(onChannel(broker, raw -> raw.frame(RawAmqp.BODY, 1, new byte[3])))
                .isEqualTo(505);
    }

    @Test
    void methodInsideContentIs505(Broker broker) throws IOException {
        assertThat(
                        onChannel(
                                broker,
                                raw -> {
                                    raw.send(1, PUBLISH, publish("q"));
                                    raw.send(1, QUEUE_DECLARE, declare("q"));
                                }))
                .isEqualTo(505);
    }

    @Test
    void bodyLongerThanItsHeaderSaysEndsTheConnection(Broker broker) throws IOException {
        if (!broker.ours()) {
            System.out.println("bodyLongerThanItsHeader… skipped: RabbitMQ 3.10 waits for ever");
        }
        Assumptions.assumeTrue(broker.ours(), "RabbitMQ 3.10 waits for ever");
        assertThat(
                        onChannel(
                                broker,
                                raw -> {
                                    raw.send(1, PUBLISH, publish("q"));
                                    raw.frame(RawAmqp.HEADER, 1, header(2));
                                    raw.frame(RawAmqp.BODY, 1, new byte[3]);
                                }))
                .isIn(501, 502, 505);
    }

    @Test
    void headerOfAnotherClassIs505(Broker broker) throws IOException {
        byte[] header = new Bytes().u16(50).u16(0).u64(0).u16(0).toByteArray();
        assertThat(
                        onChannel(
                                broker,
                                raw -> {
                                    raw.send(1, PUBLISH, publish("q"));
                                    raw.frame(RawAmqp.HEADER, 1, header);
                                }))
                .isEqualTo(505);
    }

    @Test
    void wrongEndOctetIs501(Broker broker) throws IOException {
        byte[] frame = RawAmqp.bytes(RawAmqp.METHOD, 1, 4, new byte[4], 0x00);
        assertThat(onChannel(broker, raw -> raw.write(frame))).isEqualTo(501);
    }

    @Test
    void frameOverTheAgreedSizeIs501(Broker broker) throws IOException {
        byte[] frame = RawAmqp.bytes(RawAmqp.BODY, 1, 200_000, new byte[0], 0xCE);
        assertThat(onChannel(broker, raw -> raw.write(frame))).isEqualTo(501);
    }

    @Test
    void unknownFrameTypeEndsTheConnection(Broker broker) throws IOException {
        byte[] frame = RawAmqp.bytes(99, 1, 0, new byte[0], 0xCE);
        assertThat(onChannel(broker, raw -> raw.write(frame))).isIn(501, 505);
    }

    @Test
    void tagInUseIs530(Broker broker) throws IOException {
        assertThat(
                        onChannel(
                                broker,
                                raw -> {
                                    raw.send(1, QUEUE_DECLARE, declare(""));
                                    raw.await(QUEUE_DECLARE_OK);
                                    Bytes consume =
                                            new Bytes()
                                                    .u16(0)
                                                    .shortText("")
                                                    .shortText("tag")
                                                    .u8(0)
                                                    .u32(0);
                                    raw.send(1, method(60, 20), consume);
                                    raw.await(method(60, 21));
                                    raw.send(1, method(60, 20), consume);
                                }))
                .isEqualTo(530);
    }

    @Test
    void afterAChannelErrorTheNumberWaitsForItsCloseOk(Broker broker) throws IOException {
        try (var raw = RawAmqp.open(broker.port())) {
            raw.openChannel(1);
            raw.send(1, method(60, 80), new Bytes().u64(99).u8(0));
            // What is sent before the client has seen the close is ignored, content too.
            raw.send(1, PUBLISH, publish("q"));
            raw.frame(RawAmqp.HEADER, 1, header(1));
            raw.frame(RawAmqp.BODY, 1, new byte[1]);
            raw.send(1, QUEUE_DECLARE, declare(""));
            assertThat(RawAmqp.code(raw.await(CHANNEL_CLOSE)).code()).isEqualTo(406);
            raw.send(1, method(20, 41), NO_ARGUMENTS);
            raw.openChannel(1);
        }
    }

    @Test
    void flowIsAnswered(Broker broker) throws IOException {
        try (var raw = RawAmqp.open(broker.port())) {
            raw.openChannel(1);
            raw.send(1, method(20, 20), new Bytes().u8(1));
            assertThat(raw.await(method(20, 21)).arguments().get()).isEqualTo((byte) 1);
        }
        assertThat(onChannel(broker, raw -> raw.send(1, method(20, 20), new Bytes().u8(0))))
                .isEqualTo(540);
    }

    @Test
    void secretMayBeRenewed(Broker broker) throws IOException {
        try (var raw = RawAmqp.open(broker.port())) {
            raw.send(0, method(10, 70), new Bytes().longText("guest").shortText("it runs out"));
            raw.await(method(10, 71));
            raw.openChannel(1);
        }
    }

    @Test
    void brokerSendsHeartbeatsAndMissesThem(Broker broker) throws IOException {
        long start = System.nanoTime();
        try (var raw = RawAmqp.open(broker.port(), 0, 131_072, 1)) {
            Frame frame = raw.read();
            assertThat(frame.type()).isEqualTo(RawAmqp.HEARTBEAT);
            assertThat(frame.channel()).isZero();
            assertThat(frame.payload()).isEmpty();
            // We stay silent: within some intervals the broker gives us up.
            assertThat(raw.ending()).isEqualTo(Ending.SILENT);
            assertThat((System.nanoTime() - start) / 1_000_000).isGreaterThanOrEqualTo(1_000L);
        }
    }

    @Test
    void closeIsAnswered(Broker broker) throws IOException {
        try (var raw = RawAmqp.open(broker.port())) {
            raw.send(0, method(10, 50), new Bytes().u16(200).shortText("bye").u32(0));
            assertThat(raw.await(method(10, 51)).channel()).isZero();
        }
    }

    /// Every header type by its tag octet, unsigned ones and their likes too: the same bytes
    /// return.
    @Test
    void propertiesReturnByteForByte(Broker broker) throws IOException {
        var table = new ByteArrayOutputStream();
        table.writeBytes(field("t", 't', 1));
        table.writeBytes(field("b", 'b', -1));
        table.writeBytes(field("B", 'B', 200));
        table.writeBytes(field("s", 's', -1, 0));
        table.writeBytes(field("u", 'u', 255, 0));
        table.writeBytes(field("I", 'I', 128, 0, 0, 1));
        table.writeBytes(field("i", 'i', 255, 0, 0, 1));
        table.writeBytes(field("l", 'l', 255, 1, 2, 3, 4, 5, 6, 7));
        table.writeBytes(field("f", 'f', 63, 192, 0, 0));
        table.writeBytes(field("d", 'd', 64, 9, 33, 251, 84, 68, 45, 24));
        table.writeBytes(field("D", 'D', 2, 0, 0, 48, 57));
        table.writeBytes(field("S", 'S', 0, 0, 0, 2, 195, 169));
        table.writeBytes(field("A", 'A', 0, 0, 0, 3, 't', 0, 'V'));
        table.writeBytes(field("T", 'T', 0, 0, 0, 0, 101, 0, 0, 1));
        table.writeBytes(field("F", 'F', 0, 0, 0, 4, 1, 'k', 't', 1));
        table.writeBytes(field("V", 'V'));
        table.writeBytes(field("x", 'x', 0, 0, 0, 2, 0, 255));
        table.writeBytes(field("t", 't', 0)); // the same name twice
        byte[] properties =
                new Bytes()
                        .u16(0x2000) // headers only
                        .table(table.toByteArray())
                        .toByteArray();
        try (var raw = RawAmqp.open(broker.port())) {
            raw.openChannel(1);
            raw.send(1, QUEUE_DECLARE, declare(""));
            Frame declared = raw.await(QUEUE_DECLARE_OK);
            byte[] name = new byte[Byte.toUnsignedInt(declared.arguments().get())];
            declared.arguments().get(1, name);
            declared.arguments().position(5).get(name);
            String queue = new String(name, US_ASCII);
            raw.send(1, PUBLISH, publish(queue));
            raw.frame(
                    RawAmqp.HEADER,
                    1,
                    new Bytes().u16(60).u16(0).u64(1).raw(properties).toByteArray());
            raw.frame(RawAmqp.BODY, 1, new byte[] {7});
            raw.send(1, method(60, 70), new Bytes().u16(0).shortText(queue).u8(1));
            raw.await(method(60, 71));
            byte[] expected = new Bytes().u16(60).u16(0).u64(1).raw(properties).toByteArray();
            assertThat(raw.next().payload()).isEqualTo(expected);
            assertThat(raw.next().payload()).containsExactly(7);
        }
    }

    private static byte[] field(String name, char tag, int... value) {
        var bytes = new Bytes().shortText(name).u8(tag);
        for (int each : value) {
            bytes.u8(each);
        }
        return bytes.toByteArray();
    }

    private static int ending(Broker broker, Act act) throws IOException {
        try (var raw = RawAmqp.open(broker.port())) {
            act.on(raw);
            return raw.ending().code();
        }
    }

    private static int onChannel(Broker broker, Act act) throws IOException {
        return ending(
                broker,
                raw -> {
                    raw.openChannel(1);
                    act.on(raw);
                });
    }

    private static Bytes declare(String queue) {
        // exclusive, auto-delete: bits 2 and 3
        return new Bytes().u16(0).shortText(queue).u8(0b1100).u32(0);
    }

    private static Bytes publish(String queue) {
        return new Bytes().u16(0).shortText("").shortText(queue).u8(0);
    }

    private static byte[] header(long size) {
        return new Bytes().u16(60).u16(0).u64(size).u16(0).toByteArray();
    }
}
