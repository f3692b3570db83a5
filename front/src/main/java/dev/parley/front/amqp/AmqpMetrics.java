package dev.parley.front.amqp;

/// Counts of what AMQP connections do; one writer, any reader.
public final class AmqpMetrics {
    private volatile long connections;
    private volatile long connectionsOpened;
    private volatile long channels;
    private volatile long channelsOpened;
    private volatile long publishedToBeConfirmed;
    private volatile long publishedOtherwise;
    private volatile long confirmed;
    private volatile long consumedManual;
    private volatile long consumedAutomatic;
    private volatile long gotManual;
    private volatile long gotAutomatic;
    private volatile long gotNothing;
    private volatile long redelivered;
    private volatile long returned;
    private volatile long unroutable;

    public long connections() {
        return connections;
    }

    /// All that there ever were.
    public long connectionsOpened() {
        return connectionsOpened;
    }

    public long channels() {
        return channels;
    }

    /// All that there ever were.
    public long channelsOpened() {
        return channelsOpened;
    }

    public long published() {
        return publishedToBeConfirmed + publishedOtherwise;
    }

    /// Those of [#published] that came on channels with confirms.
    public long publishedToBeConfirmed() {
        return publishedToBeConfirmed;
    }

    public long confirmed() {
        return confirmed;
    }

    public long delivered() {
        return consumedManual + consumedAutomatic + gotManual + gotAutomatic;
    }

    /// Deliveries to consumers that acknowledge.
    public long consumedManual() {
        return consumedManual;
    }

    /// Deliveries to consumers that do not.
    public long consumedAutomatic() {
        return consumedAutomatic;
    }

    /// Answers to `basic.get` that are to be acknowledged.
    public long gotManual() {
        return gotManual;
    }

    public long gotAutomatic() {
        return gotAutomatic;
    }

    /// Answers to `basic.get` that there is nothing.
    public long gotNothing() {
        return gotNothing;
    }

    public long redelivered() {
        return redelivered;
    }

    public long returned() {
        return returned;
    }

    /// Messages that reached no queue, and whose publisher did not want them back.
    public long unroutable() {
        return unroutable;
    }

    // One event loop writes, so reading and writing back loses nothing.
    void connections(int change) {
        long now = connections + change;
        connections = now;
        if (change > 0) {
            long all = connectionsOpened + change;
            connectionsOpened = all;
        }
    }

    void channels(int change) {
        long now = channels + change;
        channels = now;
        if (change > 0) {
            long all = channelsOpened + change;
            channelsOpened = all;
        }
    }

    void countPublished(boolean toBeConfirmed) {
        if (toBeConfirmed) {
            long now = publishedToBeConfirmed + 1;
            publishedToBeConfirmed = now;
        } else {
            long now = publishedOtherwise + 1;
            publishedOtherwise = now;
        }
    }

    void countConfirmed(long messages) {
        long now = confirmed + messages;
        confirmed = now;
    }

    void countDelivered(boolean automatic, boolean again) {
        if (automatic) {
            long now = consumedAutomatic + 1;
            consumedAutomatic = now;
        } else {
            long now = consumedManual + 1;
            consumedManual = now;
        }
        if (again) {
            countRedelivered();
        }
    }

    void countGot(boolean automatic, boolean again) {
        if (automatic) {
            long now = gotAutomatic + 1;
            gotAutomatic = now;
        } else {
            long now = gotManual + 1;
            gotManual = now;
        }
        if (again) {
            countRedelivered();
        }
    }

    private void countRedelivered() {
        long now = redelivered + 1;
        redelivered = now;
    }

    void countGotNothing() {
        long now = gotNothing + 1;
        gotNothing = now;
    }

    void countReturned() {
        long now = returned + 1;
        returned = now;
    }

    void countUnroutable() {
        long now = unroutable + 1;
        unroutable = now;
    }
}
