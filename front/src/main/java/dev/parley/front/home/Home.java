package dev.parley.front.home;

import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogMachine;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.Follower;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.Routes;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.log.CorruptLogException;
import dev.parley.core.log.Engine;
import dev.parley.core.log.LogFailure;
import dev.parley.core.message.FieldTable;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueHost;
import dev.parley.core.queue.QueueMachine;
import dev.parley.core.shard.Chance;
import dev.parley.core.shard.Clock;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Machine;
import dev.parley.core.shard.Pattern;
import dev.parley.core.shard.Shard;
import dev.parley.core.shard.SteadyClock;
import dev.parley.core.stream.StreamConfig;
import dev.parley.core.stream.StreamMachine;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicConfig;
import dev.parley.core.topic.TopicMachine;
import dev.parley.front.amqp.Alarms;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.front.amqp.AmqpMetrics;
import dev.parley.front.amqp.Attendance;
import dev.parley.front.amqp.Broker;
import dev.parley.front.amqp.Connections;
import dev.parley.front.amqp.Firehose;
import dev.parley.front.amqp.LocalMetrics;
import dev.parley.front.amqp.QueueArguments;
import dev.parley.front.amqp.ReplyAddresses;
import dev.parley.front.amqp.TopicBridge;
import dev.parley.front.mqtt.MqttBroker;
import dev.parley.front.mqtt.MqttConfig;
import dev.parley.front.mqtt.MqttMetrics;
import dev.parley.front.mqtt.TopicSpace;
import dev.parley.front.pace.Crowd;
import dev.parley.front.pace.Outbox;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The shards of one event loop and what sessions see of them.
///
/// Everything here runs on that loop, but for [#open], which runs before it starts.
public final class Home implements Broker, MqttBroker, Shard.Place {
    /// The event loop, as far as the shards need it.
    public interface Loop {
        /// Makes sure that [#run] is called soon; any thread.
        void soon();

        /// Milliseconds that only go forward.
        long tickMillis();
    }

    /// Who runs the node and wants to know how it is; called on the event loop.
    public interface Watch {
        /// A shard is damaged and stays closed.
        void onClosed(int shard, String why);

        /// The log has failed: nothing is confirmed any more, the node can only be started anew.
        void onStopped(LogFailure failure);

        /// There is room for messages again, or no more.
        void onRoom(boolean roomy);

        /// A message cannot be read back; it is kept aside.
        void onDamaged(String queue, long position);

        /// Something has gone wrong that never should, in a turn or in an answer; everything else
        /// goes on, and what is left of the turn is tried again.
        void onFault(RuntimeException fault);
    }

    /// After a fault there is another round, in milliseconds; one that comes again and again must
    /// not keep the loop busy.
    private static final long FAULT_PAUSE = 100;

    private final Engine engine;
    private final Clock clock;
    private final Chance chance;
    private final Authenticator authenticator;
    private final AmqpConfig amqp;
    private final MqttConfig mqtt;
    private final Loop loop;
    private final Watch watch;
    private final AmqpMetrics metrics = new AmqpMetrics();
    private final LocalMetrics localMetrics = new LocalMetrics();
    private final MqttMetrics mqttMetrics = new MqttMetrics();
    private final Topics topics;
    private final Streams streams;
    private final ReplyAddresses replies = new ReplyAddresses();
    private final Attendance attendance = new Attendance();
    private final Outbox.Pool slowReaders = new Outbox.Pool(Runtime.getRuntime().maxMemory() / 8);

    /// A quarter of the heap may be what waits for sessions in memory.
    private final Crowd crowd = new Crowd(Runtime.getRuntime().maxMemory() / 4);

    /// A quarter of the heap may be content that has no end yet.
    private final Connections connections;

    private final Firehose firehose = new Firehose();
    private final Alarms alarms;
    private final @Nullable Shard[] shards;
    private final CatalogMachine catalog;
    private final List<Runnable> held = new ArrayList<>();
    private volatile int queueCount;
    private long nextId = 1;
    private boolean stopped;

    /// Whether the disk has room, as everybody was told last: who is refused for want of it must
    /// have been told, and nobody may be told of it who has stopped publishing before.
    private volatile boolean roomy = true;

