package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.Seeds;
import dev.parley.core.shard.TestDecision;
import dev.parley.core.shard.Written;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What the fuzzer does with the queue machine's records and snapshots, whose checksums were right:
/// a replay may refuse them, for the log makes a clear refusal of any exception; it never loops and
/// takes no memory by a length that nobody checked; and what it does take comes back from a
/// snapshot as it was.
class RecordsFuzzTest {
    /// Whether nonsense must be refused at once and not only when it comes back from a snapshot:
    /// what a longer run looks for, too.
    private static final boolean STRICT = Boolean.getBoolean("parley.fuzz.strict");

    private static final int SNAPSHOT = 0;
    private static final int RECORDS = 1;

    /// Queues, and more messages than a page holds.
    private static final int USED_BY = 523;

    private static final byte[] USED =
            TestDecision.snapshot(
                    QueueMutationTest.replayed(QueueMutationTest.records().subList(0, USED_BY)));

    /// The first byte says whether a snapshot follows, or records (type, length, payload) for a
    /// machine that is new, or records for one that has been used.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length > 0) {
            take(input);
        }
    }

    /// Returns whether it was not refused.
    private static boolean take(byte[] input) {
        ByteBuffer in = ByteBuffer.wrap(input, 1, input.length - 1).slice();
        QueueMachine machine = QueueMutationTest.machine();
        byte[] saved;
        try {
            if (input[0] == SNAPSHOT) {
                machine.restore(in);
            } else {
                if (input[0] != RECORDS) {
                    machine.restore(ByteBuffer.wrap(USED));
                }
                replay(in, machine);
            }
            saved = TestDecision.snapshot(machine);
        } catch (RuntimeException e) {
            return false; // shard and cause are named in a CorruptLogException
        }
        QueueMachine again = QueueMutationTest.machine();
        try {
            again.restore(ByteBuffer.wrap(saved));
        } catch (RuntimeException e) {
            if (STRICT) {
                throw new AssertionError("what was taken is refused in a snapshot", e);
            }
            return false;
        }
        check(Arrays.equals(TestDecision.snapshot(again), saved));
        return true;
    }

    private static void replay(ByteBuffer in, QueueMachine machine) {
        long position = 1 << 20;
        while (in.remaining() > 3) {
            int type = Byte.toUnsignedInt(in.get());
            int size = Math.min(Short.toUnsignedInt(in.getShort()), in.remaining());
            machine.apply(type, position, in.slice(in.position(), size));
            in.position(in.position() + size);
            position += 128;
        }
    }

    private static void check(boolean holds) {
        if (!holds) {
            throw new AssertionError("another state came back from the snapshot");
        }
    }

    @Test
    void theSeedsAreTaken() {
        Map<String, byte[]> made = new TreeMap<>();
        List<Written> records = QueueMutationTest.records();
        List<Written> few =
                QueueMutationTest.records().stream()
                        .filter(one -> one.type() != Records.ENQUEUE && one.type() != Records.PAGE)
                        .toList();
        made.put("every-type", seed(RECORDS, few));
        made.put("first", seed(RECORDS, records.subList(0, 12)));
        made.put("last", seed(2, records.subList(USED_BY, records.size())));
        QueueMachine small = QueueMutationTest.replayed(records.subList(0, 20));
        byte[] snapshot = TestDecision.snapshot(small);
        made.put("snapshot", Arrays.copyOf(new byte[] {SNAPSHOT}, 1 + snapshot.length));
        System.arraycopy(snapshot, 0, made.get("snapshot"), 1, snapshot.length);
        Map<String, byte[]> seeds = Seeds.of("records", made);
        seeds.values().forEach(RecordsFuzzTest::fuzzerTestOneInput);
        assertThat(made.values()).hasSize(4).allMatch(RecordsFuzzTest::take);
    }

    private static byte[] seed(int kind, List<Written> records) {
        int size = records.stream().mapToInt(one -> 3 + one.payload().length).sum();
        ByteBuffer out = ByteBuffer.allocate(1 + size).put((byte) kind);
        for (Written one : records) {
            out.put((byte) one.type()).putShort((short) one.payload().length).put(one.payload());
        }
        return out.array();
    }
}
