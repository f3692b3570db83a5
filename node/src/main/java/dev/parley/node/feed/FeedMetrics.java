package dev.parley.node.feed;

import java.util.concurrent.atomic.AtomicLongArray;

/// Counts of what readers over HTTP get and miss; one writer, any reader.
public final class FeedMetrics {
    /// What is counted.
    public enum Count {
        READERS(0, "Readers of events and feeds that are connected"),
        SENT(1, "Messages sent to them"),
        MISSED(2, "Messages that slow ones did not get"),
        DISCONNECTED(3, "Readers ended since they were too slow and wanted that"),
        REFUSED(4, "Readers refused since there were too many"),
        EXPIRED(5, "Readers ended since their token or user was no longer valid"),
        PUBLISHED(6, "Messages published through feeds"),
        MALFORMED(7, "Feeds ended for what their client sent");

        private final int at;
        private final String about;

        Count(int at, String about) {
            this.at = at;
            this.about = about;
        }

        public String about() {
            return about;
        }

        /// Whether it also goes down.
        public boolean isGauge() {
            return this == READERS;
        }
    }

    private final AtomicLongArray counts = new AtomicLongArray(Count.values().length);

    public long get(Count count) {
        return counts.get(count.at);
    }

    void count(Count count) {
        add(count, 1);
    }

    // One event loop writes, so reading and writing back loses nothing.
    void add(Count count, long change) {
        counts.lazySet(count.at, counts.getPlain(count.at) + change);
    }
}
