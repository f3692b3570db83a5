package dev.parley.front.amqp;

/// Counts of what reaches the node by none of its messaging protocols: requests over HTTP, those of
/// the command line among them, and programs in its own process; one writer, any reader.
public final class LocalMetrics {
    private volatile long published;
    private volatile long delivered;

    public long published() {
        return published;
    }

    public long delivered() {
        return delivered;
    }

    // One event loop writes, so reading and writing back loses nothing.
    public void countPublished() {
        long now = published + 1;
        published = now;
    }

    public void countDelivered() {
        long now = delivered + 1;
        delivered = now;
    }
}
