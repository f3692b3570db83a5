package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Delivery;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Messages that wait before consumers see them, and deliveries that are repeated later.
class DelayTest extends AmqpCase {

    private static AMQP.BasicProperties delayed(long millis) {
        return persistent(Map.of("x-delay", millis));
    }

    private static AMQP.BasicProperties persistent(Map<String, Object> headers) {
        return new AMQP.BasicProperties.Builder().deliveryMode(2).headers(headers).build();
    }

    @Test
    void delayedMessagesComeInTheOrderInWhichTheyAreDue() throws Exception {
        String queue = durableQueue(Map.of());
        Inbox inbox = Inbox.automatic(channel, queue);
        channel.confirmSelect();
        long began = System.currentTimeMillis();
        publish("", queue, delayed(3_000), "late");
        publish("", queue, delayed(1_500), "early");
        publish("", queue, PLAIN, "now");
        channel.waitForConfirmsOrDie(30_000);
        assertThat(inbox.takeTexts(3)).containsExactly("now", "early", "late");
        // Never early; how much later is the machine's.
        assertThat(System.currentTimeMillis() - began).isGreaterThanOrEqualTo(3_000);
    }

    @Test
    void delayedMessagesAreNotReady() throws Exception {
        String queue = durableQueue(Map.of());
        channel.confirmSelect();
        publish("", queue, delayed(3_600_000), "m");
        publish("", queue, headers(Map.of("x-delay", 3_600_000)), "transient");
        channel.waitForConfirmsOrDie(30_000);
        assertThat(ready(queue)).isZero();
        assertThat(channel.basicGet(queue, true)).isNull();
        assertThat(refused(on -> on.queueDelete(queue, false, true)).code()).isEqualTo(406);
    }

    @Test
    void timeOfDeliveryCanBeGivenAsATimestamp() throws Exception {
        String queue = durableQueue(Map.of());
        Instant due = Instant.now().plusSeconds(2);
        publish("", queue, persistent(Map.of("x-deliver-at", Date.from(due))), "m");
        Inbox inbox = Inbox.automatic(channel, queue);
        assertThat(inbox.takeText()).isEqualTo("m");
        assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(due.getEpochSecond() * 1000);
    }

    @Test
    void pastTimesAndNegativeDelaysMeanAtOnce() throws Exception {
        String queue = durableQueue(Map.of());
        publish("", queue, delayed(-5_000), "negative");
        publish("", queue, persistent(Map.of("x-deliver-at", 1L)), "past");
        assertThat(nextText(queue)).isEqualTo("negative");
        assertThat(nextText(queue)).isEqualTo("past");
    }

    @Test
    void delayThatIsNoNumberIsRefused() {
        Refusal refusal =
                refused(on -> {
                    on.basicPublish("", "any", headers(Map.of("x-delay", "soon")), new byte[0]);
                });
        assertThat(refusal.code()).isEqualTo(406);
        assertThat(refusal.text()).contains("x-delay");
    }

    @Test
    void delayedExchangeRoutesByItsOtherType() throws Exception {
        String exchange = exchange("x-delayed-message", Map.of("x-delayed-type", "topic"));
        String queue = bound(exchange, "orders.*");
        Inbox inbox = Inbox.automatic(channel, queue);
        publish(exchange, "orders.eu", headers(Map.of("x-delay", 1_500)), "later");
        publish(exchange, "orders.us", PLAIN, "now");
        publish(exchange, "else", PLAIN, "not here");
        assertThat(inbox.takeTexts(2)).containsExactly("now", "later");
        inbox.staysEmpty();
    }

    @Test
    void delayedExchangeNeedsAKnownType() {
        assertThat(refused(on -> on.exchangeDeclare(name(), "x-delayed-message", false)).code())
                .isEqualTo(406);
    }

    @Test
    void timeToLiveCountsFromTheMomentWhenAMessageIsDue() throws Exception {
        String dead = queue();
        String queue = durableQueue(deadLetteringTo(dead));
        AMQP.BasicProperties both =
                new AMQP.BasicProperties.Builder()
                        .deliveryMode(2)
                        .expiration("300")
                        .headers(Map.of("x-delay", 300))
                        .build();
        long began = System.currentTimeMillis();
        publish("", queue, both, "m");
        Delivery delivery = Inbox.automatic(channel, dead).take();
        assertThat(Inbox.text(delivery)).isEqualTo("m");
        assertThat(System.currentTimeMillis() - began).isGreaterThanOrEqualTo(600);
    }

