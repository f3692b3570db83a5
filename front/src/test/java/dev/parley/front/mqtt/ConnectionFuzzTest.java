package dev.parley.front.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Whole connections fed with damaged bytes behind a valid CONNECT, and with damaged CONNECTs:
/// whatever comes, the answer is well-formed packets and at most an end, never an exception, and
/// other connections go on.
class ConnectionFuzzTest {
    private static final int RUNS = 20_000;

    @Test
    void nothingThatComesInBreaksTheNode() {
        long seed = Long.getLong("parley.fuzz.seed", 20_972_015_702_447L);
        Random random = new Random(seed);
        LoopTopics node = new LoopTopics(TestCatalog.make());
        TestLine bystander = new TestLine(node);
        // Under a name that no damage makes of another's, and with nothing to acknowledge.
        bystander.says("10 15 0004 \"MQTT\" 04 02 0000 0009 \"bystander\"");
        bystander.says("82 06 0001 0001 \"#\" 00");
        int ended = 0;
        for (int run = 0; run < RUNS; run++) {
            TestLine line = new TestLine(node);
            boolean whole = random.nextInt(4) > 0;
            String hello = random.nextBoolean() ? TestLine.HELLO_5 : TestLine.HELLO_3;
            StringBuilder all = new StringBuilder(hello);
            for (int i = random.nextInt(6); i >= 0; i--) {
                all.append(Packets.SAMPLES.get(random.nextInt(Packets.SAMPLES.size())));
            }
            ByteBuffer bytes = Hex.bytes(all.toString());
            int from = whole ? Hex.bytes(hello).limit() : 0;
            damage(bytes, from, random);
            String said;
            try {
                line.connection().read(bytes);
                said = line.hears();
            } catch (RuntimeException e) {
                throw new AssertionError("seed %d, run %d".formatted(seed, run), e);
            }
            Packets.check(said, "seed %d, run %d".formatted(seed, run));
            ended += line.closed() ? 1 : 0;
            line.connection().onDisconnected();
            bystander.hears();
        }
        assertThat(ended).isBetween(RUNS / 4, RUNS);
        assertThat(bystander.closed()).as("seed %d", seed).isFalse();
        assertThat(bystander.says("c000")).isEqualTo("d000");
    }

    private static void damage(ByteBuffer bytes, int from, Random random) {
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = from + random.nextInt(bytes.limit() - from);
            switch (random.nextInt(3)) {
                case 0 -> bytes.put(at, (byte) random.nextInt());
                case 1 -> bytes.put(at, (byte) (bytes.get(at) ^ 1 << random.nextInt(8)));
                default -> bytes.limit(Math.max(from + 1, at));
            }
        }
    }
}
