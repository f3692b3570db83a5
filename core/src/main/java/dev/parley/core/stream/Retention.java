package dev.parley.core.stream;

import dev.parley.core.shard.Decision;
import java.util.function.Consumer;

/// Drops what a stream need not keep: whole blocks, oldest first, and by count to the message.
///
/// Readers that still need what goes are told how much it was. The message that came last stays.
final class Retention {
    /// Messages of a stream that keeps the last per subject, and so its subjects.
    private static final long SUBJECTS_MAX = 1_000_000;

    /// A stream is not looked through by age more often than sixteen times in that age, nor than
    /// once in so long.
    private static final long PAUSE_MILLIS_MAX = 10_000;

    private final Consumer<Feed> moved;

    /// @param moved is told of feeds whose committed offset may have changed
    Retention(Consumer<Feed> moved) {
        this.moved = moved;
    }

    void check(Stream stream, Decision decision) {
        long first = stream.first();
        StreamSpec spec = stream.spec();
        if (spec.bytes() != StreamSpec.NONE) {
            first = Math.max(first, byBytes(stream, spec.bytes()));
        }
        if (spec.ageMillis() != StreamSpec.NONE) {
            first = Math.max(first, byAge(stream, decision.now() - spec.ageMillis()));
        }
        long count = spec.count() == StreamSpec.NONE ? Long.MAX_VALUE : spec.count();
        count = spec.lastPerSubject() ? Math.min(count, SUBJECTS_MAX) : count;
        first = Math.max(first, byCount(stream, count));
        first = Math.min(first, last(stream));
        if (first > stream.first()) {
            for (Feed feed : stream.feeds()) {
                feed.lose(first);
                moved.accept(feed);
            }
            Records.trim(decision, stream.id(), first);
        }
        setTimer(stream, decision);
    }

    /// Where the stream may be cut so that the message that came last stays.
    private static long last(Stream stream) {
        long last = stream.next() - 1;
        int index = stream.tail().has(last) ? -1 : stream.blocks().find(last);
        return index < 0 || stream.isDense(index)
                ? last
                : Math.max(stream.first(), stream.blocks().first(index));
    }

    /// Whole blocks go as long as what is left is no less than the bound.
    private static long byBytes(Stream stream, long bound) {
        long left = stream.bytes();
        int index = 0;
        while (index < stream.blocks().size() && left - stream.blocks().bytes(index) >= bound) {
            left -= stream.blocks().bytes(index++);
        }
        return index == 0 ? stream.first() : stream.blockEnd(index - 1);
    }

    /// What came before `millis` or then goes.
    private static long byAge(Stream stream, long millis) {
        Blocks blocks = stream.blocks();
        int index = 0;
        while (index < blocks.size() && blocks.lastMillis(index) <= millis) {
            index++;
        }
        if (index == blocks.size()) {
            return millis == Long.MAX_VALUE ? stream.next() : stream.tail().since(millis + 1);
        }
        return index == 0 ? stream.first() : stream.blockEnd(index - 1);
    }

    private static long byCount(Stream stream, long bound) {
        long excess = stream.messages() - bound;
        if (excess <= 0) {
            return stream.first();
        }
        Blocks blocks = stream.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.alive(i) > excess) {
                long begins = Math.max(stream.first(), blocks.first(i));
                return stream.isDense(i) ? begins + excess : begins;
            }
            excess -= blocks.alive(i);
        }
        Tail tail = stream.tail();
        long at = tail.base();
        while (excess > 0 && at < tail.end()) {
            excess -= tail.bytes(at++) > 0 ? 1 : 0;
        }
        return at;
    }

    private static void setTimer(Stream stream, Decision decision) {
        long age = stream.spec().ageMillis();
        long due = Long.MAX_VALUE;
        if (age != StreamSpec.NONE && stream.next() - stream.first() > 1) {
            long oldest =
                    stream.blocks().size() > 0
                            ? stream.blocks().lastMillis(0)
                            : stream.tail().millis(stream.tail().base());
            long pause = Math.clamp(age / 16, 1, PAUSE_MILLIS_MAX);
            due = Math.max(oldest + age, decision.now() + pause);
        }
        if (due < stream.checkAt || due == Long.MAX_VALUE && stream.checkAt != due) {
            stream.checkAt = due;
            if (due == Long.MAX_VALUE) {
                decision.cancelTimer(stream.id());
            } else {
                decision.timer(stream.id(), due);
            }
        }
    }
}