    @Test
    void failedDeliveriesAreRepeatedEverLater() throws Exception {
        String dead = queue();
        String queue =
                durableQueue(
                        deadLetteringTo(
                                dead,
                                "x-delivery-limit",
                                2,
                                "x-delayed-retry-type",
                                "failed",
                                "x-delayed-retry-min",
                                200,
                                "x-delayed-retry-max",
                                10_000,
                                "x-delayed-retry-growth",
                                "exponential"));
        Inbox inbox = Inbox.acking(channel, queue);
        Inbox put = Inbox.automatic(channel, dead);
        publish("", queue, persistent(Map.of()), "m");
        List<Long> times = new ArrayList<>();
        for (int attempt = 0; attempt < 3; attempt++) {
            Delivery delivery = inbox.take();
            times.add(System.currentTimeMillis());
            assertThat(delivery.getEnvelope().isRedeliver()).isEqualTo(attempt > 0);
            Map<String, Object> headers = delivery.getProperties().getHeaders();
            Object count = headers == null ? null : headers.get("x-delivery-count");
            assertThat(count).isEqualTo(attempt == 0 ? null : (long) attempt);
            channel.basicReject(Inbox.tag(delivery), true);
        }
        assertThat(times.get(1) - times.get(0)).isGreaterThanOrEqualTo(200);
        assertThat(times.get(2) - times.get(1)).isGreaterThanOrEqualTo(400);
        Delivery buried = put.take();
        assertThat(buried.getProperties().getHeaders())
                .containsEntry("x-delivery-count", 3L)
                .extractingByKey("x-last-death-reason")
                .hasToString("delivery_limit");
    }

    @Test
    void othersOvertakeAMessageThatRests() throws Exception {
        String queue =
                durableQueue(Map.of("x-delayed-retry-type", "all", "x-delayed-retry-min", 1_500));
        Inbox inbox = Inbox.acking(channel, queue);
        publish("", queue, persistent(Map.of()), "one");
        channel.basicNack(Inbox.tag(inbox.take()), false, true);
        publish("", queue, persistent(Map.of()), "two");
        assertThat(inbox.takeTexts(2)).containsExactly("two", "one");
    }

    @Test
    void malformedRetriesAreRefused() {
        for (Map<String, Object> wrong :
                List.<Map<String, Object>>of(
                        Map.of("x-delayed-retry-type", "sometimes"),
                        Map.of("x-delayed-retry-type", "all", "x-delayed-retry-min", 0),
                        Map.of("x-delayed-retry-min", 10, "x-delayed-retry-max", 5),
                        Map.of("x-delayed-retry-min", 10, "x-delayed-retry-growth", "wild"))) {
            Refusal refusal = refusedOnAnother(on -> on.queueDeclare("", false, true, true, wrong));
            assertThat(refusal.code()).as("%s", wrong).isEqualTo(406);
        }
    }

    private Refusal refusedOnAnother(Action action) {
        try {
            return refused(connection.createChannel(), action);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Scheduled and resting messages are durable: a node that is killed loses none and brings them
    /// when they are due.
    @Test
    void scheduleSurvivesAKill() throws Exception {
        try (TestNode node = TestNode.start(Broker.freshDirectory("delays"))) {
            long began = System.currentTimeMillis();
            Connection first = Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
            Channel filling = first.createChannel();
            filling.queueDeclare("delays", true, false, false, Map.of());
            filling.confirmSelect();
            for (int n = 0; n < 2_000; n++) {
                long delay = 4_000L + n % 50;
                filling.basicPublish("", "delays", delayed(delay), new byte[] {1});
            }
            filling.basicPublish("", "delays", delayed(3_600_000), new byte[] {2});
            filling.waitForConfirmsOrDie(30_000);
            node.kill();
            first.abort();
            node.restart();
            try (Connection second = Broker.connect(Broker.factory(Broker.url(node.amqpPort())))) {
                Channel on = second.createChannel();
                Inbox inbox = Inbox.automatic(on, "delays");
                for (int n = 0; n < 2_000; n++) {
                    assertThat(inbox.take().getBody()).containsExactly(1);
                }
                assertThat(System.currentTimeMillis() - began).isGreaterThanOrEqualTo(4_000);
                inbox.staysEmpty();
            }
            node.stop();
        }
    }
}
