package dev.parley.core.topic;

import dev.parley.core.log.Log;
import dev.parley.core.log.VolatileStore;
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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The topics of one shard on stage: a machine, its log, its clock and its neighbours, all in the
/// hand of a test.
///
/// A command that is given runs at once; [#turn] ends the turn, syncs unless [#holdSync] was asked
/// for, and goes on until nothing is left to do. [#crash] loses what was not synced and replays.
final class TopicStage implements Decision, TopicHost {
    static final long START = 1_790_000_000_000L;
    static final TopicConfig CONFIG = new TopicConfig(2000, 1 << 20, 100, 20, 50);

    /// Turns after which a test that does not come to rest has failed.
    private static final int TURNS_MAX = 100_000;

    private record Parked(long position, Promise promise) {}

    private record Wanted(long position, int size) {}

    private final Town town;
    private final int shard;
    final MemoryLog log = new MemoryLog();
    final List<Long> damaged = new ArrayList<>();
    private TopicMachine machine;
    private final Map<Long, Long> timers = new HashMap<>();
    private final ArrayDeque<Command> waiting = new ArrayDeque<>();
    private final ArrayDeque<Parked> parked = new ArrayDeque<>();
    private final ArrayDeque<Wanted> reads = new ArrayDeque<>();
    private byte @Nullable [] snapshot;
    private long snapshotAt;
    private @Nullable ByteBuffer open;
    private int openType;
    private long now = START;
    private boolean holding;
    private boolean dropping;
    private boolean inside;

    TopicStage(Town town, int shard) {
        this.town = town;
        this.shard = shard;
        this.machine = new TopicMachine(this, this, CONFIG);
        machine.onServing(this);
    }

    // ---- what a test asks for

    TestDevice attach(String clientId) {
        return attach(new TestDevice(clientId), false, 1000, 20, null);
    }

    TestDevice attach(
            TestDevice device, boolean clean, long expirySeconds, int window, @Nullable Will will) {
        give(
                new TopicCommand.Attach(
                        device,
                        device.nextToken(),
                        Town.HOST,
                        device.name(),
                        clean,
                        expirySeconds,
                        window,
                        will,
                        null));
        turn();
        return device;
    }

    /// The connection breaks.
    void drop(TestDevice device) {
        give(new TopicCommand.Detach(device, device.session, true, -1));
        turn();
    }

    void subscribe(TestDevice device, String filter, int qos) {
        subscribe(device, new Subscription(filter, qos, false, false, 0));
    }

    void subscribe(TestDevice device, Subscription subscription) {
        give(
                new TopicCommand.Subscribe(
                        device, device.nextToken(), device.session, List.of(subscription)));
        turn();
    }

    static TopicMessage message(String topic, String body, int qos) {
        return message(topic, body, qos, 0);
    }

