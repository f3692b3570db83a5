package dev.parley.core.queue;

import dev.parley.core.log.Log;
import dev.parley.core.log.VolatileStore;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.shard.Chance;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.MemoryLog;
import dev.parley.core.shard.Promise;
import dev.parley.core.shard.TestDecision;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The queues of one shard on stage: a machine, its log, its clock and its neighbours, all in the
/// hand of a test.
///
/// A command that is given runs at once; [#turn] ends the turn, syncs unless [#holdSync] was asked
/// for, and goes on until nothing is left to do. [#crash] loses what was not synced and replays.
final class Stage implements Decision, QueueHost {
    static final long START = 1_790_000_000_000L;

    /// Turns after which a test that does not come to rest has failed.
    private static final int TURNS_MAX = 200_000;

    private record Parked(long position, Promise promise) {}

    private record Wanted(long position, int size) {}

    /// Where exchange and routing key of dead letters lead.
    private final Map<String, List<Destination>> bindings = new LinkedHashMap<>();

    private final int shard;
    private final Map<Integer, Stage> town;
    final MemoryLog log = new MemoryLog();
    final List<String> toTopics = new ArrayList<>();
    final List<Long> gone = new ArrayList<>();
    final List<Long> damaged = new ArrayList<>();
    private MemoryLog.Volatile store = new MemoryLog.Volatile();
    private QueueMachine machine;
    private final Map<Long, Long> timers = new HashMap<>();
    private final ArrayDeque<Command> waiting = new ArrayDeque<>();
    private final ArrayDeque<Parked> parked = new ArrayDeque<>();
    private final ArrayDeque<Wanted> reads = new ArrayDeque<>();
    private final List<Command> lostOnTheWay = new ArrayList<>();
    private byte @Nullable [] snapshot;
    private long snapshotAt;
    private @Nullable ByteBuffer open;
    private int openType;
    private long now = START;
    private long told;
    private boolean holding;
    private boolean dropping;
    private boolean inside;

    Stage() {
        this(0, new LinkedHashMap<>());
    }

    private Stage(int shard, Map<Integer, Stage> town) {
        this.shard = shard;
        this.town = town;
        town.put(shard, this);
        this.machine = new QueueMachine(this, this);
        machine.onServing(this);
    }

    /// Another shard, reached from this one and reaching it.
    Stage neighbour(int number) {
        return new Stage(number, town);
    }

    QueueMachine machine() {
        return machine;
    }

    // ---- what a test asks for

    void create(long queue, QueueSpec spec) {
        give(new QueueCommand.Create(queue, "/", "q" + queue, spec));
    }

    void create(long queue, UnaryOperator<Spec> change) {
        create(queue, change.apply(new Spec()).build());
    }

    /// Dead letters sent to `exchange` reach `queue` of shard `to`.
    void bind(String exchange, int to, long queue) {
        bindings.computeIfAbsent(exchange, key -> new ArrayList<>())
                .add(new Destination(to, queue, "q" + queue));
    }

    void publish(TestClient client, long queue, String body) {
        publish(client, List.of(queue), body, message -> message);
    }

    void publish(TestClient client, List<Long> queues, String body, UnaryOperator<Letter> change) {
        give(
                new QueueCommand.Publish(
                        client,
                        client.nextPublish(body),
                        queues,
                        change.apply(new Letter(body)).build()));
    }

    void settle(TestClient.Got got, Outcome outcome) {
        give(
                new QueueCommand.Settle(
                        got.queue(), got.consumer(), Entries.of(got.entry()), outcome));
    }

    void give(Command command) {
        if (inside) {
            waiting.add(command.detached());
        } else {
            inside = true;
            machine.decide(command, this);
            inside = false;
        }
    }

    /// Ends the turn and goes on until nothing is left to do.
    void turn() {
        for (int n = 0; n < TURNS_MAX; n++) {
            if (!once()) {
                return;
            }
        }
        throw new AssertionError("the machine does not come to rest");
    }

    /// One turn; returns whether another is wanted.
    boolean once() {
        inside = true;
        boolean worked = false;
        for (int n = waiting.size(); n > 0; n--) {
            machine.decide(waiting.remove(), this);
            worked = true;
        }
        for (int n = reads.size(); n > 0; n--) {
            Wanted read = reads.remove();
            machine.onRead(read.position(), log.read(read.position(), read.size()), this);
            worked = true;
        }
        worked |= machine.onTurnEnd(this);
        if (!holding) {
            log.sync();
        }
        worked |= tellDurable();
        inside = false;
        return worked || !waiting.isEmpty() || !reads.isEmpty();
    }

