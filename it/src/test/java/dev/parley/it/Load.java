package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Publishers with confirms and consumers with acknowledgements that survive a broker's crashes.
///
/// Each has a thread and connection of its own and connects again for ever. A publisher sends what
/// was not confirmed again, in its order, before anything new.
final class Load implements AutoCloseable {

    private static final int IN_FLIGHT = 200;
    private static final int PREFETCH = 50;
    private static final AMQP.BasicProperties PERSISTENT =
            new AMQP.BasicProperties.Builder().deliveryMode(2).build();

    private final ConnectionFactory factory;
    private final List<String> queues;
    private final Ledger ledger;
    private final CountDownLatch publishersStop = new CountDownLatch(1);
    private final CountDownLatch consumersStop = new CountDownLatch(1);
    private final Set<Connection> live = ConcurrentHashMap.newKeySet();
    private final List<Thread> publishers = new ArrayList<>();
    private final List<Thread> consumers = new ArrayList<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    Load(URI uri, List<String> queues, Ledger ledger) {
        this.factory = Broker.factory(uri);
        this.factory.setConnectionTimeout(10_000);
        this.factory.setHandshakeTimeout(20_000);
        this.queues = List.copyOf(queues);
        this.ledger = ledger;
    }

    void start(int publisherCount, int consumerCount) throws IOException {
        try (Connection declaring = Broker.connect(factory)) {
            for (String queue : queues) {
                declaring.createChannel().queueDeclare(queue, true, false, false, null);
            }
        }
        for (int i = 0; i < publisherCount; i++) {
            var publisher = new Publisher("p" + i, queues.get(i % queues.size()));
            publishers.add(start("publisher-" + i, publisher::run));
        }
        for (int i = 0; i < consumerCount; i++) {
            String queue = queues.get(i % queues.size());
            consumers.add(start("consumer-" + i, () -> consume(queue)));
        }
    }

    /// Cuts every client's connection, as a broken network would.
    void cut() {
        live.forEach(Connection::abort);
    }

    /// Ends the publishers once all they sent is confirmed.
    void settle() {
        publishersStop.countDown();
        join(publishers);
    }

    List<Throwable> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        publishersStop.countDown();
        consumersStop.countDown();
        live.forEach(connection -> connection.abort(1_000));
        join(consumers);
    }

    private static void join(List<Thread> threads) {
        try {
            for (Thread thread : threads) {
                if (!thread.join(Duration.ofSeconds(60))) {
                    throw new AssertionError(thread.getName() + " does not end");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the load ended", e);
        }
    }

    private interface Session {
        void on(Connection connection) throws IOException, InterruptedException;
    }

    private Thread start(String name, Runnable body) {
        return Thread.ofVirtual()
                .name(name)
                .uncaughtExceptionHandler((_, failure) -> failures.add(failure))
                .start(body);
    }

    /// One connection's life; true if it ended by itself and not with the broker or the network.
    private boolean connected(Session session) {
        try {
            Connection connection = Broker.connect(factory);
            live.add(connection);
            try {
                session.on(connection);
                return true;
            } finally {
                live.remove(connection);
                connection.abort(1_000);
            }
        } catch (IOException | ShutdownSignalException e) {
            return false; // expected while the broker is down; the caller connects again
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted under load", e);
        }
    }

    private static boolean passed(CountDownLatch latch, long milliseconds) {
        try {
            return latch.await(milliseconds, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted under load", e);
        }
    }

    private void consume(String queue) {
        while (!passed(consumersStop, 20)) {
            connected(connection -> {
                Channel channel = connection.createChannel();
                channel.basicQos(PREFETCH);
                var ended = new CountDownLatch(1);
                connection.addShutdownListener(_ -> ended.countDown());
                channel.basicConsume(queue, false, new Recorder(channel));
                ended.await();
            });
        }
    }

    private final class Recorder extends DefaultConsumer {
        private final Ledger.View view = ledger.new View();

        private Recorder(Channel channel) {
            super(channel);
        }

        @Override
        public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            view.delivered(new String(body, UTF_8), envelope.isRedeliver());
            if (getChannel().isOpen()) {
                getChannel().basicAck(envelope.getDeliveryTag(), false);
            }
        }
    }

    private final class Publisher {
        private final String name;
        private final String queue;
        private long number;

        /// Not confirmed yet, by sequence number; what a lost connection leaves is sent again.
        private final ConcurrentSkipListMap<Long, String> open = new ConcurrentSkipListMap<>();

        private Publisher(String name, String queue) {
            this.name = name;
            this.queue = queue;
        }

        private void run() {
            while (!connected(this::publish)) {
                passed(consumersStop, 20);
            }
        }

        private void publish(Connection connection) throws IOException, InterruptedException {
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            var byTag = new ConcurrentSkipListMap<Long, Long>();
            var room = new Semaphore(IN_FLIGHT);
            channel.addConfirmListener(
                    (tag, multiple) -> settled(byTag, tag, multiple, room, true),
                    (tag, multiple) -> settled(byTag, tag, multiple, room, false));
            for (Map.Entry<Long, String> again : List.copyOf(open.entrySet())) {
                send(channel, byTag, room, again.getKey(), again.getValue());
            }
            while (!passed(publishersStop, 0)) {
                String body = name + ":" + number;
                open.put(number, body);
                send(channel, byTag, room, number++, body);
            }
            while (!byTag.isEmpty()) {
                if (!channel.isOpen()) {
                    throw new IOException("closed with confirms open");
                }
                passed(consumersStop, 5);
            }
            if (!open.isEmpty()) {
                throw new IOException("refused by the broker, to be sent again");
            }
        }

        private void send(
                Channel channel, Map<Long, Long> byTag, Semaphore room, long each, String body)
                throws IOException, InterruptedException {
            while (!room.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                if (!channel.isOpen()) {
                    throw new IOException("closed while waiting for confirms");
                }
            }
            byTag.put(channel.getNextPublishSeqNo(), each);
            ledger.publishing(body);
            channel.basicPublish("", queue, PERSISTENT, body.getBytes(UTF_8));
        }

        private void settled(
                ConcurrentSkipListMap<Long, Long> byTag,
                long tag,
                boolean multiple,
                Semaphore room,
                boolean accepted) {
            var settled = multiple ? byTag.headMap(tag, true) : byTag.subMap(tag, true, tag, true);
            for (Long each : settled.values()) {
                String body = accepted ? open.remove(each) : null;
                if (body != null) {
                    ledger.confirmed(body);
                }
                room.release();
            }
            settled.clear();
        }
    }
}
