package dev.parley.core.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.parley.core.log.Engine;
import dev.parley.core.log.Log;
import dev.parley.core.log.LogFailure;
import dev.parley.core.log.VolatileStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// In which order a shard takes what it is offered.
class ShardTest {
    private record Note(String text) implements Command {
        @Override
        public Pattern pattern() {
            return Pattern.TOPIC;
        }
    }

    private static final long FAULTY = 13;

    /// Notes what it decides; a note "ask" offers "answer" from inside its decision.
    private final class Notes implements Machine {
        @Override
        public void decide(Command command, Decision decision) {
            if (command instanceof Note(String text)) {
                decided.add(text);
                if (text.equals("ask")) {
                    shard.offer(new Note("answer"));
                }
                if (text.equals("remind")) {
                    decision.timer(1, 10);
                }
            }
        }

        @Override
        public void apply(int type, long position, ByteBuffer payload) {}

        @Override
        public void onServing(Decision decision) {}

        @Override
        public void onTimer(long timer, Decision decision) {}

        @Override
        public boolean onTurnEnd(Decision decision) {
            ends++;
            return more-- > 0;
        }

        @Override
        public void onRead(long position, Log.@Nullable Block block, Decision decision) {
            if (position == FAULTY) {
                throw new IllegalStateException("a bug");
            }
        }

        @Override
        public void onDurable(long position, Decision decision) {}

        @Override
        public void onSparse(long segment, Decision decision) {}

        @Override
        public void save(SnapshotWriter out) {}

        @Override
        public void restore(ByteBuffer in) {}
    }

    private final List<String> decided = new ArrayList<>();
    private int ends;
    private int more;
    private int wakes;
    private long now;
    private final Shard shard =
            Shard.open(
                    new Nothing(),
                    0,
                    0,
                    Map.of(Pattern.TOPIC, decision -> new Notes()),
                    () -> now,
                    () -> 0,
                    new Nothing());

    @Test
    void whatADecisionOffersIsNotOvertaken() {
        shard.offer(new Note("ask"));
        assertThat(decided).containsExactly("ask");
        shard.offer(new Note("later"));
        assertThat(decided).containsExactly("ask", "answer", "later");
        shard.offer(new Note("ask"));
        shard.turn();
        assertThat(decided).endsWith("ask", "answer");
    }

    @Test
    void aTurnInWhichNothingHasHappenedIsNotEnded() {
        ends = 0;
        assertThat(shard.turn()).isFalse();
        assertThat(ends).isZero();
        shard.offer(new Note("remind"));
        shard.turn();
        shard.turn();
        assertThat(ends).isEqualTo(1);
        now = 10;
        shard.turn();
        assertThat(ends).as("a timer is due").isEqualTo(2);
        shard.onDurable(1);
        shard.turn();
        assertThat(ends).as("something is durable").isEqualTo(3);
        shard.onRead(1, null);
        more = 1;
        shard.turn();
        shard.turn();
        shard.turn();
        assertThat(ends).as("something was read, and there was more to do").isEqualTo(5);
    }

    @Test
    void whoeverOffersFromElsewhereWakesTheLoopEachTimeItHasTakenAll() {
        for (int n = 1; n <= 3; n++) {
            shard.offerFromElsewhere(new Note("far " + n));
            assertThat(wakes).isEqualTo(n);
            shard.turn();
            shard.turn();
            assertThat(decided).hasSize(n);
        }
    }

    @Test
    void aFaultInWhatWasReadDoesNotStopTheShard() {
        shard.onRead(FAULTY, null);
        assertThatIllegalStateException().isThrownBy(shard::turn);
        shard.offer(new Note("after"));
        assertThat(shard.turn()).isTrue();
        assertThat(decided).containsExactly("after");
    }

    /// A log and a place in which nothing happens.
    private final class Nothing implements Engine, Log, VolatileStore, Shard.Place {
        @Override
        public int shards() {
            return 1;
        }

        @Override
        public Log open(int shard, int lane, Owner owner) {
            return this;
        }

        @Override
        public VolatileStore volatileStore(int shard, int lane, Owner owner) {
            return this;
        }

        @Override
        public long segment(long position) {
            return 0;
        }

        @Override
        public void flush(int lane) {}

        @Override
        public int poll(int lane) {
            return 0;
        }

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public @Nullable ByteBuffer readBack(long position) {
            return null;
        }

        @Override
        public ByteBuffer append(int type, int size) {
            return ByteBuffer.allocate(size);
        }

        @Override
        public ByteBuffer append(int size) {
            return ByteBuffer.allocate(size);
        }

        @Override
        public long position() {
            return 0;
        }

        @Override
        public void hurry() {}

        @Override
        public void seal() {}

        @Override
        public long head() {
            return 0;
        }

        @Override
        public long durable() {
            return 0;
        }

        @Override
        public long undurableBytes() {
            return 0;
        }

        @Override
        public boolean roomy() {
            return true;
        }

        @Override
        public @Nullable ByteBuffer cached(long position) {
            return null;
        }

        @Override
        public @Nullable ByteBuffer glance(long position) {
            return null;
        }

        @Override
        public void read(long position, int size) {}

        @Override
        public void release(long position, int size) {}

        @Override
        public boolean snapshotDue() {
            return false;
        }

        @Override
        public void snapshot(ByteBuffer state, List<LiveSegment> live) {}

        @Override
        public void wake() {
            wakes++;
        }

        @Override
        public void send(int to, Command command) {}

        @Override
        public void onStopped(int number, LogFailure failure) {}

        @Override
        public void onRoom(int number, boolean roomy) {}
    }
}
