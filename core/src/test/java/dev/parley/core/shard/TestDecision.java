package dev.parley.core.shard;

import dev.parley.core.log.Log;
import dev.parley.core.log.VolatileStore;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A [Decision] in memory, for tests of one machine without a shard: records are kept as bytes and
/// applied at once; promises are kept at once, or when the test says so; timers wait for the test.
public final class TestDecision implements Decision {
    /// A record as the log would hold it.
    public record Logged(int type, long position, ByteBuffer payload) {}

    /// A command on its way to a shard.
    public record Sent(int shard, Command command) {}

    private @Nullable Machine machine;
    private final boolean holding;
    private final List<Logged> records = new ArrayList<>();
    private final ArrayDeque<Promise> promises = new ArrayDeque<>();
    private final Map<Long, Long> timers = new TreeMap<>();
    private final List<Sent> sent = new ArrayList<>();
    private final Random random = new Random(1);
    private final OpenRecord open = new OpenRecord();
    private long now = 1_790_000_000_000L;

    private TestDecision(@Nullable Machine machine, boolean holding) {
        this.machine = machine;
        this.holding = holding;
    }

    /// Promises are kept as soon as they are made.
    public static TestDecision keeping(Machine machine) {
        return new TestDecision(machine, false);
    }

    /// The same for a machine that has to know its decision when it is made: see [#serve].
    public static TestDecision keeping() {
        return new TestDecision(null, false);
    }

    public void serve(Machine made) {
        machine = made;
    }

    /// Promises wait for [#keepPromises].
    public static TestDecision holding(Machine machine) {
        return new TestDecision(machine, true);
    }

    public List<Logged> records() {
        return Collections.unmodifiableList(records);
    }

    public List<Sent> sent() {
        return Collections.unmodifiableList(sent);
    }

    /// Timers and when they are due.
    public Map<Long, Long> timers() {
        return Collections.unmodifiableMap(timers);
    }

    public void advance(long millis) {
        now += millis;
    }

    /// Keeps what was promised; returns how many there were.
    public int keepPromises() {
        int kept = 0;
        for (Promise promise; (promise = promises.poll()) != null; kept++) {
            promise.keep();
        }
        return kept;
    }

    /// Applies the records from the `from`-th on to another machine, as a replay does.
    public void replay(int from, Machine to) {
        for (Logged record : records.subList(from, records.size())) {
            to.apply(record.type(), record.position(), record.payload().duplicate());
        }
    }

    /// What a machine writes into a snapshot.
    public static byte[] snapshot(Machine machine) {
        SnapshotWriter out = new SnapshotWriter();
        machine.save(out);
        ByteBuffer state = out.state();
        byte[] bytes = new byte[state.remaining()];
        state.get(bytes);
        return bytes;
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    public ByteBuffer append(int type, int size) {
        return open.begin(type, size);
    }

    @Override
    public long apply() {
        ByteBuffer payload = open.end();
        Logged record = new Logged(open.type(), records.size() + 1L, payload);
        records.add(record);
        if (machine == null) {
            throw new IllegalStateException("no machine to apply record " + record.type());
        }
        machine.apply(record.type(), record.position(), payload.duplicate());
        return record.position();
    }

    @Override
    public void promise(Promise promise) {
        if (holding) {
            promises.add(promise);
        } else {
            promise.keep();
        }
    }

    @Override
    public void hurry() {
        // The log here takes everything at the same pace.
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
        throw new UnsupportedOperationException("no log in this test");
    }

    @Override
    public VolatileStore volatileStore() {
        throw new UnsupportedOperationException("no volatile store in this test");
    }

    @Override
    public long segment(long position) {
        return 0;
    }

    @Override
    public void send(int shard, Command command) {
        sent.add(new Sent(shard, command));
    }

    @Override
    public Chance chance() {
        return random::nextLong;
    }
}
