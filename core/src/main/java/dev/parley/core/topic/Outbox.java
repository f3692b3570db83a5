package dev.parley.core.topic;

import dev.parley.core.shard.SnapshotWriter;
import dev.parley.core.topic.Records.Move;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Messages on their way from here to other shards.
///
/// A message stays until the other shard has accepted it durably. Moves to one shard are numbered
/// and sent in order; after a crash they are sent again under the same numbers, and the receiver
/// takes each number once: so nothing is lost and nothing arrives twice.
final class Outbox {
    /// @param body the message, which this refers to
    record Item(String host, int body, Move move) {}

    private final TreeMap<Integer, ArrayDeque<Item>> pending = new TreeMap<>();
    private final TreeMap<Integer, Long> last = new TreeMap<>();

    /// Of what is pending, what was not sent yet.
    private final TreeMap<Integer, ArrayDeque<Item>> unsent = new TreeMap<>();

    private int size;

    int size() {
        return size;
    }

    /// The number that the next move to `shard` gets.
    long nextMove(int shard) {
        return last.getOrDefault(shard, 0L) + 1;
    }

    void add(Item item) {
        int shard = item.move().shard();
        pending.computeIfAbsent(shard, key -> new ArrayDeque<>()).add(item);
        unsent.computeIfAbsent(shard, key -> new ArrayDeque<>()).add(item);
        last.put(shard, item.move().move());
        size++;
    }

    /// Everything up to `move` has arrived at `shard`.
    void moved(int shard, long move, Bodies bodies) {
        ArrayDeque<Item> queue = pending.get(shard);
        while (queue != null && !queue.isEmpty() && queue.getFirst().move().move() <= move) {
            bodies.release(queue.removeFirst().body());
            size--;
        }
        ArrayDeque<Item> left = unsent.get(shard);
        while (left != null && !left.isEmpty() && left.getFirst().move().move() <= move) {
            left.removeFirst();
        }
    }

    /// The host is gone: what is on its way from there arrives, for the numbers' sake, but nowhere.
    void drop(String host) {
        pending.values().forEach(queue -> drop(queue, host));
        unsent.values().forEach(queue -> drop(queue, host));
    }

    private static void drop(ArrayDeque<Item> queue, String host) {
        for (int n = queue.size(); n > 0; n--) {
            Item item = queue.removeFirst();
            Move move = item.move();
            boolean gone = item.host().equals(host);
            Move to = gone ? new Move(move.shard(), move.move(), false, List.of()) : move;
            queue.addLast(new Item(item.host(), item.body(), to));
        }
    }

    /// Adds the hosts from which anything is on its way somewhere.
    void addHosts(Set<String> hosts) {
        for (ArrayDeque<Item> queue : pending.values()) {
            for (Item item : queue) {
                if (item.move().keep() || !item.move().targets().isEmpty()) {
                    hosts.add(item.host());
                }
            }
        }
    }

    /// Whether a move numbered up to `move` is still on its way to `shard`.
    boolean waitsFor(int shard, long move) {
        ArrayDeque<Item> queue = pending.get(shard);
        return queue != null && !queue.isEmpty() && queue.getFirst().move().move() <= move;
    }

    /// The next one to be sent to any shard, or null; [#sent] goes on to the one after it. What is
    /// not `durable` here is not sent.
    @Nullable Item unsent(Map<Integer, Long> durable) {
        for (var entry : unsent.entrySet()) {
            Item next = entry.getValue().peek();
            if (next != null && next.move().move() <= durable.getOrDefault(entry.getKey(), 0L)) {
                return next;
            }
        }
        return null;
    }

    void sent(Item item) {
        unsent.getOrDefault(item.move().shard(), new ArrayDeque<>()).remove(item);
    }

    /// The newest move to each shard.
    Map<Integer, Long> last() {
        return new TreeMap<>(last);
    }

    void save(SnapshotWriter out, Bodies bodies) {
        out.putInt(last.size());
        last.forEach((shard, move) -> out.putInt(shard).putLong(move));
        out.putInt(size);
        for (ArrayDeque<Item> queue : pending.values()) {
            for (Item item : queue) {
                Topics.saveBody(out, bodies, item.body());
                out.putText(item.host());
                out.putInt(item.move().shard()).putLong(item.move().move());
                out.putByte(item.move().keep() ? 1 : 0).putInt(item.move().targets().size());
                for (Target target : item.move().targets()) {
                    int bytes = 8 + Records.termsSize(target.terms());
                    Records.putTerms(out.room(bytes).putLong(target.session()), target.terms());
                }
            }
        }
    }

    void restore(ByteBuffer in, Bodies bodies) {
        TreeMap<Integer, Long> newest = new TreeMap<>();
        for (int n = in.getInt(); n > 0; n--) {
            newest.put(in.getInt(), in.getLong());
        }
        for (int n = in.getInt(); n > 0; n--) {
            int body = Topics.restoreBody(in, bodies);
            String host = Topics.longText(in);
            int shard = in.getInt();
            long move = in.getLong();
            boolean keep = in.get() != 0;
            List<Target> targets = new ArrayList<>();
            for (int m = in.getInt(); m > 0; m--) {
                targets.add(new Target(in.getLong(), Records.readTerms(in)));
            }
            add(new Item(host, body, new Move(shard, move, keep, targets)));
        }
        last.putAll(newest);
    }
}
