package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.core.catalog.CatalogMachine;
import dev.parley.core.message.FieldTable;
import dev.parley.core.queue.Records.Origin;
import dev.parley.core.queue.Records.Targets;
import dev.parley.core.shard.MachineTrial;
import dev.parley.core.shard.TestDecision;
import dev.parley.core.shard.Written;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The queue machine's records and snapshot: golden bytes of format 1, and what it does with bytes
/// that were changed at random although all checksums were right.
class QueueMutationTest {
    private final MachineTrial trial = new MachineTrial(QueueMutationTest::machine);

    private static final class Nowhere implements QueueHost {
        @Override
        public void toTopics(String host, long move, @Nullable Message message) {
            throw new IllegalStateException("nobody subscribes");
        }

        @Override
        public int shard() {
            return 1;
        }

        @Override
        public List<Destination> route(
                String host, String exchange, List<String> keys, @Nullable FieldTable headers) {
            return List.of();
        }

        @Override
        public void onGone(long queue) {
            throw new IllegalStateException("queue " + queue + " went");
        }

        @Override
        public void onDamaged(String queue, long position) {
            throw new IllegalStateException("damage at " + position);
        }
    }

    static QueueMachine machine() {
        return new QueueMachine(TestDecision.keeping(new CatalogMachine(1)), new Nowhere());
    }

    private static Targets target(long queue, int level, long number, long expiry) {
        Targets one = new Targets();
        one.add(queue, Entries.entry(level, number), expiry);
        return one;
    }

    private static byte[] enqueue(@Nullable Origin origin, Targets targets) {
        String exchange = "amq.direct";
        String key = "kéy";
        ByteBuffer properties = ByteBuffer.wrap(new byte[] {0x10, 0, 2});
        ByteBuffer body = ByteBuffer.wrap("a body".getBytes(StandardCharsets.UTF_8));
        ByteBuffer out =
                ByteBuffer.allocate(
                        Records.headSize(origin, null, targets.size())
                                + Records.messageSize(exchange, key, properties, body));
        Records.putHead(out, origin, null, targets, 0, targets.size());
        Records.putMessage(out, exchange, key, properties, body);
        assertThat(out.hasRemaining()).isFalse();
        return out.array();
    }

    private static byte[] entries(long queue, long... entries) {
        ByteBuffer out = ByteBuffer.allocate(12 + 8 * entries.length);
        out.putLong(queue).putInt(entries.length);
        for (long one : entries) {
            out.putLong(one);
        }
        return out.array();
    }

    /// One record of each type at least.
    static List<Written> records() {
        QueueSpec plain = QueueSpec.plain(true);
        QueueSpec rich =
                new QueueSpec(
                        true,
                        true,
                        60_000,
                        3_600_000,
                        1000,
                        1 << 20,
                        Overflow.REJECT_PUBLISH,
                        "dead",
                        "",
                        true,
                        3,
                        20);
        List<Written> all = new ArrayList<>();
        add(all, Records.CREATE, create(1, plain));
        add(all, Records.CREATE, create(2, rich));
        add(all, Records.CREATE, create(3, plain));
        for (int i = 0; i < 520; i++) {
            add(all, Records.ENQUEUE, enqueue(null, target(1, 0, i, i == 7 ? 99 : 0)));
        }
        Targets two = target(2, 3, 0, 0);
        two.add(3, Entries.entry(0, 0), 5);
        add(all, Records.ENQUEUE, enqueue(new Origin(4, 77), two));
        add(all, Records.REMOVE, entries(1, 3, 4, 513));
        add(all, Records.FAIL, fail(5, 2));
        add(all, Records.ATTEMPT, attempt(4096));
        add(all, Records.RELOCATE, enqueue(null, target(1, 0, 6, 0)));
        add(all, Records.PAGE, page(all));
        add(all, Records.REMOVE, entries(1, 8));
        add(all, Records.FAIL, fail(9, 255));
        add(all, Records.MOVE, move(1, 10, 1));
        add(all, Records.MOVE, move(2, Entries.entry(3, 0), 2));
        add(all, Records.MOVED, ByteBuffer.allocate(10).putShort((short) 2).putLong(1).array());
        add(all, Records.ENQUEUE, enqueue(null, target(1, Schedule.LEVEL, 0, 5000)));
        add(all, Records.RELEASE, release());
        add(all, Records.PAUSE, ByteBuffer.allocate(9).putLong(1).put((byte) 1).array());
        add(all, Records.PURGE, entries(3));
        add(all, Records.DROP, ByteBuffer.allocate(8).putLong(3).array());
        return all;
    }

