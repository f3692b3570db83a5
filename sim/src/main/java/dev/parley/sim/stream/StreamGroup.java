package dev.parley.sim.stream;

import dev.parley.api.Reason;
import dev.parley.core.stream.Start;
import dev.parley.core.stream.StreamClient;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamDelivery;
import dev.parley.core.stream.StreamReply;
import dev.parley.core.stream.StreamStatus;
import dev.parley.front.stream.StreamAsker;
import dev.parley.sim.Dice;
import dev.parley.sim.History;
import dev.parley.sim.Violation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Readers of one stream: some that share a durable cursor, or one that has none.
final class StreamGroup {
    private final long stream;
    private final @Nullable String cursor;
    private final int membersMax;
    private final StreamLedger ledger;
    private final Dice dice;
    private final History history;
    private final Ids ids;
    private final List<Member> members = new ArrayList<>();

    /// Whether somebody removes the stream.
    private boolean removed;

    /// The highest offset of each key that was delivered since something came back.
    private final Map<Integer, Long> highest = new HashMap<>();

    /// Gives every reader of a run another number.
    static final class Ids {
        private long last;

        long next() {
            return ++last;
        }
    }

    /// @param cursor the name of the cursor, or null for one reader that has none
    StreamGroup(
            long stream,
            @Nullable String cursor,
            int membersMax,
            StreamLedger ledger,
            Dice dice,
            History history,
            Ids ids) {
        this.stream = stream;
        this.cursor = cursor;
        this.membersMax = membersMax;
        this.ledger = ledger;
        this.dice = dice;
        this.history = history;
        this.ids = ids;
    }

    long stream() {
        return stream;
    }

    StreamLedger.@Nullable Progress progress() {
        return cursor == null ? null : ledger.cursor(name());
    }

    private String name() {
        return stream + "/" + cursor;
    }

    private final class Member implements StreamClient {
        private final long id = ids.next();
        private final TreeMap<Long, Integer> unsettled = new TreeMap<>();
        private final int window = dice.oneIn(5) && cursor == null ? 0 : dice.between(1, 30);
        private long next = -1;
        private int room = 1_000_000;
        private boolean refused;
        private boolean gone;

        /// It asked for messages of this time or later.
        private long since = Long.MIN_VALUE;

        /// Says where a cursor stood when it was asked: the lowest offset unsettled then.
        private long asked;

        @Override
        public void onAccepted(long from, long to) {}

        @Override
        public void onRefused(long token, Reason reason) {}

        @Override
        public void onReply(long token, StreamReply reply) {
            if (gone) {
                return;
            }
            switch (reply) {
                case StreamReply.Attached(long offset, long missed) -> {
                    history.note(
                            231, offset, () -> id + " attached to " + name() + " at " + offset);
                    next = offset;
                    StreamLedger.Progress progress = progress();
                    if (progress != null) {
                        ledger.begins(progress, offset);
                    }
                }
                case StreamReply.Statuses(List<StreamStatus> all) ->
                        all.getFirst().cursors().stream()
                                .filter(one -> one.name().equals(cursor))
                                .forEach(this::stands);
                case StreamReply.Done done -> {}
                case StreamReply.Page page -> {}
                case StreamReply.Refused(Reason.NotFound _) when removed -> gone = true;
                case StreamReply.Refused(Reason why) ->
                        throw new Violation("a reader is refused: " + why.detail());
            }
        }

        private void stands(StreamStatus.CursorStatus status) {
            StreamLedger.Progress progress = progress();
            if (progress != null) {
                ledger.stands(progress, status.offset(), asked);
            }
        }

        @Override
        public boolean ready(long reader) {
            refused = room <= 0;
            return !refused;
        }

        @Override
        public void onDelivery(StreamDelivery delivery) {
            if (gone || next < 0 || refused) {
                throw new Violation("a delivery to a reader that is not there");
            }
            room--;
            long offset = delivery.offset();
            String mark = StandardCharsets.UTF_8.decode(delivery.properties()).toString();
            history.note(230, offset, () -> id + " gets " + offset + " of " + stream + " " + mark);
            ledger.seen(stream, offset, mark, delivery.subject());
            if (delivery.timeMillis() < since) {
                throw new Violation(mark + " came before " + since);
            }
            StreamLedger.Progress progress = progress();
            if (progress == null) {
                ledger.delivered(stream, offset, delivery.missed(), next);
                next = offset + 1;
                if (window == 0) {
                    ledger.delivered(stream, offset, 0, offset);
                    return;
                }
            } else {
                ledger.delivered(progress, offset, delivery.repeated());
                inOrder(offset, delivery.key());
            }
            unsettled.put(offset, delivery.key());
            if (unsettled.size() > Math.max(window, 1)) {
                throw new Violation("a window of " + window + " is overrun");
            }
        }

        @Override
        public void onEnded(long reader) {
            if (gone) {
                return;
            }
            if (!removed) {
                throw new Violation("a reader ends, and its stream does not");
            }
            gone = true;
        }

        private void inOrder(long offset, int key) {
            Long before = highest.put(key, offset);
            if (before != null && before >= offset) {
                throw new Violation(
                        "key %d of %s: %d behind %d".formatted(key, cursor, offset, before));
            }
            for (Member other : members) {
                if (other.unsettled.containsKey(offset)) {
                    throw new Violation("two readers have " + offset);
                }
                if (other != this && other.unsettled.containsValue(key)) {
                    throw new Violation("two readers have key " + key + " of " + cursor);
                }
            }
        }
    }

    void orphaned() {
        members.forEach(member -> member.gone = true);
        members.clear();
        highest.clear();
    }

