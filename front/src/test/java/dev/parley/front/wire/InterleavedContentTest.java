package dev.parley.front.wire;

import static dev.parley.front.amqp.Script.b;
import static dev.parley.front.amqp.Script.h;
import static dev.parley.front.amqp.Script.join;
import static dev.parley.front.amqp.Script.l;
import static dev.parley.front.amqp.Script.s;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.amqp.LoopBroker;
import dev.parley.front.amqp.Script;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Bodies of two channels, frame between frame and cut anywhere, come back as they were, though the
/// buffer that they are read into is another's after each read.
class InterleavedContentTest {
    private static final byte[] NO_ARGUMENTS = new byte[4];
    private static final int FRAME = 131_064;

    private final LoopBroker broker = new LoopBroker();
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final Round round =
            new Round(
                    loop.eventLoop(),
                    () -> {
                        broker.turn();
                        return -1;
                    });
    private final EmbeddedChannel line =
            new EmbeddedChannel() {
                @Override
                protected void handleOutboundMessage(Object message) {
                    ByteBuf written = (ByteBuf) message;
                    byte[] bytes = new byte[written.readableBytes()];
                    written.readBytes(bytes).release();
                    heard.writeBytes(bytes);
                }
            };
    private final ByteBuf shared = Unpooled.directBuffer(512 << 10);
    private final Random dice = new Random(1);

    InterleavedContentTest() {
        line.pipeline()
                .addLast(
                        new ClientSocket(
                                round,
                                new LinkedHashSet<>(),
                                new Arrivals(10),
                                null,
                                true,
                                wire -> new Session.Amqp(new AmqpConnection(broker, wire))));
        says(Script.handshake(), 40);
        Script script = new Script();
        for (int channel = 1; channel <= 2; channel++) {
            byte[] queue = s("q" + channel);
            script.method(channel, 20, 10, s(""))
                    .method(channel, 50, 10, h(0), queue, b(0), NO_ARGUMENTS)
                    .method(channel, 60, 20, h(0), queue, s("tag"), b(2), NO_ARGUMENTS);
        }
        says(join(script.frames()), 40);
        heard.reset();
    }

    @AfterEach
    void nothingIsLentInTheEnd() {
        line.close();
        round.soon();
        loop.runPendingTasks();
        broker.assertNothingIsLent();
        line.finishAndReleaseAll();
        loop.finishAndReleaseAll();
        shared.release();
    }

    @ParameterizedTest
    @CsvSource({
        "40, 1",
        "40, 2",
        "3000, 3",
        "3000, 4",
        "3000, 5",
        "70000, 6",
        "70000, 7",
        "70000, 8",
        "500000, 9",
        "500000, 10",
        "500000, 11"
    })
    void comesBackAsItWas(int read, long seed) {
        dice.setSeed(seed);
        List<byte[]> one = bodies(read);
        List<byte[]> other = bodies(read);
        says(interleaved(frames(1, one), frames(2, other)), read);
        List<List<byte[]>> delivered = delivered();
        assertThat(delivered.get(0)).usingElementComparator(Arrays::compare).isEqualTo(one);
        assertThat(delivered.get(1)).usingElementComparator(Arrays::compare).isEqualTo(other);
        broker.assertNothingIsLent();
    }

    @ParameterizedTest
    @CsvSource({"40, 1", "3000, 2", "3000, 3", "70000, 4", "70000, 5", "500000, 6", "500000, 7"})
    void whoGoesAnywhereLeavesNothingBehind(int read, long seed) {
        dice.setSeed(seed);
        byte[] all = interleaved(frames(1, bodies(read)), frames(2, bodies(read)));
        says(Arrays.copyOf(all, dice.nextInt(all.length)), read);
    }

    /// Of all sizes at which something else happens.
    private List<byte[]> bodies(int read) {
        List<byte[]> made = new ArrayList<>();
        for (int n = 0; n < (read < 1000 ? 4 : 12); n++) {
            int size =
                    switch (dice.nextInt(5)) {
                        case 0 -> dice.nextInt(3);
                        case 1 -> 16_380 + dice.nextInt(20);
                        case 2 -> dice.nextInt(140_000);
                        case 3 -> dice.nextInt(460_000);
                        default -> dice.nextInt(20_000);
                    };
            byte[] body = new byte[size];
            dice.nextBytes(body);
            made.add(body);
        }
        return made;
    }

    private Deque<byte[]> frames(int channel, List<byte[]> bodies) {
        Script script = new Script();
        for (byte[] body : bodies) {
            script.method(channel, 60, 40, h(0), s(""), s("q" + channel), b(0));
            script.frame(2, channel, join(h(60), h(0), l(body.length), h(0)));
            int most =
                    switch (dice.nextInt(4)) {
                        case 0 -> 4088;
                        case 1 -> 16_384;
                        case 2 -> 16_385 + dice.nextInt(50_000);
                        default -> FRAME;
                    };
            for (int at = 0; at < body.length; at += most) {
                if (dice.nextInt(10) == 0) {
                    script.frame(3, channel, new byte[0]);
                }
                int end = Math.min(body.length, at + most);
                script.frame(3, channel, Arrays.copyOfRange(body, at, end));
            }
            if (dice.nextInt(3) == 0) {
                script.frame(8, 0, new byte[0]);
            }
        }
        return new ArrayDeque<>(List.of(script.frames()));
    }

    private byte[] interleaved(Deque<byte[]> one, Deque<byte[]> other) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (!one.isEmpty() || !other.isEmpty()) {
            byte[] frame = (dice.nextBoolean() ? one : other).poll();
            if (frame != null) {
                all.writeBytes(frame);
            }
        }
        return all.toByteArray();
    }

    /// Reads of at most that size, and rounds between some of them; then rounds until all is said.
    private void says(byte[] all, int read) {
        for (int at = 0; at < all.length; ) {
            int some = Math.min(all.length - at, 1 + dice.nextInt(read));
            line.writeInbound(shared.clear().writeBytes(all, at, some).retain());
            assertThat(shared.refCnt()).isEqualTo(1);
            shared.setBytes(0, new byte[some]);
            at += some;
            if (dice.nextInt(3) > 0) {
                turn();
            }
        }
        int before;
        do {
            before = heard.size();
            turn();
            turn();
        } while (heard.size() > before);
    }

    private void turn() {
        round.soon();
        loop.runPendingTasks();
        line.runPendingTasks();
    }

    /// The bodies that came on each channel, in their order.
    private List<List<byte[]>> delivered() {
        List<List<byte[]>> bodies = List.of(new ArrayList<>(), new ArrayList<>());
        ByteBuffer out = ByteBuffer.wrap(heard.toByteArray());
        ByteBuffer body = ByteBuffer.allocate(0);
        while (out.hasRemaining()) {
            int type = out.get();
            int channel = out.getShort();
            ByteBuffer payload = out.slice(out.position() + 4, out.getInt());
            out.position(out.position() + payload.remaining());
            assertThat(out.get()).isEqualTo((byte) 0xCE);
            if (type == 1) {
                assertThat(payload.getInt()).as("basic.deliver").isEqualTo(60 << 16 | 60);
                continue;
            }
            if (type == 2) {
                body = ByteBuffer.allocate((int) payload.getLong(4));
            } else {
                body.put(payload);
            }
            if (!body.hasRemaining()) {
                bodies.get(channel - 1).add(body.array());
            }
        }
        return bodies;
    }
}
