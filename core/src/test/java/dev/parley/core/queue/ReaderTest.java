package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.log.Log;
import dev.parley.core.log.VolatileStore;
import dev.parley.core.shard.Chance;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.MemoryLog;
import dev.parley.core.shard.Promise;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Cold messages are read in stretches that grow, the next one while one is in use.
class ReaderTest {
    private static final int BODY = 10_000;
    private static final int MOST = 448 << 10;

    private record Wanted(long position, int size) {}

    private final MemoryLog log = new MemoryLog();
    private final ArrayDeque<Wanted> wanted = new ArrayDeque<>();
    private final List<Integer> sizes = new ArrayList<>();
    private final List<Long> messages = new ArrayList<>();
    private final Decision decision = new Reads();
    private final Reader reader = new Reader();
    private int at;

    private void fill(int count) {
        for (int i = 0; i < count; i++) {
            messages.add(log.add(1, ByteBuffer.allocate(BODY)));
        }
        log.cool();
    }

    /// Takes messages one by one until one is not there; returns how many.
    private int take() {
        int taken = 0;
        while (at < messages.size() && reader.get(decision, messages.get(at), BODY, MOST) != null) {
            if (reader.wantsMore()) {
                reader.readOn(decision, behind(), BODY, MOST);
            }
            at++;
            taken++;
        }
        return taken;
    }

    private long behind() {
        for (int i = at + 1; i < messages.size(); i++) {
            if (!reader.covers(messages.get(i), BODY)) {
                return messages.get(i);
            }
        }
        return 0;
    }

    private void answer() {
        Wanted one = wanted.remove();
        assertThat(reader.onRead(one.position(), log.read(one.position(), one.size()))).isTrue();
    }

    @Test
    void theNextStretchIsReadWhileOneIsInUse() {
        fill(500);
        assertThat(take()).isZero();
        while (at < messages.size()) {
            answer();
            boolean last = wanted.isEmpty();
            assertThat(take()).isPositive();
            assertThat(wanted).as("one read at a time").hasSizeLessThanOrEqualTo(1);
            assertThat(last && wanted.isEmpty() && at < messages.size()).isFalse();
        }
        assertThat(sizes).startsWith(128 << 10, 256 << 10, MOST, MOST);
        assertThat(sizes).hasSizeLessThan(500 * BODY / MOST + 6);
    }

    @Test
    void nobodyWaitsWhereTheNextStretchHasCome() {
        fill(100);
        take();
        answer();
        assertThat(reader.get(decision, messages.get(0), BODY, MOST)).isNotNull();
        assertThat(reader.wantsMore()).isTrue();
        reader.readOn(decision, behind(), BODY, MOST);
        assertThat(reader.wantsMore()).isFalse();
        answer();
        int first = (128 << 10) / (BODY + 16);
        assertThat(take()).as("both stretches").isGreaterThan(2 * first);
    }

    @Test
    void whoStartsElsewhereStartsSmallAndKeepsNothing() {
        fill(400);
        take();
        answer();
        take();
        answer();
        take();
        assertThat(reader.bytes()).isPositive();
        reader.rest();
        assertThat(reader.bytes()).isZero();
        answer();
        at = 390;
        take();
        assertThat(sizes.getLast()).isEqualTo(128 << 10);
    }

    @Test
    void aDamagedMessageAheadIsToldWhenItsTurnComes() {
        fill(40);
        long bad = messages.get(20);
        log.damage(bad);
        take();
        answer();
        while (!reader.damaged(bad)) {
            take();
            answer();
        }
        assertThat(at).isLessThanOrEqualTo(20);
        take();
        assertThat(at).isEqualTo(20);
        assertThat(reader.get(decision, bad, BODY, MOST)).isNull();
        assertThat(wanted).isEmpty();
    }

    /// Knows reading only.
    private final class Reads implements Decision {
        @Override
        public void read(long position, int size) {
            sizes.add(size);
            wanted.add(new Wanted(position, size));
        }

        @Override
        public @Nullable ByteBuffer cached(long position) {
            return log.cached(position);
        }

        @Override
        public @Nullable ByteBuffer readBack(long position) {
            return null;
        }

        private static UnsupportedOperationException unasked() {
            return new UnsupportedOperationException("a reader reads");
        }

        @Override
        public long now() {
            throw unasked();
        }

        @Override
        public ByteBuffer append(int type, int size) {
            throw unasked();
        }

        @Override
        public long apply() {
            throw unasked();
        }

        @Override
        public void promise(Promise promise) {
            throw unasked();
        }

        @Override
        public void hurry() {
            throw unasked();
        }

        @Override
        public void timer(long timer, long dueMillis) {
            throw unasked();
        }

        @Override
        public void cancelTimer(long timer) {
            throw unasked();
        }

        @Override
        public Log log() {
            throw unasked();
        }

        @Override
        public VolatileStore volatileStore() {
            throw unasked();
        }

        @Override
        public long segment(long position) {
            throw unasked();
        }

        @Override
        public void send(int shard, Command command) {
            throw unasked();
        }

        @Override
        public Chance chance() {
            throw unasked();
        }
    }
}
