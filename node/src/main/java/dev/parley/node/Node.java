package dev.parley.node;

import dev.parley.core.log.LocalEngine;
import dev.parley.core.log.LogFailure;
import dev.parley.core.log.LogKeeper;
import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.amqp.Broker;
import dev.parley.front.home.Home;
import dev.parley.front.http.HttpListener;
import dev.parley.front.http.HttpService;
import dev.parley.front.wire.AmqpListener;
import dev.parley.front.wire.Round;
import dev.parley.node.admin.Admin;
import dev.parley.node.management.Managed;
import dev.parley.node.management.Management;
import dev.parley.node.management.RabbitMetrics;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running node; the one place where everything is put together.
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    /// Time that connections get to say goodbye.
    private static final long GOODBYE_MILLIS = 2_000;

    /// The version of this build.
    public static final String VERSION = "0.1.0";

    private static final long SNAPSHOT_MILLIS = 5_000;

    private final FileDisk disk;
    private final EventLoopGroup loops;
    private final EventLoop loop;
    private final Round round;
    private final LocalEngine engine;
    private final Home home;
    private final Worker writer;
    private final Worker keeper;
    private final ExecutorService background;
    private final @Nullable AmqpListener amqp;
    private final @Nullable HttpListener http;
    private final CountDownLatch failed = new CountDownLatch(1);
    private final AtomicBoolean closed = new AtomicBoolean();

    /// How much of the keeper's trouble has been reported; the event loop's.
    private long troubles;

    /// Opens the data directory, recovers what is in it, and serves.
    ///
    /// @throws IOException if the directory or a port cannot be had
    /// @throws IllegalStateException if another process has the directory
    public static Node start(Config config) throws IOException {
        InetSocketAddress address = new InetSocketAddress(config.bind(), 0);
        if (address.isUnresolved()) {
            throw new IOException("cannot resolve " + config.bind());
        }
        FileDisk disk = new FileDisk(config.data());
        try {
            return new Node(config, disk);
        } catch (IOException | RuntimeException e) {
            disk.close();
            throw e;
        }
    }

    private Node(Config config, FileDisk disk) throws IOException {
        this.disk = disk;
        loops =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("parley-loop"), NioIoHandler.newFactory());
        loop = loops.next();
        background = Executors.newVirtualThreadPerTaskExecutor();
        SecureRandom random = new SecureRandom();
        Passwords passwords = new Passwords(background, loop);
        // The engine's parts wake threads that exist only after them.
        Wakes wakes = new Wakes();
        engine =
                LocalEngine.start(
                        disk,
                        config.log(),
                        random.nextLong(),
                        wakes::writer,
                        wakes::keeper,
                        wakes::soon);
        writer =
                new Worker(
                        "parley-log",
                        engine.writer()::turn,
                        () -> engine.writer().starved() ? 100 : 10_000,
                        this::onDeath);
        keeper = new Worker("parley-keeper", engine.keeper()::turn, () -> 500, this::onDeath);
        home =
                new Home(
                        engine,
                        System::currentTimeMillis,
                        random::nextLong,
                        passwords,
                        config.amqp(),
                        wakes,
                        new Reports());
        round = new Round(loop, home::run);
        wakes.ready(writer, keeper, round);
        writer.start();
        keeper.start();
        onLoop(home::open);
        if (!loopbackOnly(config)) {
            refuseWithoutUsers(config);
        }
        amqp =
                config.amqpPort() < 0
                        ? null
                        : listen(
                                "AMQP",
                                new InetSocketAddress(config.bind(), config.amqpPort()),
                                address -> new AmqpListener(loops, address, home, round));
        Managed premises = new Premises(passwords);
        http =
                config.httpPort() < 0
                        ? null
                        : listen(
                                "HTTP",
                                new InetSocketAddress(config.bind(), config.httpPort()),
                                address -> new HttpListener(loops, address, admin(premises)));
        loop.scheduleAtFixedRate(this::tick, 500, 500, TimeUnit.MILLISECONDS);
    }

    /// Opens a listener; where that fails the whole node is closed again.
    private <T> T listen(
            String what, InetSocketAddress address, Function<InetSocketAddress, T> open)
            throws IOException {
        try {
            return open.apply(address);
        } catch (Exception e) {
            // Netty throws the BindException of a port that is taken undeclared.
            close();
            throw new IOException(
                    "cannot listen for %s on %s:%d: %s"
                            .formatted(
                                    what,
                                    address.getHostString(),
                                    address.getPort(),
                                    e.getMessage()),
                    e);
        }
    }

    private static HttpService admin(Managed node) {
        return new Admin(node, new Management(node));
    }

    private static boolean loopbackOnly(Config config) {
        return new InetSocketAddress(config.bind(), 0).getAddress().isLoopbackAddress();
    }

    private void refuseWithoutUsers(Config config) {
        boolean somebody =
                home.catalog().users().stream().anyMatch(user -> !user.name().equals("guest"));
        if (!somebody) {
            close();
            throw new IllegalArgumentException(
                    "refusing to bind %s without users: add one over loopback first (parley user add NAME)"
                            .formatted(config.bind()));
        }
    }

    /// A thread of the log has met something that should not be. Nobody must wait for it for ever.
    private void onDeath(Throwable e) {
        LOG.error("a thread of the log has died, nothing is confirmed any more", e);
        failed.countDown();
    }

    private void tick() {
        if (amqp != null) {
            amqp.onTick();
        }
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
        return amqp == null ? -1 : amqp.port();
    }

    /// The port of the admin interface, or -1.
    public int httpPort() {
        return http == null ? -1 : http.port();
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
        try {
            if (http != null) {
                http.close();
            }
            if (amqp != null) {
                loop.submit(amqp::shutdown).get(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
                awaitOnLoop(() -> amqp.size() == 0, GOODBYE_MILLIS);
                loop.submit(amqp::closeAll).get(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
            }
            loop.submit(home::rest).get(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
            awaitOnLoop(() -> !home.resting(), SNAPSHOT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the node stops without a fresh snapshot: {}", e.toString());
        }
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        writer.stop();
        keeper.stop();
        if (!home.stopped()) {
            engine.close();
        }
        background.shutdown();
        try {
            disk.close();
        } catch (IOException e) {
            LOG.warn("cannot release the data directory: {}", e.toString());
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
        private volatile @Nullable Worker writer;
        private volatile @Nullable Worker keeper;
        private volatile @Nullable Round round;

        void ready(Worker writing, Worker keeping, Round rounds) {
            writer = writing;
            keeper = keeping;
            round = rounds;
        }

        void writer() {
            Worker one = writer;
            if (one != null) {
                one.wake();
            }
        }

        void keeper() {
            Worker one = keeper;
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
        }

        @Override
        public void onRoom(boolean roomy) {
            LOG.warn("disk: {}", roomy ? "room for messages again" : "no room for messages");
            if (amqp != null) {
                amqp.onRoom();
            }
        }

        @Override
        public void onDamaged(String queue, long position) {
            LOG.error(
                    "a message of queue {} at position {} cannot be read back; it is kept aside",
                    queue,
                    position);
        }
    }

    /// The node as its administrators see it.
    private final class Premises implements Managed {
        private final Passwords passwords;

        /// Made when it is first asked for: it costs more than the rest of a start.
        private @Nullable Metrics metrics;

        Premises(Passwords passwords) {
            this.passwords = passwords;
        }

        @Override
        public Broker broker() {
            return home;
        }

        @Override
        public String nodeName() {
            return "parley@localhost";
        }

        @Override
        public List<AmqpConnection> connections() {
            return amqp == null ? List.of() : amqp.connections();
        }

        @Override
        public int amqpPort() {
            return Node.this.amqpPort();
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
            background.execute(() -> {
                String hash = passwords.hash(password);
                loop.execute(() -> answer.accept(hash));
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
                                String text = metrics().scrape() + rabbits;
                                loop.execute(() -> answer.accept(text));
                            }));
        }

        private synchronized Metrics metrics() {
            Metrics known = metrics;
            if (known == null) {
                known = new Metrics(home);
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
