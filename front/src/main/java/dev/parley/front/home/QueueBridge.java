package dev.parley.front.home;

import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.Routes;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.ShortText;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueCommand;
import dev.parley.front.mqtt.AmqpProperties;
import dev.parley.front.mqtt.MqttConnection;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.Subscriber;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The way from topics to queues: a topic is a routing key of the exchange `amq.topic`, with `.`
/// for `/`, as in RabbitMQ.
final class QueueBridge {
    static final String EXCHANGE = "amq.topic";

    private final Supplier<Catalog> catalog;
    private final Topics.Way way;
    private final Receipts receipts;
    private final Routes routes = new Routes();
    private final List<Integer> shards = new ArrayList<>();
    private final List<List<Long>> queues = new ArrayList<>();
    private String key = "";
    private boolean tooLong;

    QueueBridge(Supplier<Catalog> catalog, Topics.Way way, Receipts receipts) {
        this.catalog = catalog;
        this.way = way;
        this.receipts = receipts;
    }

    /// Finds the queues of a topic for [#publish]; returns whether there are any. A topic that is
    /// [too long][#tooLong] for a routing key has none.
    boolean prepare(String host, String topic) {
        shards.clear();
        queues.clear();
        tooLong = false;
        VirtualHost where = catalog.get().host(host);
        Exchange exchange = where == null ? null : where.exchange(EXCHANGE);
        if (where == null
                || exchange == null
                || (exchange.bindings().isEmpty() && exchange.alternate() == null)) {
            return false;
        }
        key = topic.replace('/', '.').replace('+', '*');
        tooLong = ShortText.size(key) > ShortText.BYTES_MAX;
        if (tooLong) {
            return false;
        }
        where.route(exchange, List.of(key), FieldTable.EMPTY, routes);
        for (int i = 0; i < routes.size(); i++) {
            QueueEntry queue = routes.get(i);
            int at = shards.indexOf(queue.shard());
            if (at < 0) {
                at = shards.size();
                shards.add(queue.shard());
                queues.add(new ArrayList<>());
            }
            queues.get(at).add(queue.id());
        }
        return !shards.isEmpty();
    }

    /// Whether the topic was no routing key, though something is bound that might have taken it.
    boolean tooLong() {
        return tooLong;
    }

    /// The shards that [#publish] sends to.
    int shards() {
        return shards.size();
    }

    /// Puts the message into the queues that were found.
    ///
    /// @param publisher whose session it comes from; null: nobody's
    /// @param token answered once for each shard; 0: not
    /// @param now milliseconds since 1970
    void publish(Publication message, @Nullable Subscriber publisher, long token, long now) {
        MqttConnection connection = publisher == null ? null : publisher.heldBack();
        // A will is taken: its client can neither wait nor be told.
        boolean lasts = publisher == null && token == 0;
        Entrant entrant = new Entrant(receipts, connection, lasts);
        ByteBuffer properties = AmqpProperties.toAmqp(message, now);
        long ttl =
                message.expiresAt() == Long.MAX_VALUE ? -1 : Math.max(0, message.expiresAt() - now);
        Message copy =
                new Message(
                        EXCHANGE, key, message.qos() > 0, 0, ttl, properties, message.payload());
        for (int i = 0; i < shards.size(); i++) {
            way.offer(
                    shards.get(i),
                    new QueueCommand.Publish(entrant, token, List.copyOf(queues.get(i)), copy));
        }
    }
}
