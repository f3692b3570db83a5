package dev.parley.it.routing;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.GetResponse;
import dev.parley.it.routing.Arrivals.Copy;
import dev.parley.it.routing.Arrivals.Death;
import dev.parley.it.routing.Graph.Fate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/// One graph on a broker: declared, published to, looked at, and taken away again.
public final class GraphRun implements AutoCloseable {

    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final long CONFIRM_MILLIS = 30_000;

    /// Graphs that are on a broker at the same time, so that copies that come late and are too many
    /// are seen.
    private static final int TOGETHER = 10;

    private final Graph graph;
    private final Arrivals expected;
    private final Channel channel;
    private final Channel consuming;
    private final Arrivals seen = new Arrivals();

    /// Whether each publish was taken, in their order.
    private final BlockingQueue<Boolean> answers = new LinkedBlockingQueue<>();

    private GraphRun(Connection connection, Graph graph, boolean keepsBlindCopies)
            throws IOException {
        this.graph = graph;
        this.expected = RoutingModel.of(graph, keepsBlindCopies).orElseThrow();
        this.channel = connection.createChannel();
        this.consuming = connection.createChannel();
    }

    /// Runs the graphs of some seeds on the broker that listens on a port of loopback.
    ///
    /// @param keepsBlindCopies see [RoutingModel#of]
    /// @return what was different from the model, with its graph, by seed; empty where nothing was
    public static Map<Long, String> run(int port, boolean keepsBlindCopies, List<Long> seeds)
            throws IOException {
        var factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        Map<Long, String> differences = new LinkedHashMap<>();
        try (Connection connection = factory.newConnection()) {
            for (int from = 0; from < seeds.size(); from += TOGETHER) {
                List<GraphRun> runs = new ArrayList<>();
                for (long seed : seeds.subList(from, Math.min(seeds.size(), from + TOGETHER))) {
                    var run = new GraphRun(connection, GraphMaker.make(seed), keepsBlindCopies);
                    runs.add(run);
                    run.publish();
                }
                for (GraphRun run : runs) {
                    differences.put(run.graph.seed(), run.difference());
                    run.close();
                }
            }
        } catch (TimeoutException e) {
            throw new IOException("no connection in time to port " + port, e);
        }
        return differences;
    }

    private void publish() throws IOException {
        for (Graph.Exchange one : graph.exchanges()) {
            Map<String, Object> arguments = new HashMap<>();
            one.alternate().ifPresent(name -> arguments.put("alternate-exchange", name));
            BuiltinExchangeType type =
                    BuiltinExchangeType.valueOf(one.type().toUpperCase(Locale.ROOT));
            channel.exchangeDeclare(one.name(), type, false, false, one.internal(), arguments);
        }
        for (Graph.Queue one : graph.queues()) {
            channel.queueDeclare(one.name(), one.durable(), false, false, arguments(one));
            if (one.fate() == Fate.REJECT) {
                consuming.basicConsume(one.name(), false, new Rejecting(one.name()));
            }
        }
        for (Graph.Binding one : graph.bindings()) {
            if (one.toQueue()) {
                channel.queueBind(
                        one.destination(), one.source(), one.key(), sent(one.arguments()));
            } else {
                channel.exchangeBind(
                        one.destination(), one.source(), one.key(), sent(one.arguments()));
            }
        }
        channel.addReturnListener(back -> seen.returned().add(text(back.getBody())));
        // The client's waitForConfirms may take a refusal for a confirm: it looks at its numbers
        // before it has noted which of the two it was.
        channel.addConfirmListener((_, _) -> answers.add(true), (_, _) -> answers.add(false));
        channel.confirmSelect();
        for (Graph.Message one : graph.messages()) {
            publish(one);
        }
    }

