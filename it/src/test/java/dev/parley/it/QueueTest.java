package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Declaring, finding, purging and deleting queues: life time, exclusivity, equivalence.
class QueueTest extends AmqpCase {

    @Test
    void serverNamesAreUniqueAndReserved() throws IOException {
        AMQP.Queue.DeclareOk one = channel.queueDeclare();
        AMQP.Queue.DeclareOk two = channel.queueDeclare();
        assertThat(one.getQueue()).startsWith("amq.gen-").isNotEqualTo(two.getQueue());
    }

    @Test
    void emptyNameMeansTheLastDeclared() throws IOException {
        String queue = channel.queueDeclare().getQueue();
        channel.queueBind("", "amq.direct", queue);
        publish("amq.direct", queue, PLAIN, "m");
        assertThat(text(channel.basicGet("", true))).isEqualTo("m");
    }

    @Test
    void emptyKeyOfTheLastDeclaredMeansItsNameWhereverItIsBoundOrNoMore() throws IOException {
        String queue = channel.queueDeclare().getQueue();
        channel.queueBind("", "amq.direct", "");
        publish("amq.direct", queue, PLAIN, "bound");
        assertThat(text(channel.basicGet("", true))).isEqualTo("bound");
        channel.queueUnbind("", "amq.direct", "");
        publish("amq.direct", queue, PLAIN, "unbound");
        assertThat(channel.basicGet("", true)).isNull();
    }

    @Test
    void emptyNameWithNothingDeclaredIs404() {
        Refusal refusal = refused(on -> on.basicGet("", true));
        assertThat(refusal.code()).isEqualTo(404);
    }

    @Test
    void declareOkCountsMessagesAndConsumers() throws IOException {
        String queue = queue();
        publish(queue, "1", "2");
        awaitReady(queue, 2);
        channel.basicQos(1);
        Inbox.acking(channel, queue);
        Awaitility.await()
                .atMost(DEADLINE)
                .untilAsserted(() -> {
                    AMQP.Queue.DeclareOk ok = channel.queueDeclarePassive(queue);
                    assertThat(ok.getMessageCount()).isEqualTo(1);
                    assertThat(ok.getConsumerCount()).isEqualTo(1);
                });
    }

    @Test
    void reservedNameIs403() {
        assertThat(refused(on -> on.queueDeclare("amq.ours", false, true, false, null)).code())
                .isEqualTo(403);
    }

    @Test
    void passiveDeclareOfNothingIs404() {
        String missing = name();
        Refusal refusal = refused(on -> on.queueDeclarePassive(missing));
        assertThat(refusal.code()).isEqualTo(404);
        assertThat(refusal.text()).startsWith("NOT_FOUND");
        assertThat(refusal.connection()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"declare", "passive", "consume", "get", "bind", "purge", "delete"})
    void exclusiveQueueIs405ToOthers(String use) throws IOException {
        String queue = queue();
        try (Connection other = broker.connect()) {
            Refusal refusal = refused(other.createChannel(), on -> use(on, use, queue));
            assertThat(refusal.code()).isEqualTo(405);
            assertThat(refusal.text()).startsWith("RESOURCE_LOCKED");
            assertThat(refusal.connection()).isFalse();
        }
    }

    private static void use(Channel on, String use, String queue) throws IOException {
        switch (use) {
            case "declare" -> on.queueDeclare(queue, false, true, false, null);
            case "passive" -> on.queueDeclarePassive(queue);
            case "consume" -> Inbox.acking(on, queue);
            case "get" -> on.basicGet(queue, true);
            case "bind" -> on.queueBind(queue, "amq.direct", "");
            case "purge" -> on.queuePurge(queue);
            case "delete" -> on.queueDelete(queue);
            default -> throw new IllegalArgumentException(use);
        }
    }

    @Test
    void exclusiveQueueGoesWithItsConnection() throws IOException {
        String queue = name();
        try (Connection other = broker.connect()) {
            other.createChannel().queueDeclare(queue, false, true, false, null);
        }
        Awaitility.await().atMost(DEADLINE).until(() -> isMissing(queue));
    }

