package dev.parley.node.management;

import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldValue;
import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.amqp.ConnectionView;
import dev.parley.front.mqtt.SessionView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Connections, channels and consumers as RabbitMQ describes them.
final class ConnectionRows {
    private ConnectionRows() {}

    static List<ConnectionView> views(Managed node) {
        return node.connections().stream()
                .filter(AmqpConnection::open)
                .map(AmqpConnection::view)
                .toList();
    }

    /// `client:port -> server:port`, as RabbitMQ names a connection.
    static String name(Managed node, ConnectionView view) {
        return peer(view.peer()) + " -> 127.0.0.1:" + node.amqpPort();
    }

    static String name(Managed node, SessionView view) {
        return peer(view.peer()) + " -> 127.0.0.1:" + node.mqttPort();
    }

    private static String peer(String named) {
        return named.substring(named.startsWith("/") ? 1 : 0);
    }

    private static String peerHost(String named) {
        String peer = peer(named);
        int colon = peer.lastIndexOf(':');
        return colon < 0 ? peer : peer.substring(0, colon);
    }

    private static int peerPort(String named) {
        String peer = peer(named);
        try {
            return Integer.parseInt(peer.substring(peer.lastIndexOf(':') + 1));
        } catch (NumberFormatException e) {
            return 0; // an address of another kind
        }
    }

    static Map<String, Object> connection(Managed node, ConnectionView view) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", name(node, view));
        row.put("node", node.nodeName());
        row.put("user", view.user());
        row.put("user_who_performed_action", view.user());
        row.put("vhost", view.host());
        row.put("state", view.blocked() ? "blocked" : view.state());
        row.put("type", "network");
        row.put("protocol", "AMQP 0-9-1");
        row.put("peer_host", peerHost(view.peer()));
        row.put("peer_port", peerPort(view.peer()));
        row.put("port", node.amqpPort());
        row.put("channels", view.channels().size());
        row.put("channel_max", view.channelMax());
        row.put("frame_max", view.frameMax());
        row.put("timeout", view.heartbeatSeconds());
        row.put("connected_at", System.currentTimeMillis() - view.ageMillis());
        row.put("client_properties", Json.of(view.clientProperties()));
        FieldValue chosen = view.clientProperties().get("connection_name");
        String text = chosen == null ? null : chosen.asText();
        if (text != null) {
            row.put("user_provided_name", text);
        }
        return row;
    }

    static Map<String, Object> connection(Managed node, SessionView view) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", name(node, view));
        row.put("node", node.nodeName());
        row.put("user", view.user());
        row.put("user_who_performed_action", view.user());
        row.put("vhost", view.host());
        row.put("state", "running");
        row.put("type", "network");
        row.put("protocol", "MQTT " + view.version().replace('.', '-'));
        row.put("peer_host", peerHost(view.peer()));
        row.put("peer_port", peerPort(view.peer()));
        row.put("port", node.mqttPort());
        row.put("channels", 0);
        row.put("channel_max", 0);
        row.put("frame_max", 0);
        row.put("timeout", view.keepAliveSeconds());
        row.put("connected_at", System.currentTimeMillis() - view.millis());
        row.put(
                "client_properties",
                Map.of("client_id", view.clientId(), "product", "MQTT client"));
        row.put("variable_map", Map.of("client_id", view.clientId()));
        row.put("user_provided_name", view.clientId());
        return row;
    }

    static List<Map<String, Object>> channels(Managed node, ConnectionView view) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (ConnectionView.Channel channel : view.channels()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", name(node, view) + " (" + channel.number() + ")");
            row.put("number", channel.number());
            row.put("node", node.nodeName());
            row.put("user", view.user());
            row.put("vhost", view.host());
            row.put("state", "running");
            row.put("confirm", channel.confirms());
            row.put("transactional", channel.transactional());
            row.put("prefetch_count", channel.prefetch());
            row.put("global_prefetch_count", channel.channelLimit());
            row.put("messages_unacknowledged", channel.unsettled());
            row.put("consumer_count", channel.consumers().size());
            row.put("connection_details", details(node, view));
            List<Map<String, Object>> consumers = new ArrayList<>();
            channel.consumers().forEach(one -> consumers.add(consumer(node, view, channel, one)));
            row.put("consumer_details", consumers);
            rows.add(row);
        }
        return rows;
    }

    private static Map<String, Object> details(Managed node, ConnectionView view) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("name", name(node, view));
        details.put("peer_host", peerHost(view.peer()));
        details.put("peer_port", peerPort(view.peer()));
        return details;
    }

    static List<Map<String, Object>> consumers(Managed node) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (ConnectionView view : views(node)) {
            for (ConnectionView.Channel channel : view.channels()) {
                channel.consumers().forEach(one -> rows.add(consumer(node, view, channel, one)));
            }
        }
        return rows;
    }

    static List<Map<String, Object>> consumersOf(Managed node, QueueEntry queue) {
        Map<String, Object> wanted = queueOf(queue);
        return consumers(node).stream().filter(row -> wanted.equals(row.get("queue"))).toList();
    }

    private static Map<String, Object> queueOf(QueueEntry queue) {
        return Map.of("name", queue.name(), "vhost", queue.host());
    }

    private static Map<String, Object> consumer(
            Managed node,
            ConnectionView view,
            ConnectionView.Channel channel,
            ConnectionView.Consumer consumer) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("consumer_tag", consumer.tag());
        row.put("queue", queueOf(consumer.queue()));
        row.put("ack_required", !consumer.automatic());
        row.put("exclusive", consumer.exclusive());
        row.put("prefetch_count", consumer.prefetch());
        row.put("arguments", Json.of(consumer.arguments()));
        row.put("active", true);
        row.put("activity_status", "up");
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("name", name(node, view) + " (" + channel.number() + ")");
        details.put("number", channel.number());
        details.put("node", node.nodeName());
        details.put("user", view.user());
        details.put("connection_name", name(node, view));
        details.put("peer_host", peerHost(view.peer()));
        details.put("peer_port", peerPort(view.peer()));
        row.put("channel_details", details);
        return row;
    }
}
