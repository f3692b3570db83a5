package dev.parley.sim;

import dev.parley.core.queue.PeekedMessage;
import dev.parley.core.queue.PeekedMessage.Standing;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Knows what was promised, and says so when a promise is broken.
///
/// It sees what clients send and what they are told, at the moment when the node tells it; it never
/// looks into the node, but for the audits, which list what stands in the queues while nobody is
/// connected. Where it cannot know (an acknowledgement under way when the power fails) it asks for
/// nothing.
final class Ledger {
    /// Something that the node has read, and what it means once it is on disk.
    private record Read(long stamp, Runnable durable) {}

    private final History history;
    private final Map<String, SimQueue> queues = new LinkedHashMap<>();
    private final Map<Letter.Id, Letter> letters = new HashMap<>();
    private final ArrayDeque<Read> readLately = new ArrayDeque<>();
    private long stamps;
    private long confirms;
    private long deliveries;
    private long round;
    private LongSupplier clock = () -> 0;
    private long since;

    /// Messages that may still be missing, since the node has told of damage.
    private int excusedDamage;

    Ledger(History history, List<QueuePlan> plans) {
        this.history = history;
        plans.forEach(plan -> queues.put(plan.name(), new SimQueue(plan)));
    }

    /// A node begins to live, with this clock.
    void begin(LongSupplier nodeClock) {
        clock = nodeClock;
        since = now();
    }

    /// The node's time.
    long now() {
        return clock.getAsLong();
    }

    /// The node's time before anything that is heard now, and anything it has read just now.
    long since() {
        return since;
    }

    SimQueue queue(String name) {
        SimQueue queue = queues.get(name);
        if (queue == null) {
            throw new Violation("a queue that nobody declared: " + name);
        }
        return queue;
    }

    /// A queue that holds its publishers back.
    @Nullable SimQueue blocking() {
        return queues.values().stream()
                .filter(queue -> queue.plan().blocks())
                .findFirst()
                .orElse(null);
    }

    /// A queue that this run may do without.
    @Nullable SimQueue queueIfPlanned(String name) {
        return queues.get(name);
    }

    Iterable<SimQueue> queues() {
        return queues.values();
    }

    /// The queues that the exchanges for all lead to.
    List<SimQueue> fanned() {
        return queues.values().stream().filter(queue -> queue.plan().fanned()).toList();
    }

    long confirms() {
        return confirms;
    }

    long deliveries() {
        return deliveries;
    }

    // ---- publishing

    void published(Letter letter, List<SimQueue> to, boolean fan) {
        letter.sentAt(++stamps);
        letter.fanned = fan;
        letters.put(letter.id(), letter);
        Envelope envelope = letter.envelope();
        if (envelope.delayed()) {
            letter.dueAt(
                    envelope.deliverAt() > 0 ? envelope.deliverAt() : now() + envelope.delay());
        }
        for (SimQueue queue : to) {
            arrives(letter, queue, fan ? queue.bound() : queue.certain());
        }
    }

    private Copy arrives(Letter letter, SimQueue queue, boolean reached) {
        Copy copy = queue.arrives(letter);
        String target = queue.plan().deadTo();
        copy.excused |= target != null && queue(target).isSwept();
        copy.reached = reached && (target == null || queue(target).certain());
        return copy;
    }

    /// It is sent once more, and must take effect no more than once.
    void repeated(Letter letter, SimQueue queue) {
        letter.repeated = true;
        letter.dueAgain(now());
        Copy known = queue.copy(letter.id());
        Copy earlier = queue.finishedCopy(letter.id());
        if (known == null && earlier != null && !earlier.taken) {
            // A crash has swallowed it, or somebody has settled it: then it does not come again.
            boolean maybeSettled = earlier.excused || earlier.delivered || earlier.gone;
            arrives(letter, queue, queue.certain()).excused |= maybeSettled;
            queue.unfinish(letter.id());
        }
    }

    /// Somebody purges or deletes: what is in the queue, and what is on its way to it, may go.
    void sweep(SimQueue queue) {
        queue.excuseAll();
        for (SimQueue source : queues.values()) {
            if (queue.plan().name().equals(source.plan().deadTo())) {
                source.excuseAll();
            }
        }
    }

    /// The node has read the publish.
    void arrived(Letter letter) {
        letter.copies().forEach(copy -> copy.queue().arrived());
    }

