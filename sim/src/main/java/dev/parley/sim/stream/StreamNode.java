package dev.parley.sim.stream;

import dev.parley.core.log.Disk;
import dev.parley.core.log.Engine;
import dev.parley.core.log.LocalEngine;
import dev.parley.core.log.LogConfig;
import dev.parley.core.log.LogFailure;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Machine;
import dev.parley.core.shard.Pattern;
import dev.parley.core.shard.Shard;
import dev.parley.core.shard.SteadyClock;
import dev.parley.core.stream.StreamConfig;
import dev.parley.core.stream.StreamHost;
import dev.parley.core.stream.StreamMachine;
import dev.parley.sim.Dice;
import dev.parley.sim.History;
import dev.parley.sim.SimTime;
import dev.parley.sim.log.WriterThreads;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// One life of a node that has nothing but streams: the real log and shards, with the three threads
/// turned into three things that somebody else lets take a turn.
final class StreamNode implements Shard.Place, StreamHost {
    private static final long KEEPER_IDLE = 500;

    private final SimTime time;
    private final History history;
    private final LocalEngine engine;
    private final WriterThreads writerThreads;
    private final Engine seen;
    private final Shard[] shards;
    private final List<String> damage = new ArrayList<>();
    private @Nullable LogFailure failure;
    private boolean roundAsked = true;
    private boolean writerAsked;
    private long writerAt = Long.MAX_VALUE;
    private boolean keeperAsked = true;
    private long keeperAt;
    private long roundAt = Long.MAX_VALUE;
    private long roundedAt;

    /// How a node looks at its disk and its log, and how it is made.
    record Make(
            UnaryOperator<Disk> disks,
            UnaryOperator<Engine> engines,
            LogConfig log,
            StreamConfig streams) {}

    StreamNode(Make make, Disk disk, Dice dice, SimTime time, History history) {
        this.time = time;
        this.history = history;
        keeperAt = time.tick();
        roundedAt = time.wall();
        engine =
                LocalEngine.start(
                        make.disks().apply(disk),
                        make.log(),
                        dice.next(),
                        time::tick,
                        () -> writerAsked = true,
                        () -> keeperAsked = true,
                        () -> keeperAsked = true,
                        this::wake);
        writerThreads = new WriterThreads(engine.writer(), dice.split());
        seen = make.engines().apply(engine);
        shards = new Shard[seen.shards()];
        SteadyClock clock = new SteadyClock(time::wall);
        for (int i = 0; i < shards.length; i++) {
            Map<Pattern, Function<Decision, Machine>> machines = new EnumMap<>(Pattern.class);
            machines.put(
                    Pattern.STREAM, decision -> new StreamMachine(decision, this, make.streams()));
            shards[i] = Shard.open(seen, i, 0, machines, clock, dice::next, this);
        }
    }

    int shards() {
        return shards.length;
    }

    int shardOf(long stream) {
        return Math.floorMod(stream, shards.length);
    }

    void offer(long stream, Command command) {
        shards[shardOf(stream)].offer(command);
        roundAsked = true;
    }

    @Nullable LogFailure failure() {
        return failure;
    }

    List<String> damage() {
        return damage;
    }

    /// When the last turn ended: the one that is open has begun at that time or later.
    long roundedAt() {
        return roundedAt;
    }

    // ---- turns

    boolean busy() {
        return roundAsked || writerAsked || keeperAsked;
    }

    void loopTurn() {
        if (!roundAsked && roundAt > time.tick()) {
            return;
        }
        roundAsked = false;
        roundedAt = time.wall();
        history.note(210, 0, () -> "round");
        seen.poll(0);
        long due = Long.MAX_VALUE;
        for (Shard shard : shards) {
            shard.turn();
            due = Math.min(due, shard.nextDue());
        }
        seen.flush(0);
        long ahead = due - time.wall();
        roundAt = due == Long.MAX_VALUE ? due : time.tick() + Math.max(1, ahead);
    }

    void writerTurn() {
        if (writerAsked || writerAt <= time.tick()) {
            writerAsked = false;
            history.note(211, 0, () -> "log writer");
            writerAsked |= writerThreads.turn();
            writerAt = time.tick() + engine.writer().restMillis();
        }
    }

    void keeperTurn() {
        if (keeperAsked || keeperAt <= time.tick()) {
            keeperAsked = false;
            history.note(212, 0, () -> "log keeper");
            keeperAsked |= engine.keeper().turn();
            keeperAsked |= engine.reader().turn();
            keeperAt = time.tick() + KEEPER_IDLE;
        }
    }

    /// Ends in good order: call when everybody is gone.
    void rest() {
        for (Shard shard : shards) {
            shard.snapshotNow();
        }
    }

    boolean resting() {
        for (Shard shard : shards) {
            if (shard.serving() && shard.snapshotting()) {
                return true;
            }
        }
        return false;
    }

    void close() {
        if (failure == null) {
            writerThreads.end();
            engine.close();
        }
    }

    @Override
    public void wake() {
        roundAsked = true;
    }

    @Override
    public void send(int shard, Command command) {
        throw new IllegalStateException("streams send nothing, but " + command);
    }

    @Override
    public void onStopped(int shard, LogFailure why) {
        history.note(214, shard, () -> "the log has failed: " + why.detail());
        failure = why;
    }

    @Override
    public void onRoom(int shard, boolean roomy) {}

    @Override
    public void onDamaged(String host, String stream, long position) {
        damage.add(stream + " at " + position);
    }
}
