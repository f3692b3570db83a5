package dev.parley.node;

import dev.parley.api.Queues;
import dev.parley.api.Streams;
import dev.parley.api.Topics;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.User;
import dev.parley.core.log.LocalEngine;
import dev.parley.core.log.LogFailure;
import dev.parley.core.log.LogKeeper;
import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.amqp.Broker;
import dev.parley.front.home.Home;
import dev.parley.front.mqtt.MqttBroker;
import dev.parley.front.mqtt.MqttConfig;
import dev.parley.front.wire.Round;
import dev.parley.front.wire.Sockets;
import dev.parley.node.admin.Admin;
import dev.parley.node.admin.Pages;
import dev.parley.node.embed.EmbedConfig;
import dev.parley.node.embed.Programs;
import dev.parley.node.feed.Feeds;
import dev.parley.node.feed.Tokens;
import dev.parley.node.management.Managed;
import dev.parley.node.management.Management;
import dev.parley.node.management.RabbitMetrics;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running node; the one place where everything is put together.
public final class Node implements AutoCloseable {
    /// Beyond this a disk is slow: two of its syncs at a time are better than one after the other.
    private static final long LONG_SYNC_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    /// Time that connections get to say goodbye.
    private static final long GOODBYE_MILLIS = 2_000;

    /// The version of this build.
    public static final String VERSION = "0.1.0";

    private static final long SNAPSHOT_MILLIS = 5_000;

    /// Changed certificates are noticed after this time at the latest.
    private static final long TLS_LOOK_SECONDS = 10;

    private final Opened opened;
    private final FileDisk disk;
    private final long diskReserveBytes;
    private final EventLoop loop;
    private final Round round;
    private final LocalEngine engine;
    private final Home home;
    private final Programs programs;
    private final ExecutorService background;
    private final Audit audit = new Audit();
    private final Logins logins;
    private final Feeds feeds;
    private final Doors doors;
    private final CountDownLatch failed = new CountDownLatch(1);
    private final AtomicBoolean closed = new AtomicBoolean();

    private final SystemTopics systemTopics;

    /// How much of the keeper's trouble has been reported; the event loop's.
    private long troubles;

    /// Opens the data directory, recovers what is in it, and serves.
    ///
    /// @throws IOException if the directory or a port cannot be had
    /// @throws IllegalStateException if another process has the directory
    public static Node start(Config config) throws IOException {
        return start(config, EmbedConfig.DEFAULT);
    }

