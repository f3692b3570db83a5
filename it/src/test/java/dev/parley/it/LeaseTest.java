package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Delivery;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// How long a consumer may keep a delivery, and how much it may have: leases and prefetch.
class LeaseTest extends AmqpCase {

    private static final String RENEW = "amq.parley.lease";

    @Test
    void deliveryWhoseLeaseIsOverGoesToAnother() throws Exception {
        String queue = queue(Map.of("x-consumer-timeout", 1_500));
        Inbox slow = Inbox.acking(channel, queue);
        publish(queue, "m");
        Delivery kept = slow.take();
        channel.basicCancel(slow.tag());
        Channel other = connection.createChannel();
        Inbox quick = Inbox.acking(other, queue);
        Delivery again = quick.take();
        assertThat(Inbox.text(again)).isEqualTo("m");
        assertThat(again.getEnvelope().isRedeliver()).isTrue();
        assertThat(again.getProperties().getHeaders()).containsEntry("x-delivery-count", 1L);
        // The first one's settlement comes too late, is let pass, and takes nothing from the other.
        channel.basicAck(Inbox.tag(kept), false);
        channel.queueDeclarePassive(queue);
        other.basicNack(Inbox.tag(again), false, true);
        assertThat(Inbox.text(quick.take())).isEqualTo("m");
    }

    @Test
    void settlingManyLetsThoseThatLapsedPass() throws Exception {
        String queue = queue(Map.of("x-consumer-timeout", 1_000));
        Inbox inbox = Inbox.acking(channel, queue);
        publish(queue, "m");
        Delivery first = inbox.take();
        Delivery second = inbox.take();
        channel.basicAck(Inbox.tag(second), true);
        assertThat(Inbox.tag(second)).isGreaterThan(Inbox.tag(first));
        channel.queueDeclarePassive(queue);
        awaitReady(queue, 0);
        Refusal refusal = refused(on -> on.basicAck(Inbox.tag(first), false));
        assertThat(refusal.code()).isEqualTo(406);
    }

    @Test
    void leaseThatIsOverMakesRoomWithinTheChannelsLimit() throws Exception {
        String leased = queue(Map.of("x-consumer-timeout", 1_000));
        String plain = queue();
        channel.basicQos(1, true);
        Inbox first = Inbox.acking(channel, leased);
        publish(leased, "kept");
        first.take();
        channel.basicCancel(first.tag());
        Inbox second = Inbox.acking(channel, plain);
        publish(plain, "next");
        assertThat(Inbox.text(second.take())).isEqualTo("next");
    }

    @Test
    void leaseWithoutEndIsCutToTenYears() throws Exception {
        String queue = queue();
        Inbox inbox = Inbox.on(channel, queue, false, Map.of("x-consumer-timeout", Long.MAX_VALUE));
        publish(queue, "m");
        Delivery kept = inbox.take();
        renew(Map.of("x-delivery-tag", Inbox.tag(kept), "x-lease", Long.MAX_VALUE));
        inbox.staysEmpty();
        channel.basicAck(Inbox.tag(kept), false);
        channel.queueDeclarePassive(queue);
        awaitReady(queue, 0);
    }

    @Test
    void consumerMayAskForALeaseOfItsOwn() throws Exception {
        String queue = queue();
        Inbox inbox = Inbox.on(channel, queue, false, Map.of("x-consumer-timeout", 200));
        publish(queue, "m");
        inbox.take();
        assertThat(inbox.take().getEnvelope().isRedeliver()).isTrue();
    }

    @Test
    void leaseCanBeRenewed() throws Exception {
        String queue = queue(Map.of("x-consumer-timeout", 1_500));
        Inbox inbox = Inbox.acking(channel, queue);
        publish(queue, "m");
        Delivery kept = inbox.take();
        renew(Map.of("x-delivery-tag", Inbox.tag(kept), "x-lease", 60_000));
        inbox.staysAt(0, Duration.ofSeconds(2));
        channel.basicAck(Inbox.tag(kept), false);
        channel.queueDeclarePassive(queue);
        awaitReady(queue, 0);
    }

    private void renew(Map<String, Object> headers) throws IOException {
        AMQP.BasicProperties properties = headers(headers);
        channel.basicPublish("", RENEW, properties, new byte[0]);
        // Answered in order: the lease is renewed when this is back.
        channel.basicQos(0);
    }

    @Test
    void prefetchCanBeChangedWhileConsuming() throws Exception {
        String queue = queue();
        channel.basicQos(1);
        Inbox inbox = Inbox.on(channel, queue, false, Map.of("x-live-prefetch", true));
        publish(queue, "1", "2", "3", "4");
        inbox.takeText();
        inbox.staysEmpty();
        channel.basicQos(3);
        inbox.takeTexts(2);
        inbox.staysEmpty();
    }

    @Test
    void consumersThatDidNotAskKeepTheirPrefetch() throws Exception {
        String queue = queue();
        channel.basicQos(1);
        Inbox inbox = Inbox.acking(channel, queue);
        publish(queue, "1", "2");
        inbox.takeText();
        channel.basicQos(3);
        inbox.staysEmpty();
    }
}
