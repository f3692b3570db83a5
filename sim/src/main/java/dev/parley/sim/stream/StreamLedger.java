package dev.parley.sim.stream;

import dev.parley.core.stream.StreamReply;
import dev.parley.core.stream.StreamSpec;
import dev.parley.sim.History;
import dev.parley.sim.Violation;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Knows what publishers and readers of streams were promised, and complains when it is broken.
///
/// What was accepted is kept as long as the stream's bounds say; nothing is invented; an offset
/// means one message for ever, and a message has one offset; the messages of one publisher stay in
/// order; a reader has no gap but what it was told; a cursor goes neither back behind what was
/// durably settled nor forward over what nobody has settled, but where somebody moves it, and what
/// it brings again says so; a stream that was removed does not come back.
final class StreamLedger {
    /// A message on its way into some streams.
    static final class Sent {
        private final String publisher;
        private final String subject;
        private final int number;
        private final long millis;
        private final boolean empty;
        private boolean accepted;

        Sent(String publisher, String subject, int number, long millis, boolean empty) {
            this.publisher = publisher;
            this.subject = subject;
            this.number = number;
            this.millis = millis;
            this.empty = empty;
        }
    }

    /// What is known of one stream.
    private static final class Known {
        private final StreamSpec spec;

        /// By what identifies a message: its properties.
        private final Map<String, Sent> sent = new HashMap<>();

        private final TreeMap<Long, String> offsets = new TreeMap<>();
        private final Map<String, Long> places = new HashMap<>();

        Known(StreamSpec spec) {
            this.spec = spec;
        }
    }

    /// What is known of one cursor.
    static final class Progress {
        private final String name;

        /// Where it began.
        private long from = -1;

        /// Everything below was settled durably.
        private long floor;

        private final Set<Long> ever = new HashSet<>();
        private final Set<Long> delivered = new HashSet<>();
        private final Set<Long> thisLife = new HashSet<>();

        /// Somebody moves it, durably or not: it is here, or where it was.
        private void moves(long to) {
            floor = Math.min(floor, Math.max(0, to));
            from = Math.max(from, to < 0 ? Long.MAX_VALUE : to);
            thisLife.clear();
            if (to < 0) {
                // With the cursor the node forgets what it has handed out for it.
                delivered.clear();
            }
        }

        /// It was moved for certain; anything may come again from there on.
        private void moved(long to, long end) {
            floor = Math.clamp(to, 0, end);
            from = to;
            ever.clear();
        }

        Progress(String name) {
            this.name = name;
        }
    }

    private final History history;
    private final Map<Long, Known> streams = new TreeMap<>();
    private final Map<String, Progress> cursors = new TreeMap<>();
    private final Set<Long> removed = new TreeSet<>();
    private long confirms;
    private long deliveries;

    StreamLedger(History history) {
        this.history = history;
    }

    long confirms() {
        return confirms;
    }

    long deliveries() {
        return deliveries;
    }

    void stream(long id, StreamSpec spec) {
        streams.put(id, new Known(spec));
    }

    // ---- removed streams

    /// The node says, durably, that a stream is gone.
    void removed(long id) {
        removed.add(id);
    }

    /// The node has a stream.
    void isThere(long id) {
        if (removed.contains(id)) {
            throw new Violation("stream " + id + " was removed, and is there again");
        }
    }

    StreamSpec spec(long id) {
        return known(id).spec;
    }

    private Known known(long id) {
        Known one = streams.get(id);
        if (one == null) {
            throw new Violation("no stream " + id);
        }
        return one;
    }

    // ---- publishing

    void publishes(List<Long> to, String mark, Sent message) {
        to.forEach(id -> known(id).sent.put(mark, message));
    }

    void accepted(Sent message, String mark) {
        confirms++;
        message.accepted = true;
        history.note(220, message.number, () -> mark + " accepted");
    }

    // ---- reading

