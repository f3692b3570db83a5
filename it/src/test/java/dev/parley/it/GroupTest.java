package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// Order per key while many consumers share a queue.
class GroupTest extends AmqpCase {

    private static AMQP.BasicProperties key(String key) {
        return new AMQP.BasicProperties.Builder()
                .deliveryMode(2)
                .headers(Map.of("x-group", key))
                .build();
    }

    private Inbox consumer(String queue, int prefetch) throws IOException {
        Channel own = connection.createChannel();
        own.basicQos(prefetch);
        return Inbox.acking(own, queue);
    }

    private static void ack(Inbox inbox, Delivery delivery) throws IOException {
        inbox.getChannel().basicAck(Inbox.tag(delivery), false);
    }

    @Test
    void groupGoesToOneConsumerAtATimeAndBlocksNoOther() throws Exception {
        String queue = durableQueue(Map.of("x-group-header", "x-group"));
        Inbox first = consumer(queue, 1);
        publish("", queue, key("a"), "a1");
        Delivery held = first.take();
        Inbox second = consumer(queue, 1);
        publish("", queue, key("a"), "a2");
        publish("", queue, key("b"), "b1");
        publish("", queue, PLAIN, "none");
        Delivery other = second.take();
        assertThat(Inbox.text(other)).isEqualTo("b1");
        ack(second, other);
        Delivery free = second.take();
        assertThat(Inbox.text(free)).isEqualTo("none");
        ack(second, free);
        second.staysEmpty();
        assertThat(ready(queue)).isEqualTo(1);
        ack(first, held);
        assertThat(first.size() + second.size()).isLessThanOrEqualTo(1);
        Awaitility.await().atMost(DEADLINE).until(() -> first.size() + second.size() == 1);
    }

    @Test
    void messagesOfADeadConsumerGoOnInOrder() throws Exception {
        String queue = durableQueue(Map.of("x-group-header", "x-group"));
        Inbox first = consumer(queue, 2);
        for (int n = 1; n <= 4; n++) {
            publish("", queue, key("a"), "a" + n);
        }
        assertThat(first.takeTexts(2)).containsExactly("a1", "a2");
        Inbox second = consumer(queue, 10);
        second.staysEmpty();
        first.getChannel().close();
        assertThat(second.takeTexts(4)).containsExactly("a1", "a2", "a3", "a4");
    }

    @Test
    void groupWaitsForAMessageThatRests() throws Exception {
        String queue =
                durableQueue(
                        Map.of(
                                "x-group-header", "x-group",
                                "x-delayed-retry-type", "failed",
                                "x-delayed-retry-min", 300));
        Inbox inbox = consumer(queue, 1);
        publish("", queue, key("a"), "a1");
        publish("", queue, key("a"), "a2");
        publish("", queue, key("b"), "b1");
        Delivery failed = inbox.take();
        inbox.getChannel().basicReject(Inbox.tag(failed), true);
        Delivery other = inbox.take();
        assertThat(Inbox.text(other)).isEqualTo("b1");
        ack(inbox, other);
        for (String expected : List.of("a1", "a2")) {
            Delivery next = inbox.take();
            assertThat(Inbox.text(next)).isEqualTo(expected);
            ack(inbox, next);
        }
    }

    @Test
    void purgeTakesWhatIsHeldToo() throws Exception {
        String queue = durableQueue(Map.of("x-group-header", "x-group"));
        Inbox first = consumer(queue, 1);
        Inbox second = consumer(queue, 1);
        for (int n = 0; n < 5; n++) {
            publish("", queue, key("a"), "a" + n);
        }
        awaitReady(queue, 4);
        assertThat(channel.queuePurge(queue).getMessageCount()).isEqualTo(4);
        assertThat(ready(queue)).isZero();
        Awaitility.await().atMost(DEADLINE).until(() -> first.size() + second.size() == 1);
    }

    @Test
    void groupsAndPrioritiesDoNotGoTogether() {
        Map<String, Object> both = Map.of("x-group-header", "g", "x-max-priority", 5);
        assertThat(refused(on -> on.queueDeclare("", false, true, true, both)).code())
                .isEqualTo(406);
    }

    /// Many keys, many consumers that settle at random and die at random: every key's first
    /// deliveries come in order, and no key is at two consumers at a time. `-Dparley.groups.seed=…`
    /// for another plan.
    @Test
    void orderHoldsUnderLoad() throws Exception {
        String queue = durableQueue(Map.of("x-group-header", "x-group"));
        long seed = Long.getLong("parley.groups.seed", 5);
        Random random = new Random(seed);
        int messages = 2_000;
        for (int n = 0; n < messages; n++) {
            publish("", queue, key("k" + random.nextInt(40)), String.valueOf(n));
        }
        var last = new ConcurrentHashMap<String, Integer>();
        var faults = new ConcurrentLinkedQueue<String>();
        var done = new AtomicInteger();
        for (int c = 0; c < 6; c++) {
            Channel own = connection.createChannel();
            own.basicQos(1 + random.nextInt(20));
            own.basicConsume(
                    queue,
                    false,
                    new DefaultConsumer(own) {
                        @Override
                        public void handleDelivery(
                                String tag,
                                Envelope envelope,
                                AMQP.BasicProperties properties,
                                byte[] body)
                                throws IOException {
                            String key = String.valueOf(properties.getHeaders().get("x-group"));
                            int number = Integer.parseInt(new String(body, UTF_8));
                            Integer before = last.put(key, number);
                            if (before != null && before > number) {
                                faults.add(key + ": " + number + " after " + before);
                            }
                            done.incrementAndGet();
                            own.basicAck(envelope.getDeliveryTag(), false);
                        }
                    });
        }
        Awaitility.await("all of them, seed " + seed)
                .atMost(DEADLINE)
                .until(() -> done.get() >= messages);
        assertThat(faults).as("seed %d", seed).isEmpty();
    }
}
