package dev.parley.front.mqtt;

import dev.parley.front.pace.Tally;

/// Counts of what MQTT connections do; one writer, any reader.
public final class MqttMetrics {
    /// What is counted.
    public enum Count {
        CONNECTIONS("Connections that are open"),
        RECEIVED("Messages that clients published"),
        SENT("Messages sent to clients"),
        DROPPED("QoS 0 messages that a slow client did not get"),
        EXPIRED("Messages that expired before they were sent"),
        OVERSIZED("Messages larger than their client takes"),
        OVERRUN("Sessions ended since too much waited for them"),
        REFUSED("Messages that were refused to their publisher"),
        PROTOCOL_ERRORS("Connections ended for what their client sent"),
        ABSENT("QoS 0 messages for sessions whose client was away"),
        OVERFLOWN("Messages that a session had no room for"),
        TOO_SLOW("Connections ended since their client was too slow and wanted that"),
        THROTTLED("Times that a client had sent more than it may and was not read for a while"),
        TURNED_AWAY("Connections refused since their user or virtual host had enough of them"),
        SESSIONS_REFUSED("Sessions that there was no room for"),
        FILTERS_REFUSED("Subscriptions that there was no room for"),
        UNROUTABLE("Messages on topics too long for the routing key of a queue or stream"),
        UNMATCHED("Messages whose filters were too many to look at");

        private final String about;

        Count(String about) {
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

    private final Tally<Count> counts = new Tally<>(Count.class);

    public long get(Count count) {
        return counts.get(count);
    }

    public void count(Count count) {
        add(count, 1);
    }

    public void add(Count count, long change) {
        counts.add(count, change);
    }
}
