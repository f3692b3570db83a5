package dev.parley.core.shard;

import dev.parley.core.log.Log;
import dev.parley.core.log.VolatileStore;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One machine on stage, with its log and its clock, all in the hand of a test; what each machine
/// needs besides, its own stage adds.
///
/// A command that is given runs at once; [#turn] ends the turn, syncs unless [#holdSync] was asked
/// for, and goes on until nothing is left to do. [#crash] loses what was not synced and replays.
public abstract class MachineStage<M extends Machine> implements Decision {
    public static final long START = 1_790_000_000_000L;

    /// Turns after which a test that does not come to rest has failed.
    private static final int TURNS_MAX = 200_000;

    private record Parked(long position, Promise promise) {}

    private record Wanted(long position, int size) {}

    public final MemoryLog log = new MemoryLog();
    private @Nullable M machine;
    private final Map<Long, Long> timers = new HashMap<>();
    private final ArrayDeque<Command> waiting = new ArrayDeque<>();
    private final ArrayDeque<Parked> parked = new ArrayDeque<>();
    private final ArrayDeque<Wanted> reads = new ArrayDeque<>();
    private final OpenRecord open = new OpenRecord();
    private byte @Nullable [] snapshot;
    private long snapshotAt;
    private ByteBuffer shown = ByteBuffer.allocate(0);
    private long now = START;
    private long told;
    private boolean holding;
    private boolean holdingReads;
    private boolean inside;

    /// A machine of this stage that knows nothing yet.
    protected abstract M make();

    /// Begins with the first machine; the last thing that a stage does when it is made.
    protected final void open() {
        M first = make();
        machine = first;
        first.onServing(this);
    }

    /// A crash takes away what the stage itself keeps in memory.
    protected void onCrash() {}

    /// The machine serves again after a crash.
    protected void onServing() {}

    public final M machine() {
        M made = machine;
        if (made == null) {
            throw new IllegalStateException("the stage is not open yet");
        }
        return made;
    }

    // ---- commands and turns

    public final void give(Command command) {
        if (inside) {
            waiting.add(command.detached());
        } else {
            inside = true;
            machine().decide(command, this);
            inside = false;
        }
    }

    /// A command comes from another shard, for the next turn.
    public final void arrive(Command command) {
        waiting.add(command.detached());
    }

    /// Ends the turn and goes on until nothing is left to do.
    public final void turn() {
        for (int n = 0; n < TURNS_MAX; n++) {
            if (!once()) {
                return;
            }
        }
        throw new AssertionError("the machine does not come to rest");
    }

    /// One turn; returns whether another is wanted.
    public final boolean once() {
        inside = true;
        boolean worked = false;
        for (int n = waiting.size(); n > 0; n--) {
            machine().decide(waiting.remove(), this);
            worked = true;
        }
        for (int n = holdingReads ? 0 : reads.size(); n > 0; n--) {
            Wanted read = reads.remove();
            machine().onRead(read.position(), log.read(read.position(), read.size()), this);
            worked = true;
        }
        worked |= machine().onTurnEnd(this);
        if (!holding) {
            log.sync();
        }
        worked |= tellDurable();
        inside = false;
        return worked || !waiting.isEmpty() || (!holdingReads && !reads.isEmpty());
    }

    private boolean tellDurable() {
        boolean worked = false;
        if (told < log.durable()) {
            told = log.durable();
            machine().onDurable(told, this);
            worked = true;
        }
        while (!parked.isEmpty()) {
            long position = parked.getFirst().position();
            if (position != 0 && position >= log.durable()) {
                break;
            }
            parked.remove().promise().keep();
            worked = true;
        }
        return worked;
    }

    /// Turns no longer sync; [#sync] does.
    public final void holdSync() {
        holding = true;
    }

    /// Turns sync again, this one to begin with.
    public final void sync() {
        syncAgain();
        turn();
    }

    protected final void syncAgain() {
        holding = false;
    }

    /// Nothing that is read comes before [#answerReads].
    public final void holdReads() {
        holdingReads = true;
    }

    public final void answerReads() {
        holdingReads = false;
        turn();
    }

    // ---- time

