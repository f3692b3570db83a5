package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// Several consumers of one queue: tags, turns, exclusivity, priorities, cancellation.
class ConsumerTest extends AmqpCase {

    @Test
    void generatedTagsAreUnique() throws IOException {
        String queue = queue();
        var tags = new HashSet<String>();
        for (int i = 0; i < 5; i++) {
            tags.add(Inbox.acking(channel, queue).tag());
        }
        assertThat(tags).hasSize(5).allMatch(tag -> tag.startsWith("amq.ctag-"));
    }

    @Test
    void consumingNothingIs404() {
        String missing = name();
        Refusal refusal = refused(on -> Inbox.acking(on, missing));
        assertThat(refusal.code()).isEqualTo(404);
        assertThat(refusal.connection()).isFalse();
    }

    @Test
    void consumersTakeTurns() throws Exception {
        String queue = queue();
        List<Inbox> inboxes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            inboxes.add(Inbox.automatic(connection.createChannel(), queue));
        }
        for (int i = 0; i < 30; i++) {
            publish(queue, "m" + i);
        }
        Awaitility.await()
                .atMost(DEADLINE)
                .until(() -> inboxes.stream().mapToInt(Inbox::size).sum() == 30);
        assertThat(inboxes).allMatch(inbox -> inbox.size() == 10);
    }

    @Test
    void busyConsumerDoesNotHoldUpAnother() throws Exception {
        String queue = queue();
        Channel busy = connection.createChannel();
        busy.basicQos(1);
        Inbox stuck = Inbox.acking(busy, queue);
        publish(queue, "stuck");
        stuck.take();
        Inbox free = Inbox.automatic(channel, queue);
        publish(queue, "1", "2", "3");
        assertThat(free.takeTexts(3)).containsExactly("1", "2", "3");
        stuck.staysEmpty();
    }

    @Test
    void exclusiveConsumerRefusesOthers() throws IOException {
        String queue = queue();
        Inbox inbox = Inbox.acking(channel, queue);
        channel.basicCancel(inbox.tag());
        channel.basicConsume(queue, false, "alone", false, true, Map.of(), inbox);
        Refusal refusal = refused(connection.createChannel(), on -> Inbox.acking(on, queue));
        assertThat(refusal.code()).isEqualTo(403);
        assertThat(refusal.text()).startsWith("ACCESS_REFUSED");
        assertThat(refusal.connection()).isFalse();
    }

    @Test
    void exclusiveConsumerIsRefusedBesideOthers() throws IOException {
        String queue = queue();
        Inbox inbox = Inbox.acking(channel, queue);
        Refusal refusal =
                refused(
                        connection.createChannel(),
                        on -> on.basicConsume(queue, false, "", false, true, Map.of(), inbox));
        assertThat(refusal.code()).isEqualTo(403);
    }

    @Test
    void singleActiveConsumerHandsOver() throws Exception {
        String queue = queue(Map.of("x-single-active-consumer", true));
        Inbox one = Inbox.automatic(channel, queue);
        Inbox two = Inbox.automatic(connection.createChannel(), queue);
        publish(queue, "1", "2", "3");
        assertThat(one.takeTexts(3)).containsExactly("1", "2", "3");
        two.staysEmpty();
        channel.basicCancel(one.tag());
        publish(queue, "4");
        assertThat(two.takeText()).isEqualTo("4");
    }

    @Test
    void higherPriorityConsumersGoFirst() throws Exception {
        String queue = queue();
        Inbox low = Inbox.on(channel, queue, false, Map.of("x-priority", -1));
        Channel limited = connection.createChannel();
        limited.basicQos(2);
        Inbox high = Inbox.on(limited, queue, false, Map.of("x-priority", 10));
        publish(queue, "1", "2", "3");
        assertThat(high.takeTexts(2)).containsExactly("1", "2");
        assertThat(low.takeText()).isEqualTo("3");
    }

    @Test
    void badConsumerPriorityIs406() throws IOException {
        String queue = queue();
        assertThat(refused(on -> Inbox.on(on, queue, false, Map.of("x-priority", "high"))).code())
                .isEqualTo(406);
    }

    @Test
    void cancelledConsumerHasHadWhatCameBefore() throws Exception {
        String queue = queue();
        Inbox first = Inbox.automatic(channel, queue);
        Inbox second = Inbox.on(channel, queue, true, Map.of("x-priority", -1));
        publish(queue, "1", "2", "3", "4", "5");
        channel.basicCancel(first.tag());
        assertThat(first.takeTexts(5)).containsExactly("1", "2", "3", "4", "5");
        second.staysEmpty();
    }

    @Test
    void cancelledConsumerKeepsWhatItHolds() throws Exception {
        String queue = queue();
        publish(queue, "m");
        Inbox inbox = Inbox.acking(channel, queue);
        var held = inbox.take();
        channel.basicCancel(inbox.tag());
        publish(queue, "after");
        awaitReady(queue, 1);
        inbox.staysEmpty();
        channel.basicAck(Inbox.tag(held), false);
        assertThat(nextText(queue)).isEqualTo("after");
    }

    @Test
    void deletedQueueCancelsItsConsumers() throws Exception {
        String queue = queue();
        Inbox inbox = Inbox.acking(channel, queue);
        connection.createChannel().queueDelete(queue);
        assertThat(inbox.cancelledByBroker()).isTrue();
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void expiredQueueOfAClosedConnectionIsGone() throws Exception {
        String queue = name();
        try (Connection other = broker.connect()) {
            Channel consuming = other.createChannel();
            consuming.queueDeclare(queue, false, true, false, null);
            Inbox.acking(consuming, queue);
        }
        Awaitility.await()
                .atMost(DEADLINE)
                .ignoreExceptions()
                .until(() ->
                        refused(connection.createChannel(), on -> on.queueDeclarePassive(queue))
                                        .code()
                                == 404);
    }

    @Test
    void priorityConsumersAnnouncedAmongCapabilities() {
        assertThat(connection.getServerProperties().get("capabilities"))
                .asString()
                .contains("consumer_priorities=true", "consumer_cancel_notify=true");
    }
}
