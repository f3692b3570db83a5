package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// Publishes that are repeated take effect once.
class OnceTest extends AmqpCase {

    private static AMQP.BasicProperties numbered(String publisher, long number) {
        return new AMQP.BasicProperties.Builder()
                .deliveryMode(2)
                .headers(Map.of("x-publisher-id", publisher, "x-publisher-sequence", number))
                .build();
    }

    @Test
    void repeatedNumberIsConfirmedAndNotTakenAgain() throws Exception {
        String queue = durableQueue(Map.of());
        channel.confirmSelect();
        publish("", queue, numbered("p", 1), "one");
        publish("", queue, numbered("p", 2), "two");
        publish("", queue, numbered("p", 1), "one again");
        publish("", queue, numbered("q", 1), "another publisher");
        channel.waitForConfirmsOrDie(30_000);
        assertThat(ready(queue)).isEqualTo(3);
    }

    @Test
    void numbersMayComeInAnotherOrder() throws Exception {
        String queue = durableQueue(Map.of());
        channel.confirmSelect();
        for (long number : new long[] {3, 1, 2, 1, 3, 2, 4}) {
            publish("", queue, numbered("p", number), "m" + number);
        }
        channel.waitForConfirmsOrDie(30_000);
        assertThat(ready(queue)).isEqualTo(4);
    }

    @Test
    void numberBelowZeroIsRefused() throws Exception {
        String queue = durableQueue(Map.of());
        Refusal refusal =
                refused(on -> {
                    publish(on, queue, numbered("p", Long.MIN_VALUE + 1));
                    on.queueDeclarePassive(queue);
                });
        assertThat(refusal.code()).isEqualTo(406);
    }

    private static void publish(Channel on, String queue, AMQP.BasicProperties properties)
            throws IOException {
        on.basicPublish("", queue, properties, new byte[] {1});
    }

    @Test
    void refusedNumberMayComeAgain() throws Exception {
        String queue = durableQueue(Map.of("x-max-length", 1, "x-overflow", "reject-publish"));
        channel.confirmSelect();
        publish("", queue, numbered("p", 1), "one");
        channel.waitForConfirmsOrDie(30_000);
        publish("", queue, numbered("p", 2), "two");
        assertThat(channel.waitForConfirms(30_000)).isFalse();
        assertThat(nextText(queue)).isEqualTo("one");
        publish("", queue, numbered("p", 2), "two");
        assertThat(channel.waitForConfirms(30_000)).isTrue();
        assertThat(nextText(queue)).isEqualTo("two");
    }

    @Test
    void queuesCanLookAtNames() throws Exception {
        String queue = durableQueue(Map.of("x-message-deduplication", true));
        String plain = durableQueue(Map.of());
        channel.confirmSelect();
        AMQP.BasicProperties named =
                new AMQP.BasicProperties.Builder().deliveryMode(2).messageId("order-1").build();
        for (String to : List.of(queue, plain)) {
            publish("", to, named, "a");
            publish("", to, named, "b");
        }
        publish("", queue, headers(Map.of("x-deduplication-header", "x")), "c");
        publish("", queue, headers(Map.of("x-deduplication-header", "x")), "d");
        channel.waitForConfirmsOrDie(30_000);
        assertThat(ready(queue)).isEqualTo(2);
        assertThat(ready(plain)).isEqualTo(2);
    }

    @Test
    void namesAreForgottenAfterTheirTime() throws Exception {
        String queue = queue(Map.of("x-message-deduplication", true, "x-cache-ttl", 1));
        channel.confirmSelect();
        AMQP.BasicProperties named = headers(Map.of("x-deduplication-header", "x"));
        publish("", queue, named, "a");
        channel.waitForConfirmsOrDie(30_000);
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .atMost(DEADLINE)
                .until(() -> {
                    publish("", queue, named, "b");
                    channel.waitForConfirmsOrDie(30_000);
                    return ready(queue) == 2;
                });
    }

    /// A publisher that repeats all it has no confirm for, whatever happens to the node, gets each
    /// message into the queue exactly once.
    @Test
    void repeatingAfterAKillBringsNothingTwice() throws Exception {
        try (TestNode node = TestNode.start(Broker.freshDirectory("once"))) {
            Connection first = Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
            first.createChannel().queueDeclare("once", true, false, false, Map.of());
            for (int round = 0; round < 3; round++) {
                node.kill();
                node.restart();
                publishAll(node, 500, round == 2);
            }
            first.abort();
            try (Connection last = Broker.connect(Broker.factory(Broker.url(node.amqpPort())))) {
                Channel on = last.createChannel();
                List<String> found = new ArrayList<>();
                GetResponse one;
                while ((one = on.basicGet("once", true)) != null) {
                    found.add(text(one));
                }
                assertThat(found).hasSize(500).doesNotHaveDuplicates();
            }
            node.stop();
        }
    }

    private static void publishAll(TestNode node, int count, boolean untilConfirmed)
            throws Exception {
        Connection again = Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
        Channel on = again.createChannel();
        on.confirmSelect();
        for (int n = 0; n < count; n++) {
            on.basicPublish("", "once", numbered("p", n), ("m" + n).getBytes(UTF_8));
        }
        if (untilConfirmed) {
            on.waitForConfirmsOrDie(30_000);
        }
        again.abort();
    }
}