    /// Somebody sees a message.
    void seen(long stream, long offset, String mark, String subject) {
        Known one = known(stream);
        Sent message = one.sent.get(mark);
        if (message == null || !message.subject.equals(subject)) {
            throw new Violation("invented: " + mark + " in " + stream);
        }
        String before = one.offsets.put(offset, mark);
        if (before != null && !before.equals(mark)) {
            throw new Violation(
                    "%d of stream %d was %s, now it is %s".formatted(offset, stream, before, mark));
        }
        Long place = one.places.put(mark, offset);
        if (place != null && place != offset) {
            throw new Violation(
                    "%s is %d of stream %d, and %d".formatted(mark, place, stream, offset));
        }
        if (before != null) {
            return;
        }
        inOrder(one, message, one.offsets.headMap(offset, false).descendingMap(), true);
        inOrder(one, message, one.offsets.tailMap(offset, false), false);
    }

    private static void inOrder(Known one, Sent message, Map<Long, String> others, boolean before) {
        for (String mark : others.values()) {
            Sent other = one.sent.get(mark);
            if (other != null && other.publisher.equals(message.publisher)) {
                if (other.number < message.number != before) {
                    throw new Violation(mark + " is out of order");
                }
                return;
            }
        }
    }

    /// A reader gets a message.
    ///
    /// @param expected what it should have got if nothing was missed
    void delivered(long stream, long offset, long missed, long expected) {
        deliveries++;
        boolean gaps = known(stream).spec.lastPerSubject();
        if (gaps ? offset < expected + missed : offset != expected + missed) {
            throw new Violation(
                    "a reader of stream %d expected %d, missed %d and got %d"
                            .formatted(stream, expected, missed, offset));
        }
    }

    // ---- cursors

    Progress cursor(String name) {
        return cursors.computeIfAbsent(name, Progress::new);
    }

    /// Somebody asks for a cursor to be at `to`, or to be forgotten (-1).
    void moves(Progress cursor, long to) {
        cursor.moves(to);
    }

    /// The node says, durably, that it is.
    void moved(Progress cursor, long stream, long to) {
        TreeMap<Long, String> offsets = known(stream).offsets;
        cursor.moved(to, offsets.isEmpty() ? 0 : offsets.lastKey() + 1);
    }

    void begins(Progress cursor, long offset) {
        if (offset < cursor.floor) {
            throw new Violation(
                    "%s begins at %d, not %d".formatted(cursor.name, offset, cursor.floor));
        }
        if (cursor.from < 0) {
            cursor.from = offset;
        }
    }

    void delivered(Progress cursor, long offset, boolean repeated) {
        deliveries++;
        if (!cursor.delivered.add(offset) && !repeated) {
            throw new Violation("%s got %d again without a word".formatted(cursor.name, offset));
        }
        if (offset < cursor.floor || cursor.thisLife.contains(offset)) {
            throw new Violation(
                    "%s got %d again, which was settled".formatted(cursor.name, offset));
        }
    }

    void settled(Progress cursor, long offset) {
        cursor.ever.add(offset);
        cursor.thisLife.add(offset);
    }

    /// The node says, durably, where a cursor stands.
    void stands(Progress cursor, long offset, long lowestUnsettled) {
        if (offset < cursor.floor) {
            throw new Violation(
                    "%s has gone back from %d to %d".formatted(cursor.name, cursor.floor, offset));
        }
        if (offset > lowestUnsettled) {
            throw new Violation(
                    "%s has gone on to %d over %d".formatted(cursor.name, offset, lowestUnsettled));
        }
        cursor.floor = offset;
    }

    void restarts() {
        cursors.values().forEach(cursor -> cursor.thisLife.clear());
    }

    // ---- in the end

