package dev.parley.front.amqp;

/// Counts of what AMQP connections do; one writer, any reader.
public final class AmqpMetrics {
    private volatile long connections;
    private volatile long channels;
    private volatile long published;
    private volatile long confirmed;
    private volatile long delivered;
    private volatile long returned;

    public long connections() {
        return connections;
    }

    public long channels() {
        return channels;
    }

    public long published() {
        return published;
    }

    public long confirmed() {
        return confirmed;
    }

    public long delivered() {
        return delivered;
    }

    public long returned() {
        return returned;
    }

    // One event loop writes, so reading and writing back loses nothing.
    void connections(int change) {
        long now = connections + change;
        connections = now;
    }

    void channels(int change) {
        long now = channels + change;
        channels = now;
    }

    void countPublished() {
        long now = published + 1;
        published = now;
    }

    void countConfirmed(long messages) {
        long now = confirmed + messages;
        confirmed = now;
    }

    void countDelivered() {
        long now = delivered + 1;
        delivered = now;
    }

    void countReturned() {
        long now = returned + 1;
        returned = now;
    }
}
