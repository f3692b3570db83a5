package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Whole sessions fed with damaged bytes behind a valid handshake: whatever comes, the answer is
/// well-formed frames and at most a close, never an exception, and other sessions go on.
class SessionFuzzTest {
    private static final int RUNS = 3000;

    private final LoopBroker broker = new LoopBroker();

    @Test
    void anUndamagedSessionDoesAllItAsks() {
        assertAnUndamagedSessionWorks();
    }

    private void assertAnUndamagedSessionWorks() {
        LoopSession session = new LoopSession(broker);
        session.feed(Script.handshake());
        for (byte[] frame : Script.everything().frames()) {
            session.feed(frame);
        }
        session.end();
        assertThat(session.said())
                .startsWith("10.10", "10.30", "10.41", "20.11", "85.11", "40.11", "50.11")
                .contains("60.60", "60.80", "90.21", "50.31", "60.111", "50.41")
                // Others may have left a message in the queue, or nothing.
                .containsAnyOf("60.71", "60.72")
                .endsWith("20.41")
                .doesNotContain("10.50", "20.40");
    }

    @Test
    void bodiesWithoutAnEndAreBoundedAndGoWithTheirConnection() {
        for (int round = 0; round < 3; round++) {
            LoopSession session = new LoopSession(broker);
            session.feed(Script.handshake());
            // Each takes 256 KiB of the 1 MiB that there is.
            for (int channel = 1; channel <= 4; channel++) {
                beginBody(session, channel);
            }
            assertThat(session.said()).doesNotContain("10.50");
            beginBody(session, 5);
            assertThat(session.said()).endsWith("10.50");
            session.end();
        }
        assertAnUndamagedSessionWorks();
    }

    private static void beginBody(LoopSession session, int channel) {
        Script script =
                new Script()
                        .method(channel, 20, 10, Script.s(""))
                        .method(
                                channel,
                                60,
                                40,
                                Script.h(0),
                                Script.s(""),
                                Script.s("q"),
                                Script.b(0))
                        .frame(
                                2,
                                channel,
                                Script.join(
                                        Script.h(60),
                                        Script.h(0),
                                        Script.l(1 << 20),
                                        new byte[] {0, 0}))
                        .frame(3, channel, new byte[16]);
        session.feed(Script.join(script.frames()));
    }

    @Test
    void aTransactionIsBoundedAndItsEndMakesRoom() {
        LoopSession session = new LoopSession(broker);
        session.feed(Script.handshake());
        Script select = new Script().method(1, 20, 10, Script.s("")).method(1, 90, 10);
        session.feed(Script.join(select.frames()));
        for (int round = 0; round < 3; round++) {
            publishLarge(session, 9);
            session.feed(Script.join(new Script().method(1, 90, 30).frames()));
            assertThat(session.said()).endsWith("90.31").doesNotContain("10.50");
        }
        publishLarge(session, 11);
        assertThat(session.said()).endsWith("10.50");
        session.end();
        assertAnUndamagedSessionWorks();
    }

    /// Publishes `times` 100 KiB.
    private static void publishLarge(LoopSession session, int times) {
        for (int n = 0; n < times; n++) {
            Script script =
                    new Script()
                            .method(
                                    1,
                                    60,
                                    40,
                                    Script.h(0),
                                    Script.s(""),
                                    Script.s("q"),
                                    Script.b(0))
                            .content(1, new byte[] {0, 0}, new byte[100 << 10]);
            session.feed(Script.join(script.frames()));
        }
    }

    @Test
    void damagedSessionsEndWellAndHarmNobody() {
        byte[][] frames = Script.everything().frames();
        for (int run = 0; run < RUNS; run++) {
            Random random = new Random(run);
            LoopSession session = new LoopSession(broker);
            try {
                session.feed(Script.handshake());
                byte[] bytes = damaged(frames, random);
                for (int at = 0; at < bytes.length; ) {
                    int piece = Math.min(bytes.length - at, 1 + random.nextInt(200));
                    session.feed(Arrays.copyOfRange(bytes, at, at + piece));
                    at += piece;
                }
                int closed = session.said().indexOf("10.50");
                if (closed >= 0) {
                    assertThat(session.said().subList(closed + 1, session.said().size()))
                            .isSubsetOf("10.51");
                }
                session.end();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + run + " after " + session.said(), e);
            }
        }
        assertAnUndamagedSessionWorks();
    }

    private static byte[] damaged(byte[][] frames, Random random) {
        List<byte[]> changed = new ArrayList<>();
        for (byte[] frame : frames) {
            byte[] copy = frame.clone();
            switch (random.nextInt(12)) {
                // Keeps the frame whole, so that what is inside is reached.
                case 0, 1 -> flip(copy, 7, copy.length - 1, random);
                case 2 -> flip(copy, 0, copy.length, random);
                case 3 -> changed.add(copy);
                case 4 -> copy = fill(copy, random);
                default -> {
                    // As it is.
                }
            }
            changed.add(copy);
        }
        if (random.nextInt(4) == 0) {
            Collections.swap(
                    changed, random.nextInt(changed.size()), random.nextInt(changed.size()));
        }
        byte[] all = Script.join(changed.toArray(new byte[0][]));
        return random.nextInt(6) == 0 ? Arrays.copyOf(all, random.nextInt(all.length)) : all;
    }

    private static void flip(byte[] bytes, int from, int to, Random random) {
        for (int n = 1 + random.nextInt(3); n > 0 && to > from; n--) {
            int at = from + random.nextInt(to - from);
            bytes[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : -1);
        }
    }

    /// The same frame with short strings of bytes that are no text, as long as they may be.
    private static byte[] fill(byte[] frame, Random random) {
        byte[] junk = new byte[1 + random.nextInt(255)];
        Arrays.fill(junk, (byte) (0x80 + random.nextInt(128)));
        int split = 11 + random.nextInt(Math.max(1, frame.length - 12));
        if (split >= frame.length - 1) {
            return frame;
        }
        byte[] payload =
                Script.join(
                        Arrays.copyOfRange(frame, 7, split),
                        Script.b(junk.length),
                        junk,
                        Arrays.copyOfRange(frame, split, frame.length - 1));
        return new Script().frame(frame[0], frame[2], payload).frames()[0];
    }
}
