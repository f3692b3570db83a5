package dev.parley.cli;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;

/// Publishes numbered messages with confirms; what was not confirmed when the connection broke it
/// publishes again.
final class TourProducer {
    private static final long NANOS_BETWEEN = 1_000_000_000L / Tour.PER_SECOND;

    private final Tour tour;
    private final Tally tally;
    private final Thread thread = Thread.ofVirtual().name("producer").unstarted(this::run);

    TourProducer(Tour tour, Tally tally) {
        this.tour = tour;
        this.tally = tally;
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!tour.over() && tally.count().confirmed() < Tour.MESSAGES) {
            try (Connection connection = tour.connect()) {
                publish(connection.createChannel());
            } catch (IOException | AlreadyClosedException e) {
                // The node is gone; once more with what is not confirmed.
                LockSupport.parkNanos(Tour.RETRY_NANOS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void publish(Channel channel) throws IOException, InterruptedException {
        NavigableMap<Long, Integer> waiting = new ConcurrentSkipListMap<>();
        channel.queueDeclare(Tour.QUEUE, true, false, false, Map.of());
        channel.confirmSelect();
        channel.addConfirmListener(
                (tag, multiple) -> {
                    NavigableMap<Long, Integer> done =
                            multiple
                                    ? waiting.headMap(tag, true)
                                    : waiting.subMap(tag, true, tag, true);
                    done.values().forEach(tally::onConfirmed);
                    done.clear();
                },
                (tag, multiple) -> {
                    // Refused: not confirmed, so it is published again by the next round.
                });
        long due = System.nanoTime();
        for (int message = 0; message < Tour.MESSAGES && !tour.over(); message++) {
            if (tally.confirmed(message)) {
                continue;
            }
            waiting.put(channel.getNextPublishSeqNo(), message);
            tally.onPublished(message);
            byte[] body = Integer.toString(message).getBytes(StandardCharsets.UTF_8);
            channel.basicPublish("", Tour.QUEUE, MessageProperties.PERSISTENT_BASIC, body);
            due += NANOS_BETWEEN;
            LockSupport.parkNanos(due - System.nanoTime());
        }
        while (channel.isOpen() && !tour.over() && !waiting.isEmpty()) {
            LockSupport.parkNanos(Tour.RETRY_NANOS);
        }
    }
}
