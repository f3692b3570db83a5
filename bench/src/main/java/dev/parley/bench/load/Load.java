package dev.parley.bench.load;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A load on a broker: all its connections, driven by the thread that calls `run`.
///
/// Where there is a rate, a message's times count from when it should have been published, so that
/// a broker that makes the publisher wait does not flatter its own latencies.
public final class Load implements AutoCloseable {

    /// A connection of the load.
    interface Port extends Closeable {
        /// Its socket can be read or written.
        void onReady() throws IOException;
    }

    private static final long TICK_MILLIS = 20;
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Selector selector = Selector.open();
    private final Tally tally = new Tally();
    private final List<Publisher> publishers = new ArrayList<>();
    private final List<Consumer> consumers = new ArrayList<>();
    private final boolean paced;

    /// When the next publish is due, for the pacer.
    private volatile long nextDue = Long.MAX_VALUE;

    private volatile boolean stopped;

    private @Nullable Thread pacer;

    private Load(boolean paced) throws IOException {
        this.paced = paced;
    }

    /// Opens all connections and subscribes; nothing is published yet.
    public static Load open(InetSocketAddress broker, Plan plan) throws IOException {
        var load = new Load(plan.publishing().rate() > 0);
        try {
            Selector selector = load.selector;
            int prefetch = plan.consuming().prefetch();
            for (List<String> queues : plan.consuming().links()) {
                Link link = Link.open(broker, Link.MESSAGES_BYTES);
                load.consumers.add(new Consumer(link, queues, prefetch, load.tally, selector));
            }
            for (int i = 0; i < plan.publishing().links(); i++) {
                Link link = Link.open(broker, Link.MESSAGES_BYTES);
                load.publishers.add(new Publisher(link, plan.publishing(), load.tally, selector));
            }
            return load;
        } catch (IOException e) {
            load.close();
            throw e;
        }
    }

    /// Works until the goal is reached or `stop` is called; what goes on meanwhile stays under way
    /// for the next stretch.
    public Outcome run(Goal goal) throws IOException {
        tally.begin();
        long began = System.nanoTime();
        publishers.forEach(publisher -> publisher.begin(began));
        Thread waking = paced ? startPacer() : null;
        pacer = waking;
        try {
            long now = began;
            while (!stopped && !goal.reached(now - began, tally)) {
                turn(now);
                now = System.nanoTime();
            }
            return tally.end((now - began) / NANOS_PER_SECOND);
        } catch (UncheckedIOException e) {
            throw new IOException(String.valueOf(e.getMessage()), e);
        } finally {
            if (waking != null) {
                waking.interrupt();
            }
        }
    }

    /// Ends the stretch that runs and any later one; may be called by another thread.
    public void stop() {
        stopped = true;
        selector.wakeup();
    }

    private void turn(long now) throws IOException {
        boolean more = false;
        long earliest = Long.MAX_VALUE;
        for (Publisher publisher : publishers) {
            more |= publisher.pump(now);
            if (paced) {
                long due = publisher.nextDue();
                // Overdue: it waits for something else than time.
                earliest = due > now ? Math.min(earliest, due) : earliest;
            }
        }
        if (nextDue != earliest) {
            nextDue = earliest;
            LockSupport.unpark(pacer);
        }
        if (more) {
            selector.selectNow(Load::onReady);
        } else {
            selector.select(Load::onReady, TICK_MILLIS);
        }
    }

    private static void onReady(SelectionKey key) {
        try {
            ((Port) key.attachment()).onReady();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Wakes the load when a publish is due: a selector by itself counts in milliseconds.
    private Thread startPacer() {
        return Thread.ofPlatform()
                .daemon()
                .name("pacer")
                .start(() -> {
                    long woken = Long.MAX_VALUE;
                    while (!Thread.currentThread().isInterrupted()) {
                        long due = nextDue;
                        long left = due - System.nanoTime();
                        if (due == woken || due == Long.MAX_VALUE) {
                            LockSupport.parkNanos(IDLE_NANOS);
                        } else if (left > 0) {
                            LockSupport.parkNanos(left);
                        } else {
                            woken = due;
                            selector.wakeup();
                        }
                    }
                });
    }

    @Override
    public void close() throws IOException {
        stop();
        for (Publisher publisher : publishers) {
            publisher.close();
        }
        for (Consumer consumer : consumers) {
            consumer.close();
        }
        selector.close();
    }
}
