package dev.parley.front.mqtt;

import java.util.concurrent.atomic.AtomicLongArray;

/// Counts of what MQTT connections do; one writer, any reader.
public final class MqttMetrics {
    /// What is counted.
    public enum Count {
        CONNECTIONS(0, "Connections that are open"),
        RECEIVED(1, "Messages that clients published"),
        SENT(2, "Messages sent to clients"),
        DROPPED(3, "QoS 0 messages that a slow client did not get"),
        EXPIRED(4, "Messages that expired before they were sent"),
        OVERSIZED(5, "Messages larger than their client takes"),
        OVERRUN(6, "Sessions ended since too much waited for them"),
        REFUSED(7, "Messages that were refused to their publisher"),
        PROTOCOL_ERRORS(8, "Connections ended for what their client sent"),
        ABSENT(9, "QoS 0 messages for sessions whose client was away"),
        OVERFLOWN(11, "Messages that a session had no room for"),
        TOO_SLOW(12, "Connections ended since their client was too slow and wanted that"),
        THROTTLED(13, "Times that a client had sent more than it may and was not read for a while"),
        TURNED_AWAY(14, "Connections refused since their user or virtual host had enough of them"),
        SESSIONS_REFUSED(15, "Sessions that there was no room for"),
        FILTERS_REFUSED(16, "Subscriptions that there was no room for"),
        UNROUTABLE(17, "Messages on topics too long for the routing key of a queue or stream"),
        UNMATCHED(10, "Messages whose filters were too many to look at");

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
            return this == CONNECTIONS;
        }
    }

    private final AtomicLongArray counts = new AtomicLongArray(Count.values().length);

    public long get(Count count) {
        return counts.get(count.at);
    }

    public void count(Count count) {
        add(count, 1);
    }

    // One event loop writes, so reading and writing back loses nothing.
    public void add(Count count, long change) {
        int at = count.at;
        counts.lazySet(at, counts.getPlain(at) + change);
    }
}