    /// @param one whether it was confirmed by itself; a commit does not tell of single refusals
    void confirmed(Letter letter, boolean one) {
        letter.taken(now());
        confirms++;
        history.note(30, letter.id().number(), () -> "confirmed " + letter);
        boolean logged = false;
        for (Copy copy : letter.copies()) {
            copy.confirmed |= one || !copy.queue().plan().rejects();
            copy.taken |= copy.confirmed && copy.reached && !letter.forgettable && !copy.fragile;
            if (copy.readySince == Long.MAX_VALUE && !copy.delivered) {
                copy.readySince = round;
            }
            logged |=
                    copy.confirmed
                            && copy.reached
                            && copy.queue().plan().durable()
                            && copy.queue().certain();
        }
        if (logged && letter.persistent()) {
            // The log has one order: what was settled before this was sent is as durable.
            while (!readLately.isEmpty() && readLately.peek().stamp() < letter.sentAt()) {
                readLately.remove().durable().run();
            }
        }
    }

    void returned(Letter.Id id, boolean wasMandatory) {
        Letter letter = letters.get(id);
        if (letter == null || !letter.envelope().mandatory() || !wasMandatory) {
            throw new Violation("returned what was not published as mandatory: %s".formatted(id));
        }
        for (Copy copy : letter.copies()) {
            boolean there = letter.fanned ? copy.queue().bound() : copy.queue().certain();
            if (copy.reached && there) {
                throw new Violation(
                        "returned as unroutable, but its queue is there: %s".formatted(copy));
            }
        }
    }

    // ---- delivering

    Copy delivered(Handed handed) {
        deliveries++;
        SimQueue queue = handed.queue();
        SimChannel channel = handed.channel();
        Letter.Id id = Letter.Id.of(handed.properties());
        history.note(31, id.number(), () -> "delivered %s %s".formatted(id, handed));
        Copy copy = expected(queue, id, handed.properties(), handed.body());
        if (copy.delivered && copy.againIn == round && (copy.gone || !handed.redelivered())) {
            // Within a round two clients hear in another order than the node spoke.
            return copy;
        }
        if (copy.gone) {
            throw new Violation(
                    "delivered after it was settled: %s, to %s".formatted(copy, channel));
        }
        if (copy.holder != null && channel.holds() && !Times.mayHaveLapsed(copy, now())) {
            throw new Violation("delivered to two at once: %s, to %s".formatted(copy, channel));
        }
        if (copy.delivered && !handed.redelivered()) {
            throw new Violation(
                    "delivered again without saying so: %s, to %s".formatted(copy, channel));
        }
        if (queue.paused()) {
            throw new Violation("delivered from a queue that is paused: %s".formatted(copy));
        }
        if (channel.holds()) {
            Times.check(copy, handed, now());
            Turns.checkGroup(copy, handed, round);
        }
        copy.delivered = true;
        copy.heardIn = round;
        copy.againIn = handed.redelivered() ? round : -1;
        copy.deliveries++;
        queue.deliveredNow().add(copy);
        copy.readySince = Long.MAX_VALUE;
        if (handed.automatic()) {
            copy.excused = true;
            gone(copy);
        } else if (channel.holds()) {
            copy.holder = channel;
            copy.consumer = handed.consumer();
            copy.leaseAsked = Long.MAX_VALUE;
            copy.leaseUntil = handed.lease() == 0 ? Long.MAX_VALUE : since + handed.lease();
        }
        return copy;
    }

    /// The copy of a letter where it may be.
    private Copy expected(SimQueue queue, Letter.Id id, byte[] properties, byte[] body) {
        Letter letter = letters.get(id);
        if (letter == null) {
            throw new Violation(
                    "nobody published %s, found in %s".formatted(id, queue.plan().name()));
        }
        if (!Arrays.equals(letter.body(), body)) {
            throw new Violation(
                    "the body of %s in %s is not what was published"
                            .formatted(letter, queue.plan().name()));
        }
        Copy arrived = arrival(queue, letter, properties);
        Copy left = queue.finishedCopy(id);
        if (arrived != null) {
            return arrived;
        }
        if (left != null && left.mayComeAgain()) {
            queue.unfinish(id);
            arrives(letter, queue, false).forgotten = true;
        } else if (left != null) {
            throw new Violation(
                    "there again after it was gone: %s in %s"
                            .formatted(letter, queue.plan().name()));
        }
        Copy copy = queue.copy(id);
        if (copy == null) {
            throw new Violation("%s was never sent to %s".formatted(letter, queue.plan().name()));
        }
        if (copy.mayComeAgain()) {
            copy.renew();
        }
        if (queue.plan().name().equals(QueuePlan.DEAD) || letter.moved) {
            return copy;
        }
        if (!Arrays.equals(letter.properties(), properties)
                && !Arrays.equals(letter.properties(), Handed.withoutCount(properties))) {
            throw new Violation("the properties of %s were changed".formatted(copy));
        }
        return copy;
    }

