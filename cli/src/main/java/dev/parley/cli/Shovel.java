package dev.parley.cli;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Messages on their way from a queue of one broker to a queue of another.
///
/// One thread does everything; what the two connections have to say comes as events. A delivery is
/// acknowledged when the other side has confirmed its copy, never before, and at most [#PREFETCH]
/// are on their way: what is not acknowledged goes back to its queue when the connection ends.
final class Shovel implements AutoCloseable {
    private static final int PREFETCH = 1000;
    private static final long TICK_MILLIS = 500;

    /// What one of the two sides had to say.
    private sealed interface Event {
        record Arrived(Delivery delivery) implements Event {}

        record Confirmed(long upTo, boolean multiple) implements Event {}

        /// It cannot go on.
        record Failed(String why) implements Event {}
    }

    private final Connection from;
    private final Connection to;
    private final Channel source;
    private final Channel target;
    private final String queue;
    private final String targetQueue;
    private final String targetUser;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    /// Source's delivery tags by the numbers of the copies that are not confirmed.
    private final NavigableMap<Long, Long> unconfirmed = new TreeMap<>();

    private long moved;

    private Shovel(
            Connection from, Connection to, String queue, String targetQueue, String targetUser)
            throws IOException {
        this.from = from;
        this.to = to;
        this.source = from.createChannel();
        this.target = to.createChannel();
        this.queue = queue;
        this.targetQueue = targetQueue;
        this.targetUser = targetUser;
    }

    /// Connects both sides and makes sure that both queues are there.
    static Shovel open(
            String fromUrl, String queue, String toUrl, String targetQueue, boolean declare)
            throws IOException {
        ConnectionFactory toFactory = factory(toUrl);
        Connection from = connect(factory(fromUrl));
        try {
            Connection to = connect(toFactory);
            Shovel shovel = new Shovel(from, to, queue, targetQueue, toFactory.getUsername());
            try {
                shovel.prepare(declare);
                return shovel;
            } catch (IOException e) {
                shovel.close();
                throw new IOException(reason(e), e);
            }
        } catch (IOException e) {
            from.abort();
            throw e;
        }
    }

    private static ConnectionFactory factory(String url) throws IOException {
        ConnectionFactory factory = new ConnectionFactory();
        try {
            factory.setUri(url);
        } catch (URISyntaxException | GeneralSecurityException | IllegalArgumentException e) {
            // What is wrong with it is said with the URL itself, which holds a password.
            throw new IOException(
                    "not a URL of AMQP, which is amqp://USER:PASSWORD@HOST:PORT/VHOST");
        }
        factory.setAutomaticRecoveryEnabled(false);
        return factory;
    }

    private static Connection connect(ConnectionFactory factory) throws IOException {
        try {
            return factory.newConnection("parley shovel");
        } catch (IOException | TimeoutException e) {
            // The URL holds a password.
            String where = factory.getHost() + ":" + factory.getPort();
            throw new IOException("cannot connect to " + where + ": " + reason(e), e);
        }
    }

    private static String reason(Throwable e) {
        Throwable at = e;
        while (at.getMessage() == null && at.getCause() != null) {
            at = at.getCause();
        }
        if (at instanceof ShutdownSignalException closed) {
            return told(closed);
        }
        return at.getMessage() == null ? at.toString() : at.getMessage();
    }

    private static String told(ShutdownSignalException closed) {
        return switch (closed.getReason()) {
            case AMQP.Channel.Close close -> close.getReplyText();
            case AMQP.Connection.Close close -> close.getReplyText();
            case null, default -> String.valueOf(closed.getMessage());
        };
    }

