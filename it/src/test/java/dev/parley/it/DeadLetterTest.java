package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What happens to a message that its queue gives up: where it goes, and the history it carries.
class DeadLetterTest extends AmqpCase {

    @Test
    void rejectedMessageIsPutAway() throws IOException {
        String dead = queue();
        String queue = queue(to(dead));
        publish(queue, "m");
        awaitReady(queue, 1);
        long tag = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
        channel.basicReject(tag, false);
        GetResponse response = next(dead);
        assertThat(text(response)).isEqualTo("m");
        assertThat(response.getEnvelope().isRedeliver()).isFalse();
        Map<String, Object> death = onlyDeath(response);
        assertThat(death.get("queue")).hasToString(queue);
        assertThat(death.get("reason")).hasToString("rejected");
        assertThat(death.get("exchange")).hasToString("");
        assertThat(death.get("count")).isEqualTo(1L);
        assertThat(death.get("time")).isInstanceOf(Date.class);
        assertThat(death.get("routing-keys")).hasToString("[" + queue + "]");
        Map<String, Object> headers = response.getProps().getHeaders();
        assertThat(headers.get("x-first-death-queue")).hasToString(queue);
        assertThat(headers.get("x-first-death-reason")).hasToString("rejected");
        assertThat(headers.get("x-first-death-exchange")).hasToString("");
    }

    @Test
    void nackOfSeveralPutsAllAwayInOrder() throws IOException {
        String dead = queue();
        String queue = queue(to(dead));
        publish(queue, "1", "2", "3");
        awaitReady(queue, 3);
        long last = 0;
        for (int i = 0; i < 3; i++) {
            last = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
        }
        channel.basicNack(last, true, false);
        assertThat(List.of(nextText(dead), nextText(dead), nextText(dead)))
                .isEqualTo(List.of("1", "2", "3"));
    }

    @Test
    void expiredMessageIsPutAwayWithoutItsExpiration() throws IOException {
        String dead = queue();
        String queue = queue(to(dead));
        publish("", queue, expiring("50"), "m");
        GetResponse response = next(dead);
        assertThat(response.getProps().getExpiration()).isNull();
        Map<String, Object> death = onlyDeath(response);
        assertThat(death.get("reason")).hasToString("expired");
        assertThat(death.get("original-expiration")).hasToString("50");
    }

    @Test
    void droppedHeadIsPutAway() throws IOException {
        String dead = queue();
        Map<String, Object> arguments = to(dead);
        arguments.put("x-max-length", 1);
        String queue = queue(arguments);
        publish(queue, "1", "2");
        GetResponse response = next(dead);
        assertThat(text(response)).isEqualTo("1");
        assertThat(onlyDeath(response).get("reason")).hasToString("maxlen");
    }

    /// Returned by reject, since from RabbitMQ 4.3 on, and here, a nack does not count.
    @Test
    void poisonMessageStopsAtItsDeliveryLimit() throws Exception {
        String dead = queue();
        Map<String, Object> arguments = to(dead);
        arguments.put("x-queue-type", "quorum");
        arguments.put("x-delivery-limit", 2);
        String queue = durableQueue(arguments);
        Inbox inbox = Inbox.acking(channel, queue);
        publish(queue, "poison");
        for (int delivery = 0; delivery < 3; delivery++) {
            var delivered = inbox.take();
            assertThat(delivered.getEnvelope().isRedeliver()).isEqualTo(delivery > 0);
            String count = deliveryCount(delivered.getProperties());
            assertThat(count).isEqualTo(Integer.toString(delivery));
            channel.basicReject(Inbox.tag(delivered), true);
        }
        GetResponse response = next(dead);
        assertThat(text(response)).isEqualTo("poison");
        assertThat(onlyDeath(response).get("reason")).hasToString("delivery_limit");
        inbox.staysEmpty();
    }

    /// As RabbitMQ's: without an argument a classic queue has no limit, and a quorum queue 20.
    @Test
    void quorumQueuesHaveALimitOfTheirOwn() throws Exception {
        String dead = queue();
        Map<String, Object> quorum = to(dead);
        quorum.put("x-queue-type", "quorum");
        Map<String, Object> endless = new HashMap<>(quorum);
        endless.put("x-delivery-limit", -1);
        failOften(durableQueue(quorum), 21);
        assertThat(text(next(dead))).isEqualTo("poison");
        for (String queue : List.of(durableQueue(to(dead)), durableQueue(endless))) {
            Inbox inbox = failOften(queue, 30);
            channel.basicAck(Inbox.tag(inbox.take()), false);
        }
        assertThat(channel.basicGet(dead, true)).isNull();
    }

