package dev.parley.sim;

import dev.parley.core.catalog.User;
import dev.parley.core.log.Disk;
import dev.parley.core.log.Engine;
import dev.parley.core.log.LocalEngine;
import dev.parley.core.log.LogFailure;
import dev.parley.front.amqp.Broker;
import dev.parley.front.home.Authenticator;
import dev.parley.front.home.Home;
import dev.parley.front.mqtt.MqttBroker;
import dev.parley.sim.log.WriterThreads;
import dev.parley.sim.wire.Loans;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One life of a node, from its start to its end: the real log, shards and sessions, with the three
/// threads turned into three things that somebody else lets take a turn.
///
/// A part takes a turn only when it was woken or its idle time has passed, as in the real node; a
/// wake-up that is missing shows as work that is never done.
final class SimNode implements Home.Loop, Home.Watch, Authenticator {
    private static final long KEEPER_IDLE = 500;
    private static final long TICK = 500;

    private record Alarm(long at, long number, Runnable task) {}

    private final SimTime time;
    private final History history;
    private final LocalEngine engine;
    private final WriterThreads writerThreads;
    private final Loans loans;
    private final Home home;
    private final Broker broker;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Alarm> alarms =
            new PriorityQueue<>(
                    Comparator.comparingLong(Alarm::at).thenComparingLong(Alarm::number));
    private final List<SimWire> wires = new ArrayList<>();
    private List<SimWire> writers = new ArrayList<>();
    private long alarmNumber;
    private long roundAt = Long.MAX_VALUE;
    private long keeperAt;
    private long writerAt = Long.MAX_VALUE;
    private long tickAt;
    private boolean roundAsked = true;
    private boolean writerAsked;
    private boolean keeperAsked = true;
    private long rounds;
    private long writerTurns;
    private boolean roomSaid;
    private @Nullable LogFailure failure;
    private final List<String> damage = new ArrayList<>();

    SimNode(Disk disk, Bug.Plant plant, Profile profile, Dice dice, SimTime time, History history) {
        this.time = time;
        this.history = history;
        this.keeperAt = time.tick();
        this.tickAt = time.tick() + TICK;
        engine =
                LocalEngine.start(
                        plant.disk(disk),
                        profile.log(),
                        dice.next(),
                        time::tick,
                        () -> writerAsked = true,
                        () -> keeperAsked = true,
                        () -> keeperAsked = true,
                        this::soon);
        writerThreads = new WriterThreads(engine.writer(), dice.split());
        loans = new Loans(this::later, plant::loan, dice.split(), history);
        Engine seen = plant.engine(engine);
        home = new Home(seen, time::wall, dice::next, this, profile.amqp(), this, this);
        broker = plant.broker(home);
        home.open();
    }

    Home home() {
        return home;
    }

    Broker broker() {
        return broker;
    }

    Loans loans() {
        return loans;
    }

    /// The number of rounds begun.
    long rounds() {
        return rounds;
    }

    long writerTurns() {
        return writerTurns;
    }

    @Nullable LogFailure failure() {
        return failure;
    }

    /// What the node has told of damage.
    List<String> damage() {
        return damage;
    }

    void add(SimWire wire) {
        wires.add(wire);
    }

    void remove(SimWire wire) {
        wires.remove(wire);
    }

    void execute(Runnable task) {
        tasks.add(task);
    }

    void later(Runnable task, long millis) {
        alarms.add(new Alarm(time.tick() + millis, alarmNumber++, task));
    }

    void writes(SimWire wire) {
        writers.add(wire);
        soon();
    }

    // ---- turns

    boolean loopWants() {
        return roundAsked || !tasks.isEmpty() || nextAlarm() <= time.tick();
    }

    /// When the loop wants to run again by itself.
    long nextAlarm() {
        long next = Math.min(roundAt, tickAt);
        Alarm first = alarms.peek();
        return first == null ? next : Math.min(next, first.at());
    }

