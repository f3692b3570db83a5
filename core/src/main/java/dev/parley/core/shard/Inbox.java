package dev.parley.core.shard;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The only way into a shard from another thread: many may offer, the shard's event loop takes.
///
/// A burst of offers wakes the loop once.
final class Inbox {
    private final ConcurrentLinkedQueue<Command> commands = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean awake = new AtomicBoolean();
    private final Runnable wake;

    Inbox(Runnable wake) {
        this.wake = wake;
    }

    /// Any thread.
    void offer(Command command) {
        commands.add(command.detached());
        if (awake.compareAndSet(false, true)) {
            wake.run();
        }
    }

    /// The shard's loop, before it takes: offers from now on wake it again.
    void onWoken() {
        awake.set(false);
    }

    /// Whether there is nothing to take, and whoever offers next wakes the loop.
    boolean quiet() {
        return commands.isEmpty() && !awake.get();
    }

    @Nullable Command take() {
        return commands.poll();
    }
}