    /// What must be kept is kept.
    ///
    /// @param page everything that the stream keeps
    void audit(long stream, List<StreamReply.Kept> page, long now) {
        Known one = known(stream);
        TreeMap<Long, String> kept = new TreeMap<>();
        long bytes = 0;
        long before = Long.MIN_VALUE;
        for (StreamReply.Kept message : page) {
            String mark = text(message);
            inTime(one, message, mark, before);
            before = message.timeMillis();
            seen(stream, message.offset(), mark, message.message().subject());
            kept.put(message.offset(), mark);
            bytes += message.message().body().remaining();
        }
        if (one.spec.lastPerSubject()) {
            auditLast(one, kept);
            return;
        }
        StreamSpec spec = one.spec;
        boolean moving = spec.ageMillis() != StreamSpec.NONE;
        if (!moving && !kept.isEmpty() && kept.lastKey() - kept.firstKey() + 1 != kept.size()) {
            throw new Violation("stream " + stream + " has a gap");
        }
        boolean full =
                spec.count() != StreamSpec.NONE && kept.size() >= spec.count()
                        || spec.bytes() != StreamSpec.NONE && bytes * 2 + 8_000 >= spec.bytes();
        if (spec.count() != StreamSpec.NONE && kept.size() > spec.count()) {
            throw new Violation("stream " + stream + " keeps " + kept.size());
        }
        Map<String, Integer> oldest = new HashMap<>();
        for (String mark : kept.values()) {
            Sent message = one.sent.get(mark);
            if (message != null) {
                oldest.merge(message.publisher, message.number, Math::min);
            }
        }
        one.sent.forEach((mark, message) -> {
            boolean old = moving && message.millis + spec.ageMillis() <= now;
            Integer first = oldest.get(message.publisher);
            boolean behind = first != null && message.number > first;
            // By age, things go even while they are looked at.
            if (message.accepted && !old && !kept.containsValue(mark) && (behind || !full)) {
                throw new Violation("lost: " + mark + " in stream " + stream);
            }
        });
    }

    private static void inTime(Known one, StreamReply.Kept message, String mark, long before) {
        Sent sent = one.sent.get(mark);
        if (message.timeMillis() < before || (sent != null && message.timeMillis() < sent.millis)) {
            throw new Violation(mark + " has come at " + message.timeMillis());
        }
    }

    /// Who looks from a time on sees what came then or later, and nothing else; what has gone
    /// meanwhile he does not see.
    ///
    /// @param page everything that the stream kept just before
    /// @param found what he sees
    void auditSince(
            long stream, long millis, List<StreamReply.Kept> page, List<StreamReply.Kept> found) {
        StreamSpec spec = spec(stream);
        List<Long> expected =
                page.stream()
                        .filter(one -> one.timeMillis() >= millis)
                        .map(StreamReply.Kept::offset)
                        .toList();
        List<Long> seen = found.stream().map(StreamReply.Kept::offset).toList();
        boolean moving = spec.ageMillis() != StreamSpec.NONE || spec.lastPerSubject();
        if (moving ? !expected.containsAll(seen) : !expected.equals(seen)) {
            throw new Violation(
                    "since %d stream %d has %s, not %s".formatted(millis, stream, seen, expected));
        }
    }

    static String text(StreamReply.Kept message) {
        return StandardCharsets.UTF_8.decode(message.message().properties().slice()).toString();
    }

    /// Each subject has its own publisher, so the newest is known.
    private static void auditLast(Known one, Map<Long, String> kept) {
        Map<String, Integer> accepted = new TreeMap<>();
        for (Sent message : one.sent.values()) {
            if (message.accepted) {
                accepted.merge(message.subject, message.number, Math::max);
            }
        }
        Map<String, Integer> found = new TreeMap<>();
        Set<String> removed = new TreeSet<>();
        for (String mark : kept.values()) {
            Sent message = one.sent.get(mark);
            if (message == null) {
                continue;
            }
            if (message.empty) {
                removed.add(message.subject);
            } else if (found.put(message.subject, message.number) != null
                    && !removed.contains(message.subject)) {
                throw new Violation("two values of " + message.subject);
            }
        }
        for (Sent message : one.sent.values()) {
            int newest = accepted.getOrDefault(message.subject, -1);
            boolean last = message.number == newest && message.accepted;
            int there = found.getOrDefault(message.subject, -1);
            boolean maybeRemoved =
                    one.sent.values().stream()
                            .anyMatch(other ->
                                    other.empty
                                            && other.subject.equals(message.subject)
                                            && other.number >= newest);
            if (last && there < newest && !maybeRemoved) {
                throw new Violation("lost: the last value of " + message.subject);
            }
        }
    }

    /// A cursor whose readers have settled everything has passed over nothing that is kept.
    void audit(Progress cursor, List<StreamReply.Kept> page) {
        for (StreamReply.Kept message : page) {
            long offset = message.offset();
            if (cursor.from >= 0 && offset >= cursor.from && !cursor.ever.contains(offset)) {
                throw new Violation(cursor.name + " has passed over " + offset);
            }
        }
    }
}