    /// Lets time pass to the millisecond: every timer fires when it is due.
    public final void pass(long millis) {
        long until = now + millis;
        while (true) {
            long due = timers.values().stream().mapToLong(at -> at).min().orElse(Long.MAX_VALUE);
            if (due > until) {
                break;
            }
            now = Math.max(now, due);
            List<Long> fired =
                    timers.entrySet().stream()
                            .filter(timer -> timer.getValue() <= now)
                            .map(Map.Entry::getKey)
                            .sorted()
                            .toList();
            inside = true;
            for (long timer : fired) {
                timers.remove(timer);
                machine().onTimer(timer, this);
            }
            inside = false;
            turn();
            if (timers.values().stream().anyMatch(at -> at <= now)) {
                throw new AssertionError("a timer is set again for the time that has come");
            }
        }
        now = until;
    }

    /// The clock is moved without anything being told of it.
    public final void jump(long millis) {
        now += millis;
    }

    public final Map<Long, Long> timers() {
        return timers;
    }

    // ---- crashes and replay

    /// The state that would be written into a snapshot.
    public final byte[] state() {
        return TestDecision.snapshot(machine());
    }

    /// Keeps a snapshot that later replays start from.
    public final void takeSnapshot() {
        log.sync();
        snapshot = state();
        snapshotAt = log.end() - 1;
    }

    /// Loses what was not synced, and whatever lived in memory only; replays.
    public final void crash() {
        log.crash();
        parked.clear();
        waiting.clear();
        reads.clear();
        timers.clear();
        told = 0;
        holdingReads = false;
        onCrash();
        M next = replayedFromSnapshot();
        machine = next;
        inside = true;
        next.onServing(this);
        inside = false;
        onServing();
        turn();
    }

    /// A machine that the log alone has made, from the beginning.
    public final M replayed() {
        return replayed(null, 0);
    }

    /// A machine made from the newest snapshot, if there is one, and what the log has behind it.
    public final M replayedFromSnapshot() {
        return replayed(snapshot, snapshotAt);
    }

    /// A machine made from a snapshot and what the log has behind it.
    public final M replayed(byte @Nullable [] from, long position) {
        M other = make();
        if (from != null) {
            other.restore(ByteBuffer.wrap(from));
        }
        log.after(position)
                .forEach((at, entry) ->
                        other.apply(
                                entry.type(), at, entry.payload().duplicate().asReadOnlyBuffer()));
        return other;
    }

    /// All records so far.
    public final List<Written> written() {
        List<Written> all = new ArrayList<>();
        log.after(0).forEach((at, entry) -> all.add(Written.of(entry.type(), at, entry.payload())));
        return all;
    }

    /// Tells the machine that little is alive in a segment.
    public final void sparse(long segment) {
        inside = true;
        machine().onSparse(segment, this);
        inside = false;
        turn();
    }

    // ---- the shard's side

    @Override
    public final long now() {
        return now;
    }

    @Override
    public final ByteBuffer append(int type, int size) {
        return open.begin(type, size);
    }

    @Override
    public final long apply() {
        ByteBuffer payload = open.end();
        long position = log.add(open.type(), payload);
        machine().apply(open.type(), position, payload.duplicate());
        return position;
    }

    @Override
    public final void promise(Promise promise) {
        promise(log.last(), promise);
    }

    @Override
    public final void promise(long position, Promise promise) {
        parked.add(new Parked(position, promise));
    }

    /// How many promises wait for the disk.
    public final int promised() {
        return parked.size();
    }

    @Override
    public final void hurry() {
        // The log here takes everything at the same pace.
    }

    @Override
    public final void timer(long timer, long dueMillis) {
        timers.put(timer, dueMillis);
    }

    @Override
    public final void cancelTimer(long timer) {
        timers.remove(timer);
    }

    @Override
    public final Log log() {
        throw new UnsupportedOperationException("no log but MemoryLog");
    }

    @Override
    public @Nullable ByteBuffer cached(long position) {
        shown.limit(0);
        return log.cached(position);
    }

    /// A view that shows nothing any more once something else is looked at.
    @Override
    public @Nullable ByteBuffer glance(long position) {
        ByteBuffer found = cached(position);
        shown = found == null ? shown : found;
        return found;
    }

    @Override
    public @Nullable ByteBuffer readBack(long position) {
        return null;
    }

    @Override
    public void read(long position, int size) {
        reads.add(new Wanted(position, size));
    }

    @Override
    public VolatileStore volatileStore() {
        throw new UnsupportedOperationException("this machine keeps nothing volatile");
    }

    @Override
    public final long segment(long position) {
        return MemoryLog.segment(position);
    }

    @Override
    public void send(int to, Command command) {
        throw new UnsupportedOperationException("this machine sends nothing");
    }

    @Override
    public final Chance chance() {
        return () -> 4;
    }
}