    private static void add(List<Written> all, int type, byte[] payload) {
        all.add(new Written(type, 4096 + all.size() * 128L, payload));
    }

    private static byte[] create(long queue, QueueSpec spec) {
        return Records.encodeCreate(new QueueCommand.Create(queue, "/", "queue " + queue, spec));
    }

    private static byte[] fail(long entry, int failures) {
        return ByteBuffer.allocate(28)
                .putLong(1)
                .putLong(entry)
                .putInt(failures)
                .putLong(failures * 1000L)
                .array();
    }

    private static byte[] attempt(long below) {
        return ByteBuffer.allocate(20).putLong(1).putInt(0).putLong(below).array();
    }

    private static byte[] purgePart() {
        ByteBuffer out = ByteBuffer.allocate(30 + 16).putLong(1).putShort((short) 0);
        return out.putLong(20).putLong(600).putInt(2).putLong(21).putLong(515).array();
    }

    private static byte[] release() {
        ByteBuffer out = ByteBuffer.allocate(12 + 38);
        out.putLong(1).putInt(1).putLong(0).putShort((short) 0).putLong(4096).putLong(5000);
        return out.putInt(6).putLong(0).array();
    }

    private static byte[] page(List<Written> before) {
        Queues queues = new Queues(position -> position / 65_536);
        for (Written one : before) {
            queues.apply(one.type(), one.position(), ByteBuffer.wrap(one.payload()));
        }
        QueueState queue = queues.get(1);
        if (queue == null) {
            throw new AssertionError("no queue 1");
        }
        Page page = queue.level(0).at(0);
        ByteBuffer out = ByteBuffer.allocate(Records.PAGE_HEAD + page.encodedSize());
        out.putLong(1).putInt(0).putLong(0);
        page.encode(out);
        return out.array();
    }

    private static byte[] move(long queue, long entry, long move) {
        Outbox.Item item = new Outbox.Item(5000, 6, Records.utf8("head"));
        List<Outbox.Move> moves =
                List.of(
                        new Outbox.Move(2, move, List.of(11L, 12L), item),
                        new Outbox.Move(5, move, List.of(13L), item));
        ByteBuffer out = ByteBuffer.allocate(16 + Outbox.encodedSize(moves, item.head()));
        out.putLong(queue).putLong(entry);
        Outbox.encode(out, item.position(), item.size(), item.head(), moves);
        return out.array();
    }

    static QueueMachine replayed(List<Written> records) {
        QueueMachine machine = machine();
        for (Written one : records) {
            machine.apply(one.type(), one.position(), ByteBuffer.wrap(one.payload()));
        }
        return machine;
    }

    @Test
    void recordsAndSnapshotAreThoseOfFormat1() {
        List<Written> records = records();
        trial.isGolden("queue", records, TestDecision.snapshot(replayed(records)));
    }

    /// Found by the fuzzer: such an entry was taken, and the snapshot could not be read back.
    @Test
    void noEntryHasANumberBelowZero() {
        Level level = new Level();
        assertThatThrownBy(() -> level.add(-5, 4096, 1, 0, 0))
                .isInstanceOf(IllegalStateException.class);
        level.add(5, 4096, 1, 0, 0);
        assertThat(level.present(5)).isTrue();
    }

    @Test
    void aSnapshotFromAnything() {
        trial.snapshotsFromAnything(TestDecision.snapshot(replayed(records())));
    }

    @Test
    void recordsFromAnything() {
        List<Written> all = records();
        add(all, Records.PURGE_PART, purgePart());
        trial.recordsFromAnything(all, 3_000);
    }
}
