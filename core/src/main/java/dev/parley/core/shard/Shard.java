package dev.parley.core.shard;

import dev.parley.core.log.Engine;
import dev.parley.core.log.Log;
import dev.parley.core.log.LogFailure;
import dev.parley.core.log.VolatileStore;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A single-writer state machine over one log partition.
///
/// A command offered on the owner's loop is decided and applied at once, in the turn that is open;
/// [#turn] ends that turn: what other threads offered is taken, timers fire, deliveries go out, the
/// records are sealed into one atomic unit, and promises whose records are durable are kept. The
/// caller therefore runs `offer` as it reads its sockets and `turn` once at the end of its round.
///
/// A failed log stops the shard for good: nothing is answered any more and parked promises are
/// dropped, since their outcome is unknown.
public final class Shard implements Log.Owner {
    /// What a shard needs from the place it runs in.
    public interface Place {
        /// Makes sure that [#turn] is called soon; any thread.
        void wake();

        /// Delivers a command to another shard; on the owner's loop.
        void send(int shard, Command command);

        /// The shard serves no longer; on the owner's loop.
        void onStopped(int shard, LogFailure failure);

        /// Messages may or may not be accepted, since the log has or lacks room; on the owner's
        /// loop.
        void onRoom(int shard, boolean roomy);
    }

    private enum State {
        REPLAYING,
        SERVING,
        STOPPED
    }

    private record Parked(long position, Promise promise) {}

    private record Read(long position, Log.@Nullable Block block) {}

    private final Engine engine;
    private final int number;
    private final Clock clock;
    private final Chance chance;
    private final Place place;
    private final Inbox inbox;
    private final Map<Pattern, Machine> machines = new EnumMap<>(Pattern.class);
    private final Map<Pattern, Desk> byPattern = new EnumMap<>(Pattern.class);

    /// The same in their order, for what concerns all of them in every turn.
    private final Desk[] desks;

    private final ArrayDeque<Command> waiting = new ArrayDeque<>();
    private final ArrayDeque<Parked> parked = new ArrayDeque<>();
    private final List<Read> reads = new ArrayList<>();
    private final List<Long> sparse = new ArrayList<>();
    private final Wheel wheel;
    private final Wheel.Due onDue = this::onDue;

    private Log log;
    private VolatileStore volatileStore;
    private State state = State.REPLAYING;
    private long now;
    private boolean deciding;
    private boolean unsealed;

    /// Something has happened since the machines ended a turn, or they have more to do: of all
    /// shards most are still in most rounds.
    private boolean stirred = true;

    private boolean snapshotting;

    /// Opens the shard's log on event loop `lane`, replays it and begins to serve.
    ///
    /// @param machines one per pattern, made anew for this shard
    public static Shard open(
            Engine engine,
            int number,
            int lane,
            Map<Pattern, Function<Decision, Machine>> machines,
            Clock clock,
            Chance chance,
            Place place) {
        Shard shard = new Shard(engine, number, machines, clock, chance, place);
        shard.volatileStore = engine.volatileStore(number, lane, shard);
        shard.log = engine.open(number, lane, shard);
        shard.state = State.SERVING;
        for (Desk desk : shard.desks) {
            desk.machine().onServing(desk);
        }
        shard.turn();
        return shard;
    }

    // The two stores arrive in open(), before anybody can see the shard.
    @SuppressWarnings("NullAway.Init")
    private Shard(
            Engine engine,
            int number,
            Map<Pattern, Function<Decision, Machine>> machines,
            Clock clock,
            Chance chance,
            Place place) {
        this.engine = engine;
        this.number = number;
        this.clock = clock;
        this.chance = chance;
        this.place = place;
        this.inbox = new Inbox(place::wake);
        this.now = clock.millis();
        this.wheel = new Wheel(now);
        machines.forEach((pattern, make) -> {
            Desk desk = new Desk(pattern);
            Machine machine = make.apply(desk);
            this.machines.put(pattern, machine);
            byPattern.put(pattern, desk);
        });
        this.desks = byPattern.values().toArray(new Desk[0]);
    }

    public int number() {
        return number;
    }

    public boolean serving() {
        return state == State.SERVING;
    }

    /// Whether publishers should be held back: the disk is behind.
    public boolean behind() {
        return log.undurableBytes() > Limits.UNDURABLE_BYTES;
    }

    /// Whether there is room for more messages.
    public boolean roomy() {
        return log.roomy();
    }

    /// The time at which [#turn] has to be called again for timers, or `Long.MAX_VALUE`.
    public long nextDue() {
        return wheel.nextDue();
    }

