package dev.parley.node.feed;

import dev.parley.front.pace.Tally;

/// Counts of what readers over HTTP get and miss; one writer, any reader.
public final class FeedMetrics {
    /// What is counted.
    public enum Count {
        READERS("Readers of events and feeds that are connected"),
        SENT("Messages sent to them"),
        MISSED("Messages that slow ones did not get"),
        DISCONNECTED("Readers ended since they were too slow and wanted that"),
        REFUSED("Readers refused since there were too many"),
        EXPIRED("Readers ended since their token or user was no longer valid"),
        PUBLISHED("Messages published through feeds"),
        MALFORMED("Feeds ended for what their client sent");

        private final String about;

        Count(String about) {
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

    private final Tally<Count> counts = new Tally<>(Count.class);

    public long get(Count count) {
        return counts.get(count);
    }

    void count(Count count) {
        add(count, 1);
    }

    void add(Count count, long change) {
        counts.add(count, change);
    }
}
