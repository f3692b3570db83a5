package dev.parley.front.mqtt;

import dev.parley.front.mqtt.ClientPacket.Filter;
import dev.parley.front.mqtt.Publication.Ids;
import java.util.LinkedHashMap;
import java.util.Map;

/// Brings retained messages into a session that outlives its connection: a few at a time, so that a
/// filter that matches many does not fill it.
final class RetainedFeed {
    /// Messages in the session that the client has not settled, where that has room for twice as
    /// many.
    private static final int OUTSTANDING_MAX = 512;

    private record Source(TopicSpace.Cursor cursor, int qos, Ids ids) {}

    private final MqttConnection connection;
    private final DurableSession session;

    /// By their filters, in the order in which they were subscribed to.
    private final LinkedHashMap<String, Source> sources = new LinkedHashMap<>(0);

    private final int most;
    private int outstanding;

    RetainedFeed(MqttConnection connection, DurableSession session) {
        this.connection = connection;
        this.session = session;
        int room = connection.broker().mqtt().queuedMessagesMax();
        this.most = Math.clamp(room / 2, 1, OUTSTANDING_MAX);
    }

    void add(Filter filter, Ids ids) {
        forget(filter.filter());
        sources.put(
                filter.filter(),
                new Source(
                        connection
                                .broker()
                                .topics()
                                .retained(session.host(), filter.filter(), session::resume),
                        filter.qos(),
                        ids));
    }

    /// What is retained under a filter comes no further.
    void forget(String filter) {
        sources.remove(filter);
    }

    void overtake(String topic) {
        sources.values().forEach(source -> source.cursor().overtake(topic));
    }

    void onSettled() {
        if (outstanding > 0) {
            outstanding--;
            if (outstanding <= most / 2) {
                pump();
            }
        }
    }

    /// A message of the session will never be settled. Called from inside the work of its shard.
    void onDropped() {
        if (outstanding > 0 && --outstanding == most / 2) {
            connection.soon(session::resume);
        }
    }

    void pump() {
        Map.Entry<String, Source> first;
        while ((first = sources.firstEntry()) != null && outstanding < most && connection.takes()) {
            Source source = first.getValue();
            Publication message = source.cursor().next();
            if (message != null) {
                give(message, source);
            } else if (source.cursor().done()) {
                sources.pollFirstEntry();
            } else {
                return;
            }
        }
    }

    private void give(Publication message, Source from) {
        int qos = Math.min(message.qos(), from.qos());
        if (qos == 0) {
            connection.send(message, 0, true, from.ids(), 0, false);
        } else {
            outstanding++;
            connection
                    .broker()
                    .topics()
                    .put(session.host(), session.session(), message, qos, from.ids());
        }
    }
}
