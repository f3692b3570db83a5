package dev.parley.it;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/// A consumer that keeps its deliveries until the test takes them.
final class Inbox extends DefaultConsumer {

    private static final long DEADLINE_SECONDS = 30;

    private final LinkedBlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
    private final CountDownLatch cancelled = new CountDownLatch(1);

    private String tag = "";

    private Inbox(Channel channel) {
        super(channel);
    }

    static Inbox acking(Channel channel, String queue) throws IOException {
        return on(channel, queue, false, Map.of());
    }

    static Inbox automatic(Channel channel, String queue) throws IOException {
        return on(channel, queue, true, Map.of());
    }

    static Inbox on(Channel channel, String queue, boolean autoAck, Map<String, Object> arguments)
            throws IOException {
        var inbox = new Inbox(channel);
        inbox.tag = channel.basicConsume(queue, autoAck, "", false, false, arguments, inbox);
        return inbox;
    }

    @Override
    public void handleDelivery(
            String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
        deliveries.add(new Delivery(envelope, properties, body));
    }

    @Override
    public void handleCancel(String tag) {
        cancelled.countDown();
    }

    String tag() {
        return tag;
    }

    Delivery take() throws InterruptedException {
        Delivery next = deliveries.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no delivery within " + DEADLINE_SECONDS + " s");
        }
        return next;
    }

    /// What has come, or comes within so many milliseconds; null: nothing.
    @Nullable Delivery poll(long millis) throws InterruptedException {
        return deliveries.poll(millis, TimeUnit.MILLISECONDS);
    }

    String takeText() throws InterruptedException {
        return text(take());
    }

    List<String> takeTexts(int count) throws InterruptedException {
        var texts = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            texts.add(takeText());
        }
        return texts;
    }

    int size() {
        return deliveries.size();
    }

    void staysEmpty() {
        staysAt(0);
    }

    /// Holds for a while, since nothing in the protocol announces that no more will come.
    void staysAt(int size) {
        staysAt(size, Duration.ofMillis(150));
    }

    void staysAt(int size, Duration time) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .during(time)
                .atMost(Duration.ofSeconds(30))
                .until(() -> deliveries.size() == size);
    }

    /// True once the broker itself cancelled this consumer.
    boolean cancelledByBroker() throws InterruptedException {
        return cancelled.await(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    static String text(Delivery delivery) {
        return new String(delivery.getBody(), StandardCharsets.UTF_8);
    }

    static long tag(Delivery delivery) {
        return delivery.getEnvelope().getDeliveryTag();
    }
}
