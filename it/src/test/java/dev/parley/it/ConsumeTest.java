package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.GetResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// Deliveries and how they end: acknowledgement, return, redelivery, prefetch, basic.get.
class ConsumeTest extends AmqpCase {

    @Test
    void acknowledgedMessageIsGone() throws Exception {
        String queue = queue();
        publish(queue, "m");
        Channel consuming = connection.createChannel();
        consuming.basicAck(Inbox.tag(Inbox.acking(consuming, queue).take()), false);
        consuming.close();
        assertThat(ready(queue)).isZero();
    }

    @Test
    void unacknowledgedMessagesComeBackInPlaceWhenTheChannelCloses() throws Exception {
        String queue = queue();
        publish(queue, "1", "2", "3", "4");
        Channel consuming = connection.createChannel();
        Inbox inbox = Inbox.acking(consuming, queue);
        List<Delivery> taken = List.of(inbox.take(), inbox.take(), inbox.take(), inbox.take());
        consuming.basicAck(Inbox.tag(taken.get(1)), false);
        consuming.close();
        awaitReady(queue, 3);
        GetResponse first = next(queue);
        assertThat(text(first)).isEqualTo("1");
        assertThat(first.getEnvelope().isRedeliver()).isTrue();
        assertThat(nextText(queue)).isEqualTo("3");
        assertThat(nextText(queue)).isEqualTo("4");
    }

    @Test
    void multipleAcknowledgesAllUpToATag() throws Exception {
        String queue = queue();
        publish(queue, "1", "2", "3");
        Channel consuming = connection.createChannel();
        Inbox inbox = Inbox.acking(consuming, queue);
        inbox.take();
        Delivery second = inbox.take();
        inbox.take();
        consuming.basicAck(Inbox.tag(second), true);
        consuming.close();
        awaitReady(queue, 1);
        assertThat(nextText(queue)).isEqualTo("3");
    }

    @Test
    void tagZeroWithMultipleMeansAll() throws Exception {
        String queue = queue();
        publish(queue, "1", "2");
        Channel consuming = connection.createChannel();
        Inbox.acking(consuming, queue).takeTexts(2);
        consuming.basicAck(0, true);
        consuming.close();
        assertThat(ready(queue)).isZero();
    }

    @Test
    void nackReturnsToTheOriginalPlace() throws Exception {
        String queue = queue();
        publish(queue, "1", "2", "3", "4");
        awaitReady(queue, 4);
        var tags = new ArrayList<Long>();
        for (int i = 0; i < 3; i++) {
            tags.add(channel.basicGet(queue, false).getEnvelope().getDeliveryTag());
        }
        channel.basicNack(tags.get(2), false, true);
        channel.basicReject(tags.get(0), true);
        channel.basicNack(tags.get(1), false, true);
        awaitReady(queue, 4);
        List<GetResponse> back = List.of(next(queue), next(queue), next(queue), next(queue));
        assertThat(back.stream().map(AmqpCase::text)).containsExactly("1", "2", "3", "4");
        assertThat(back.stream().map(response -> response.getEnvelope().isRedeliver()))
                .containsExactly(true, true, true, false);
    }

    @Test
    void rejectWithoutRequeueDropsTheMessage() throws Exception {
        String queue = queue();
        publish(queue, "m");
        awaitReady(queue, 1);
        channel.basicReject(channel.basicGet(queue, false).getEnvelope().getDeliveryTag(), false);
        assertThat(ready(queue)).isZero();
    }

    @Test
    void unknownTagIs406() throws Exception {
        String queue = queue();
        Refusal refusal = refused(on -> on.basicAck(7, false));
        assertThat(refusal.code()).isEqualTo(406);
        assertThat(refusal.text()).isEqualTo("PRECONDITION_FAILED - unknown delivery tag 7");
        assertThat(refusal.connection()).isFalse();
        channel = connection.createChannel();
        publish(queue, "m");
        awaitReady(queue, 1);
        long tag = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
        channel.basicAck(tag, false);
        assertThat(refused(on -> on.basicAck(tag, false)).code()).isEqualTo(406);
    }

    @Test
    void tagsBelongToTheirChannel() throws Exception {
        String queue = queue();
        publish(queue, "m");
        awaitReady(queue, 1);
        long tag = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
        assertThat(refused(connection.createChannel(), on -> on.basicAck(tag, false)).code())
                .isEqualTo(406);
    }

    @Test
    void getTellsHowManyRemain() throws Exception {
        String queue = queue();
        assertThat(channel.basicGet(queue, true)).isNull();
        publish(queue, "1", "2", "3");
        awaitReady(queue, 3);
        assertThat(channel.basicGet(queue, true).getMessageCount()).isEqualTo(2);
    }

    @Test
    void prefetchHoldsBackWhatIsNotAcknowledged() throws Exception {
        String queue = queue();
        channel.basicQos(2);
        Inbox inbox = Inbox.acking(channel, queue);
        publish(queue, "1", "2", "3", "4");
        Delivery first = inbox.take();
        assertThat(inbox.takeText()).isEqualTo("2");
        inbox.staysEmpty();
        channel.basicAck(Inbox.tag(first), false);
        assertThat(inbox.takeText()).isEqualTo("3");
        inbox.staysEmpty();
    }

    @Test
    void prefetchIsPerConsumer() throws Exception {
        String queue = queue();
        channel.basicQos(1);
        Inbox one = Inbox.acking(channel, queue);
        Inbox two = Inbox.acking(channel, queue);
        publish(queue, "1", "2", "3");
        one.take();
        two.take();
        one.staysEmpty();
        two.staysEmpty();
        assertThat(ready(queue)).isEqualTo(1);
    }