    /// A message that its consumer rejects so often.
    private Inbox failOften(String queue, int times) throws Exception {
        Inbox inbox = Inbox.acking(channel, queue);
        publish(queue, "poison");
        for (int delivery = 0; delivery < times; delivery++) {
            channel.basicReject(Inbox.tag(inbox.take()), true);
        }
        return inbox;
    }

    @Test
    void withoutARoutingKeyTheOriginalOneStays() throws IOException {
        String exchange = exchange("direct");
        String queue = queue(Map.of("x-dead-letter-exchange", exchange, "x-message-ttl", 1));
        String dead = queue();
        channel.queueBind(dead, exchange, queue);
        publish(queue, "m");
        GetResponse response = next(dead);
        assertThat(response.getEnvelope().getExchange()).isEqualTo(exchange);
        assertThat(response.getEnvelope().getRoutingKey()).isEqualTo(queue);
    }

    @Test
    void deathsOfOneQueueAndReasonAreCounted() throws IOException {
        String dead = queue();
        String queue = queue(to(dead));
        AMQP.BasicProperties properties = PLAIN;
        for (int round = 1; round <= 3; round++) {
            publish("", queue, properties, "m");
            awaitReady(queue, 1);
            long tag = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
            channel.basicNack(tag, false, false);
            GetResponse response = next(dead);
            assertThat(onlyDeath(response).get("count")).isEqualTo((long) round);
            properties = response.getProps();
        }
    }

    /// Nobody waits to be told that there is no room, so the message goes where it would go if a
    /// publisher had been refused.
    @Test
    void deadLetterThatFindsNoRoomGoesOn() throws IOException {
        String end = queue();
        String full =
                durableQueue(
                        deadLetteringTo(
                                end, "x-max-length", 0, "x-overflow", "reject-publish-dlx"));
        String queue = durableQueue(deadLetteringTo(full, "x-message-ttl", 0));
        publish("", queue, MessageProperties.MINIMAL_PERSISTENT_BASIC, "m");
        GetResponse response = next(end);
        assertThat(text(response)).isEqualTo("m");
        assertThat(deaths(response))
                .extracting(death -> death.get("queue") + " " + death.get("reason"))
                .containsExactly(full + " maxlen", queue + " expired");
        awaitReady(full, 0);
    }

    /// An exchange that has a way on for one key of a message does not ask its alternate for
    /// others.
    @Test
    void keysOfADeadLetterAreRoutedTogether() throws IOException {
        String rest = exchange("fanout");
        String unrouted = bound(rest, "");
        String exchange = exchange("direct", Map.of("alternate-exchange", rest));
        String dead = bound(exchange, "copy");
        String queue = queue(Map.of("x-dead-letter-exchange", exchange, "x-message-ttl", 0));
        publish("", queue, headers(Map.of("CC", List.of("copy", "copy"))), "m");
        GetResponse response = next(dead);
        assertThat(onlyDeath(response).get("routing-keys"))
                .asString()
                .isEqualTo("[" + queue + ", copy, copy]");
        assertThat(ready(unrouted)).isZero();
    }

    /// RabbitMQ before 3.6 wrote one row for each death, without a count.
    @Test
    void oldHistoryIsGroupedByQueueAndReason() throws IOException {
        String dead = queue();
        String queue =
                queue(
                        Map.of(
                                "x-max-length",
                                0,
                                "x-dead-letter-exchange",
                                "",
                                "x-dead-letter-routing-key",
                                dead));
        Map<String, Object> row = Map.of("queue", "old", "reason", "expired");
        publish("", queue, headers(Map.of("x-death", List.of(row, row, row))), "m");
        List<?> deaths = (List<?>) next(dead).getProps().getHeaders().get("x-death");
        assertThat(deaths)
                .hasSize(2)
                .last()
                .isInstanceOfSatisfying(
                        Map.class, last -> assertThat(last.get("count")).isEqualTo(3L));
    }

