package dev.parley.sim;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.PeekedMessage;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Knows what was promised, and says so when a promise is broken.
///
/// It sees what clients send and what they are told, at the moment when the node tells it; it never
/// looks into the node, but for the audits, which list what stands in the queues while nobody is
/// connected. Where it cannot know (an acknowledgement under way when the power fails) it asks for
/// nothing.
final class Ledger {
    private record Settled(long stamp, Copy copy) {}

    private final History history;
    private final Map<String, SimQueue> queues = new LinkedHashMap<>();
    private final Map<Letter.Id, Letter> letters = new HashMap<>();
    private final ArrayDeque<Settled> settledLately = new ArrayDeque<>();
    private long stamps;
    private long confirms;
    private long deliveries;
    private long round;

    /// Messages that may still be missing, since the node has told of damage.
    private int excusedDamage;

    Ledger(History history, List<QueuePlan> plans) {
        this.history = history;
        plans.forEach(plan -> queues.put(plan.name(), new SimQueue(plan)));
    }

    SimQueue queue(String name) {
        SimQueue queue = queues.get(name);
        if (queue == null) {
            throw new Violation("a queue that nobody declared: " + name);
        }
        return queue;
    }

    Iterable<SimQueue> queues() {
        return queues.values();
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
        letters.put(letter.id(), letter);
        for (SimQueue queue : to) {
            Copy copy = queue.arrives(letter);
            String target = queue.plan().deadTo();
            copy.excused |= target != null && queue(target).isSwept();
            copy.reached =
                    (fan ? queue.bound() : queue.certain())
                            && (target == null || queue(target).certain());
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
        confirms++;
        history.note(30, letter.id().number(), () -> "confirmed " + letter);
        boolean logged = false;
        for (Copy copy : letter.copies()) {
            copy.confirmed |= one || !copy.queue().plan().rejects();
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
            while (!settledLately.isEmpty() && settledLately.peek().stamp() < letter.sentAt()) {
                settledLately.remove().copy().goneForGood = true;
            }
        }
    }

    void returned(Letter.Id id, boolean wasMandatory) {
        Letter letter = letters.get(id);
        if (letter == null || !letter.mandatory() || !wasMandatory) {
            throw new Violation("returned what was not published as mandatory: %s".formatted(id));
        }
        for (Copy copy : letter.copies()) {
            if (copy.reached && copy.queue().certain()) {
                throw new Violation(
                        "returned as unroutable, but its queue is there: %s".formatted(copy));
            }
        }
    }

    // ---- delivering

    Copy delivered(
            SimChannel channel,
            SimQueue queue,
            boolean automatic,
            boolean redelivered,
            byte[] properties,
            byte[] body) {
        deliveries++;
        Letter.Id id = Letter.Id.of(properties);
        history.note(
                31,
                id.number(),
                () ->
                        "delivered %s from %s to %s%s"
                                .formatted(
                                        id,
                                        queue.plan().name(),
                                        channel,
                                        redelivered ? " again" : ""));
        Copy copy = expected(queue, id, properties, body);
        if (copy.delivered && copy.againIn == round && (copy.gone || !redelivered)) {
            // Within a round two clients hear in another order than the node spoke.
            return copy;
        }
        if (copy.gone) {
            throw new Violation(
                    "delivered after it was settled: %s, to %s".formatted(copy, channel));
        }
        if (copy.holder != null && channel.holds()) {
            throw new Violation("delivered to two at once: %s, to %s".formatted(copy, channel));
        }
        if (copy.delivered && !redelivered) {
            throw new Violation(
                    "delivered again without saying so: %s, to %s".formatted(copy, channel));
        }
        copy.delivered = true;
        copy.againIn = redelivered ? round : -1;
        copy.deliveries++;
        queue.deliveredNow().add(copy);
        copy.readySince = Long.MAX_VALUE;
        if (automatic) {
            copy.excused = true;
            gone(copy);
        } else if (channel.holds()) {
            copy.holder = channel;
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
        if (queue.finished(id)) {
            throw new Violation(
                    "there again after it was gone: %s in %s"
                            .formatted(letter, queue.plan().name()));
        }
        Copy copy = queue.copy(id);
        if (copy == null) {
            copy = deadLetter(queue, letter);
        }
        if (queue.plan().name().equals(QueuePlan.DEAD)) {
            return copy;
        }
        if (!Arrays.equals(letter.properties(), properties)
                && !Arrays.equals(letter.properties(), withoutCount(properties))) {
            throw new Violation("the properties of %s were changed".formatted(copy));
        }
        return copy;
    }

    /// What came back after a failure carries a count of failures.
    private static byte[] withoutCount(byte[] list) {
        Properties read = Properties.read(ByteBuffer.wrap(list));
        FieldTable headers = read.headers();
        if (headers == null) {
            return list;
        }
        return bytes(read.withHeaders(headers.with().remove("x-delivery-count").build()).encoded());
    }

    /// The copy of a letter that has come to a dead-letter queue.
    private static Copy deadLetter(SimQueue queue, Letter letter) {
        for (Copy copy : letter.copies()) {
            if (queue.plan().name().equals(copy.queue().plan().deadTo())) {
                // The move is durable before it is sent, so it is not undone by a crash.
                copy.holder = null;
                copy.gone = true;
                copy.goneForGood = true;
                Copy moved = queue.arrives(letter);
                moved.reached = copy.reached && queue.certain();
                moved.confirmed = copy.confirmed;
                moved.arriving = true;
                moved.excused |= copy.excused || !letter.persistent();
                return moved;
            }
        }
        throw new Violation("%s was never sent to %s".formatted(letter, queue.plan().name()));
    }

    /// A message that came back must not be overtaken by later ones of its publisher, and none
    /// overtakes another on its first delivery.
    void endRound(long now) {
        round = now;
        for (SimQueue queue : queues.values()) {
            if (!queue.deliveredNow().isEmpty()) {
                if (queue.ordered(now)) {
                    checkOrder(queue, now);
                }
                queue.deliveredNow().clear();
            }
        }
    }

    private static void checkOrder(SimQueue queue, long now) {
        if (queue.plan().name().equals(QueuePlan.DEAD)) {
            return;
        }
        Map<Long, Copy> newest = new HashMap<>();
        for (Copy copy : queue.deliveredNow()) {
            newest.merge(
                    line(copy),
                    copy,
                    (a, b) -> a.letter().id().number() > b.letter().id().number() ? a : b);
        }
        for (Copy copy : queue.copies().values()) {
            Copy later = newest.get(line(copy));
            if (later != null
                    && copy.readySince < now
                    && !copy.gone
                    && copy.holder == null
                    && copy.owed()
                    && !mayHaveMoved(copy)
                    && copy.letter().id().number() < later.letter().id().number()) {
                throw new Violation("%s was delivered before %s".formatted(later, copy));
            }
        }
    }

    private static boolean mayHaveMoved(Copy copy) {
        QueuePlan plan = copy.queue().plan();
        return plan.ttl() > 0
                || plan.deliveryLimit() > 0
                || copy.letter().expires()
                || plan.dropsHead();
    }

    /// Publisher and priority: what keeps its order among itself.
    private static long line(Copy copy) {
        int priority = Math.min(copy.letter().priority(), copy.queue().plan().priorities());
        return (long) copy.letter().id().publisher() << 8 | priority;
    }

    // ---- settling

    /// The node has read an acknowledgement, or a rejection without a place to go to.
    void gone(Copy copy) {
        if (!copy.gone) {
            copy.gone = true;
            settledLately.add(new Settled(++stamps, copy));
        }
    }

    /// The node has read that the message goes back.
    void back(Copy copy, long inRound) {
        copy.readySince = inRound;
    }

    // ---- endings

    /// Everything that was processed is durable.
    void allDurable() {
        settledLately.forEach(settled -> settled.copy().goneForGood = true);
        settledLately.clear();
        queue(QueuePlan.DEAD).copies().values().forEach(copy -> copy.arriving = false);
    }

    /// The node has ended; what was not durable is forgotten.
    void ended(boolean everythingDurable) {
        if (everythingDurable) {
            allDurable();
        }
        settledLately.clear();
        for (SimQueue queue : queues.values()) {
            queue.settleDoubts();
            queue.deliveredNow().clear();
            if (!queue.plan().durable()) {
                queue.gone();
            }
            for (Copy copy : queue.copies().values()) {
                copy.holder = null;
                copy.readySince = Long.MAX_VALUE;
                copy.delivered &= !copy.arriving;
                if (copy.gone && !copy.goneForGood) {
                    copy.gone = false;
                    copy.excused = true;
                }
                if (!copy.letter().persistent() || !queue.plan().durable()) {
                    copy.excused = true;
                }
            }
        }
        round = 0;
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

    private void compare(SimQueue queue, Map<String, Set<Letter.Id>> there, Set<String> closed) {
        Set<Letter.Id> here = there.getOrDefault(queue.plan().name(), Set.of());
        String target = queue.plan().deadTo();
        for (Copy copy : List.copyOf(queue.copies().values())) {
            Letter.Id id = copy.letter().id();
            boolean put = target != null && there.getOrDefault(target, Set.of()).contains(id);
            if (here.contains(id)) {
                if (put && copy.owed()) {
                    throw new Violation(
                            "in its queue and among the dead letters: %s".formatted(copy));
                }
                copy.excused = false;
                copy.readySince = 0;
                continue;
            }
            if (copy.owed() && !put && !leftDead(target, id, closed) && --excusedDamage < 0) {
                throw new Violation("lost: %s".formatted(copy));
            }
            queue.finish(copy);
        }
    }

    /// Whether a letter may have left its queue for a dead-letter queue and left that too.
    private boolean leftDead(@Nullable String target, Letter.Id id, Set<String> closed) {
        if (target == null) {
            return false;
        }
        SimQueue dead = queue(target);
        return closed.contains(target)
                || !dead.certain()
                || dead.copy(id) != null
                || dead.finished(id);
    }

    private Set<Letter.Id> present(SimQueue queue, List<PeekedMessage> messages) {
        Set<Letter.Id> ids = new LinkedHashSet<>();
        Map<Long, Long> last = new HashMap<>();
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
            Long before = last.put(line(copy), id.number());
            if (before != null
                    && before > id.number()
                    && !queue.plan().name().equals(QueuePlan.DEAD)) {
                throw new Violation("%s stands behind %d of its publisher".formatted(copy, before));
            }
        }
        int most = queue.plan().lengthMax();
        if (queue.plan().dropsHead() && messages.size() > most) {
            throw new Violation(
                    "%d messages in %s, which may hold %d"
                            .formatted(messages.size(), queue.plan().name(), most));
        }
        return ids;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
