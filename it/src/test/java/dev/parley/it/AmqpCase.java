package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// What every test with RabbitMQ's Java client has at hand: a connection, a channel, fresh names.
@ExtendWith(SharedBroker.class)
@Timeout(120)
abstract class AmqpCase {

    static final AMQP.BasicProperties PLAIN = MessageProperties.MINIMAL_BASIC;
    static final Duration DEADLINE = Duration.ofSeconds(30);

    private final Deque<Action> cleanups = new ArrayDeque<>();
    private String prefix = "";
    private int names;
    Broker broker;
    Connection connection;
    Channel channel;

    @SuppressWarnings("NullAway") // JUnit calls open() before every test.
    AmqpCase() {}

    /// Something done on a channel that the broker may refuse.
    interface Action {
        void on(Channel channel) throws IOException;
    }

    /// How the broker refused: code, text, and whether it closed the connection or the channel.
    record Refusal(int code, String text, boolean connection) {}

    @BeforeEach
    void open(Broker shared, TestInfo test) throws IOException {
        broker = shared;
        prefix = "it." + test.getTestMethod().orElseThrow().getName() + "." + System.nanoTime();
        connection = broker.connect();
        channel = connection.createChannel();
    }

    @AfterEach
    void close() throws IOException {
        if (connection == null) { // open() failed, and says so
            return;
        }
        connection.abort(2_000);
        if (cleanups.isEmpty()) {
            return;
        }
        try (Connection cleaning = broker.connect()) {
            for (Action cleanup : cleanups) {
                cleanup.on(cleaning.createChannel());
            }
        }
    }

    String name() {
        return prefix + "." + names++;
    }

    /// Runs after the test on a channel of its own, last added first.
    void afterwards(Action cleanup) {
        cleanups.push(cleanup);
    }

    String queue() throws IOException {
        return queue(Map.of());
    }

    /// An exclusive queue: it goes with the test's connection.
    String queue(Map<String, Object> arguments) throws IOException {
        String name = name();
        channel.queueDeclare(name, false, true, false, arguments);
        return name;
    }

    String durableQueue(Map<String, Object> arguments) throws IOException {
        String name = name();
        channel.queueDeclare(name, true, false, false, arguments);
        afterwards(cleaning -> cleaning.queueDelete(name));
        return name;
    }

    String exchange(String type) throws IOException {
        return exchange(type, Map.of());
    }

    String exchange(String type, Map<String, Object> arguments) throws IOException {
        String name = name();
        channel.exchangeDeclare(name, type, false, false, arguments);
        afterwards(cleaning -> cleaning.exchangeDelete(name));
        return name;
    }

    /// An exclusive queue bound to an exchange.
    String bound(String exchange, String key) throws IOException {
        String queue = queue();
        channel.queueBind(queue, exchange, key);
        return queue;
    }

    void publish(String queue, String... bodies) throws IOException {
        for (String body : bodies) {
            publish("", queue, PLAIN, body);
        }
    }

    void publish(String exchange, String key, AMQP.BasicProperties properties, String body)
            throws IOException {
        channel.basicPublish(exchange, key, properties, body.getBytes(UTF_8));
    }

    /// The next message of a queue, waited for and acknowledged.
    GetResponse next(String queue) {
        var found = new AtomicReference<GetResponse>();
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .atMost(DEADLINE)
                .until(() -> {
                    GetResponse response = channel.basicGet(queue, true);
                    if (response != null) {
                        found.set(response);
                    }
                    return response != null;
                });
        return found.get();
    }

    String nextText(String queue) {
        return text(next(queue));
    }

    static String text(GetResponse response) {
        return new String(response.getBody(), UTF_8);
    }

    long ready(String queue) throws IOException {
        return channel.messageCount(queue);
    }

    void awaitReady(String queue, long count) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .atMost(DEADLINE)
                .until(() -> ready(queue) == count);
    }

    /// Waits until the queue is not there, without using it: publishing to it is no use of it.
    void awaitGone(String queue) throws IOException {
        Channel looking = connection.createChannel();
        var returned = new AtomicBoolean();
        looking.addReturnListener(_ -> returned.set(true));
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .atMost(DEADLINE)
                .until(() -> {
                    looking.basicPublish("", queue, true, PLAIN, new byte[0]);
                    return returned.get();
                });
    }

    /// Runs the action on the test's channel, which the broker must close.
    Refusal refused(Action action) {
        return refused(channel, action);
    }

    static Refusal refused(Channel on, Action action) {
        try {
            action.on(on);
        } catch (IOException | ShutdownSignalException e) {
            // Synchronous methods throw what the close reason below says in full.
            if (on.isOpen()) {
                throw new AssertionError("failed with its channel open", e);
            }
        }
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .atMost(DEADLINE)
                .until(() -> !on.isOpen());
        return refusal(on.getCloseReason());
    }

    static Refusal refusal(ShutdownSignalException closed) {
        return switch (closed.getReason()) {
            case AMQP.Channel.Close close ->
                    new Refusal(close.getReplyCode(), close.getReplyText(), false);
            case AMQP.Connection.Close close ->
                    new Refusal(close.getReplyCode(), close.getReplyText(), true);
            case null, default -> throw new AssertionError("closed without a method", closed);
        };
    }

    /// Arguments of a queue whose dead letters go to another one, and more arguments.
    static Map<String, Object> deadLetteringTo(String queue, Object... more) {
        var arguments = new HashMap<String, Object>();
        arguments.put("x-dead-letter-exchange", "");
        arguments.put("x-dead-letter-routing-key", queue);
        for (int i = 0; i < more.length; i += 2) {
            arguments.put((String) more[i], more[i + 1]);
        }
        return arguments;
    }

    static AMQP.BasicProperties headers(Map<String, Object> headers) {
        return new AMQP.BasicProperties.Builder().headers(headers).build();
    }

    static AMQP.BasicProperties expiring(String milliseconds) {
        return new AMQP.BasicProperties.Builder().expiration(milliseconds).build();
    }
}