    /// Does something at random.
    void act(StreamNode node) {
        if (members.isEmpty() || members.size() < membersMax && dice.oneIn(10)) {
            attach(node);
            return;
        }
        Member member = dice.pick(members);
        switch (dice.weighted(50, 8, 3, 6, 6)) {
            case 0 -> settle(node, member, dice.between(1, 12), dice.oneIn(3));
            case 1 -> giveBack(node, member);
            case 2 -> detach(node, member);
            case 3 -> member.room = dice.below(10);
            default -> {
                resume(node, member);
                ask(node, member);
            }
        }
    }

    private void attach(StreamNode node) {
        Start start =
                switch (dice.weighted(8, 2, 2, 3)) {
                    case 0 -> new Start.First();
                    case 1 -> new Start.Next();
                    case 2 -> new Start.At(dice.below(100));
                    default -> new Start.Since(node.roundedAt() - dice.below(3_000));
                };
        Member member = new Member();
        if (cursor == null && start instanceof Start.Since(long millis)) {
            member.since = millis;
        }
        members.add(member);
        node.offer(
                stream,
                new StreamCommand.Attach(
                        member, 1, stream, member.id, start, cursor, member.window));
    }

    private void settle(StreamNode node, Member member, int count, boolean last) {
        if (member.unsettled.isEmpty()) {
            return;
        }
        long from = last ? member.unsettled.lastKey() : member.unsettled.firstKey();
        long to = from + count - 1;
        StreamLedger.Progress progress = progress();
        Map<Long, Integer> done = member.unsettled.subMap(from, true, to, true);
        history.note(232, from, () -> member.id + " settles " + done.keySet());
        if (progress != null) {
            done.keySet().forEach(offset -> ledger.settled(progress, offset));
        }
        done.clear();
        node.offer(stream, new StreamCommand.Settle(stream, member.id, from, to));
    }

    private void giveBack(StreamNode node, Member member) {
        if (member.unsettled.isEmpty()) {
            return;
        }
        long from = member.unsettled.firstKey();
        long to = from + dice.below(5);
        member.unsettled.subMap(from, true, to, true).clear();
        highest.clear();
        history.note(233, from, () -> member.id + " returns " + from + " to " + to);
        node.offer(stream, new StreamCommand.Return(stream, member.id, from, to));
    }

    private void detach(StreamNode node, Member member) {
        member.gone = true;
        members.remove(member);
        highest.clear();
        history.note(234, member.id, () -> member.id + " detaches");
        node.offer(stream, new StreamCommand.Detach(member, 0, stream, member.id));
    }

    private void resume(StreamNode node, Member member) {
        member.room = 1_000_000;
        if (member.refused) {
            member.refused = false;
            node.offer(stream, new StreamCommand.Resume(stream, member.id));
        }
    }

    private void ask(StreamNode node, Member member) {
        member.asked = Long.MAX_VALUE;
        for (Member one : members) {
            if (!one.unsettled.isEmpty()) {
                member.asked = Math.min(member.asked, one.unsettled.firstKey());
            }
        }
        node.offer(stream, new StreamCommand.Inspect(member, 2, stream, true));
    }

    // ---- what somebody else does to it

    boolean hasReaders() {
        return !members.isEmpty();
    }

    /// Whether somebody reads for certain.
    boolean isRead() {
        return members.stream().anyMatch(member -> member.next >= 0);
    }

    /// Somebody moves the cursor, or forgets it: he may while nobody reads for it.
    void move(StreamNode node) {
        StreamLedger.Progress progress = progress();
        if (progress == null) {
            return;
        }
        if (dice.oneIn(2)) {
            List.copyOf(members).forEach(member -> detach(node, member));
        }
        boolean read = isRead();
        if (!read && hasReaders()) {
            return; // they may be there already, or not yet
        }
        long to = dice.oneIn(5) ? -1 : dice.below(150);
        history.note(235, to, () -> name() + " is to be at " + to + (read ? ", read" : ""));
        if (!read) {
            highest.clear();
            ledger.moves(progress, to);
        }
        StreamAsker asker = new StreamAsker(reply -> moved(progress, to, read, reply));
        node.offer(stream, new StreamCommand.Move(asker, 1, stream, String.valueOf(cursor), to));
    }

    private void moved(StreamLedger.Progress progress, long to, boolean read, StreamReply reply) {
        if (removed) {
            return;
        }
        history.note(236, to, () -> name() + " moved to " + to + ": " + reply);
        Reason why = reply instanceof StreamReply.Refused(Reason reason) ? reason : null;
        boolean right =
                read
                        ? why instanceof Reason.Precondition
                        : why == null || (to < 0 && why instanceof Reason.NotFound);
        if (!right) {
            throw new Violation(name() + " is moved to " + to + ": " + reply);
        }
        if (!read) {
            ledger.moved(progress, stream, to);
        }
    }

    /// Somebody removes the stream.
    void remove() {
        removed = true;
    }

    /// It has been removed.
    void expectEnded() {
        for (Member member : members) {
            if (!member.gone) {
                throw new Violation("reader " + member.id + " was not told of the end");
            }
        }
    }

    /// Takes and settles all that comes; returns whether anything came.
    boolean drain(StreamNode node) {
        if (members.isEmpty()) {
            attach(node);
            return true;
        }
        boolean worked = false;
        for (Member member : List.copyOf(members)) {
            resume(node, member);
            worked |= !member.unsettled.isEmpty();
            settle(node, member, Integer.MAX_VALUE / 2, false);
        }
        return worked;
    }
}
