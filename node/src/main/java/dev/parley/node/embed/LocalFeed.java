package dev.parley.node.embed;

import dev.parley.api.Reason;
import dev.parley.api.Received;
import dev.parley.api.RefusedException;
import dev.parley.api.Topic;
import dev.parley.node.embed.Backlog.Item;
import dev.parley.node.embed.Backlog.Strand;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A subscription whose program asks for one message after the other.
final class LocalFeed<T> implements Topic.Feed<T>, Programs.Guest {
    private static final Duration FOR_EVER = Duration.ofDays(3650);

    private final Reception<T> reception;

    /// There may be something to take. Whoever takes it and leaves something hands it on.
    private final Semaphore bell = new Semaphore(0);

    LocalFeed(Origin<T> origin) {
        this.reception = new Reception<>(origin, 1, strand -> ring(), this::ring);
    }

    LocalFeed<T> begun() {
        reception.begin(this);
        return this;
    }

    private void ring() {
        if (bell.availablePermits() == 0) {
            bell.release();
        }
    }

    @Override
    public Optional<Received<T>> next(Duration timeout) throws InterruptedException {
        return take(timeout).map(Function.identity());
    }

    /// As [Topic.Feed#next].
    Optional<LocalReceived<T>> take(Duration timeout) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Duration within = timeout.compareTo(FOR_EVER) < 0 ? timeout : FOR_EVER;
        long deadline = System.nanoTime() + within.toNanos();
        Strand strand = reception.backlog().first();
        while (true) {
            Item item = take(strand);
            if (item != null) {
                return Optional.of(opened(item));
            }
            if (!bell.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                return Optional.ofNullable(take(strand)).map(this::opened);
            }
        }
    }

    private @Nullable Item take(Strand strand) {
        Reason over = reception.over();
        if (over != null) {
            ring();
            throw new RefusedException(over);
        }
        Item item = reception.take(strand);
        while (item != null && Events.clears(item.message())) {
            reception.settle(item);
            item = reception.take(strand);
        }
        if (!strand.isEmpty()) {
            ring();
        }
        return item;
    }

    private LocalReceived<T> opened(Item item) {
        try {
            return reception.open(item);
        } catch (Exception e) {
            reception.giveUp(item, "cannot be read: " + e);
            throw Events.unreadable(item.message(), e);
        }
    }

    @Override
    public boolean running() {
        return reception.running();
    }

    @Override
    public long missed() {
        return reception.backlog().missed();
    }

    @Override
    public long failed() {
        return reception.failed();
    }

    @Override
    public void close() {
        end(stop(), System.nanoTime());
    }

    @Override
    public Ask<Boolean> stop() {
        Ask<Boolean> stopped = reception.stop();
        ring();
        return stopped;
    }

    @Override
    public void end(Ask<Boolean> stopped, long deadline) {
        stopped.joinQuietly();
        reception.end(this);
    }

    @Override
    public void onFailed() {
        reception.lose(new Reason.Unavailable("the log has failed"));
        ring();
    }
}
