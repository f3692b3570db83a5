package dev.parley.sim;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is promised about order: a publisher's letters keep theirs, and those of a group are with
/// one consumer at a time.
final class Turns {
    /// What keeps its order among itself in a queue: a publisher's letters of one priority and
    /// group.
    private record Row(int publisher, int priority, @Nullable String group) {
        static Row of(Copy copy) {
            QueuePlan plan = copy.queue().plan();
            Envelope envelope = copy.letter().envelope();
            return new Row(
                    copy.letter().id().publisher(),
                    Math.min(envelope.priority(), plan.priorities()),
                    plan.grouped() ? envelope.group() : null);
        }
    }

    private Turns() {}

    /// A letter that came back must not be overtaken by later ones of its row, and none overtakes
    /// another on its first delivery.
    static void check(SimQueue queue, long now) {
        if (queue.plan().name().equals(QueuePlan.DEAD)) {
            return;
        }
        Map<Row, Copy> newest = new HashMap<>();
        for (Copy copy : queue.deliveredNow()) {
            if (!strays(copy)) {
                newest.merge(Row.of(copy), copy, (a, b) -> number(a) > number(b) ? a : b);
            }
        }
        for (Copy copy : queue.copies().values()) {
            Copy later = newest.get(Row.of(copy));
            if (later != null
                    && copy.readySince < now
                    && !copy.gone
                    && copy.holder == null
                    && copy.edits == 0
                    && copy.owed()
                    && !strays(copy)
                    && !copy.letter().expires()
                    && !mayRest(copy)
                    && !queue.plan().loosens()
                    && number(copy) < number(later)) {
                throw new Violation("%s was delivered before %s".formatted(later, copy));
            }
        }
    }

    /// Whether it is in no group, and may rest while others pass.
    private static boolean mayRest(Copy copy) {
        return copy.letter().envelope().group() == null && copy.queue().plan().rests(true);
    }

    private static long number(Copy copy) {
        return copy.letter().id().number();
    }

    /// Whether it may stand elsewhere than its number says.
    private static boolean strays(Copy copy) {
        return copy.letter().envelope().delayed() || copy.letter().repeated || copy.letter().moved;
    }

    /// Nobody else may have any of its group. What needs no settling is over at once: somebody else
    /// may have got the next in the same round, and been heard before.
    static void checkGroup(Copy copy, Handed handed, long round) {
        String group = copy.letter().envelope().group();
        if (group == null || !copy.queue().plan().grouped() || !copy.queue().certain()) {
            return;
        }
        for (Copy other : copy.queue().copies().values()) {
            SimChannel holder = other.holder;
            boolean same = holder == handed.channel() && other.consumer.equals(handed.consumer());
            if (other != copy
                    && !(handed.automatic() && other.heardIn == round)
                    && holder != null
                    && group.equals(other.letter().envelope().group())
                    && !(same && !handed.consumer().isEmpty())) {
                throw new Violation(
                        "%s of the group %s went to %s, while another has %s"
                                .formatted(copy, group, handed.channel(), other));
            }
        }
    }

    /// Letters as they stand in a queue, one after the other.
    static final class Standing {
        private final Map<Row, Long> last = new HashMap<>();

        void check(Copy copy) {
            if (strays(copy) || copy.queue().plan().name().equals(QueuePlan.DEAD)) {
                return;
            }
            Long before = last.put(Row.of(copy), number(copy));
            if (before != null && before > number(copy)) {
                throw new Violation("%s stands behind %d of its publisher".formatted(copy, before));
            }
        }
    }
}
