package dev.parley.front.amqp;

import dev.parley.front.pace.Tally;

/// Counts of what AMQP connections do; one writer, any reader.
public final class AmqpMetrics {
    private enum Count {
        CONNECTIONS,
        CONNECTIONS_OPENED,
        CHANNELS,
        CHANNELS_OPENED,
        PUBLISHED_TO_BE_CONFIRMED,
        PUBLISHED_OTHERWISE,
        CONFIRMED,
        CONSUMED_MANUAL,
        CONSUMED_AUTOMATIC,
        GOT_MANUAL,
        GOT_AUTOMATIC,
        GOT_NOTHING,
        REDELIVERED,
        RETURNED,
        UNROUTABLE
    }

    private final Tally<Count> counts = new Tally<>(Count.class);

    public long connections() {
        return counts.get(Count.CONNECTIONS);
    }

    /// All that there ever were.
    public long connectionsOpened() {
        return counts.get(Count.CONNECTIONS_OPENED);
    }

    public long channels() {
        return counts.get(Count.CHANNELS);
    }

    /// All that there ever were.
    public long channelsOpened() {
        return counts.get(Count.CHANNELS_OPENED);
    }

    public long published() {
        return publishedToBeConfirmed() + counts.get(Count.PUBLISHED_OTHERWISE);
    }

    /// Those of [#published] that came on channels with confirms.
    public long publishedToBeConfirmed() {
        return counts.get(Count.PUBLISHED_TO_BE_CONFIRMED);
    }

    public long confirmed() {
        return counts.get(Count.CONFIRMED);
    }

    public long delivered() {
        return consumedManual() + consumedAutomatic() + gotManual() + gotAutomatic();
    }

    /// Deliveries to consumers that acknowledge.
    public long consumedManual() {
        return counts.get(Count.CONSUMED_MANUAL);
    }

    /// Deliveries to consumers that do not.
    public long consumedAutomatic() {
        return counts.get(Count.CONSUMED_AUTOMATIC);
    }

    /// Answers to `basic.get` that are to be acknowledged.
    public long gotManual() {
        return counts.get(Count.GOT_MANUAL);
    }

    public long gotAutomatic() {
        return counts.get(Count.GOT_AUTOMATIC);
    }

    /// Answers to `basic.get` that there is nothing.
    public long gotNothing() {
        return counts.get(Count.GOT_NOTHING);
    }

    public long redelivered() {
        return counts.get(Count.REDELIVERED);
    }

    public long returned() {
        return counts.get(Count.RETURNED);
    }

    /// Messages that reached no queue, and whose publisher did not want them back.
    public long unroutable() {
        return counts.get(Count.UNROUTABLE);
    }

    void connections(int change) {
        change(Count.CONNECTIONS, Count.CONNECTIONS_OPENED, change);
    }

    void channels(int change) {
        change(Count.CHANNELS, Count.CHANNELS_OPENED, change);
    }

    private void change(Count now, Count ever, int change) {
        counts.add(now, change);
        counts.add(ever, Math.max(0, change));
    }

    void countPublished(boolean toBeConfirmed) {
        counts.add(toBeConfirmed ? Count.PUBLISHED_TO_BE_CONFIRMED : Count.PUBLISHED_OTHERWISE, 1);
    }

    void countConfirmed(long messages) {
        counts.add(Count.CONFIRMED, messages);
    }

    void countDelivered(boolean automatic, boolean again) {
        counts.add(automatic ? Count.CONSUMED_AUTOMATIC : Count.CONSUMED_MANUAL, 1);
        countAgain(again);
    }

    void countGot(boolean automatic, boolean again) {
        counts.add(automatic ? Count.GOT_AUTOMATIC : Count.GOT_MANUAL, 1);
        countAgain(again);
    }

    private void countAgain(boolean again) {
        if (again) {
            counts.add(Count.REDELIVERED, 1);
        }
    }

    void countGotNothing() {
        counts.add(Count.GOT_NOTHING, 1);
    }

    void countReturned() {
        counts.add(Count.RETURNED, 1);
    }

    void countUnroutable() {
        counts.add(Count.UNROUTABLE, 1);
    }
}