    /// Takes a command on the owner's loop, in the order in which they are offered: decides it now,
    /// or keeps it for later when it comes out of a decision that is still under way.
    public void offer(Command command) {
        if (state != State.SERVING) {
            return;
        }
        if (!deciding && !waiting.isEmpty()) {
            // They were offered before.
            openTurn();
            takeWaiting();
        }
        if (deciding || !waiting.isEmpty()) {
            waiting.add(command.detached());
            return;
        }
        openTurn();
        decide(command);
    }

    private void openTurn() {
        if (!unsealed) {
            unsealed = true;
            now = clock.millis();
        }
    }

    private void takeWaiting() {
        Command command;
        for (int n = 0; n < Limits.TURN_COMMANDS && (command = waiting.poll()) != null; n++) {
            decide(command);
        }
    }

    /// Takes a command on any other thread.
    public void offerFromElsewhere(Command command) {
        inbox.offer(command);
    }

    /// Ends the open turn; returns whether anything was done.
    public boolean turn() {
        if (state != State.SERVING || deciding || idle()) {
            return false;
        }
        now = clock.millis();
        boolean worked = unsealed;
        boolean more = false;
        inbox.onWoken();
        worked |= takeCommands();
        worked |= answerReads();
        deciding = true;
        boolean ended = false;
        try {
            wheel.advance(Math.max(now, 0), onDue);
            if (stirred) {
                stirred = false;
                for (Desk desk : desks) {
                    more |= desk.machine().onTurnEnd(desk);
                }
            }
            ended = true;
        } finally {
            deciding = false;
            // One that fails must not let the others forget what they have to do.
            stirred |= more || !ended;
        }
        log.seal();
        unsealed = false;
        more |= keepPromises();
        stirred |= more;
        if (more || !waiting.isEmpty()) {
            place.wake();
        }
        snapshotIfDue();
        return worked || more;
    }

    /// Most shards are, in most rounds.
    private boolean idle() {
        return !unsealed
                && !stirred
                && inbox.quiet()
                && waiting.isEmpty()
                && parked.isEmpty()
                && reads.isEmpty()
                && sparse.isEmpty()
                && !log.snapshotDue()
                && !due();
    }

    private boolean due() {
        long next = wheel.nextDue();
        return next != Long.MAX_VALUE && next <= clock.millis();
    }

    private boolean takeCommands() {
        int taken = 0;
        while (taken < Limits.TURN_COMMANDS) {
            Command command = waiting.poll();
            if (command == null) {
                command = inbox.take();
            }
            if (command == null) {
                break;
            }
            decide(command);
            taken++;
        }
        if (taken == Limits.TURN_COMMANDS) {
            place.wake();
        }
        return taken > 0;
    }

    private void decide(Command command) {
        Desk desk = desk(command.pattern());
        stirred = true;
        deciding = true;
        try {
            desk.machine().decide(command, desk);
        } finally {
            deciding = false;
        }
    }

    private boolean answerReads() {
        if (reads.isEmpty() && sparse.isEmpty()) {
            return false;
        }
        stirred = true;
        deciding = true;
        try {
            for (Read read : reads) {
                for (Desk desk : desks) {
                    desk.machine().onRead(read.position(), read.block(), desk);
                }
            }
            for (long segment : sparse) {
                for (Desk desk : desks) {
                    desk.machine().onSparse(segment, desk);
                }
            }
        } finally {
            deciding = false;
            reads.clear();
            sparse.clear();
        }
        return true;
    }

    private void onDue(long timer) {
        Desk desk = desk(Pattern.ofType((int) (timer & 0xFF)));
        stirred = true;
        desk.machine().onTimer(timer >> 8, desk);
    }

    private boolean keepPromises() {
        boolean kept = false;
        while (state == State.SERVING) {
            Parked first = parked.peek();
            if (first == null || (first.position() != 0 && first.position() >= log.durable())) {
                break;
            }
            parked.remove();
            kept = true;
            deciding = true;
            try {
                first.promise().keep();
            } finally {
                deciding = false;
            }
        }
        return kept;
    }

    private void snapshotIfDue() {
        if (snapshotting || !log.snapshotDue()) {
            return;
        }
        snapshotNow();
    }

    /// Writes a snapshot now, for a clean stop that makes the next start quick.
    public void snapshotNow() {
        if (state != State.SERVING || snapshotting) {
            return;
        }
        snapshotting = true;
        SnapshotWriter out = new SnapshotWriter();
        for (Pattern pattern : machines.keySet()) {
            out.putByte(pattern.firstType());
            machine(pattern).save(out);
        }
        log.snapshot(out.state(), out.live());
    }

