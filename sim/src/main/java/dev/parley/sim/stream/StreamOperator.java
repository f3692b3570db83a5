package dev.parley.sim.stream;

import dev.parley.api.Reason;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamReply;
import dev.parley.core.stream.StreamSpec;
import dev.parley.core.stream.StreamStatus;
import dev.parley.front.stream.StreamAsker;
import dev.parley.sim.Dice;
import dev.parley.sim.History;
import dev.parley.sim.Violation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Somebody who looks after the streams: moves cursors, removes streams and makes others in their
/// place. What he wants to be there survives every crash, as in a catalog.
final class StreamOperator {
    private static final long FIRST = 10;

    /// The streams that are to be there.
    private final List<Long> streams;

    private final List<StreamGroup> groups;
    private final StreamLedger ledger;
    private final Dice dice;
    private final History history;
    private final StreamGroup.Ids ids = new StreamGroup.Ids();
    private long made;

    StreamOperator(
            List<Long> streams,
            List<StreamGroup> groups,
            StreamLedger ledger,
            Dice dice,
            History history) {
        this.streams = streams;
        this.groups = groups;
        this.ledger = ledger;
        this.dice = dice;
        this.history = history;
    }

    /// A stream that never was, with those who are to read it.
    long make(StreamSpec spec) {
        long id = FIRST + made++;
        ledger.stream(id, spec);
        group(id, null, 1);
        group(id, "one", 1);
        group(id, "many", 3);
        return id;
    }

    private void group(long stream, @Nullable String cursor, int most) {
        groups.add(new StreamGroup(stream, cursor, most, ledger, dice.split(), history, ids));
    }

    /// Makes a node that has just started have what is to be there, and nothing else.
    void reconcile(StreamNode node) {
        for (int shard = 0; shard < node.shards(); shard++) {
            int here = shard;
            look(node, shard, status -> ledger.isThere(status.id()));
            List<Long> kept =
                    streams.stream().filter(stream -> node.shardOf(stream) == here).toList();
            node.offer(shard, new StreamCommand.Retain(kept));
        }
        streams.forEach(stream -> create(node, stream));
    }

    private void create(StreamNode node, long stream) {
        node.offer(
                stream, new StreamCommand.Create(stream, "/", "s" + stream, ledger.spec(stream)));
    }

    /// What a node says of one stream that it has.
    @FunctionalInterface
    private interface Sight {
        void of(StreamStatus status);
    }

    private static void look(StreamNode node, int shard, Sight sight) {
        StreamAsker asker =
                new StreamAsker(
                        reply -> ((StreamReply.Statuses) reply).streams().forEach(sight::of));
        node.offer(shard, new StreamCommand.Inspect(asker, 1, 0, false));
    }

    /// Complains of streams that are not among those that are to be there.
    void lookFor(StreamNode node) {
        for (int shard = 0; shard < node.shards(); shard++) {
            look(
                    node,
                    shard,
                    status -> {
                        if (!streams.contains(status.id())) {
                            throw new Violation("nobody wants stream " + status.id());
                        }
                    });
        }
    }

    /// Does something at random.
    void act(StreamNode node) {
        if (dice.oneIn(4)) {
            remove(node, dice.below(streams.size()), dice.oneIn(2));
        } else {
            dice.pick(groups).move(node);
        }
    }

    /// @param ifUnused whether it stays if anybody reads it
    private void remove(StreamNode node, int place, boolean ifUnused) {
        long stream = streams.get(place);
        List<StreamGroup> readers =
                groups.stream().filter(group -> group.stream() == stream).toList();
        boolean used = readers.stream().anyMatch(StreamGroup::hasReaders);
        if (ifUnused && used) {
            if (readers.stream().anyMatch(StreamGroup::isRead)) {
                history.note(240, stream, () -> stream + " is read and not to be removed");
                StreamAsker asker = new StreamAsker(StreamOperator::expectRefusal);
                node.offer(stream, new StreamCommand.Delete(asker, 1, stream, true));
            }
            return;
        }
        history.note(241, stream, () -> stream + " is to be removed");
        readers.forEach(StreamGroup::remove);
        groups.removeAll(readers);
        streams.set(place, make(ledger.spec(stream)));
        StreamAsker asker =
                new StreamAsker(reply -> {
                    history.note(242, stream, () -> stream + " is removed: " + reply);
                    if (!(reply instanceof StreamReply.Done)) {
                        throw new Violation(stream + " is not removed: " + reply);
                    }
                    ledger.removed(stream);
                    readers.forEach(StreamGroup::expectEnded);
                });
        node.offer(stream, new StreamCommand.Delete(asker, 1, stream, ifUnused));
        create(node, streams.get(place));
    }

    private static void expectRefusal(StreamReply reply) {
        if (!(reply instanceof StreamReply.Refused(Reason.Precondition why))) {
            throw new Violation("a stream that is read is removed: " + reply);
        }
    }
}