    /// The same, for programs in this process that want to be dealt with in their own way.
    static Node start(Config config, EmbedConfig embed) throws IOException {
        InetSocketAddress address = new InetSocketAddress(config.bind(), 0);
        if (address.isUnresolved()) {
            throw new IOException("cannot resolve " + config.bind());
        }
        Opened opened = new Opened();
        TlsFiles tls;
        Node node;
        try {
            ExecutorService handshakes = CryptoThreads.start("parley-tls");
            opened.add(() -> CryptoThreads.end(handshakes));
            tls =
                    config.tls() == null
                            ? null
                            : new TlsFiles(
                                    config.tls(), handshakes, config.amqp().handshakeMillis());
            FileDisk disk = new FileDisk(config.data());
            opened.add(disk);
            node = new Node(config, embed, disk, opened);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
        try {
            node.open(config, tls);
            return node;
        } catch (IOException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    /// What it opens is closed by whoever made `opened` if it fails.
    private Node(Config config, EmbedConfig embed, FileDisk disk, Opened opened) {
        this.opened = opened;
        this.disk = disk;
        this.diskReserveBytes = config.log().reserveBytes();
        ExecutorService hashing = CryptoThreads.start("parley-login");
        background = Executors.newThreadPerTaskExecutor(errands());
        opened.add(background::shutdown);
        SecureRandom random = new SecureRandom();
        // The engine's parts wake threads that exist only after them.
        Wakes wakes = new Wakes();
        engine =
                LocalEngine.start(
                        disk,
                        config.log(),
                        random.nextLong(),
                        wakes::tickMillis,
                        wakes::writer,
                        wakes::keeper,
                        wakes::reader,
                        wakes::soon);
        opened.add(this::closeEngine);
        checkRoom(config, engine.bodyBytesMax());
        Writers writers = new Writers(engine.writer(), LONG_SYNC_NANOS, this::onDeath);
        Worker keeper =
                new Worker("parley-keeper", engine.keeper()::turn, () -> 500, this::onDeath);
        Worker reader =
                new Worker("parley-reader", engine.reader()::turn, () -> 500, this::onDeath);
        opened.add(reader::stop);
        opened.add(keeper::stop);
        opened.add(writers::stop);
        EventLoopGroup loops =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("parley-loop"), Sockets.handlers());
        opened.add(() -> loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly());
        opened.add(() -> CryptoThreads.end(hashing)); // before the loop, which they answer on
        loop = loops.next();
        logins =
                new Logins(
                        new Passwords(),
                        audit,
                        new LoginThrottle(wakes::tickMillis),
                        hashing,
                        CryptoThreads.threads(),
                        loop,
                        (millis, task) -> loop.schedule(task, millis, TimeUnit.MILLISECONDS),
                        this::keepHash);
        home =
                new Home(
                        engine,
                        System::currentTimeMillis,
                        random::nextLong,
                        logins,
                        config.amqp(),
                        config.mqtt(),
                        wakes,
                        new Reports());
        programs = new Programs(home, home, loop, embed);
        round = new Round(loop, home::run);
        feeds = new Feeds(home, config.http());
        doors = new Doors(config, loops, round);
        systemTopics = new SystemTopics(home);
        wakes.ready(writers, keeper, reader, round);
        writers.start();
        keeper.start();
        reader.start();
        onLoop(home::open);
    }

    private static void checkRoom(Config config, long most) {
        long largest = Math.max(config.amqp().messageBytesMax(), config.mqtt().packetBytesMax());
        if (most < largest) {
            throw new IllegalArgumentException(
                    "the segments of %s hold messages of up to %d bytes, not %d: lower amqp.message-max and mqtt.packet-max, or begin a new directory"
                            .formatted(config.data(), most, largest));
        }
    }

    private void open(Config config, @Nullable TlsFiles tls) throws IOException {
        if (!doors.loopback()) {
            refuseWithoutUsers();
        }
        Pages pages =
                config.http().www().isEmpty()
                        ? Pages.none()
                        : Pages.of(Path.of(config.http().www()));
        TlsConfig secure = config.tls();
        boolean http = config.httpPort() >= 0 || (secure != null && secure.httpsPort() >= 0);
        // Without HTTP nobody comes with a token, and the directory needs no key.
        Tokens tokens = new Tokens(http ? TokenKey.of(config.data()) : new byte[1]);
        Managed premises = new Premises(tls, tokens);
        Admin admin = new Admin(premises, new Management(premises), pages);
        User nameless = home.catalog().user(config.mqtt().anonymousUser());
        doors.open(home, admin, tls == null ? null : tls.tls());
        logins.prepare(
                MqttConfig.ANONYMOUS_PASSWORD, nameless == null ? "" : nameless.passwordHash());
        loop.scheduleAtFixedRate(this::tick, 500, 500, TimeUnit.MILLISECONDS);
        if (tls != null) {
            loop.scheduleAtFixedRate(
                    () -> background.execute(tls::look),
                    TLS_LOOK_SECONDS,
                    TLS_LOOK_SECONDS,
                    TimeUnit.SECONDS);
        }
    }

    /// No virtual threads: on one a BufferedWriter, with which the counts are written, grows by
    /// each character, and an answer is 23 MB of garbage.
    private static ThreadFactory errands() {
        return Thread.ofPlatform().name("parley-errands").daemon(true).factory();
    }

    private void refuseWithoutUsers() {
        boolean somebody =
                home.catalog().users().stream().anyMatch(user -> !user.name().equals("guest"));
        if (!somebody) {
            throw new IllegalArgumentException(
                    "refusing to bind %s without users: add one over loopback first (parley user add NAME)"
                            .formatted(doors.bind()));
        }
    }

    /// A thread of the log has met something that should not be. Nobody must wait for it for ever.
    private void keepHash(User user, String hash) {
        User now = home.catalog().user(user.name());
        if (now != null && now.passwordHash().equals(user.passwordHash())) {
            home.offer(
                    0,
                    new CatalogCommand.PutUser(
                            (token, reply) -> {}, 0, now.name(), hash, now.tags()));
        }
    }

    private void onDeath(Throwable e) {
        LOG.error("a thread of the log has died, nothing is confirmed any more", e);
        failed.countDown();
        loop.execute(programs::onFailed);
    }

    private void tick() {
        doors.tick();
        feeds.onTick();
        systemTopics.onTick();
        LogKeeper.Trouble now = engine.keeper().trouble();
        if (now.count() != troubles) {
            troubles = now.count();
            LOG.warn(
                    "the disk refuses work that can wait, {} times so far: {}",
                    troubles,
                    now.last());
        }
    }

    /// Runs something on the event loop and waits for it.
    private void onLoop(Runnable task) {
        try {
            loop.submit(task).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while starting", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("start failed", e.getCause());
        }
    }

    /// The port that AMQP clients come to, or -1.
    public int amqpPort() {
        return doors.amqpPort();
    }

    /// The port that AMQP clients come to with TLS, or -1.
    public int amqpsPort() {
        return doors.amqpsPort();
    }

    /// The port that MQTT clients come to, or -1.
    public int mqttPort() {
        return doors.mqttPort();
    }

    /// The port that MQTT clients come to with TLS, or -1.
    public int mqttsPort() {
        return doors.mqttsPort();
    }

    /// The port of the admin interface, or -1.
    public int httpPort() {
        return doors.httpPort();
    }

    /// The port of the admin interface with TLS, or -1.
    public int httpsPort() {
        return doors.httpsPort();
    }

    /// The queues, for programs in this process.
    public Queues queues() {
        return programs.queues();
    }

    /// The topics, for programs in this process.
    public Topics topics() {
        return programs.topics();
    }

    /// The streams, for programs in this process.
    public Streams streams() {
        return programs.streams();
    }

    /// Waits until the log has failed; a node whose log has failed can only be started anew.
    public void awaitFailure() throws InterruptedException {
        failed.await();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        programs.close();
        try {
            doors.closeHttp();
            loop.submit(feeds::shutdown).get(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
            loop.submit(doors::shutdown).get(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
            awaitOnLoop(() -> doors.size() == 0, GOODBYE_MILLIS);
            loop.submit(doors::closeAll).get(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
            loop.submit(home::rest).get(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
            awaitOnLoop(() -> !home.resting(), SNAPSHOT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the node stops without a fresh snapshot: {}", e.toString());
        }
        opened.close();
    }

    /// A log that has failed is left as it is.
    private void closeEngine() {
        Home built = home; // not yet, where the start has failed
        if (built == null || !built.stopped()) {
            engine.close();
        }
    }

    private void awaitOnLoop(BooleanSupplier condition, long millis)
            throws InterruptedException, ExecutionException, TimeoutException {
        CountDownLatch met = new CountDownLatch(1);
        var poll =
                loop.scheduleAtFixedRate(
                        () -> {
                            if (condition.getAsBoolean()) {
                                met.countDown();
                            }
                        },
                        0,
                        2,
                        TimeUnit.MILLISECONDS);
        met.await(millis, TimeUnit.MILLISECONDS);
        poll.cancel(false);
    }

    /// The threads that the log's parts wake; known once they exist.
    private static final class Wakes implements Home.Loop {
        private volatile @Nullable Writers writers;
        private volatile @Nullable Worker keeper;
        private volatile @Nullable Worker reader;
        private volatile @Nullable Round round;

        void ready(Writers writing, Worker keeping, Worker reading, Round rounds) {
            writers = writing;
            keeper = keeping;
            reader = reading;
            round = rounds;
        }

        void writer() {
            Writers all = writers;
            if (all != null) {
                all.wake();
            }
        }

        void keeper() {
            Worker one = keeper;
            if (one != null) {
                one.wake();
            }
        }

        void reader() {
            Worker one = reader;
            if (one != null) {
                one.wake();
            }
        }

        @Override
        public void soon() {
            Round one = round;
            if (one != null) {
                one.soon();
            }
        }

        @Override
        public long tickMillis() {
            return System.nanoTime() / 1_000_000;
        }
    }

    /// Tells people, and those who wait, how the node is.
    private final class Reports implements Home.Watch {
        @Override
        public void onClosed(int shard, String why) {
            LOG.error("shard {} stays closed: {}", shard, why);
        }

        @Override
        public void onStopped(LogFailure failure) {
            LOG.error("the log has failed, nothing is confirmed any more: {}", failure.detail());
            failed.countDown();
            programs.onFailed();
        }

        @Override
        public void onRoom(boolean roomy) {
            LOG.warn("disk: {}", roomy ? "room for messages again" : "no room for messages");
            doors.onRoom();
        }

        @Override
        public void onDamaged(String queue, long position) {
            LOG.error(
                    "a message of queue {} at position {} cannot be read back; it is kept aside",
                    queue,
                    position);
        }

        @Override
        public void onFault(RuntimeException fault) {
            LOG.error("a fault inside the node; it goes on with everything else", fault);
        }
    }

    /// The node as its administrators see it.
    private final class Premises implements Managed {
        private final @Nullable TlsFiles tls;
        private final Tokens tokens;

        /// Made when it is first asked for: it costs more than the rest of a start.
        private @Nullable Metrics metrics;

        Premises(@Nullable TlsFiles tls, Tokens tokens) {
            this.tls = tls;
            this.tokens = tokens;
        }

        @Override
        public Feeds feeds() {
            return feeds;
        }

        @Override
        public Tokens tokens() {
            return tokens;
        }

        @Override
        public Broker broker() {
            return home;
        }

        @Override
        public MqttBroker mqtt() {
            return home;
        }

        @Override
        public String nodeName() {
            return "parley@localhost";
        }

        @Override
        public List<AmqpConnection> connections() {
            return doors.connections();
        }

        @Override
        public int amqpPort() {
            return Node.this.amqpPort();
        }

        @Override
        public int mqttPort() {
            return Node.this.mqttPort();
        }

        @Override
        public int httpPort() {
            return Node.this.httpPort();
        }

        @Override
        public long diskFreeBytes() {
            return disk.usableBytes();
        }

        @Override
        public long diskReserveBytes() {
            return diskReserveBytes;
        }

        @Override
        public int shards() {
            return home.shardCount();
        }

        @Override
        public boolean serves(int shard) {
            return home.serves(shard);
        }

        @Override
        public boolean stopped() {
            return home.stopped();
        }

        @Override
        public void hash(String password, Consumer<String> answer) {
            logins.hash(password, answer);
        }

        @Override
        public void changed(User user, InetSocketAddress from, String what, int status) {
            audit.changed(user.name(), from, what, status);
        }

        @Override
        public void denied(User user, InetSocketAddress from) {
            audit.refused(user.name(), from, "no administrator");
        }

        @Override
        public void reloadTls(BiConsumer<@Nullable String, String> answer) {
            TlsFiles files = tls;
            if (files == null) {
                answer.accept(null, "the node has no certificate");
                return;
            }
            background.execute(() -> {
                try {
                    String taken = files.reload();
                    loop.execute(() -> answer.accept(taken, ""));
                } catch (IOException e) {
                    String why = "the old files stay in use: " + e.getMessage();
                    loop.execute(() -> answer.accept(null, why));
                }
            });
        }

        @Override
        public Runnable after(long millis, Runnable task) {
            var timer = loop.schedule(task, millis, TimeUnit.MILLISECONDS);
            return () -> timer.cancel(false);
        }

        @Override
        public void scrape(Consumer<String> answer) {
            RabbitMetrics.text(
                    this,
                    rabbits ->
                            background.execute(() -> {
                                String text =
                                        metrics().scrape() + rabbits + RabbitMetrics.process();
                                loop.execute(() -> answer.accept(text));
                            }));
        }

        private synchronized Metrics metrics() {
            Metrics known = metrics;
            if (known == null) {
                known = new Metrics(home, feeds.metrics(), logins, disk);
                metrics = known;
            }
            return known;
        }

        @Override
        public String version() {
            return VERSION;
        }
    }
}