    static TopicMessage message(String topic, String body, int qos, long expiryMillis) {
        return new TopicMessage(topic, qos, expiryMillis, bytes("p" + body), bytes(body));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Publishes to whoever subscribes on this shard.
    long publish(TestDevice publisher, String topic, String body, int qos) {
        return publish(publisher, message(topic, body, qos), false, null);
    }

    long publish(
            TestDevice publisher,
            TopicMessage message,
            boolean retain,
            TopicCommand.@Nullable Origin origin) {
        long token = publisher.nextToken();
        List<Target> targets = town.route(message, retain, publisher.session);
        give(
                new TopicCommand.Publish(
                        publisher,
                        token,
                        origin,
                        Town.HOST,
                        message,
                        retain ? town.keeper : TopicHost.NOWHERE,
                        targets));
        return token;
    }

    /// A publish of quality of service 2 of a session of this shard.
    long publishOnce(TestDevice publisher, String topic, String body, int packetId) {
        return publish(
                publisher,
                message(topic, body, 2),
                false,
                new TopicCommand.Origin(publisher.session, packetId));
    }

    void settle(TestDevice device, int packetId, TopicCommand.Step step) {
        give(new TopicCommand.Settle(device, device.session, packetId, step));
    }

    /// The device acknowledges all that it was sent.
    void acknowledgeAll(TestDevice device) {
        for (TestDevice.Got got : device.take()) {
            if (got.qos() == 1) {
                settle(device, got.packetId(), TopicCommand.Step.ACKNOWLEDGED);
            } else if (got.qos() == 2) {
                settle(device, got.packetId(), TopicCommand.Step.RECEIVED);
            }
        }
        turn();
        for (String id : List.copyOf(device.releases)) {
            settle(device, Integer.parseInt(id), TopicCommand.Step.COMPLETED);
        }
        device.releases.clear();
        turn();
    }

    List<TopicMessage> retained(String filter, int count) {
        TestDevice asker = new TestDevice();
        List<TopicMessage> all = new ArrayList<>();
        String after = null;
        while (true) {
            long token = asker.nextToken();
            give(new TopicCommand.Retained(asker, token, Town.HOST, filter, after, count));
            turn();
            TopicReply.Retained reply = (TopicReply.Retained) asker.reply(token);
            all.addAll(reply.messages());
            after = reply.next();
            if (after == null) {
                return all;
            }
        }
    }

    TopicReply.Statuses statuses() {
        TestDevice asker = new TestDevice();
        give(new TopicCommand.Inspect(asker, 1, 0));
        turn();
        return (TopicReply.Statuses) asker.reply(1);
    }

    SessionStatus status(TestDevice device) {
        TestDevice asker = new TestDevice();
        give(new TopicCommand.Inspect(asker, 1, device.session));
        turn();
        return ((TopicReply.Statuses) asker.reply(1)).sessions().getFirst();
    }

    boolean isConnected(long session) {
        return machine.isHeld(session);
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
        while (!parked.isEmpty()) {
            long position = parked.getFirst().position();
            if (position != 0 && position >= log.durable()) {
                break;
            }
            parked.remove().promise().keep();
            worked = true;
        }
        inside = false;
        return worked || !waiting.isEmpty() || !reads.isEmpty();
    }

    /// Turns no longer sync; [#sync] does.
    void holdSync() {
        holding = true;
    }

    void sync() {
        holding = false;
        turn();
    }

    /// What is sent to other shards from now on gets lost, or no longer.
    void dropSent(boolean drop) {
        dropping = drop;
    }

    /// Lets time pass: every timer fires when it is due.
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
                            .sorted()
                            .toList();
            inside = true;
            for (long timer : fired) {
                timers.remove(timer);
                machine.onTimer(timer, this);
            }
            inside = false;
            turn();
        }
        now = until;
    }

    // ---- crashes and replay

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
        holding = false;
        town.forget(shard);
        machine = new TopicMachine(this, this, CONFIG);
        replayInto(machine, snapshot, snapshotAt);
        inside = true;
        machine.onServing(this);
        inside = false;
        give(new TopicCommand.Begin());
        turn();
    }

    /// The state of a machine that the log alone has made, from the beginning or a snapshot.
    byte[] replayed(boolean fromSnapshot) {
        TopicMachine other = new TopicMachine(this, this, CONFIG);
        replayInto(other, fromSnapshot ? snapshot : null, fromSnapshot ? snapshotAt : 0);
        return TestDecision.snapshot(other);
    }

    private void replayInto(TopicMachine other, byte @Nullable [] from, long position) {
        if (from != null) {
            other.restore(ByteBuffer.wrap(from));
        }
        log.after(from == null ? 0 : position)
                .forEach((at, entry) ->
                        other.apply(
                                entry.type(), at, entry.payload().duplicate().asReadOnlyBuffer()));
    }

    /// Tells the machine that little is alive in the segment of a position.
    void sparse(long segment) {
        inside = true;
        machine.onSparse(segment, this);
        inside = false;
        turn();
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
        return log.cached(position);
    }

    @Override
    public void read(long position, int size) {
        reads.add(new Wanted(position, size));
    }

    @Override
    public VolatileStore volatileStore() {
        throw new UnsupportedOperationException("topics keep nothing volatile");
    }

    @Override
    public long segment(long position) {
        return MemoryLog.segment(position);
    }

    @Override
    public void send(int to, Command command) {
        if (!dropping) {
            town.stage(to).waiting.add(command.detached());
        }
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
    public boolean exists(String host) {
        return !town.gone.contains(host);
    }

    @Override
    public void onSubscribed(String host, long session, Subscription subscription) {
        town.subscribed(session, subscription);
    }

    @Override
    public void onUnsubscribed(String host, long session, String filter) {
        town.unsubscribed(session, filter);
    }

    @Override
    public void onEnded(String host, long session) {
        town.ended(session);
    }

    @Override
    public List<Target> route(String host, TopicMessage message, boolean retain, long publisher) {
        return town.route(message, retain, publisher);
    }

    @Override
    public int keeper(String host, String topic) {
        return town.keeper;
    }

    @Override
    public void onWill(String host, TopicMessage message, boolean retain, long publisher) {
        town.wills.add(
                message.topic() + "=" + StandardCharsets.UTF_8.decode(message.payload().slice()));
    }

    @Override
    public @Nullable Target member(String host, Terms terms, long session, boolean connected) {
        return town.member(terms, session, connected);
    }

    @Override
    public void onOverflow(String host, String clientId) {
        town.overflows.add(clientId);
    }

    @Override
    public void onDamaged(String topicOrClientId, long position) {
        damaged.add(position);
    }
}