    boolean writerWants() {
        return writerAsked || writerAt <= time.tick();
    }

    boolean keeperWants() {
        return keeperAsked || keeperAt <= time.tick();
    }

    /// Whether anybody was woken; idle times do not count.
    boolean busy() {
        return roundAsked || !tasks.isEmpty() || writerAsked || keeperAsked;
    }

    /// What the event loop has to do now: tasks, alarms, and a round.
    void loopTurn() {
        for (int n = tasks.size(); n > 0; n--) {
            tasks.remove().run();
        }
        while (!alarms.isEmpty() && alarms.peek().at() <= time.tick()) {
            alarms.remove().task().run();
        }
        if (tickAt <= time.tick()) {
            tickAt = time.tick() + TICK;
            List.copyOf(wires).forEach(wire -> wire.connection().onTick());
        }
        if (roundAsked || roundAt <= time.tick()) {
            round();
        }
    }

    private void round() {
        roundAsked = false;
        roundAt = Long.MAX_VALUE;
        rounds++;
        history.note(10, rounds, () -> "round " + rounds);
        long again = home.run();
        if (again >= 0) {
            roundAt = time.tick() + Math.max(1, again);
        }
        List<SimWire> now = writers;
        writers = new ArrayList<>();
        now.forEach(SimWire::write);
        now.forEach(SimWire::roundEnded);
    }

    void writerTurn() {
        writerAsked = false;
        writerTurns++;
        history.note(11, writerTurns, () -> "log writer");
        writerAsked |= writerThreads.turn();
        writerAt = time.tick() + engine.writer().restMillis();
    }

    void keeperTurn() {
        keeperAsked = false;
        history.note(12, 0, () -> "log keeper");
        keeperAsked |= engine.keeper().turn();
        keeperAsked |= engine.reader().turn();
        keeperAt = time.tick() + KEEPER_IDLE;
    }

    /// Ends in good order: call when everybody is gone and [#loopTurn] has rested.
    void rest() {
        home.rest();
    }

    void close() {
        if (!home.stopped()) {
            writerThreads.end();
            engine.close();
        }
    }

    // ---- ports

    @Override
    public void soon() {
        roundAsked = true;
    }

    @Override
    public long tickMillis() {
        return time.tick();
    }

    @Override
    public void onClosed(int shard, String why) {
        history.note(13, shard, () -> "shard " + shard + " stays closed: " + why);
        damage.add("shard " + shard + ": " + why);
    }

    @Override
    public void onStopped(LogFailure why) {
        history.note(14, 0, () -> "the log has failed: " + why.detail());
        failure = why;
    }

    @Override
    public void onRoom(boolean roomy) {
        history.note(15, roomy ? 1 : 0, () -> roomy ? "room again" : "no room");
        roomSaid = roomy;
        List.copyOf(wires).forEach(wire -> wire.connection().onAlarm());
    }

    boolean roomSaid() {
        return roomSaid;
    }

    @Override
    public void onDamaged(String queue, long position) {
        history.note(16, position, () -> "damaged: " + queue + " at " + position);
        damage.add("queue " + queue + " at " + position);
    }

    @Override
    public void onFault(RuntimeException fault) {
        throw fault;
    }

    @Override
    public String hash(String password) {
        return "sim$" + password;
    }

    @Override
    public void check(
            InetSocketAddress peer,
            String user,
            String password,
            Supplier<@Nullable User> known,
            Consumer<@Nullable User> answer) {
        execute(() -> {
            User found = known.get();
            boolean right = found != null && hash(password).equals(found.passwordHash());
            answer.accept(right ? found : null);
        });
    }

    @Override
    public MqttBroker.Handshake scram(
            InetSocketAddress peer, Function<String, @Nullable User> users) {
        throw new IllegalStateException("nobody asks for this");
    }

    @Override
    public @Nullable User certified(
            InetSocketAddress peer, @Nullable String name, Supplier<@Nullable User> known) {
        return known.get();
    }
}
