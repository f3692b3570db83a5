package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogMachine;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.Routes;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.log.Log;
import dev.parley.core.log.VolatileStore;
import dev.parley.core.message.FieldTable;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueHost;
import dev.parley.core.queue.QueueMachine;
import dev.parley.core.shard.Chance;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Machine;
import dev.parley.core.shard.Pattern;
import dev.parley.core.shard.Promise;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A node in one object for tests of sessions: one shard with catalog and queues, or several with
/// queues, a log in memory that is durable at once, the user `guest` with the password `guest`.
public final class LoopBroker implements Broker {
    private static final int UNFINISHED_MAX = 1 << 20;

    /// A command that comes out of a decision of its own shard.
    private record Waiting(int shard, Command command) {}

    private final CatalogMachine catalog;
    private final Desk catalogDesk;
    private final List<Host> shards = new ArrayList<>();
    private final Map<Long, ByteBuffer> stored = new HashMap<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final ArrayDeque<Promise> promises = new ArrayDeque<>();
    private final ReplyAddresses replies = new ReplyAddresses();
    private final Attendance attendance = new Attendance();
    private final Connections connections;
    private final Alarms alarms;
    private final Firehose firehose = new Firehose();
    private final AmqpMetrics metrics = new AmqpMetrics();
    private final LocalMetrics localMetrics = new LocalMetrics();
    private final Routes routes = new Routes();
    private final Store store = new Store();
    private final AmqpConfig config;
    private long position = 16;

    /// What the shards have been told of as durable.
    private long durable;

    private long nextId = 1;
    private long tick = 1000;
    private boolean inside;
    private boolean roomy = true;

    /// The shard that is at work.
    private int current;

    /// What a shard looks at.
    private byte[] shown = {};

    public LoopBroker() {
        this(AmqpConfig.DEFAULT);
    }

    LoopBroker(AmqpConfig config) {
        this(config, 1);
    }

    LoopBroker(AmqpConfig config, int shards) {
        this.config = config;
        this.connections = new Connections(UNFINISHED_MAX, config);
        this.alarms = new Alarms(connections::onAlarm);
        catalog = new CatalogMachine(shards);
        catalogDesk = new Desk(catalog);
        catalog.onServing(catalogDesk);
        for (int i = 0; i < shards; i++) {
            this.shards.add(new Host(i));
        }
        offer(0, new CatalogCommand.AddHost((token, reply) -> {}, 0, "/"));
        offer(0, new CatalogCommand.PutUser((token, reply) -> {}, 0, "guest", "-", List.of()));
        offer(
                0,
                new CatalogCommand.Permit((token, reply) -> {}, 0, "guest", "/", ".*", ".*", ".*"));
        turn();
    }

    /// Does all there is to do.
    public void turn() {
        for (int n = 0; ; n++) {
            if (n > 10_000) {
                throw new AssertionError("the node does not come to rest");
            }
            inside = true;
            boolean worked = false;
            for (Waiting one; (one = waiting.poll()) != null; ) {
                decide(one.shard(), one.command());
                worked = true;
            }
            for (Host host : shards) {
                current = host.shard();
                worked |= host.queues.onTurnEnd(host.desk);
                host.queues.onDurable(position, host.desk);
            }
            worked |= position != durable;
            durable = position;
            for (Promise promise; (promise = promises.poll()) != null; ) {
                promise.keep();
                worked = true;
            }
            inside = false;
            if (!worked && waiting.isEmpty()) {
                return;
            }
        }
    }

    private void decide(int shard, Command command) {
        int before = current;
        current = shard;
        if (command.pattern() == Pattern.CATALOG) {
            catalog.decide(command, catalogDesk);
        } else {
            Host host = shards.get(shard);
            host.queues.decide(command, host.desk);
        }
        current = before;
    }

    @Override
    public Catalog catalog() {
        return catalog.catalog();
    }

    /// Another shard decides at once, and may look at anything meanwhile.
    @Override
    public void offer(int shard, Command command) {
        if (inside && shard == current) {
            waiting.add(new Waiting(shard, command.detached()));
            return;
        }
        boolean before = inside;
        inside = true;
        decide(shard, command);
        inside = before;
        Arrays.fill(shown, (byte) 0);
    }

    @Override
    public void authenticate(
            InetSocketAddress peer, String user, String password, Consumer<@Nullable User> answer) {
        answer.accept(password.equals("guest") ? catalog().user(user) : null);
    }

    @Override
    public @Nullable User certified(InetSocketAddress peer, @Nullable String name) {
        return null;
    }

    @Override
    public Attendance attendance() {
        return attendance;
    }

    @Override
    public long nextId() {
        return nextId++;
    }

    @Override
    public String randomName() {
        return "name-" + nextId++;
    }

    @Override
    public ReplyAddresses replies() {
        return replies;
    }

    @Override
    public Connections connections() {
        return connections;
    }

    @Override
    public Alarms alarms() {
        return alarms;
    }

    @Override
    public Firehose firehose() {
        return firehose;
    }

    @Override
    public boolean roomy() {
        return roomy;
    }