    /// The copy of a letter that has come here from another queue, if that is new; else null.
    private static @Nullable Copy arrival(SimQueue queue, Letter letter, byte[] properties) {
        Copy here = queue.copy(letter.id());
        if (here != null && !here.gone) {
            return null;
        }
        for (Copy copy : letter.copies()) {
            if (copy.leadsTo(queue) && !copy.followed) {
                if (copy.sentTo != queue && !letter.moved) {
                    Deaths.check(copy, properties);
                }
                // The move is durable before it is sent, so it is not undone by a crash.
                copy.holder = null;
                copy.gone = true;
                copy.goneForGood = true;
                copy.taken |= !copy.fragile;
                copy.followed = true;
                queue.unfinish(letter.id());
                Copy moved = queue.arrives(letter);
                moved.reached = copy.reached && queue.certain();
                moved.confirmed = copy.confirmed;
                moved.arriving = true;
                moved.fragile |= copy.fragile;
                moved.excused |= copy.excused || moved.fragile;
                return moved;
            }
        }
        return null;
    }

    // ---- operators

    /// Somebody was told that he has taken it out.
    void removed(Copy copy) {
        SimChannel holder = copy.holder;
        if (holder != null && holder.holds() && !Times.mayHaveLapsed(copy, now())) {
            throw new Violation("taken out while somebody has it: %s".formatted(copy));
        }
        copy.gone = true;
        copy.goneForGood = true;
    }

    // ---- hearing

    /// What was heard in this round is looked at together.
    void endRound(long now) {
        round = now;
        since = now();
        for (SimQueue queue : queues.values()) {
            if (!queue.deliveredNow().isEmpty()) {
                if (queue.ordered(now)) {
                    Turns.check(queue, now);
                }
                queue.deliveredNow().clear();
            }
        }
    }

    // ---- settling

    /// The node has read an acknowledgement, or a rejection without a place to go to.
    void gone(Copy copy) {
        if (!copy.gone) {
            copy.gone = true;
            readLately.add(new Read(++stamps, () -> copy.goneForGood = true));
        }
    }

    /// The node has read that the message goes back.
    void back(Copy copy, boolean failed, long inRound) {
        copy.readySince = inRound;
        Times.comesBack(copy, failed, since);
        int delivery = copy.deliveries;
        if (failed) {
            readLately.add(
                    new Read(++stamps, () -> copy.restDurable |= copy.deliveries == delivery));
        }
    }

    // ---- endings

    /// Everything that was processed is durable.
    void allDurable() {
        readLately.forEach(read -> read.durable().run());
        readLately.clear();
        queue(QueuePlan.DEAD).copies().values().forEach(copy -> copy.arriving = false);
    }

    /// The node has ended; what was not durable is forgotten.
    void ended(boolean everythingDurable) {
        if (everythingDurable) {
            allDurable();
        }
        readLately.clear();
        letters.values().forEach(letter -> letter.reached(now()));
        for (SimQueue queue : queues.values()) {
            queue.settleDoubts();
            queue.deliveredNow().clear();
            if (!queue.plan().durable()) {
                queue.gone();
            }
            for (Copy copy : queue.copies().values()) {
                copy.holder = null;
                copy.readySince = Long.MAX_VALUE;
                Times.ended(copy);
                copy.delivered &= !copy.arriving;
                unanswered(copy);
                if (copy.gone && !copy.goneForGood) {
                    copy.gone = false;
                    copy.excused = true;
                }
                copy.excused |= copy.fragile;
                copy.forgotten |= copy.fragile || !copy.taken;
            }
        }
        round = 0;
        queues.values()
                .forEach(queue -> queue.copies().values().forEach(copy -> copy.heardIn = -1));
    }

    /// What an operator asked for and has no answer to may have been done.
    private static void unanswered(Copy copy) {
        boolean certain = copy.owed() && !copy.fragile && copy.queue().plan().deadTo() == null;
        if (!certain) {
            copy.replacedBy = null;
        }
        copy.excused |= copy.edits > 0 && copy.sentTo == null;
        copy.edits = 0;
    }

