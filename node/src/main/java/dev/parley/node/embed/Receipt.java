package dev.parley.node.embed;

import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// What one call to send waits for: all of its messages are on disk, or refused.
final class Receipt {
    private final AtomicInteger open;
    private final AtomicReference<@Nullable Reason> refusal = new AtomicReference<>();
    private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    private volatile boolean withdrawn;

    Receipt(int messages) {
        open = new AtomicInteger(messages);
    }

    /// One message has come to its end; any thread.
    ///
    /// @param reason why it was refused, or null
    void one(@Nullable Reason reason) {
        if (reason != null) {
            refusal.compareAndSet(null, reason);
        }
        if (open.decrementAndGet() == 0) {
            Reason first = refusal.get();
            if (first == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(new RefusedException(first));
            }
        }
    }

    /// Whether nobody waits any more: what has not begun need not begin.
    boolean withdrawn() {
        return withdrawn;
    }

    void withdraw() {
        withdrawn = true;
    }

    void await() throws InterruptedException {
        try {
            done.get();
        } catch (InterruptedException e) {
            withdraw();
            throw e;
        } catch (ExecutionException e) {
            throw refused(e);
        }
    }

    /// Waits whatever happens.
    void join() {
        try {
            done.join();
        } catch (CompletionException e) {
            throw refused(e);
        }
    }

    private static RefusedException refused(Exception e) {
        if (e.getCause() instanceof RefusedException refused) {
            RefusedException here = new RefusedException(refused.reason());
            here.initCause(refused);
            return here;
        }
        throw new IllegalStateException("a send failed", e);
    }

    /// Completes on a virtual thread of its own, since a program's code may hang on it.
    CompletableFuture<@Nullable Void> future() {
        return done.<@Nullable Void>thenApplyAsync(_ -> null, Thread::startVirtualThread);
    }
}
