package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Frames as the specification lays them out (AMQP 0-9-1, 2.3.5 and 4.2.3), octet by octet.
class FrameReaderTest {
    private static final String HELLO = "414d515000000901";

    /// basic.publish to exchange `amq.topic` with key `a.b` on channel 1.
    private static final String PUBLISH =
            "01 0001 00000015 003c 0028 0000 09 616d712e746f706963 03 612e62 00 ce";

    /// Its header: content of 2 octets, delivery mode 2.
    private static final String HEADER = "02 0001 0000000f 003c 0000 0000000000000002 1000 02 ce";

    private static final String BODY = "03 0001 00000002 6869 ce";

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static final class Told implements FrameSink {
        private final List<String> all = new ArrayList<>();

        @Override
        public void onProtocolHeader(boolean supported) {
            all.add("hello " + supported);
        }

        @Override
        public void onMethod(int channel, int method, ByteBuffer arguments) {
            all.add(channel + " " + ClientMethod.read(method, arguments));
        }

        @Override
        public void onContentHeader(
                int channel, int classId, long bodySize, ByteBuffer properties) {
            all.add(channel + " header " + classId + " of " + bodySize);
        }

        @Override
        public void onBody(int channel, ByteBuffer piece, int more) {
            all.add(channel + " body of " + (piece.remaining() + more));
        }

        @Override
        public void onHeartbeat(int channel) {
            all.add(channel + " heartbeat");
        }

        @Override
        public boolean holds(int channel, int method) {
            return false;
        }

        @Override
        public boolean paused() {
            return false;
        }
    }

    @Test
    void anyCutOfTheStreamReadsAlike() {
        byte[] all = bytes(HELLO + PUBLISH + HEADER + BODY + "08 0000 00000000 ce");
        List<String> expected =
                List.of(
                        "hello true",
                        "1 BasicPublish[exchange=amq.topic, routingKey=a.b, mandatory=false,"
                                + " immediate=false]",
                        "1 header 60 of 2",
                        "1 body of 2",
                        "0 heartbeat");
        for (int cut = 0; cut <= all.length; cut++) {
            FrameReader reader = new FrameReader();
            Told told = new Told();
            ByteBuffer in = ByteBuffer.wrap(all, 0, cut);
            reader.read(in, told);
            in.limit(all.length);
            reader.read(in, told);
            assertThat(told.all).as("cut at %d", cut).isEqualTo(expected);
            assertThat(in.hasRemaining()).isFalse();
        }
    }

    @Test
    void aLargeBodyFrameIsGivenAsItComes() {
        byte[] frame = new byte[7 + 20_000 + 1];
        ByteBuffer.wrap(frame).put((byte) 3).putShort((short) 1).putInt(20_000);
        frame[frame.length - 1] = (byte) 0xCE;
        FrameReader reader = new FrameReader();
        Told told = new Told();
        reader.read(ByteBuffer.wrap(bytes(HELLO)), told);
        told.all.clear();
        ByteBuffer in = ByteBuffer.wrap(frame);
        for (int end : new int[] {6, 7, 5_007, 20_006, 20_007}) {
            in.limit(end);
            assertThat(reader.needed(in)).isLessThanOrEqualTo(frame.length);
            reader.read(in, told);
        }
        // All but the last octet, which must not be believed before the end of the frame is seen.
        assertThat(in.position()).isEqualTo(20_006);
        assertThat(reader.needed(in)).isEqualTo(2);
        assertThat(told.all).containsExactly("1 body of 20000", "1 body of 15000");
        in.limit(frame.length);
        reader.read(in, told);
        assertThat(in.hasRemaining()).isFalse();
        assertThat(told.all).hasSize(3).last().isEqualTo("1 body of 1");
        reader.read(ByteBuffer.wrap(bytes(BODY)), told);
        assertThat(told.all).last().isEqualTo("1 body of 2");
    }

    @ParameterizedTest
    @CsvSource({
        "03 0001 00000002 6869 cd, end octet",
        "03 0001 ffffffff, 4294967303",
        "03 0001 7fffffff, 2147483655",
        "04 0001 00000000 ce, unknown type 4",
        "01 0001 00000003 003c00 ce, without a method",
        "02 0001 0000000d 003c0000000000000000000210 ce, cut short"
    })
    void aBrokenFrameIsAFrameError(String hex, String what) {
        FrameReader reader = new FrameReader();
        ByteBuffer in = ByteBuffer.wrap(bytes(HELLO + hex));
        assertThatThrownBy(() -> reader.read(in, new Told()))
                .isInstanceOf(AmqpException.class)
                .hasMessageStartingWith("FRAME_ERROR")
                .hasMessageContaining(what);
    }

    @Test
    void theProtocolHeaderHasNoLength() {
        FrameReader reader = new FrameReader();
        ByteBuffer in = ByteBuffer.wrap(bytes(HELLO)).limit(7);
        reader.read(in, new Told());
        assertThat(in.remaining()).isEqualTo(7);
        assertThat(reader.needed(in)).isEqualTo(8);
    }

    @Test
    void anotherProtocolIsTurnedAway() {
        Told told = new Told();
        new FrameReader().read(ByteBuffer.wrap(bytes("414d515001010009")), told);
        assertThat(told.all).containsExactly("hello false");
    }
}