    public Home(
            Engine engine,
            Clock clock,
            Chance chance,
            Authenticator authenticator,
            AmqpConfig amqp,
            Loop loop,
            Watch watch) {
        this(engine, clock, chance, authenticator, amqp, MqttConfig.DEFAULT, loop, watch);
    }

    public Home(
            Engine engine,
            Clock clock,
            Chance chance,
            Authenticator authenticator,
            AmqpConfig amqp,
            MqttConfig mqtt,
            Loop loop,
            Watch watch) {
        this.engine = engine;
        this.clock = new SteadyClock(clock);
        this.chance = chance;
        this.authenticator = authenticator;
        this.amqp = amqp;
        this.mqtt = mqtt;
        this.connections = new Connections(Runtime.getRuntime().maxMemory() / 4, amqp);
        this.loop = loop;
        this.watch = watch;
        this.alarms = new Alarms(this::onAlarm);
        this.shards = new Shard[engine.shards()];
        this.topics =
                new Topics(
                        engine.shards(),
                        this::offer,
                        this::catalog,
                        this.clock::millis,
                        mqttMetrics);
        this.catalog = new CatalogMachine(engine.shards());
        this.streams = new Streams(this::give, this::catalog);
    }

    private void onAlarm() {
        connections.onAlarm();
        topics.onRoom();
    }

    /// Opens every shard; one that is damaged stays closed, loudly, and the others serve. Without
    /// the catalog there is no node.
    public void open() {
        for (int i = 0; i < shards.length; i++) {
            int number = i;
            Map<Pattern, Function<Decision, Machine>> machines = new EnumMap<>(Pattern.class);
            if (i == 0) {
                machines.put(Pattern.CATALOG, decision -> catalog);
            }
            machines.put(Pattern.QUEUE, decision -> new QueueMachine(decision, new Host(number)));
            TopicPlace place = new TopicPlace(number, topics, this, watch);
            machines.put(
                    Pattern.TOPIC, decision -> new TopicMachine(decision, place, topicConfig()));
            machines.put(
                    Pattern.STREAM,
                    decision ->
                            new StreamMachine(
                                    decision,
                                    (host, stream, position) -> watch.onDamaged(stream, position),
                                    StreamConfig.DEFAULT));
            try {
                shards[i] = Shard.open(engine, i, 0, machines, clock, chance, this);
            } catch (CorruptLogException e) {
                if (i == 0) {
                    throw e;
                }
                watch.onClosed(i, String.valueOf(e.getMessage()));
            }
        }
        Shard first = shards[0];
        roomy = first == null || first.roomy();
        reconcile();
        catalog.follow(new Changes());
        addDefaults();
        for (int i = 0; i < shards.length; i++) {
            offer(i, new TopicCommand.Begin());
        }
    }

    private void dropHosts() {
        for (int i = 0; i < shards.length; i++) {
            offer(i, new TopicCommand.Drop());
        }
    }

    private TopicConfig topicConfig() {
        TopicConfig usual = TopicConfig.DEFAULT;
        return new TopicConfig(
                mqtt.queuedMessagesMax(),
                usual.sessionBytesMax(),
                share(mqtt.kept().sessionsMax()),
                mqtt.filtersMax(),
                share(mqtt.kept().retainedMax()));
    }

    /// What one shard has of a bound of the node.
    private int share(int most) {
        return Math.ceilDiv(most, shards.length);
    }

    /// Queues that the catalog has are made sure to exist on their shards, and what it does not
    /// have goes, what is left of virtual hosts too: a crash may have come between the two.
    private void reconcile() {
        List<List<Long>> known = new ArrayList<>();
        for (int i = 0; i < shards.length; i++) {
            known.add(new ArrayList<>());
        }
        for (QueueEntry queue : catalog.catalog().queues()) {
            known.get(queue.shard()).add(queue.id());
            offer(
                    queue.shard(),
                    new QueueCommand.Create(
                            queue.id(), queue.host(), queue.name(), QueueArguments.spec(queue)));
        }
        for (int i = 0; i < shards.length; i++) {
            offer(i, new QueueCommand.Retain(known.get(i)));
        }
        dropHosts();
    }

