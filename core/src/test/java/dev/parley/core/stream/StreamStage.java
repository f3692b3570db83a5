package dev.parley.core.stream;

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

/// The streams of one shard on stage: a machine, its log and its clock, all in the hand of a test.
///
/// A command that is given runs at once; [#turn] ends the turn, syncs unless [#holdSync] was asked
/// for, and goes on until nothing is left to do. [#crash] loses what was not synced and replays.
final class StreamStage implements Decision, StreamHost {
    static final long START = 1_790_000_000_000L;
    static final String HOST = "/";

    /// Blocks of ten messages or 1,000 bytes; 300 bytes are too many for a block.
    static final StreamConfig SMALL = new StreamConfig(1_000, 10, 300, 4_000, 8_000);

    /// Turns after which a test that does not come to rest has failed.
    private static final int TURNS_MAX = 100_000;

    private record Parked(long position, Promise promise) {}

    private record Wanted(long position, int size) {}

    private final StreamConfig config;
    final MemoryLog log = new MemoryLog();
    final List<Long> damaged = new ArrayList<>();
    private StreamMachine machine;
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
    private boolean holdingReads;
    private boolean inside;
    private long lastReader;

    /// Reads asked for so far, and the most bytes of one of them.
    int readCount;

    StreamStage() {
        this(SMALL);
    }

    StreamStage(StreamConfig config) {
        this.config = config;
        this.machine = new StreamMachine(this, this, config);
        machine.onServing(this);
    }

    // ---- what a test asks for

    void create(long stream, StreamSpec spec) {
        give(new StreamCommand.Create(stream, HOST, "s" + stream, spec));
        turn();
    }

    static StreamMessage message(String subject, int key, String body) {
        return new StreamMessage("ex", subject, key, bytes("p" + body), bytes(body));
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Publishes without ending the turn; returns the token.
    long publish(TestReader client, long stream, String subject, int key, String body) {
        long token = client.nextToken();
        give(
                new StreamCommand.Publish(
                        client, token, List.of(stream), message(subject, key, body)));
        return token;
    }

    /// Publishes bodies from `from` to `to`, each under itself as subject and key, in one turn.
    void publish(long stream, int from, int to) {
        TestReader client = new TestReader();
        for (int n = from; n <= to; n++) {
            publish(client, stream, "k" + n, n, "m" + n);
        }
        turn();
    }

    TestReader attach(long stream, Start start, @Nullable String cursor, int window) {
        TestReader reader = new TestReader();
        attach(reader, stream, start, cursor, window);
        turn();
        return reader;
    }

    void attach(TestReader reader, long stream, Start start, @Nullable String cursor, int window) {
        reader.id = ++lastReader;
        reader.attached = reader.nextToken();
        give(
                new StreamCommand.Attach(
                        reader, reader.attached, stream, reader.id, start, cursor, window));
    }

    void detach(TestReader reader, long stream) {
        give(new StreamCommand.Detach(reader, 0, stream, reader.id));
        turn();
    }

    void settle(TestReader reader, long stream, long from, long to) {
        give(new StreamCommand.Settle(stream, reader.id, from, to));
        turn();
    }

    void giveBack(TestReader reader, long stream, long from, long to) {
        give(new StreamCommand.Return(stream, reader.id, from, to));
        turn();
    }

    StreamReply.Page read(long stream, Start start, int count, int bytes) {
        TestReader asker = new TestReader();
        give(new StreamCommand.Read(asker, 1, stream, start, count, bytes));
        turn();
        return (StreamReply.Page) asker.reply(1);
    }

    StreamStatus status(long stream) {
        TestReader asker = new TestReader();
        give(new StreamCommand.Inspect(asker, 1, stream, true));
        turn();
        return ((StreamReply.Statuses) asker.reply(1)).streams().getFirst();
    }

    StreamReply move(long stream, String cursor, long offset) {
        TestReader asker = new TestReader();
        give(new StreamCommand.Move(asker, 1, stream, cursor, offset));
        turn();
        return asker.reply(1);
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
        for (int n = holdingReads ? 0 : reads.size(); n > 0; n--) {
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
        return worked || !waiting.isEmpty() || !holdingReads && !reads.isEmpty();
    }

    /// Turns no longer sync; [#sync] does.
    void holdSync() {
        holding = true;
    }

    /// Nothing that is read comes before [#answerReads].
    void holdReads() {
        holdingReads = true;
    }

    void answerReads() {
        holdingReads = false;
        turn();
    }

    void sync() {
        holding = false;
        turn();
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

    /// Somebody sets the clock.
    void jump(long millis) {
        now += millis;
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
        holdingReads = false;
        machine = new StreamMachine(this, this, config);
        replayInto(machine, snapshot, snapshotAt);
        inside = true;
        machine.onServing(this);
        inside = false;
        turn();
    }

    /// The state of a machine that the log alone has made, from the beginning or a snapshot.
    byte[] replayed(boolean fromSnapshot) {
        StreamMachine other = new StreamMachine(this, this, config);
        replayInto(other, fromSnapshot ? snapshot : null, fromSnapshot ? snapshotAt : 0);
        return TestDecision.snapshot(other);
    }

    private void replayInto(StreamMachine other, byte @Nullable [] from, long position) {
        if (from != null) {
            other.restore(ByteBuffer.wrap(from));
        }
        log.after(from == null ? 0 : position)
                .forEach((at, entry) ->
                        other.apply(
                                entry.type(), at, entry.payload().duplicate().asReadOnlyBuffer()));
    }

    /// Tells the machine that little is alive in a segment.
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
        readCount++;
        reads.add(new Wanted(position, size));
    }

    @Override
    public VolatileStore volatileStore() {
        throw new UnsupportedOperationException("streams keep nothing volatile");
    }

    @Override
    public long segment(long position) {
        return MemoryLog.segment(position);
    }

    @Override
    public void send(int to, Command command) {
        throw new UnsupportedOperationException("streams send nothing");
    }

    @Override
    public Chance chance() {
        return () -> 4;
    }

    // ---- the node's side

    @Override
    public void onDamaged(String host, String stream, long position) {
        damaged.add(position);
    }
}
