package dev.parley.front.amqp;

import static dev.parley.front.amqp.Script.b;
import static dev.parley.front.amqp.Script.h;
import static dev.parley.front.amqp.Script.i;
import static dev.parley.front.amqp.Script.join;
import static dev.parley.front.amqp.Script.l;
import static dev.parley.front.amqp.Script.s;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Bodies that come in many reads and frames go out octet by octet as they came, whether the socket
/// borrows the output or copies it.
class LargeBodyTest {
    private static final byte[] NO_ARGUMENTS = i(0);
    private static final byte[] TRANSIENT = {0x10, 0, 1};

    private final LoopBroker broker = new LoopBroker();
    private final Line line = new Line();
    private final AmqpConnection connection = new AmqpConnection(broker, line);
    private ByteBuffer in = ByteBuffer.allocate(0);

    LargeBodyTest() {
        feed(
                join(
                        Script.handshake(),
                        join(
                                new Script()
                                        .method(1, 20, 10, s(""))
                                        .method(1, 50, 10, h(0), s("q"), b(0), NO_ARGUMENTS)
                                        .method(
                                                1,
                                                60,
                                                20,
                                                h(0),
                                                s("q"),
                                                s("tag"),
                                                b(2),
                                                NO_ARGUMENTS)
                                        .frames())),
                Integer.MAX_VALUE);
        line.heard.reset();
    }

    @AfterEach
    void nothingIsLentInTheEnd() {
        line.give();
        connection.onDisconnected();
        broker.assertNothingIsLent();
    }

    @ParameterizedTest
    @CsvSource({
        "17000, 131064, 16400",
        "100000, 131064, 65536",
        "131064, 131064, 16385",
        "131065, 131064, 65536",
        "700001, 131064, 30011",
        "700001, 4088, 65536",
        "1048576, 131064, 4000",
        "1048576, 131064, 524288",
        "1000000, 65000, 262144"
    })
    void comesBackAsItWas(int size, int frame, int read) {
        byte[] body = pattern(size);
        for (int n = 0; n < 3; n++) {
            line.lends = n != 1;
            feed(publish(body, size, frame), read);
            assertThat(delivered()).isEqualTo(body);
        }
        line.give();
        assertThat(broker.connections().output().lent()).isZero();
        assertThat(in.hasRemaining()).isFalse();
    }

    @Test
    void whatIsBorrowedIsNotWrittenInto() {
        line.lends = true;
        for (int n = 0; n < 40; n++) {
            byte[] body = pattern(300_000 + n);
            feed(publish(body, body.length, 131_064), 65_536);
            assertThat(delivered()).isEqualTo(body);
        }
        assertThat(line.borrowed).isNotEmpty();
        for (int n = 0; n < line.borrowed.size(); n++) {
            assertThat(line.borrowed.get(n)).isEqualTo(ByteBuffer.wrap(line.copies.get(n)));
        }
    }

    @Test
    void moreThanWasAnnouncedIsNeverPublished() {
        byte[] body = pattern(60_000);
        feed(publish(body, 40_000, 131_064), 40_100);
        broker.turn();
        assertThat(said()).doesNotContain("60.60").contains("10.50");
    }

    @Test
    void aFrameWithoutItsEndIsNeverPublished() {
        byte[] all = publish(pattern(60_000), 60_000, 131_064);
        all[all.length - 1] = 0;
        feed(all, 20_000);
        assertThat(said()).doesNotContain("60.60").contains("10.50");
    }

    @Test
    void whoGoesInTheMiddleLeavesNothingBehind() {
        byte[] all = publish(pattern(900_000), 900_000, 131_064);
        feed(Arrays.copyOf(all, 800_000), 65_536);
        assertThat(broker.connections().bodies().lent()).isPositive();
        connection.onDisconnected();
        broker.assertNothingIsLent();
    }