    /// Compares what stands in the queues with what must, while nobody is connected; a queue that
    /// is not in `found` does not exist, or its shard is closed and `closed` names it.
    ///
    /// @param damage how many messages may be missing, since the node has told of damage
    void audit(Map<String, List<PeekedMessage>> found, Set<String> closed, int damage) {
        excusedDamage = damage;
        Map<String, Set<Letter.Id>> there = new HashMap<>();
        for (SimQueue queue : queues.values()) {
            List<PeekedMessage> messages = found.get(queue.plan().name());
            Set<Letter.Id> ids = messages == null ? Set.of() : present(queue, messages);
            there.put(queue.plan().name(), ids);
            history.note(32, ids.size(), () -> "in " + queue.plan().name() + ": " + ids);
        }
        for (SimQueue queue : queues.values()) {
            if (closed.contains(queue.plan().name())) {
                continue;
            }
            boolean exists = found.containsKey(queue.plan().name());
            if (!exists && queue.certain() && !queue.plan().vanishes()) {
                throw new Violation("the queue %s is gone".formatted(queue.plan().name()));
            }
            if (!exists) {
                queue.gone();
                sweep(queue);
            }
            compare(queue, there, closed);
        }
    }

    /// What was put in another's place may have been taken by a consumer since.
    private static boolean came(Copy other, Set<Letter.Id> here) {
        return other.delivered || here.contains(other.letter().id());
    }

    private void compare(SimQueue queue, Map<String, Set<Letter.Id>> there, Set<String> closed) {
        Set<Letter.Id> here = there.getOrDefault(queue.plan().name(), Set.of());
        for (Copy copy : List.copyOf(queue.copies().values())) {
            Letter.Id id = copy.letter().id();
            Copy other = copy.replacedBy;
            if (other != null
                    && !copy.gone
                    && excusedDamage <= 0
                    && here.contains(id) == came(other, here)) {
                throw new Violation(
                        "neither left nor stayed: %s, for %s".formatted(copy, other.letter()));
            }
            copy.replacedBy = null;
            boolean put = false;
            boolean left = false;
            for (SimQueue target : queues.values()) {
                if (copy.leadsTo(target)) {
                    put |= there.getOrDefault(target.plan().name(), Set.of()).contains(id);
                    left |= leftFor(target, id, closed);
                }
            }
            if (here.contains(id)) {
                copy.letter().taken(now());
                if (put && copy.owed()) {
                    throw new Violation(
                            "in its queue and among the dead letters: %s".formatted(copy));
                }
                copy.excused = false;
                copy.forgotten = false;
                copy.taken |= !copy.fragile;
                copy.readySince = 0;
                continue;
            }
            if (copy.owed() && !put && !left && --excusedDamage < 0) {
                throw new Violation("lost: %s".formatted(copy));
            }
            queue.finish(copy);
        }
    }

    /// Everybody has got everything: there must be nothing left.
    void allOut() {
        for (SimQueue queue : queues.values()) {
            for (Copy copy : queue.copies().values()) {
                if (copy.owed()) {
                    throw new Violation("nobody can get %s".formatted(copy));
                }
            }
        }
    }

    /// Whether a letter may have left its queue for another one and left that too.
    private static boolean leftFor(SimQueue target, Letter.Id id, Set<String> closed) {
        return closed.contains(target.plan().name())
                || !target.certain()
                || target.copy(id) != null
                || target.finished(id);
    }

    private Set<Letter.Id> present(SimQueue queue, List<PeekedMessage> messages) {
        Set<Letter.Id> ids = new LinkedHashSet<>();
        Turns.Standing standing = new Turns.Standing();
        for (PeekedMessage message : messages) {
            byte[] body = bytes(message.body());
            byte[] properties = bytes(message.properties());
            Letter.Id id = Letter.Id.of(properties);
            Copy copy = expected(queue, id, properties, body);
            if (copy.gone) {
                throw new Violation("there again after it was settled: %s".formatted(copy));
            }
            if (copy.delivered && !message.redelivered()) {
                throw new Violation("delivered before, but does not say so: %s".formatted(copy));
            }
            if (!ids.add(id)) {
                throw new Violation("twice in its queue: %s".formatted(copy));
            }
            standing.check(copy);
        }
        int most = queue.plan().dropsHead() ? queue.plan().lengthMax() : queue.lengthBound();
        long ready = messages.stream().filter(one -> one.standing() == Standing.READY).count();
        if (most > 0 && queue.certain() && ready > most) {
            throw new Violation(
                    "%d messages in %s, which may hold %d"
                            .formatted(ready, queue.plan().name(), most));
        }
        return ids;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