    @Test
    void exclusiveQueueTakesMessagesFromOthers() throws IOException, TimeoutException {
        String queue = queue();
        try (Connection other = broker.connect();
                Channel publishing = other.createChannel()) {
            publishing.basicPublish("", queue, PLAIN, new byte[3]);
        }
        assertThat(next(queue).getBody()).hasSize(3);
    }

    @Test
    void autoDeleteQueueGoesWithItsLastConsumer() throws IOException {
        String queue = name();
        channel.queueDeclare(queue, false, false, true, null);
        Channel consuming = connection.createChannel();
        String one = Inbox.acking(consuming, queue).tag();
        String two = Inbox.acking(consuming, queue).tag();
        consuming.basicCancel(one);
        assertThat(isMissing(queue)).isFalse();
        consuming.basicCancel(two);
        Awaitility.await().atMost(DEADLINE).until(() -> isMissing(queue));
    }

    /// Nobody can know when a queue is gone that goes by itself: it is there, or made anew.
    @Test
    void autoDeleteQueueThatGoesCanBeDeclaredAgainAtOnce() throws Exception {
        for (int round = 0; round < 20; round++) {
            String name = name();
            channel.queueDeclare(name, true, false, true, Map.of());
            Inbox inbox = Inbox.automatic(channel, name);
            channel.basicCancel(inbox.tag());
            channel.queueDeclare(name, true, false, true, Map.of());
            publish(name, "new");
            assertThat(nextText(name)).isEqualTo("new");
            Inbox last = Inbox.automatic(channel, name);
            channel.basicCancel(last.tag());
            channel.queueDelete(name);
        }
    }

    @Test
    void autoDeleteQueueWithoutConsumersEverStays() throws IOException {
        String queue = name();
        channel.queueDeclare(queue, false, false, true, null);
        afterwards(cleaning -> cleaning.queueDelete(queue));
        publish(queue, "m");
        assertThat(nextText(queue)).isEqualTo("m");
        assertThat(isMissing(queue)).isFalse();
    }

