package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What bounds a queue: times to live, lengths, and what happens at them; priorities.
class QueueLimitsTest extends AmqpCase {

    @Test
    void unusedQueueExpires() throws IOException {
        String queue = queue(Map.of("x-expires", 1_500));
        channel.queueDeclarePassive(queue);
        awaitGone(queue);
        assertThat(refused(on -> on.queueDeclarePassive(queue)).code()).isEqualTo(404);
    }

    @Test
    void consumedQueueDoesNotExpire() throws IOException {
        String queue = queue(Map.of("x-expires", 1_000));
        Inbox.acking(channel, queue);
        Awaitility.await()
                .during(Duration.ofSeconds(2))
                .atMost(DEADLINE)
                .until(() -> channel.queueDeclarePassive(queue).getConsumerCount() == 1);
    }

    @Test
    void messagesLiveAsLongAsTheQueueSays() throws Exception {
        String dead = queue();
        String queue = queue(deadLetteringTo(dead, "x-message-ttl", 300));
        Inbox inbox = Inbox.automatic(channel, dead);
        channel.confirmSelect();
        long published = System.nanoTime();
        publish(queue, "m");
        channel.waitForConfirmsOrDie(30_000);
        assertThat(inbox.takeText()).isEqualTo("m");
        long lived = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - published);
        // Never early; how late is the machine's, not the broker's.
        assertThat(lived).isGreaterThanOrEqualTo(300L);
    }

    /// Only who publishes to the full queue waits; nobody's messages are lost.
    @Test
    void fullQueueCanHoldItsPublishersBack() throws Exception {
        String other = queue();
        var reason = new AtomicReference<String>("");
        try (Connection publishing = broker.connect()) {
            publishing.addBlockedListener(reason::set, () -> reason.set(""));
            Channel on = publishing.createChannel();
            String target = name();
            on.queueDeclare(
                    target, false, false, true, Map.of("x-max-length", 10, "x-overflow", "block"));
            for (int n = 0; n < 200; n++) {
                on.basicPublish("", target, PLAIN, new byte[] {(byte) n});
            }
            Awaitility.await().atMost(DEADLINE).until(() -> reason.get().contains(target));
            publish(other, "not held back");
            assertThat(nextText(other)).isEqualTo("not held back");
            Inbox inbox = Inbox.automatic(channel, target);
            for (int n = 0; n < 200; n++) {
                assertThat(inbox.take().getBody()).containsExactly(n);
            }
            Awaitility.await().atMost(DEADLINE).until(() -> reason.get().isEmpty());
        }
    }

    @Test
    void shorterOfTwoTimesToLiveCounts() throws Exception {
        String dead = queue();
        String queue = queue(deadLetteringTo(dead, "x-message-ttl", 60_000));
        Inbox inbox = Inbox.automatic(channel, dead);
        publish("", queue, expiring("100"), "short");
        assertThat(inbox.takeText()).isEqualTo("short");
    }

    @Test
    void zeroTimeToLiveReachesOnlyWaitingConsumers() throws Exception {
        String queue = queue(Map.of("x-message-ttl", 0));
        publish(queue, "nobody waits");
        awaitReady(queue, 0);
        Inbox inbox = Inbox.automatic(channel, queue);
        publish(queue, "somebody waits");
        assertThat(inbox.takeText()).isEqualTo("somebody waits");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "-1", "12.5"})
    void badExpirationIs406(String expiration) throws IOException {
        String queue = queue();
        Refusal refusal =
                refused(on -> on.basicPublish("", queue, expiring(expiration), new byte[1]));
        assertThat(refusal.code()).as(refusal.text()).isEqualTo(406);
    }

    @Test
    void expiredMessagesAreNotHandedOut() throws IOException {
        String queue = queue();
        publish("", queue, expiring("50"), "gone");
        publish("", queue, expiring("60000"), "here");
        awaitReady(queue, 1);
        assertThat(nextText(queue)).isEqualTo("here");
    }

    @Test
    void fullQueueDropsItsHead() throws IOException {
        String queue = queue(Map.of("x-max-length", 2));
        publish(queue, "1", "2", "3", "4");
        assertThat(nextText(queue)).isEqualTo("3");
        assertThat(nextText(queue)).isEqualTo("4");
        assertThat(ready(queue)).isZero();
    }

    /// Even where the request follows the message at once.
    @Test
    void queueOfLengthZeroKeepsNothing() throws IOException {
        String queue = queue(Map.of("x-max-length", 0));
        for (int i = 0; i < 20; i++) {
            publish(queue, "m");
            assertThat(channel.basicGet(queue, true)).isNull();
        }
    }

    @Test
    void returnedMessageCountsToTheLength() throws Exception {
        String queue = queue(Map.of("x-max-length", 1));
        publish(queue, "old");
        awaitReady(queue, 1);
        long held = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
        publish(queue, "new");
        channel.basicNack(held, false, true);
        assertThat(nextText(queue)).isEqualTo("new");
        assertThat(ready(queue)).isZero();
    }

    @Test
    void heldMessagesDoNotCountToTheLength() throws Exception {
        String queue = queue(Map.of("x-max-length", 1));
        publish(queue, "held");
        awaitReady(queue, 1);
        long held = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
        publish(queue, "ready");
        awaitReady(queue, 1);
        channel.basicAck(held, false);
        assertThat(nextText(queue)).isEqualTo("ready");
    }

    @Test
    void fullQueueOfBytesDropsItsHead() throws IOException {
        String queue = queue(Map.of("x-max-length-bytes", 10));
        publish(queue, "aaaa", "bbbb", "cccc");
        assertThat(nextText(queue)).isEqualTo("bbbb");
        assertThat(nextText(queue)).isEqualTo("cccc");
        assertThat(ready(queue)).isZero();
    }

    @Test
    void rejectPublishNacksTheNewest() throws Exception {
        String queue = queue(Map.of("x-max-length", 2, "x-overflow", "reject-publish"));
        assertThat(confirmed(queue, "1")).isTrue();
        assertThat(confirmed(queue, "2")).isTrue();
        Awaitility.await().atMost(DEADLINE).until(() -> !confirmed(queue, "3"));
        assertThat(List.of(nextText(queue), nextText(queue))).isEqualTo(List.of("1", "2"));
    }

    @Test
    void rejectPublishDlxNacksAndPutsAway() throws Exception {
        String dead = queue();
        String queue =
                queue(
                        Map.of(
                                "x-max-length",
                                1,
                                "x-overflow",
                                "reject-publish-dlx",
                                "x-dead-letter-exchange",
                                "",
                                "x-dead-letter-routing-key",
                                dead));
        assertThat(confirmed(queue, "1")).isTrue();
        assertThat(confirmed(queue, "2")).isFalse();
        var response = next(dead);
        assertThat(text(response)).isEqualTo("2");
        assertThat(response.getProps().getHeaders().get("x-first-death-reason"))
                .hasToString("maxlen");
        assertThat(nextText(queue)).isEqualTo("1");
    }

    @Test
    void priorityGoesFirstAndOrderHoldsWithin() throws Exception {
        String queue = queue(Map.of("x-max-priority", 5));
        String[] sent = {"1a", "5a", "0a", "5b", "9c", "1b"};
        for (String each : sent) {
            publish("", queue, priority(each.charAt(0) - '0'), each);
        }
        publish("", queue, PLAIN, "none");
        awaitReady(queue, sent.length + 1);
        // 9 counts as the queue's highest, 5; no priority counts as 0.
        assertThat(Inbox.automatic(channel, queue).takeTexts(sent.length + 1))
                .containsExactly("5a", "5b", "9c", "1a", "1b", "0a", "none");
    }

    @Test
    void queueWithoutPriorityIgnoresIt() throws Exception {
        String queue = queue();
        publish("", queue, priority(1), "first");
        publish("", queue, priority(9), "second");
        awaitReady(queue, 2);
        assertThat(Inbox.automatic(channel, queue).takeTexts(2)).containsExactly("first", "second");
    }

    @Test
    void queueExpiryCountsFromTheLastUse() throws Exception {
        String queue = queue(Map.of("x-expires", 2_500));
        Awaitility.await()
                .pollInterval(Duration.ofMillis(100))
                .during(Duration.ofSeconds(4))
                .atMost(DEADLINE)
                .until(() -> channel.basicGet(queue, true) == null);
        assertThat(channel.isOpen()).isTrue();
    }

    private boolean confirmed(String queue, String body) throws Exception {
        channel.confirmSelect();
        publish(queue, body);
        return channel.waitForConfirms(30_000);
    }

    private static AMQP.BasicProperties priority(int priority) {
        return new AMQP.BasicProperties.Builder().priority(priority).build();
    }
}
