package dev.parley.core.queue;

import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Messages that have left their queue here and are on their way to other shards.
///
/// A message stays until every shard it goes to has accepted it durably. Moves to one shard are
/// numbered and sent in order; after a crash they are sent again under the same numbers, and the
/// receiver takes each number once: so nothing is lost and nothing arrives twice.
final class Outbox {
    /// Messages in the outbox at which no more are moved into it for the time being.
    static final int ITEMS_MAX = 10_000;

    /// A message with its new names and properties; its body lies at `position`.
    static final class Item {
        private final long position;
        private final int size;
        private final byte[] head;
        private final List<Move> pending = new ArrayList<>(1);

        Item(long position, int size, byte[] head) {
            this.position = position;
            this.size = size;
            this.head = head;
        }

        long position() {
            return position;
        }

        int size() {
            return size;
        }

        /// Exchange, routing key and property list, laid out as at the beginning of a stored
        /// message; instead of a body, of one that is not due yet, when it is.
        byte[] head() {
            return head;
        }
    }

    /// One message going to one shard.
    record Move(int shard, long move, List<Long> queues, Item item) {}

    private final Set<Item> items = new LinkedHashSet<>();
    private final TreeMap<Integer, ArrayDeque<Move>> pending = new TreeMap<>();
    private final TreeMap<Integer, Long> last = new TreeMap<>();

    /// Of what is pending, what was not sent yet.
    private final TreeMap<Integer, ArrayDeque<Move>> unsent = new TreeMap<>();

    int size() {
        return items.size();
    }

    /// The number that the next move to `shard` gets.
    long nextMove(int shard) {
        return last.getOrDefault(shard, 0L) + 1;
    }

    /// Bytes that a MOVE record's part for the outbox takes.
    static int encodedSize(List<Move> moves, byte[] head) {
        int size = 8 + 4 + 4 + head.length + 2;
        for (Move move : moves) {
            size += 2 + 8 + 2 + 8 * move.queues().size();
        }
        return size;
    }

    static void encode(ByteBuffer out, long position, int size, byte[] head, List<Move> moves) {
        out.putLong(position).putInt(size).putInt(head.length).put(head);
        out.putShort((short) moves.size());
        for (Move move : moves) {
            out.putShort((short) move.shard()).putLong(move.move());
            out.putShort((short) move.queues().size());
            move.queues().forEach(out::putLong);
        }
    }

    void add(ByteBuffer in) {
        long position = in.getLong();
        int size = in.getInt();
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalStateException("a head of " + length + " bytes in the outbox");
        }
        byte[] head = new byte[length];
        in.get(head);
        Item item = new Item(position, size, head);
        for (int n = Short.toUnsignedInt(in.getShort()); n > 0; n--) {
            int shard = Short.toUnsignedInt(in.getShort());
            long number = in.getLong();
            Move move = new Move(shard, number, Records.readQueues(in), item);
            pending.computeIfAbsent(shard, key -> new ArrayDeque<>()).add(move);
            unsent.computeIfAbsent(shard, key -> new ArrayDeque<>()).add(move);
            last.put(shard, number);
            item.pending.add(move);
        }
        items.add(item);
    }

    /// Everything up to `move` has arrived at `shard`.
    void moved(int shard, long move) {
        ArrayDeque<Move> queue = pending.get(shard);
        while (queue != null && !queue.isEmpty() && queue.getFirst().move() <= move) {
            Move arrived = queue.removeFirst();
            arrived.item().pending.remove(arrived);
            if (arrived.item().pending.isEmpty()) {
                items.remove(arrived.item());
            }
        }
        ArrayDeque<Move> left = unsent.get(shard);
        while (left != null && !left.isEmpty() && left.getFirst().move() <= move) {
            left.removeFirst();
        }
    }

    /// Whether a move numbered up to `move` is still on its way to `shard`.
    boolean waitsFor(int shard, long move) {
        ArrayDeque<Move> queue = pending.get(shard);
        return queue != null && !queue.isEmpty() && queue.getFirst().move() <= move;
    }

    /// The next move to be sent to any shard, or null; [#sent] goes on to the one after it.
    /// `durable` bounds it: what is not durable here is not sent.
    @Nullable Move unsent(Map<Integer, Long> durable) {
        for (var entry : unsent.entrySet()) {
            Move next = entry.getValue().peek();
            if (next != null && next.move() <= durable.getOrDefault(entry.getKey(), 0L)) {
                return next;
            }
        }
        return null;
    }

    void sent(Move move) {
        unsent.getOrDefault(move.shard(), new ArrayDeque<>()).remove(move);
    }

    /// The newest move to each shard.
    Map<Integer, Long> last() {
        return new TreeMap<>(last);
    }

    void save(SnapshotWriter out, Page.SegmentOf segmentOf) {
        out.putInt(last.size());
        last.forEach((shard, move) -> out.putInt(shard).putLong(move));
        List<Item> all = new ArrayList<>(items);
        out.putInt(all.size());
        for (Item item : all) {
            List<Move> moves = item.pending;
            encode(
                    out.room(encodedSize(moves, item.head())),
                    item.position(),
                    item.size(),
                    item.head(),
                    moves);
            out.keep(segmentOf.segment(item.position()), Records.OVERHEAD + item.size());
        }
    }

    void restore(ByteBuffer in) {
        TreeMap<Integer, Long> newest = new TreeMap<>();
        for (int n = in.getInt(); n > 0; n--) {
            newest.put(in.getInt(), in.getLong());
        }
        for (int n = in.getInt(); n > 0; n--) {
            add(in);
        }
        last.putAll(newest);
    }
}