    /// No connection has any more what all of them share: buffers, and room for what has no end.
    public void assertNothingIsLent() {
        assertThat(connections.output().lent()).isZero();
        assertThat(connections.bodies().lent()).isZero();
        connections.unfinished().take(UNFINISHED_MAX);
        connections.unfinished().give(UNFINISHED_MAX);
    }

    /// The disk has room or not; everybody is told.
    void room(boolean there) {
        roomy = there;
        connections.onAlarm();
    }

    @Override
    public boolean behind() {
        return false;
    }

    @Override
    public void whenCaughtUp(Runnable task) {
        task.run();
    }

    @Override
    public long tickMillis() {
        return tick;
    }

    /// Lets time pass for connections; nothing else notices.
    public void pass(long millis) {
        tick += millis;
    }

    @Override
    public long wallMillis() {
        return 1_790_000_000_000L;
    }

    @Override
    public AmqpConfig config() {
        return config;
    }

    @Override
    public AmqpMetrics metrics() {
        return metrics;
    }

    @Override
    public LocalMetrics localMetrics() {
        return localMetrics;
    }

    /// One shard's queues.
    private final class Host implements QueueHost {
        private final int shard;
        private final Desk desk = new Desk(null);
        private final QueueMachine queues;

        Host(int shard) {
            this.shard = shard;
            queues = new QueueMachine(desk, this);
            desk.machine = queues;
            queues.onServing(desk);
        }

        @Override
        public int shard() {
            return shard;
        }

        @Override
        public List<Destination> route(
                String host, String exchange, List<String> keys, @Nullable FieldTable headers) {
            VirtualHost where = catalog().host(host);
            Exchange from = where == null ? null : where.exchange(exchange);
            if (where == null || from == null) {
                return List.of();
            }
            where.route(from, keys, headers, routes);
            List<Destination> found = new ArrayList<>();
            for (int i = 0; i < routes.size(); i++) {
                found.add(
                        new Destination(
                                routes.get(i).shard(), routes.get(i).id(), routes.get(i).name()));
            }
            return found;
        }

        @Override
        public void toTopics(String host, long move, @Nullable Message message) {
            throw new IllegalStateException("nobody subscribes");
        }

        @Override
        public void onGone(long queue) {
            offer(0, new CatalogCommand.RemoveQueue((token, reply) -> {}, 0, queue));
        }

        @Override
        public void onDamaged(String queue, long at) {
            throw new AssertionError("nothing is damaged in this test, not even " + queue);
        }
    }

    /// One machine's side of the shard.
    private final class Desk implements Decision {
        private @Nullable Machine machine;
        private int type;
        private ByteBuffer open = ByteBuffer.allocate(0);

        Desk(@Nullable Machine machine) {
            this.machine = machine;
        }

        @Override
        public long now() {
            return 1_790_000_000_000L;
        }

        @Override
        public ByteBuffer append(int kind, int size) {
            type = kind;
            open = ByteBuffer.allocate(size);
            return open;
        }

        @Override
        public long apply() {
            if (open.hasRemaining() || machine == null) {
                throw new IllegalStateException("record " + type + " is not complete");
            }
            position += 16;
            ByteBuffer payload = open.flip().asReadOnlyBuffer();
            stored.put(position, payload);
            machine.apply(type, position, payload.duplicate());
            position += 16 + payload.remaining();
            return position;
        }

        @Override
        public void promise(Promise promise) {
            promises.add(promise);
        }

        @Override
        public void hurry() {
            // The log here takes everything at the same pace.
        }

        @Override
        public void timer(long timer, long dueMillis) {
            // Time stands still in these tests.
        }

        @Override
        public void cancelTimer(long timer) {
            // As above.
        }

        @Override
        public Log log() {
            throw new UnsupportedOperationException("no log in this test");
        }

        @Override
        public VolatileStore volatileStore() {
            return store;
        }

        @Override
        public @Nullable ByteBuffer cached(long where) {
            ByteBuffer found = where < 0 ? store.cached(where) : stored.get(where);
            return found == null ? null : found.duplicate();
        }

        /// Shown until the next shard looks at something.
        @Override
        public @Nullable ByteBuffer glance(long where) {
            ByteBuffer found = cached(where);
            if (found == null) {
                return null;
            }
            shown = new byte[found.remaining()];
            found.get(shown);
            return ByteBuffer.wrap(shown);
        }

        @Override
        public long segment(long where) {
            return 0;
        }

        @Override
        public void send(int shard, Command command) {
            waiting.add(new Waiting(shard, command.detached()));
        }

        @Override
        public Chance chance() {
            return () -> 4;
        }
    }

    private static final class Store implements VolatileStore {
        private final Map<Long, ByteBuffer> live = new HashMap<>();
        private long last;

        @Override
        public ByteBuffer append(int size) {
            last--;
            ByteBuffer buffer = ByteBuffer.allocate(size);
            live.put(last, buffer.duplicate());
            return buffer;
        }

        @Override
        public long position() {
            return last;
        }

        @Override
        public @Nullable ByteBuffer cached(long where) {
            return live.get(where);
        }

        @Override
        public void read(long where, int size) {
            throw new IllegalStateException("nothing is spilled");
        }

        @Override
        public void release(long where, int size) {
            if (live.remove(where) == null) {
                throw new IllegalStateException("nothing lives at " + where);
            }
        }
    }
}
