package dev.parley.front.amqp;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// A socket that takes what it is given, until the test says that it does not.
class Pipe implements AmqpConnection.Wire {
    /// Bytes that the client has not taken.
    long backlog;

    /// Whether it takes nothing more, whatever waits.
    boolean full;

    boolean closed;

    @Override
    public void flushSoon() {
        // The test looks by itself.
    }

    @Override
    public void resume() {
        // The test offers what is left by itself.
    }

    @Override
    public void later(Runnable task, long millis) {
        // Nothing waits for time here.
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public long backlog() {
        return backlog;
    }

    @Override
    public boolean writable() {
        return !full && backlog == 0;
    }

    @Override
    public InetSocketAddress address() {
        return InetSocketAddress.createUnresolved("test", 0);
    }

    @Override
    public @Nullable String certificateName() {
        return null;
    }

    @Override
    public String peer() {
        return "test";
    }
}
