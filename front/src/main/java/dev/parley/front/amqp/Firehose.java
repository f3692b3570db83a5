package dev.parley.front.amqp;

import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.Routes;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.shard.Limits;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// RabbitMQ's message tracing: a copy of every message that is published in a virtual host, and of
/// every delivery, goes to the exchange `amq.rabbitmq.trace`, with headers that say what happened.
///
/// Costs what twice the messages cost; nothing where it is off. Off again when the node ends.
public final class Firehose {
    static final String EXCHANGE = "amq.rabbitmq.trace";

    private final Set<String> hosts = new HashSet<>();
    private final Routes routes = new Routes();

    public void trace(String host, boolean on) {
        if (on) {
            hosts.add(host);
        } else {
            hosts.remove(host);
        }
    }

    public boolean traces(String host) {
        return !hosts.isEmpty() && hosts.contains(host);
    }

    /// Tells of a message that was published.
    ///
    /// @param keys its routing key and the further ones
    void onPublished(
            AmqpConnection connection,
            AmqpChannel channel,
            String exchange,
            List<String> keys,
            Routes found,
            ByteBuffer properties,
            ByteBuffer body) {
        if (exchange.equals(EXCHANGE)) {
            return;
        }
        List<FieldValue> queues = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            queues.add(FieldValue.text(found.get(i).name()));
        }
        FieldTable.Builder headers = headers(connection, channel, exchange, keys, properties);
        headers.put("routed_queues", new FieldValue.Array(queues));
        send(connection, channel, "publish." + exchange, headers, body);
    }

    /// Tells of a message that was delivered.
    void onDelivered(
            AmqpConnection connection,
            AmqpChannel channel,
            QueueEntry queue,
            String exchange,
            String key,
            boolean redelivered,
            ByteBuffer properties,
            ByteBuffer body) {
        if (exchange.equals(EXCHANGE)) {
            return;
        }
        FieldTable.Builder headers =
                headers(connection, channel, exchange, List.of(key), properties);
        headers.put("redelivered", FieldValue.of(redelivered ? 1 : 0));
        send(connection, channel, "deliver." + queue.name(), headers, body);
    }

    private static FieldTable.Builder headers(
            AmqpConnection connection,
            AmqpChannel channel,
            String exchange,
            List<String> keys,
            ByteBuffer properties) {
        List<FieldValue> texts = new ArrayList<>();
        keys.forEach(key -> texts.add(FieldValue.text(key)));
        return FieldTable.builder()
                .put("exchange_name", FieldValue.text(exchange))
                .put("routing_keys", new FieldValue.Array(texts))
                .put(
                        "properties",
                        new FieldValue.Table(table(Properties.read(properties.duplicate()))))
                .put("node", FieldValue.text("parley"))
                .put("vhost", FieldValue.text(connection.host().name()))
                .put("connection", FieldValue.text(connection.description()))
                .put("channel", FieldValue.of(channel.number()))
                .put("user", FieldValue.text(connection.userName()));
    }

    private static FieldTable table(Properties properties) {
        FieldTable.Builder table = FieldTable.builder();
        put(table, "content_type", properties.contentType());
        put(table, "content_encoding", properties.contentEncoding());
        FieldTable headers = properties.headers();
        if (headers != null) {
            table.put("headers", new FieldValue.Table(headers));
        }
        put(table, "delivery_mode", properties.deliveryMode());
        put(table, "priority", properties.priority());
        put(table, "correlation_id", properties.correlationId());
        put(table, "reply_to", properties.replyTo());
        put(table, "expiration", properties.expiration());
        put(table, "message_id", properties.messageId());
        put(table, "timestamp", properties.timestamp());
        put(table, "type", properties.type());
        put(table, "user_id", properties.userId());
        put(table, "app_id", properties.appId());
        return table.build();
    }

    private static void put(FieldTable.Builder table, String name, @Nullable Object value) {
        switch (value) {
            case null -> {
                // Not among the message's properties.
            }
            case Number number -> table.put(name, FieldValue.of(number.longValue()));
            default -> table.put(name, FieldValue.text(value.toString()));
        }
    }

    private void send(
            AmqpConnection connection,
            AmqpChannel channel,
            String key,
            FieldTable.Builder headers,
            ByteBuffer body) {
        VirtualHost host = connection.host();
        Exchange trace = host.exchange(EXCHANGE);
        if (trace == null) {
            return;
        }
        FieldTable table = headers.build();
        String cut = cut(key);
        host.route(trace, List.of(cut), table, routes);
        if (routes.size() == 0) {
            return;
        }
        ByteBuffer properties = Properties.NONE.withHeaders(table).encoded();
        // What the first queue does may change what the view of a delivery shows.
        ByteBuffer kept = ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
        for (int i = 0; i < routes.size(); i++) {
            QueueEntry queue = routes.get(i);
            Message copy = new Message(EXCHANGE, cut, false, 0, -1, properties, kept);
            Broker broker = connection.broker();
            broker.offer(
                    queue.shard(), new QueueCommand.Publish(channel, 0, List.of(queue.id()), copy));
        }
    }

    /// A name of full length leaves no room for what stands before it.
    private static String cut(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= Limits.NAME_BYTES
                ? key
                : new String(bytes, 0, Limits.NAME_BYTES - 2, StandardCharsets.UTF_8)
                        .replace("\uFFFD", "");
    }
}