    /// A new directory gets the virtual host `/` and the user guest, who may come in over loopback
    /// only.
    private void addDefaults() {
        if (!catalog.catalog().hosts().isEmpty()) {
            return;
        }
        offer(0, new CatalogCommand.AddHost((token, reply) -> {}, 0, "/"));
        offer(
                0,
                new CatalogCommand.PutUser(
                        (token, reply) -> {},
                        0,
                        "guest",
                        authenticator.hash("guest"),
                        List.of("administrator")));
        offer(
                0,
                new CatalogCommand.Permit((token, reply) -> {}, 0, "guest", "/", ".*", ".*", ".*"));
    }

    /// One round's work: news of the log, then every shard's turn. Returns when timers want the
    /// next, in milliseconds, or -1.
    public long run() {
        boolean well = poll();
        long due = Long.MAX_VALUE;
        for (Shard shard : shards) {
            if (shard != null) {
                well &= turn(shard);
                due = Math.min(due, shard.nextDue());
            }
        }
        engine.flush(0);
        int queues = catalog().queues().size();
        if (queues != queueCount) {
            queueCount = queues;
        }
        if (!held.isEmpty() && !behind()) {
            List<Runnable> released = List.copyOf(held);
            held.clear();
            for (Runnable one : released) {
                well &= release(one);
            }
        }
        if (!well) {
            due = Math.min(due, clock.millis() + FAULT_PAUSE);
        }
        return due == Long.MAX_VALUE ? -1 : Math.max(0, due - clock.millis());
    }

    // Whatever fails in a round, what the others have to write is handed on: somebody waits for it.

    private boolean poll() {
        try {
            engine.poll(0);
            return true;
        } catch (RuntimeException e) {
            watch.onFault(e);
            return false;
        }
    }

    private boolean turn(Shard shard) {
        try {
            shard.turn();
            return true;
        } catch (RuntimeException e) {
            watch.onFault(e);
            return false;
        }
    }

    private boolean release(Runnable one) {
        try {
            one.run();
            return true;
        } catch (RuntimeException e) {
            watch.onFault(e);
            return false;
        }
    }

    /// Writes what makes the next start quick; when [#resting] is false it is done.
    public void rest() {
        for (int i = 0; i < shards.length; i++) {
            offer(i, new QueueCommand.Rest());
            offer(i, new TopicCommand.Rest());
        }
        run();
        for (Shard shard : shards) {
            if (shard != null) {
                shard.snapshotNow();
            }
        }
    }

    public boolean resting() {
        for (Shard shard : shards) {
            if (shard != null && shard.serving() && shard.snapshotting()) {
                return true;
            }
        }
        return false;
    }

    public boolean stopped() {
        return stopped;
    }

    public boolean serves(int shard) {
        Shard one = shards[shard];
        return one != null && one.serving();
    }

    /// How many queues there were at the end of the last round; any thread.
    public int queueCount() {
        return queueCount;
    }

    public int shardCount() {
        return shards.length;
    }

    @Override
    public Catalog catalog() {
        return catalog.catalog();
    }

    @Override
    public void offer(int number, Command command) {
        if (command instanceof QueueCommand queue) {
            streams.offer(number, queue);
        } else {
            give(number, command);
        }
    }

    private void give(int number, Command command) {
        Shard shard = shards[number];
        if (shard == null) {
            ClosedShard.refuse(command);
            return;
        }
        shard.offer(command);
        loop.soon();
    }

    @Override
    public void authenticate(
            InetSocketAddress peer, String user, String password, Consumer<@Nullable User> answer) {
        authenticator.check(peer, user, password, () -> catalog().user(user), answer);
    }

    @Override
    public Handshake scram(InetSocketAddress peer) {
        return authenticator.scram(peer, name -> catalog().user(name));
    }

