package dev.parley.cli;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// The queue pattern at work: real traffic, a worker that dies, a node that is killed, and a count.
///
/// Producer and workers are programs for RabbitMQ: they use its own client over a socket and know
/// nothing of Parley.
final class Tour {
    static final String QUEUE = "orders";
    static final int MESSAGES = 4_000;
    static final int PER_SECOND = 500;
    static final long RETRY_NANOS = 20_000_000;
    static final long PATIENCE_MILLIS = 20_000;

    private final Consumer<String> say;
    private final TourNode node;
    private volatile boolean over;

    /// @param say takes each line of what is told
    Tour(Consumer<String> say, TourNode node) {
        this.say = say;
        this.node = node;
    }

    boolean over() {
        return over;
    }

    Connection connect() throws IOException, InterruptedException {
        return connect(_ -> {});
    }

    /// Connects to the node, waiting while it is away.
    ///
    /// @param onSocket is given the socket underneath
    Connection connect(Consumer<Socket> onSocket) throws IOException, InterruptedException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(node.amqpPort());
        factory.setAutomaticRecoveryEnabled(false);
        factory.setSocketConfigurator(socket -> {
            socket.setTcpNoDelay(true);
            onSocket.accept(socket);
        });
        try {
            return factory.newConnection();
        } catch (TimeoutException e) {
            throw new IOException("no answer from the node", e);
        }
    }

    /// Shows it all; returns the count at the end.
    Tally.Count run() throws IOException, InterruptedException {
        Tally tally = new Tally();
        TourWorker first = new TourWorker("worker-a", this, tally);
        TourWorker second = new TourWorker("worker-b", this, tally);
        try {
            step("Start a node", "process " + start() + ", AMQP on port " + node.amqpPort());

            new TourProducer(this, tally).start();
            first.start();
            second.start();
            until(tally, count -> count.processed() >= MESSAGES / 5);
            step("One producer, two workers", standing(tally));

            int held = first.kill();
            step("Cut worker A's connection", held + " messages were in its hands");
            until(tally, count -> count.redelivered() >= held);
            step("Worker B gets them", tally.count().redelivered() + " came back as redelivered");

            until(tally, count -> count.confirmed() >= MESSAGES * 3 / 5);
            step("Kill the node with -9", standing(tally));
            node.kill();

            step("Start it on the same data", "process " + start());
            until(tally, count -> count.confirmed() == MESSAGES && count.lost() == 0);
            step("Everybody came back", standing(tally));
        } finally {
            over = true;
        }
        return tally.count();
    }

    /// Starts the node and says how long that took.
    private String start() throws IOException {
        node.start();
        return "%d, ready in %d ms".formatted(node.pid(), node.readyMillis());
    }

    /// Goes on in any case: what did not happen shows in the count.
    private static void until(Tally tally, Predicate<Tally.Count> event)
            throws InterruptedException {
        tally.await(event, PATIENCE_MILLIS);
    }

    private static String standing(Tally tally) {
        Tally.Count count = tally.count();
        return "published %,d, confirmed %,d, processed %,d"
                .formatted(count.published(), count.confirmed(), count.processed());
    }

    private void step(String what, String outcome) {
        say.accept("  %-28s%s".formatted(what, outcome));
    }
}