    private void prepare(boolean declare) throws IOException {
        source.queueDeclarePassive(queue);
        if (declare && !exists(targetQueue)) {
            target.queueDeclare(targetQueue, true, false, false, Map.of());
        } else {
            target.queueDeclarePassive(targetQueue);
        }
        target.confirmSelect();
        target.addConfirmListener(
                (upTo, multiple) -> events.add(new Event.Confirmed(upTo, multiple)),
                (upTo, multiple) ->
                        events.add(
                                new Event.Failed(
                                        "a message was refused: is queue '"
                                                + targetQueue
                                                + "' full?")));
        target.addReturnListener(
                returned -> events.add(new Event.Failed("queue '" + targetQueue + "' is gone")));
        target.addShutdownListener(closed -> events.add(new Event.Failed(told(closed))));
        source.addShutdownListener(closed -> events.add(new Event.Failed(told(closed))));
        source.basicQos(PREFETCH);
        source.basicConsume(queue, false, new Arrivals(source));
    }

    private boolean exists(String name) throws IOException {
        try (Channel probe = to.createChannel()) {
            probe.queueDeclarePassive(name);
            return true;
        } catch (IOException e) {
            if (e.getCause() instanceof ShutdownSignalException closed
                    && closed.getReason() instanceof AMQP.Channel.Close close
                    && close.getReplyCode() == AMQP.NOT_FOUND) {
                return false;
            }
            throw e;
        } catch (TimeoutException e) {
            throw new IOException("no answer about queue '" + name + "'", e);
        }
    }

    private final class Arrivals extends DefaultConsumer {
        Arrivals(Channel channel) {
            super(channel);
        }

        @Override
        public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
            events.add(new Event.Arrived(new Delivery(envelope, properties, body)));
        }

        @Override
        public void handleCancel(String tag) {
            events.add(new Event.Failed("queue '" + queue + "' is gone"));
        }
    }

    /// Moves until the queue is empty, or for ever; returns how many messages were moved.
    long run(boolean follow, Consumer<String> progress) throws IOException, InterruptedException {
        long said = System.nanoTime();
        long before = 0;
        while (true) {
            Event event = events.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
            if (event != null) {
                take(event);
            } else if (unconfirmed.isEmpty() && !follow && source.messageCount(queue) == 0) {
                // What arrived meanwhile is in the events already.
                if (events.isEmpty()) {
                    return moved;
                }
            }
            long span = System.nanoTime() - said;
            if (span > TimeUnit.SECONDS.toNanos(1) && moved > before) {
                long rate = (moved - before) * TimeUnit.SECONDS.toNanos(1) / span;
                progress.accept("moved %,d messages, %,d a second".formatted(moved, rate));
                said = System.nanoTime();
                before = moved;
            }
        }
    }

    private void take(Event event) throws IOException {
        switch (event) {
            case Event.Arrived arrived -> {
                unconfirmed.put(
                        target.getNextPublishSeqNo(),
                        arrived.delivery().getEnvelope().getDeliveryTag());
                target.basicPublish(
                        "",
                        targetQueue,
                        true,
                        copied(arrived.delivery().getProperties()),
                        arrived.delivery().getBody());
            }
            case Event.Confirmed(long upTo, boolean multiple) -> confirmed(upTo, multiple);
            case Event.Failed(String why) -> throw new IOException(why);
        }
    }

    private void confirmed(long upTo, boolean multiple) throws IOException {
        if (!multiple) {
            Long tag = unconfirmed.remove(upTo);
            if (tag != null) {
                source.basicAck(tag, false);
                moved++;
            }
            return;
        }
        NavigableMap<Long, Long> done = unconfirmed.headMap(upTo, true);
        if (!done.isEmpty()) {
            // Tags rise with the numbers, and all below are confirmed too.
            source.basicAck(done.lastEntry().getValue(), true);
            moved += done.size();
            done.clear();
        }
    }

    /// A broker refuses a user id that is not the publisher's: it goes into a header.
    private AMQP.BasicProperties copied(AMQP.BasicProperties properties) {
        @Nullable String user = properties.getUserId();
        if (user == null || user.equals(targetUser)) {
            return properties;
        }
        Map<String, Object> headers = new HashMap<>();
        if (properties.getHeaders() != null) {
            headers.putAll(properties.getHeaders());
        }
        headers.put("x-original-user-id", user);
        return properties.builder().userId(null).headers(headers).build();
    }

    @Override
    public void close() {
        from.abort(5_000);
        to.abort(5_000);
    }
}