    @Override
    public @Nullable User certified(InetSocketAddress peer, @Nullable String name) {
        return authenticator.certified(
                peer, name, () -> name == null ? null : catalog().user(name));
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
        ByteBuffer bytes = ByteBuffer.allocate(16);
        bytes.putLong(chance.next()).putLong(chance.next());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
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

    @Override
    public boolean behind() {
        Shard first = shards[0];
        return first != null && first.behind();
    }

    @Override
    public void whenCaughtUp(Runnable task) {
        held.add(task);
    }

    @Override
    public long tickMillis() {
        return loop.tickMillis();
    }

    @Override
    public long wallMillis() {
        return clock.millis();
    }

    @Override
    public AmqpConfig config() {
        return amqp;
    }

    @Override
    public AmqpMetrics metrics() {
        return metrics;
    }

    @Override
    public LocalMetrics localMetrics() {
        return localMetrics;
    }

    @Override
    public @Nullable String admit(User user, VirtualHost host) {
        return attendance.admit(user, host);
    }

    @Override
    public void succeed(User user, VirtualHost host) {
        attendance.succeed(user, host);
    }

    @Override
    public void dismiss(User user, VirtualHost host) {
        attendance.leave(user.name(), host.name());
    }

    @Override
    public boolean holdsPublishers() {
        return !roomy() || alarms.any();
    }

    @Override
    public MqttConfig mqtt() {
        return mqtt;
    }

    @Override
    public Outbox.Pool slowReaders() {
        return slowReaders;
    }

    @Override
    public Crowd crowd() {
        return crowd;
    }

    @Override
    public MqttMetrics mqttMetrics() {
        return mqttMetrics;
    }

    @Override
    public TopicSpace topics() {
        return topics;
    }

    @Override
    public TopicBridge topicBridge() {
        return topics;
    }

    @Override
    public void wake() {
        loop.soon();
    }

    @Override
    public void send(int shard, Command command) {
        offer(shard, command);
    }

    @Override
    public void onStopped(int shard, LogFailure failure) {
        if (!stopped) {
            stopped = true;
            watch.onStopped(failure);
        }
    }

    @Override
    public void onRoom(int shard, boolean roomy) {
        if (shard == 0) {
            this.roomy = roomy;
            watch.onRoom(roomy);
        }
    }

    /// Brings changes of the catalog to those whom they concern: queues whose policies have changed
    /// are told how to behave, what belonged to a virtual host goes with it, and nobody goes on
    /// with what he is not permitted any more.
    private final class Changes implements Follower {
        @Override
        public void onChange(Catalog catalog) {
            // Sessions read the catalog itself.
        }

        @Override
        public void onHostsGone(Collection<String> hosts) {
            // At once: whoever makes such a host anew stands behind this in the log.
            dropHosts();
            topics.onHostsGone(hosts);
        }

        @Override
        public void onUsersGone(Collection<String> users) {
            connections.onUsersGone(users);
            topics.onUsersGone(users);
        }

        @Override
        public void onPermissionsChanged(Collection<String> users) {
            connections.onPermissionsChanged(users);
            topics.onPermissionsChanged(users);
        }

        @Override
        public void onReshaped(Collection<QueueEntry> queues) {
            for (QueueEntry queue : queues) {
                offer(
                        queue.shard(),
                        new QueueCommand.Reshape(queue.id(), QueueArguments.spec(queue)));
            }
        }
    }

    /// What the queues of one shard see of the node.
    private final class Host implements QueueHost {
        private final int shard;
        private final TopicMoves toTopics;
        private final Routes routes = new Routes();

        Host(int shard) {
            this.shard = shard;
            this.toTopics = new TopicMoves(topics, command -> offer(shard, command));
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
                QueueEntry queue = routes.get(i);
                found.add(new Destination(queue.shard(), queue.id(), queue.name()));
            }
            if (routes.topics() && topics.reaches(host, keys.getFirst())) {
                found.add(new Destination(TOPICS, 0, ""));
            }
            return found;
        }

        @Override
        public void toTopics(String host, long move, @Nullable Message message) {
            toTopics.send(host, move, message);
        }

        @Override
        public void onGone(long queue) {
            offer(0, new CatalogCommand.RemoveQueue((token, reply) -> {}, 0, queue));
        }

        @Override
        public void onDamaged(String queue, long position) {
            watch.onDamaged(queue, position);
        }
    }
}