    private boolean tellDurable() {
        boolean worked = false;
        if (told < log.durable()) {
            told = log.durable();
            machine.onDurable(told, this);
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
    void holdSync() {
        holding = true;
    }

    void sync() {
        holding = false;
        turn();
        holding = true;
    }

    void syncAlways() {
        holding = false;
        turn();
    }

    /// Lets time pass to the millisecond: every timer fires when it is due.
    void pass(long millis) {
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
                            .toList();
            inside = true;
            for (long timer : fired) {
                timers.remove(timer);
                machine.onTimer(timer, this);
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
    void clock(long millis) {
        now += millis;
    }

    // ---- crashes and replay

    /// The state that would be written into a snapshot.
    byte[] state() {
        return TestDecision.snapshot(machine);
    }

    /// Keeps a snapshot that later replays start from.
    void takeSnapshot() {
        log.sync();
        snapshot = state();
        snapshotAt = log.end() - 1;
    }

    /// Loses what was not synced, and whatever lived in memory only; replays.
    void crash() {
        log.crash();
        parked.clear();
        waiting.clear();
        reads.clear();
        timers.clear();
        told = 0;
        store = new MemoryLog.Volatile();
        machine = new QueueMachine(this, this);
        replayInto(machine, snapshot, snapshotAt);
        inside = true;
        machine.onServing(this);
        inside = false;
        turn();
    }

    /// A machine that the log alone has made, from the beginning.
    QueueMachine replayed() {
        QueueMachine other = new QueueMachine(this, this);
        replayInto(other, null, 0);
        return other;
    }

    /// A machine made from a snapshot and what the log has behind it.
    QueueMachine replayed(byte[] from, long position) {
        QueueMachine other = new QueueMachine(this, this);
        replayInto(other, from, position);
        return other;
    }

    /// A machine made from the newest snapshot, if there is one, and what the log has behind it.
    QueueMachine replayedFromSnapshot() {
        QueueMachine other = new QueueMachine(this, this);
        replayInto(other, snapshot, snapshotAt);
        return other;
    }

    private void replayInto(QueueMachine other, byte @Nullable [] from, long position) {
        if (from != null) {
            other.restore(ByteBuffer.wrap(from));
        }
        log.after(position)
                .forEach((at, entry) ->
                        other.apply(
                                entry.type(), at, entry.payload().duplicate().asReadOnlyBuffer()));
    }

    /// What is sent to other shards from now on gets lost.
    void dropSent() {
        dropping = true;
    }

    void sendAgain() {
        dropping = false;
    }

    List<Command> lostOnTheWay() {
        return lostOnTheWay;
    }

    QueueStatus status(long queue) {
        TestClient asker = new TestClient();
        give(new QueueCommand.Inspect(asker, 1, queue));
        turn();
        return ((QueueReply.Statuses) asker.reply(1)).statuses().getFirst();
    }

    /// The bodies in the pages of a queue that are in memory, in their order, whoever has them.
    List<String> order(long queue) {
        List<String> bodies = new ArrayList<>();
        machine.known(queue)
                .level(0)
                .eachPage((number, page) -> {
                    for (int i = 0; i < Page.ENTRIES && !page.cold(); i++) {
                        if (page.present(i)) {
                            long position = page.position(i);
                            ByteBuffer payload =
                                    position < 0 ? store.cached(position) : log.payload(position);
                            Delivery view = new Delivery();
                            view.show(
                                    Objects.requireNonNull(payload), Records.messageStart(payload));
                            bodies.add(StandardCharsets.UTF_8.decode(view.body()).toString());
                        }
                    }
                });
        return bodies;
    }

    int volatileMessages() {
        return store.size();
    }

    Map<Long, Long> timers() {
        return timers;
    }

    // ---- the shard's side

    @Override
    public long now() {
        return now;
    }

    @Override
    public ByteBuffer append(int type, int size) {
        if (open != null) {
            throw new IllegalStateException("record " + openType + " was not applied");
        }
        ByteBuffer buffer = ByteBuffer.allocate(size);
        open = buffer;
        openType = type;
        return buffer;
    }

    @Override
    public long apply() {
        ByteBuffer filled = open;
        if (filled == null || filled.hasRemaining()) {
            throw new IllegalStateException("record " + openType + " is not complete");
        }
        open = null;
        ByteBuffer payload = filled.flip().asReadOnlyBuffer();
        long position = log.add(openType, payload);
        machine.apply(openType, position, payload.duplicate());
        return position;
    }

    @Override
    public void promise(Promise promise) {
        parked.add(new Parked(log.last(), promise));
    }

    @Override
    public void timer(long timer, long dueMillis) {
        timers.put(timer, dueMillis);
    }

    @Override
    public void cancelTimer(long timer) {
        timers.remove(timer);
    }

    @Override
    public Log log() {
        throw new UnsupportedOperationException("no log but MemoryLog");
    }

    @Override
    public @Nullable ByteBuffer cached(long position) {
        return position < 0 ? store.cached(position) : log.cached(position);
    }

    @Override
    public void read(long position, int size) {
        reads.add(new Wanted(position, size));
    }

    @Override
    public VolatileStore volatileStore() {
        return store;
    }

    @Override
    public long segment(long position) {
        return MemoryLog.segment(position);
    }

    @Override
    public void send(int to, Command command) {
        if (dropping) {
            lostOnTheWay.add(command.detached());
            return;
        }
        Stage other = town.get(to);
        if (other == null) {
            throw new AssertionError("no shard " + to);
        }
        other.waiting.add(command.detached());
    }

    @Override
    public Chance chance() {
        return () -> 4;
    }

    // ---- the node's side

    @Override
    public int shard() {
        return shard;
    }

    @Override
    public void toTopics(String host, long move, @Nullable Message message) {
        toTopics.add(host + " " + move + " " + (message == null ? "?" : message.routingKey()));
    }

    @Override
    public List<Destination> route(
            String host, String exchange, List<String> keys, @Nullable FieldTable headers) {
        return bindings.getOrDefault(exchange, List.of());
    }

    @Override
    public void onGone(long queue) {
        gone.add(queue);
    }

    @Override
    public void onDamaged(String queue, long position) {
        damaged.add(position);
    }

    /// A message being written.
    record Letter(String body, boolean persistent, int priority, long ttl, Properties properties) {
        Letter(String body) {
            this(body, true, 0, -1, Properties.NONE);
        }

        Letter transientOnly() {
            return new Letter(body, false, priority, ttl, properties);
        }

        Letter priority(int value) {
            return new Letter(body, persistent, value, ttl, properties);
        }

        Letter ttl(long millis) {
            return new Letter(
                    body,
                    persistent,
                    priority,
                    millis,
                    properties.withExpiration(Long.toString(millis)));
        }

        Letter headers(FieldTable headers) {
            return new Letter(body, persistent, priority, ttl, properties.withHeaders(headers));
        }

        Message build() {
            return new Message(
                    "ex",
                    "key",
                    persistent,
                    priority,
                    ttl,
                    properties.encoded(),
                    ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /// A queue's spec being written.
    static final class Spec {
        private boolean durable = true;
        private boolean autoDelete;
        private long ttl = QueueSpec.NONE;
        private long expires = QueueSpec.NONE;
        private long length = QueueSpec.NONE;
        private long bytes = QueueSpec.NONE;
        private Overflow overflow = Overflow.DROP_HEAD;
        private @Nullable String deadLetters;
        private @Nullable String deadLetterKey;
        private boolean single;
        private int priorities;
        private int limit = QueueSpec.NONE;

        Spec passing() {
            durable = false;
            return this;
        }

        Spec autoDelete() {
            autoDelete = true;
            return this;
        }

        Spec ttl(long millis) {
            ttl = millis;
            return this;
        }

        Spec expires(long millis) {
            expires = millis;
            return this;
        }

        Spec length(long most) {
            length = most;
            return this;
        }

        Spec bytes(long most) {
            bytes = most;
            return this;
        }

        Spec overflow(Overflow policy) {
            overflow = policy;
            return this;
        }

        Spec deadLetters(String exchange) {
            deadLetters = exchange;
            return this;
        }

        Spec deadLetterKey(String key) {
            deadLetterKey = key;
            return this;
        }

        Spec single() {
            single = true;
            return this;
        }

        Spec priorities(int highest) {
            priorities = highest;
            return this;
        }

        Spec limit(int deliveries) {
            limit = deliveries;
            return this;
        }

        QueueSpec build() {
            return new QueueSpec(
                    durable,
                    autoDelete,
                    ttl,
                    expires,
                    length,
                    bytes,
                    overflow,
                    deadLetters,
                    deadLetterKey,
                    single,
                    priorities,
                    limit);
        }
    }
}