    /// RabbitMQ 4.3 denies global prefetch; here, as before, it bounds the channel's consumers.
    @Test
    void globalPrefetchIsPerChannel() throws Exception {
        String one = queue();
        String two = queue();
        channel.basicQos(2, true);
        Inbox first = Inbox.acking(channel, one);
        Inbox second = Inbox.acking(channel, two);
        publish(one, "1", "2");
        Delivery held = first.take();
        first.take();
        publish(two, "3");
        second.staysEmpty();
        channel.basicAck(Inbox.tag(held), false);
        assertThat(second.takeText()).isEqualTo("3");
    }

    /// They do not count towards it, but they wait when it is reached.
    @Test
    void globalPrefetchHoldsBackWhoNeedNotAcknowledge() throws Exception {
        String one = queue();
        String two = queue();
        channel.basicQos(1, true);
        Inbox acking = Inbox.acking(channel, one);
        Inbox automatic = Inbox.automatic(channel, two);
        publish(two, "before");
        assertThat(automatic.takeText()).isEqualTo("before");
        publish(one, "held");
        Delivery held = acking.take();
        publish(two, "after");
        automatic.staysEmpty();
        channel.basicAck(Inbox.tag(held), false);
        assertThat(automatic.takeText()).isEqualTo("after");
    }

    @Test
    void globalPrefetchDoesNotCountWhatWasAskedFor() throws Exception {
        String queue = queue();
        publish(queue, "got", "delivered");
        channel.basicQos(1, true);
        assertThat(channel.basicGet(queue, false)).isNotNull();
        assertThat(Inbox.acking(channel, queue).takeText()).isEqualTo("delivered");
    }

    @Test
    void consumersShareTheGlobalPrefetchInFairTurns() throws Exception {
        channel.basicQos(1, true);
        List<Inbox> inboxes = new ArrayList<>();
        List<String> queues = List.of(queue(), queue(), queue());
        for (String queue : queues) {
            inboxes.add(Inbox.acking(channel, queue));
            publish(queue, "1", "2", "3", "4", "5", "6");
            awaitReady(queue, inboxes.size() == 1 ? 5 : 6);
        }
        for (int i = 0; i < 6; i++) {
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(2))
                    .atMost(DEADLINE)
                    .until(() -> inboxes.stream().anyMatch(inbox -> inbox.size() > 0));
            for (Inbox inbox : inboxes) {
                if (inbox.size() > 0) {
                    channel.basicAck(Inbox.tag(inbox.take()), false);
                    break;
                }
            }
        }
        for (String queue : queues) {
            assertThat(ready(queue)).isLessThan(6);
        }
    }

    @Test
    void automaticAcknowledgementIgnoresPrefetch() throws Exception {
        String queue = queue();
        channel.basicQos(1);
        Inbox inbox = Inbox.automatic(channel, queue);
        publish(queue, "1", "2", "3");
        assertThat(inbox.takeTexts(3)).containsExactly("1", "2", "3");
    }

    @Test
    void recoverBringsAllBackRedelivered() throws Exception {
        String queue = queue();
        publish(queue, "1", "2");
        Inbox inbox = Inbox.acking(channel, queue);
        inbox.takeTexts(2);
        channel.basicRecover(true);
        Delivery again = inbox.take();
        assertThat(Inbox.text(again)).isEqualTo("1");
        assertThat(again.getEnvelope().isRedeliver()).isTrue();
        assertThat(inbox.takeText()).isEqualTo("2");
    }

    @Test
    void recoverWithoutRequeueIs540() {
        Refusal refusal = refused(on -> on.basicRecover(false));
        assertThat(refusal.code()).isEqualTo(540);
        assertThat(refusal.connection()).isTrue();
    }

    @Test
    void prefetchSizeIs540() {
        Refusal refusal = refused(on -> on.basicQos(1_000, 1, false));
        assertThat(refusal.code()).isEqualTo(540);
        assertThat(refusal.connection()).isTrue();
    }

    @Test
    void noLocalIsIgnored() throws Exception {
        String queue = queue();
        Inbox inbox = Inbox.automatic(channel, queue);
        channel.basicCancel(inbox.tag());
        Channel consuming = connection.createChannel();
        Inbox again = Inbox.automatic(consuming, queue);
        consuming.basicCancel(again.tag());
        consuming.basicConsume(queue, true, "", true, false, Map.of(), again);
        publish(queue, "own");
        assertThat(again.takeText()).isEqualTo("own");
    }

    @Test
    void deliveryTagsCountFromOneOnEachChannel() throws Exception {
        String queue = queue();
        publish(queue, "1", "2");
        Inbox inbox = Inbox.automatic(channel, queue);
        assertThat(List.of(Inbox.tag(inbox.take()), Inbox.tag(inbox.take())))
                .isEqualTo(List.of(1L, 2L));
    }

    @Test
    void connectionLossReturnsTheMessage() throws IOException {
        String queue = durableQueue(Map.of());
        publish(queue, "m");
        awaitReady(queue, 1);
        var lost = broker.connect();
        assertThat(text(lost.createChannel().basicGet(queue, false))).isEqualTo("m");
        lost.abort();
        GetResponse back = next(queue);
        assertThat(text(back)).isEqualTo("m");
        assertThat(back.getEnvelope().isRedeliver()).isTrue();
    }
}