    @Test
    void historyIsNewestFirst() throws IOException {
        String end = queue();
        Map<String, Object> second = to(end);
        second.put("x-message-ttl", 1);
        String middle = queue(second);
        String queue = queue(to(middle));
        publish(queue, "m");
        awaitReady(queue, 1);
        long tag = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
        channel.basicNack(tag, false, false);
        GetResponse response = next(end);
        List<Map<String, Object>> deaths = deaths(response);
        assertThat(deaths).hasSize(2);
        assertThat(deaths.getFirst().get("queue")).hasToString(middle);
        assertThat(deaths.getFirst().get("reason")).hasToString("expired");
        assertThat(deaths.getLast().get("queue")).hasToString(queue);
        assertThat(deaths.getLast().get("reason")).hasToString("rejected");
        assertThat(response.getProps().getHeaders().get("x-first-death-queue")).hasToString(queue);
    }

    @Test
    void cycleWithoutARejectionEndsTheMessage() throws IOException {
        String one = name();
        String two =
                queue(
                        Map.of(
                                "x-dead-letter-exchange",
                                "",
                                "x-dead-letter-routing-key",
                                one,
                                "x-message-ttl",
                                20));
        channel.queueDeclare(
                one,
                false,
                true,
                false,
                Map.of(
                        "x-dead-letter-exchange",
                        "",
                        "x-dead-letter-routing-key",
                        two,
                        "x-message-ttl",
                        20));
        String witness = queue();
        publish(one, "round");
        // The second round would pass `one` again: it is dropped there as a cycle.
        Inbox.acking(channel, witness).staysEmpty();
        awaitReady(one, 0);
        awaitReady(two, 0);
        publish(two, "again");
        publish(one, "alive");
        awaitReady(one, 0);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void cycleWithARejectionGoesOn() throws Exception {
        String retry = name();
        String work = queue(to(retry));
        channel.queueDeclare(
                retry,
                false,
                true,
                false,
                Map.of(
                        "x-dead-letter-exchange",
                        "",
                        "x-dead-letter-routing-key",
                        work,
                        "x-message-ttl",
                        10));
        Inbox inbox = Inbox.acking(channel, work);
        publish(work, "m");
        for (int round = 0; round < 4; round++) {
            channel.basicNack(Inbox.tag(inbox.take()), false, false);
        }
        var last = inbox.take();
        assertThat(Inbox.text(last)).isEqualTo("m");
        assertThat(last.getProperties().getHeaders().get("x-death")).asString().contains("count=4");
    }

    @Test
    void missingDeadLetterExchangeDropsTheMessage() throws IOException {
        String queue = queue(Map.of("x-dead-letter-exchange", name(), "x-message-ttl", 1));
        publish(queue, "m");
        awaitReady(queue, 0);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void purgeAndDeletePutNothingAway() throws IOException {
        String dead = queue();
        String queue = queue(to(dead));
        publish(queue, "1", "2");
        awaitReady(queue, 2);
        channel.queuePurge(queue);
        publish(queue, "3");
        awaitReady(queue, 1);
        channel.queueDelete(queue);
        assertThat(ready(dead)).isZero();
    }

    private static Map<String, Object> to(String queue) {
        var arguments = new HashMap<String, Object>();
        arguments.put("x-dead-letter-exchange", "");
        arguments.put("x-dead-letter-routing-key", queue);
        return arguments;
    }

    private static String deliveryCount(AMQP.BasicProperties properties) {
        Map<String, Object> headers = properties.getHeaders();
        Object count = headers == null ? null : headers.get("x-delivery-count");
        return count == null ? "0" : count.toString();
    }

    private static Map<String, Object> onlyDeath(GetResponse response) {
        List<Map<String, Object>> deaths = deaths(response);
        assertThat(deaths).hasSize(1);
        return deaths.getFirst();
    }

    @SuppressWarnings("unchecked") // The client decodes tables to exactly this type.
    private static List<Map<String, Object>> deaths(GetResponse response) {
        Object deaths = response.getProps().getHeaders().get("x-death");
        assertThat(deaths).isInstanceOf(List.class);
        return (List<Map<String, Object>>) Objects.requireNonNull(deaths);
    }
}