    public boolean snapshotting() {
        return snapshotting;
    }

    @Override
    public void restore(ByteBuffer in) {
        for (Pattern pattern : machines.keySet()) {
            if (!in.hasRemaining()) {
                break; // it is older than this machine and those behind it
            }
            int found = Byte.toUnsignedInt(in.get());
            if (found != pattern.firstType()) {
                throw new IllegalStateException(
                        "snapshot of shard "
                                + number
                                + " holds machine "
                                + found
                                + " where "
                                + pattern
                                + " was expected");
            }
            machine(pattern).restore(in);
        }
    }

    @Override
    public void replay(int type, long position, ByteBuffer payload) {
        machine(Pattern.ofType(type)).apply(type, position, payload);
    }

    @Override
    public void onDurable(long position) {
        stirred = true;
        deciding = true;
        try {
            for (Desk desk : desks) {
                desk.machine().onDurable(position, desk);
            }
        } finally {
            deciding = false;
        }
        place.wake();
    }

    @Override
    public void onRead(long position, Log.@Nullable Block block) {
        reads.add(new Read(position, block));
        place.wake();
    }

    @Override
    public void onSnapshot() {
        snapshotting = false;
    }

    @Override
    public void onSparse(long segment) {
        sparse.add(segment);
        place.wake();
    }

    @Override
    public void onRoom(boolean roomy) {
        place.onRoom(number, roomy);
    }

    @Override
    public void onFailure(LogFailure failure) {
        if (state != State.STOPPED) {
            state = State.STOPPED;
            parked.clear();
            waiting.clear();
            place.onStopped(number, failure);
        }
    }

    private Machine machine(Pattern pattern) {
        Machine machine = machines.get(pattern);
        if (machine == null) {
            throw new IllegalStateException("shard " + number + " carries no " + pattern);
        }
        return machine;
    }

    private Desk desk(Pattern pattern) {
        Desk desk = byPattern.get(pattern);
        if (desk == null) {
            throw new IllegalStateException("shard " + number + " carries no " + pattern);
        }
        return desk;
    }

    /// The [Decision] of one machine.
    private final class Desk implements Decision {
        private final Pattern pattern;
        private @Nullable ByteBuffer open;
        private int openType;
        private int openStart;

        Desk(Pattern pattern) {
            this.pattern = pattern;
        }

        Machine machine() {
            return Shard.this.machine(pattern);
        }

        @Override
        public long now() {
            return now;
        }

        @Override
        public ByteBuffer append(int type, int size) {
            if (open != null) {
                throw new IllegalStateException("record " + openType + " was not applied");
            }
            ByteBuffer buffer = log.append(type, size);
            open = buffer;
            openType = type;
            openStart = buffer.position();
            return buffer;
        }

        @Override
        public long apply() {
            ByteBuffer filled = open;
            if (filled == null || filled.hasRemaining()) {
                throw new IllegalStateException("record " + openType + " is not complete");
            }
            open = null;
            long position = log.position();
            filled.position(openStart);
            machine().apply(openType, position, filled);
            return position;
        }

        @Override
        public void promise(Promise promise) {
            // Also a promise without records waits: what it tells may rest on records not yet
            // durable.
            promise(log.position(), promise);
        }

        @Override
        public void promise(long position, Promise promise) {
            parked.add(new Parked(position, promise));
            if (position >= log.durable()) {
                log.hurry();
            }
        }

        @Override
        public void hurry() {
            log.hurry();
        }

        @Override
        public void timer(long timer, long dueMillis) {
            wheel.set(timer << 8 | pattern.firstType(), dueMillis);
        }

        @Override
        public void cancelTimer(long timer) {
            wheel.cancel(timer << 8 | pattern.firstType());
        }

        @Override
        public Log log() {
            return log;
        }

        @Override
        public @Nullable ByteBuffer glance(long position) {
            return position < 0 ? volatileStore.glance(position) : log.glance(position);
        }

        @Override
        public VolatileStore volatileStore() {
            return volatileStore;
        }

        @Override
        public long segment(long position) {
            return engine.segment(position);
        }

        @Override
        public void send(int shard, Command command) {
            // Its buffers may lie in the log, in a chunk that the receiver's append takes for
            // another.
            place.send(shard, command.detached());
        }

        @Override
        public Chance chance() {
            return chance;
        }
    }
}
