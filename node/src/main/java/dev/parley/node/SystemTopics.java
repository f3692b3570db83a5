package dev.parley.node;

import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.topic.QuietClient;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicReply;
import dev.parley.core.topic.TopicStatus;
import dev.parley.front.home.Home;
import dev.parley.front.mqtt.MqttMetrics.Count;
import dev.parley.front.mqtt.Publication;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// `$SYS/broker/…`: what the node tells of itself to those who subscribe to it, every ten seconds
/// and to each who comes; on the event loop. While nobody subscribes it does nothing.
final class SystemTopics {
    private static final long EVERY_MILLIS = 10_000;

    private final Home home;
    private final long since;
    private final Map<String, Integer> watchers = new HashMap<>();
    private long toldAt;
    private boolean asking;

    SystemTopics(Home home) {
        this.home = home;
        this.since = home.tickMillis();
    }

    /// Called about twice a second.
    void onTick() {
        boolean due = home.tickMillis() - toldAt >= EVERY_MILLIS;
        boolean wanted = false;
        for (VirtualHost host : home.catalog().hosts()) {
            int now = home.topics().watchers(host.name());
            Integer before =
                    now == 0 ? watchers.remove(host.name()) : watchers.put(host.name(), now);
            wanted |= now > (due || before == null ? 0 : before);
        }
        if (wanted && !asking) {
            asking = true;
            toldAt = home.tickMillis();
            new Survey().begin();
        }
    }

    private void tell(Survey all) {
        asking = false;
        Map<String, String> values = values(all);
        for (String host : watchers.keySet()) {
            values.forEach((topic, value) -> home.topics().announce(host, message(topic, value)));
        }
    }

    private Map<String, String> values(Survey all) {
        long connections = home.mqttMetrics().get(Count.CONNECTIONS);
        long away = all.away;
        Map<String, String> values = new LinkedHashMap<>();
        values.put("version", "Parley " + Node.VERSION);
        values.put("uptime", (home.tickMillis() - since) / 1_000 + " seconds");
        values.put("clients/connected", "" + connections);
        values.put("clients/disconnected", "" + away);
        values.put("clients/total", "" + (connections + away));
        values.put("messages/received", "" + home.mqttMetrics().get(Count.RECEIVED));
        values.put("messages/sent", "" + home.mqttMetrics().get(Count.SENT));
        values.put("publish/messages/dropped", "" + home.mqttMetrics().get(Count.DROPPED));
        values.put("retained messages/count", "" + all.retained);
        values.put("subscriptions/count", "" + subscriptions());
        return values;
    }

    private long subscriptions() {
        return home.catalog().hosts().stream()
                .flatMap(host -> home.topics().filters(host.name()).values().stream())
                .mapToLong(Integer::longValue)
                .sum();
    }

    private static Publication message(String topic, String value) {
        return new Publication(
                "$SYS/broker/" + topic,
                0,
                false,
                Long.MAX_VALUE,
                ByteBuffer.allocate(0),
                ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
    }

    /// Asks every shard what it has.
    private final class Survey extends QuietClient {
        /// No session's number: only the shard is asked for.
        private static final long NO_SESSION = -1;

        private int left = home.shardCount();
        private long away;
        private long retained;

        void begin() {
            for (int shard = 0; shard < home.shardCount(); shard++) {
                home.offer(shard, new TopicCommand.Inspect(this, 1, NO_SESSION));
            }
        }

        @Override
        public void onReply(long token, TopicReply reply) {
            if (reply instanceof TopicReply.Statuses(var _, TopicStatus shard)) {
                away += shard.sessions() - shard.connected();
                retained += shard.retained();
            }
            if (--left == 0) {
                tell(this);
            }
        }
    }
}
