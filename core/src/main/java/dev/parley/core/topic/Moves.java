package dev.parley.core.topic;

import dev.parley.core.log.Log;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Sends what goes to other shards, after it is durable here, and hears of what has arrived.
final class Moves {
    /// Moves sent in one turn.
    private static final int BATCH = 1024;

    private final Topics topics;
    private final TopicHost host;
    private final Reader reader = new Reader();
    private final TreeMap<Integer, Long> arrivals = new TreeMap<>();
    private Map<Integer, Long> durable = Map.of();
    private boolean wakeToSend;

    Moves(Topics topics, TopicHost host) {
        this.topics = topics;
        this.host = host;
    }

    /// When what has been logged so far is durable, the moves in it may be sent.
    void announce(Decision decision) {
        Map<Integer, Long> newest = topics.outbox().last();
        decision.promise(() -> {
            durable = newest;
            wakeToSend = true;
        });
    }

    /// Returns whether anything was done.
    boolean send(Decision decision) {
        boolean worked = false;
        if (!wakeToSend) {
            return false;
        }
        for (int n = 0; n < BATCH; n++) {
            Outbox.Item next = topics.outbox().unsent(durable);
            if (next == null) {
                wakeToSend = false;
                reader.rest();
                return worked;
            }
            long position = topics.bodies().position(next.body());
            int size = topics.bodies().size(next.body()) + 65_536;
            ByteBuffer payload = reader.get(decision, position, size);
            if (payload == null && !reader.damaged(position)) {
                return worked;
            }
            send(next, payload, decision);
            topics.outbox().sent(next);
            worked = true;
        }
        return worked;
    }

    private void send(Outbox.Item item, @Nullable ByteBuffer payload, Decision decision) {
        Records.Move move = item.move();
        TopicCommand.Accept accept;
        if (payload == null) {
            host.onDamaged("(moving)", topics.bodies().position(item.body()));
            // Its number has to arrive all the same, for those behind it to be counted.
            ByteBuffer nothing = ByteBuffer.allocate(0);
            TopicMessage empty = new TopicMessage("-", 0, 0, nothing, nothing);
            accept =
                    new TopicCommand.Accept(
                            host.shard(), move.move(), item.host(), empty, false, List.of());
        } else {
            TopicMessage message = Stored.read(payload, Records.messageStart(payload));
            accept =
                    new TopicCommand.Accept(
                            host.shard(),
                            move.move(),
                            item.host(),
                            message,
                            move.keep(),
                            move.targets());
        }
        decision.send(move.shard(), accept);
    }

    /// Tells shard `from` that everything up to `move` has arrived, when that is durable.
    void accepted(int from, long move, Decision decision) {
        TopicCommand.Accepted answer = new TopicCommand.Accepted(host.shard(), move);
        decision.promise(() -> decision.send(from, answer));
    }

    void onAccepted(TopicCommand.Accepted accepted) {
        arrivals.merge(accepted.by(), accepted.move(), Math::max);
    }

    /// Logs what has arrived: once a turn is enough.
    void flush(Decision decision) {
        if (arrivals.isEmpty()) {
            return;
        }
        arrivals.forEach((shard, move) -> {
            if (topics.outbox().waitsFor(shard, move)) {
                ByteBuffer out = decision.append(Records.MOVED, 10);
                out.putShort(shard.shortValue()).putLong(move);
                decision.apply();
            }
        });
        arrivals.clear();
    }

    /// After a restart everything in the outbox is durable and is sent again.
    void onServing() {
        durable = topics.outbox().last();
        wakeToSend = true;
    }

    void onRead(long position, Log.@Nullable Block block) {
        reader.onRead(position, block);
    }
}