    @Test
    void equivalentRedeclareIsAccepted() throws IOException {
        String queue = queue(Map.of("x-max-length", 10));
        // A number of another width is the same number.
        channel.queueDeclare(queue, false, true, false, Map.of("x-max-length", 10L));
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void redeclareWithAnUnknownArgumentIsAccepted() throws IOException {
        String queue = queue(Map.of("x-max-length", 10));
        channel.queueDeclare(queue, false, true, false, Map.of("x-max-length", 10, "own", 1));
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void redeclareWithAnotherTypeOfArgumentIs406() throws IOException {
        String queue = queue(Map.of("x-max-length", 10));
        Map<String, Object> text = Map.of("x-max-length", "10");
        assertThat(refused(on -> on.queueDeclare(queue, false, true, false, text)).code())
                .isEqualTo(406);
    }

    /// What is sent with a dead letter has to fit: told to who declares, not found out later.
    @ParameterizedTest
    @ValueSource(strings = {"x-dead-letter-exchange", "x-dead-letter-routing-key"})
    void deadLetterNameThatNoMessageCanCarryIs406(String argument) throws IOException {
        Map<String, Object> arguments = new HashMap<>(Map.of("x-dead-letter-exchange", ""));
        arguments.put(argument, "k".repeat(256));
        Refusal refusal = refused(on -> on.queueDeclare(name(), false, true, false, arguments));
        assertThat(refusal.code()).isEqualTo(406);
        assertThat(refusal.connection()).isFalse();
        arguments.put(argument, "k".repeat(255));
        channel = connection.createChannel();
        assertThat(queue(arguments)).isNotEmpty();
    }

    /// Numbers are taken as bounds, not as sizes of anything.
    @Test
    void hugeArgumentsDoNoHarm() throws IOException {
        String queue =
                queue(
                        Map.of(
                                "x-max-length",
                                Long.MAX_VALUE,
                                "x-max-length-bytes",
                                Long.MAX_VALUE,
                                "x-max-priority",
                                255,
                                "x-message-ttl",
                                315_360_000_000L,
                                "x-expires",
                                315_360_000_000L));
        publish("", queue, PLAIN.builder().priority(255).build(), "m");
        assertThat(nextText(queue)).isEqualTo("m");
    }

    @Test
    void redeclareWithAnotherArgumentIs406() throws IOException {
        String queue = queue(Map.of("x-max-length", 10));
        Refusal refusal =
                refused(on ->
                        on.queueDeclare(queue, false, true, false, Map.of("x-max-length", 11)));
        assertThat(refusal.code()).isEqualTo(406);
        assertThat(refusal.text()).startsWith("PRECONDITION_FAILED").contains("x-max-length");
    }

    @Test
    void redeclareWithAnotherDurabilityIs406() throws IOException {
        String queue = durableQueue(Map.of());
        assertThat(refused(on -> on.queueDeclare(queue, false, false, false, null)).code())
                .isEqualTo(406);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x-expires=0",
                "x-expires=-1",
                "x-message-ttl=-1",
                "x-max-length=-1",
                "x-max-priority=256",
                "x-overflow=nonsense",
                "x-message-ttl=text",
                "x-dead-letter-routing-key=key"
            })
    void badArgumentIs406(String argument) {
        String key = argument.substring(0, argument.indexOf('='));
        String text = argument.substring(argument.indexOf('=') + 1);
        Object value = text.matches("-?\\d+") ? Integer.valueOf(text) : text;
        String queue = name();
        Refusal refusal =
                refused(on -> on.queueDeclare(queue, false, true, false, Map.of(key, value)));
        assertThat(refusal.code()).as(refusal.text()).isEqualTo(406);
        assertThat(refusal.connection()).isFalse();
    }

    @Test
    void deleteIfEmptyOfAFullQueueIs406() throws IOException {
        String queue = queue();
        publish(queue, "m");
        awaitReady(queue, 1);
        assertThat(refused(on -> on.queueDelete(queue, false, true)).code()).isEqualTo(406);
    }

    @Test
    void deleteIfUnusedOfAConsumedQueueIs406() throws IOException {
        String queue = queue();
        Inbox.acking(channel, queue);
        Channel deleting = connection.createChannel();
        assertThat(refused(deleting, on -> on.queueDelete(queue, true, false)).code())
                .isEqualTo(406);
    }

    @Test
    void deleteSaysHowMany() throws IOException {
        String queue = queue();
        publish(queue, "1", "2", "3");
        awaitReady(queue, 3);
        assertThat(channel.queueDelete(queue).getMessageCount()).isEqualTo(3);
        assertThat(channel.queueDelete(queue).getMessageCount()).isZero();
    }

    @Test
    void purgeTakesTheReadyOnly() throws IOException {
        String queue = queue();
        publish(queue, "1", "2", "3");
        awaitReady(queue, 3);
        long held = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
        assertThat(channel.queuePurge(queue).getMessageCount()).isEqualTo(2);
        channel.basicNack(held, false, true);
        assertThat(nextText(queue)).isEqualTo("1");
    }

    @Test
    void deletedQueueTakesItsBindings() throws IOException {
        String exchange = exchange("fanout");
        String queue = bound(exchange, "");
        channel.queueDelete(queue);
        channel.exchangeDelete(exchange, true);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void lineFeedsAreStrippedFromNames() throws IOException {
        String queue = name();
        channel.queueDeclare(queue + "\n", false, true, false, null);
        assertThat(channel.queueDeclarePassive(queue).getQueue()).isEqualTo(queue);
    }

    @Test
    void namesGoUpTo255Bytes() throws IOException {
        String queue = "é".repeat(127) + "q";
        channel.queueDeclare(queue, false, true, false, null);
        publish(queue, "m");
        assertThat(nextText(queue)).isEqualTo("m");
    }

    private boolean isMissing(String queue) throws IOException {
        Channel asking = connection.createChannel();
        try {
            asking.queueDeclarePassive(queue);
            asking.abort();
            return false;
        } catch (IOException e) {
            return !asking.isOpen() && refusal(asking.getCloseReason()).code() == 404;
        }
    }
}