    private void publish(Graph.Message one) throws IOException {
        Map<String, Object> headers = new TreeMap<>(one.headers());
        if (!one.copies().isEmpty()) {
            headers.put("CC", one.copies());
        }
        if (!one.blindCopies().isEmpty()) {
            headers.put("BCC", one.blindCopies());
        }
        var properties =
                new AMQP.BasicProperties.Builder()
                        .headers(headers)
                        .expiration(one.expiration().orElse(null))
                        .deliveryMode(one.persistent() ? 2 : 1)
                        .build();
        byte[] body = one.body().getBytes(StandardCharsets.UTF_8);
        channel.basicPublish(one.exchange(), one.key(), one.mandatory(), properties, body);
        try {
            Boolean taken = answers.poll(CONFIRM_MILLIS, TimeUnit.MILLISECONDS);
            if (taken == null) {
                throw new IOException("no confirm of " + one + " of seed " + graph.seed());
            }
            if (!taken) {
                seen.refused().add(one.body());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }

    private static Map<String, Object> arguments(Graph.Queue queue) {
        Map<String, Object> arguments = new HashMap<>();
        queue.deadLetterExchange().ifPresent(name -> arguments.put("x-dead-letter-exchange", name));
        queue.deadLetterKey().ifPresent(key -> arguments.put("x-dead-letter-routing-key", key));
        switch (queue.fate()) {
            case KEEP, REJECT -> {
                // Room for all, and all the time.
            }
            case EXPIRE -> arguments.put("x-message-ttl", 0);
            case EXPIRE_SOON -> arguments.put("x-message-ttl", 5);
            case DROP -> arguments.put("x-max-length", 0);
            case REFUSE ->
                    arguments.putAll(Map.of("x-max-length", 0, "x-overflow", "reject-publish"));
            case REFUSE_AND_BURY ->
                    arguments.putAll(Map.of("x-max-length", 0, "x-overflow", "reject-publish-dlx"));
        }
        return arguments;
    }

    private static Map<String, Object> sent(Map<String, Object> arguments) {
        Map<String, Object> sent = new HashMap<>();
        arguments.forEach((name, value) -> sent.put(name, value == GraphMaker.VOID ? null : value));
        return sent;
    }

    /// Waits for what the model expects, takes what there is, and says what differs.
    private String difference() throws IOException {
        try {
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(2))
                    .atMost(DEADLINE)
                    .until(this::allThere);
        } catch (ConditionTimeoutException e) {
            // The difference says it better.
        }
        for (Graph.Queue queue : graph.queues()) {
            GetResponse found = next(queue);
            while (found != null) {
                add(queue.name(), copy(found.getEnvelope(), found.getProps(), found.getBody()));
                found = next(queue);
            }
        }
        String difference;
        synchronized (seen) {
            difference = expected.difference(seen);
        }
        return difference.isEmpty() ? "" : difference + graph;
    }

    private @Nullable GetResponse next(Graph.Queue queue) throws IOException {
        return queue.fate() == Fate.REJECT ? null : channel.basicGet(queue.name(), true);
    }

    private boolean allThere() throws IOException {
        for (Graph.Queue queue : graph.queues()) {
            long count;
            if (queue.fate() == Fate.REJECT) {
                synchronized (seen) {
                    count = seen.count(queue.name());
                }
            } else {
                count = channel.messageCount(queue.name());
            }
            if (count != expected.count(queue.name())) {
                return false;
            }
        }
        return true;
    }

    private void add(String queue, Copy copy) {
        synchronized (seen) {
            seen.add(queue, copy);
        }
    }

    /// Rejects each message some times, then keeps it.
    private final class Rejecting extends DefaultConsumer {
        private final String queue;

        Rejecting(String queue) {
            super(consuming);
            this.queue = queue;
        }

        @Override
        public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            Copy copy = copy(envelope, properties, body);
            if (RoutingModel.rejections(copy.deaths(), queue) < Graph.REJECTIONS) {
                getChannel().basicReject(envelope.getDeliveryTag(), false);
            } else {
                add(queue, copy);
                getChannel().basicAck(envelope.getDeliveryTag(), false);
            }
        }
    }

    // ---- what came

    private static Copy copy(Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
        SortedMap<String, Object> headers = new TreeMap<>();
        Map<String, Object> sent = properties.getHeaders();
        if (sent != null) {
            sent.forEach((name, value) -> headers.put(name, plain(value)));
        }
        Object history = headers.remove("x-death");
        // Newer versions of RabbitMQ say it, older ones do not.
        headers.keySet().removeIf(name -> name.startsWith("x-last-death-"));
        List<Death> deaths = new ArrayList<>();
        if (history instanceof List<?> rows) {
            rows.forEach(row -> deaths.add(death((Map<?, ?>) row)));
        }
        return new Copy(
                text(body),
                envelope.getExchange(),
                envelope.getRoutingKey(),
                headers,
                Objects.requireNonNullElse(properties.getExpiration(), ""),
                deaths);
    }

    private static Death death(Map<?, ?> row) {
        List<String> keys = new ArrayList<>();
        if (row.get("routing-keys") instanceof List<?> list) {
            list.forEach(key -> keys.add(String.valueOf(key)));
        }
        return new Death(
                String.valueOf(row.get("queue")),
                String.valueOf(row.get("reason")),
                String.valueOf(row.get("exchange")),
                keys,
                row.get("count") instanceof Number count ? count.longValue() : 0,
                Optional.ofNullable(row.get("original-expiration"))
                        .map(String::valueOf)
                        .orElse(""));
    }

    private static Object plain(Object value) {
        return switch (value) {
            case List<?> list -> list.stream().map(GraphRun::plain).toList();
            case Map<?, ?> map -> {
                Map<Object, Object> plain = new TreeMap<>();
                map.forEach((name, one) -> plain.put(name, plain(one)));
                yield plain;
            }
            case com.rabbitmq.client.LongString text -> text.toString();
            default -> value;
        };
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        for (Graph.Queue queue : graph.queues()) {
            channel.queueDelete(queue.name());
        }
        for (Graph.Exchange exchange : graph.exchanges()) {
            channel.exchangeDelete(exchange.name());
        }
        channel.abort();
        consuming.abort();
    }
}