    @Test
    void anEmptyFrameAheadTakesNothing() {
        byte[] body = pattern(131_064);
        Script script = new Script().method(1, 60, 40, h(0), s(""), s("q"), b(0));
        script.frame(2, 1, join(h(60), h(0), l(body.length), TRANSIENT));
        script.frame(3, 1, new byte[0]).frame(3, 1, body);
        feed(join(script.frames()), Integer.MAX_VALUE);
        assertThat(delivered()).isEqualTo(body);
        assertThat(broker.connections().bodies().lent()).isZero();
    }

    private static byte[] pattern(int bytes) {
        byte[] made = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            made[i] = (byte) (i * 31 + i / 255);
        }
        return made;
    }

    private static byte[] publish(byte[] body, int announced, int frame) {
        Script script = new Script().method(1, 60, 40, h(0), s(""), s("q"), b(0));
        script.frame(2, 1, join(h(60), h(0), l(announced), TRANSIENT));
        for (int at = 0; at < body.length; at += frame) {
            script.frame(3, 1, Arrays.copyOfRange(body, at, Math.min(body.length, at + frame)));
        }
        return join(script.frames());
    }

    /// Reads of at most that size, as a socket would hand them on.
    private void feed(byte[] bytes, int read) {
        for (int at = 0; at < bytes.length; at += Math.min(read, bytes.length - at)) {
            int end = at + Math.min(read, bytes.length - at);
            byte[] rest = new byte[in.remaining()];
            in.get(rest);
            in = ByteBuffer.wrap(join(rest, Arrays.copyOfRange(bytes, at, end)));
            int before;
            do {
                before = in.remaining();
                connection.read(in);
                broker.turn();
            } while (in.remaining() < before && in.hasRemaining());
        }
        connection.drain(line::hear);
    }

    /// Classes and methods of all that was heard.
    private List<String> said() {
        List<String> said = new ArrayList<>();
        ByteBuffer out = ByteBuffer.wrap(line.heard.toByteArray());
        while (out.hasRemaining()) {
            int type = out.get();
            out.getShort();
            int size = out.getInt();
            if (type == 1) {
                said.add(out.getShort(out.position()) + "." + out.getShort(out.position() + 2));
            }
            out.position(out.position() + size + 1);
        }
        return said;
    }

    /// The body of the one delivery that was heard, whose frames are as the specification says.
    private byte[] delivered() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        ByteBuffer out = ByteBuffer.wrap(line.heard.toByteArray());
        line.heard.reset();
        List<Integer> types = new ArrayList<>();
        while (out.hasRemaining()) {
            int type = out.get();
            assertThat(out.getShort()).isEqualTo((short) 1);
            byte[] payload = new byte[out.getInt()];
            assertThat(payload.length).isLessThanOrEqualTo(131_064);
            out.get(payload);
            assertThat(out.get()).isEqualTo((byte) 0xCE);
            types.add(type);
            if (type == 3) {
                body.writeBytes(payload);
            }
        }
        assertThat(types.subList(0, 2)).containsExactly(1, 2);
        assertThat(types.subList(2, types.size())).containsOnly(3);
        return body.toByteArray();
    }

    /// A socket that may keep what it borrows for a while.
    private static final class Line extends Pipe {
        private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
        private final List<ByteBuffer> borrowed = new ArrayList<>();
        private final List<byte[]> copies = new ArrayList<>();
        private final List<Runnable> ends = new ArrayList<>();
        private boolean lends;

        void hear(ByteBuffer output) {
            byte[] bytes = new byte[output.remaining()];
            output.get(bytes);
            heard.writeBytes(bytes);
        }

        void give() {
            ends.forEach(Runnable::run);
            ends.clear();
            borrowed.clear();
            copies.clear();
        }

        @Override
        public boolean borrow(ByteBuffer bytes, Runnable done) {
            if (!lends) {
                return false;
            }
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            heard.writeBytes(copy);
            borrowed.add(bytes);
            copies.add(copy);
            ends.add(done);
            return true;
        }
    }
}
