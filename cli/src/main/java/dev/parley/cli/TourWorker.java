package dev.parley.cli;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Takes messages, works on each for a moment, acknowledges it; comes back when its connection
/// breaks, until it is killed.
final class TourWorker {
    static final int PREFETCH = 20;

    private final Tour tour;
    private final Tally tally;
    private final Thread thread;
    private final AtomicInteger held = new AtomicInteger();
    private volatile boolean hanging;
    private volatile @Nullable Socket socket;

    TourWorker(String name, Tour tour, Tally tally) {
        this.tour = tour;
        this.tally = tally;
        thread = Thread.ofVirtual().name(name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!tour.over() && !hanging) {
            try (Connection connection = tour.connect(opened -> socket = opened)) {
                Channel channel = connection.createChannel();
                channel.queueDeclare(Tour.QUEUE, true, false, false, Map.of());
                channel.basicQos(PREFETCH);
                channel.basicConsume(Tour.QUEUE, false, new Work(channel));
                while (connection.isOpen() && !tour.over()) {
                    LockSupport.parkNanos(Tour.RETRY_NANOS);
                }
            } catch (IOException | AlreadyClosedException e) {
                LockSupport.parkNanos(Tour.RETRY_NANOS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private final class Work extends DefaultConsumer {
        Work(Channel channel) {
            super(channel);
        }

        @Override
        public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            if (hanging) {
                held.incrementAndGet();
                return;
            }
            int message = Integer.parseInt(new String(body, StandardCharsets.UTF_8));
            tally.onProcessed(message, envelope.isRedeliver());
            getChannel().basicAck(envelope.getDeliveryTag(), false);
        }
    }

    /// Lets the worker take all it may and answer nothing, then cuts its connection without a
    /// goodbye, as when its machine loses power. Returns how many messages it had.
    int kill() throws IOException, InterruptedException {
        hanging = true;
        long deadline = System.nanoTime() + Tour.PATIENCE_MILLIS * 1_000_000;
        while (held.get() < PREFETCH && System.nanoTime() < deadline) {
            LockSupport.parkNanos(Tour.RETRY_NANOS / 10);
        }
        Socket open = socket;
        if (open != null) {
            open.setSoLinger(true, 0);
            open.close();
        }
        return held.get();
    }
}
