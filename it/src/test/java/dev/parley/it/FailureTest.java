package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.GetResponse;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// What counts as a failed delivery: who gives a message back is well, who dies with it is not.
class FailureTest extends AmqpCase {

    private static final int LIMIT = 2;

    private final AtomicReference<Socket> socket = new AtomicReference<>();

    private String limited(String dead) throws Exception {
        return durableQueue(deadLetteringTo(dead, "x-delivery-limit", LIMIT));
    }

    /// A connection that [#crash] ends as the death of its process would.
    private Connection mortal() throws Exception {
        ConnectionFactory factory = broker.factory();
        factory.setSocketConfigurator(socket::set);
        return Broker.connect(factory);
    }

    private void crash() throws Exception {
        socket.get().close();
    }

    private static long failures(Delivery delivery) {
        Map<String, Object> headers = delivery.getProperties().getHeaders();
        return headers == null ? 0 : (long) headers.getOrDefault("x-delivery-count", 0L);
    }

    @Test
    void nackIsFree() throws Exception {
        String dead = queue();
        String queue = limited(dead);
        Inbox inbox = Inbox.acking(channel, queue);
        publish(queue, "m");
        for (int times = 0; times <= 3 * LIMIT; times++) {
            Delivery delivery = inbox.take();
            assertThat(delivery.getEnvelope().isRedeliver()).isEqualTo(times > 0);
            assertThat(failures(delivery)).isZero();
            channel.basicNack(Inbox.tag(delivery), false, true);
        }
        // The limit is still all there for what does count.
        for (int times = 0; times <= LIMIT; times++) {
            Delivery delivery = inbox.take();
            assertThat(failures(delivery)).isEqualTo(times);
            channel.basicReject(Inbox.tag(delivery), true);
        }
        assertThat(nextText(dead)).isEqualTo("m");
    }

    @Test
    void crashCounts() throws Exception {
        String dead = queue();
        String queue = limited(dead);
        publish(queue, "m");
        for (int times = 0; times <= LIMIT; times++) {
            Connection own = mortal();
            Delivery delivery = Inbox.acking(own.createChannel(), queue).take();
            assertThat(delivery.getEnvelope().isRedeliver()).isEqualTo(times > 0);
            assertThat(failures(delivery)).isEqualTo(times);
            crash();
        }
        GetResponse buried = next(dead);
        assertThat(text(buried)).isEqualTo("m");
        assertThat(buried.getProps().getHeaders())
                .containsEntry("x-delivery-count", LIMIT + 1L)
                .extractingByKey("x-last-death-reason")
                .hasToString("delivery_limit");
    }

    @Test
    void crashCountsForAllThatTheConsumerHad() throws Exception {
        String queue = limited(queue());
        publish(queue, "settled", "given back", "kept");
        Connection own = mortal();
        Channel on = own.createChannel();
        Inbox inbox = Inbox.acking(on, queue);
        on.basicAck(Inbox.tag(inbox.take()), false);
        Delivery back = inbox.take();
        inbox.take();
        on.basicCancel(inbox.tag());
        on.basicNack(Inbox.tag(back), false, true);
        on.queueDeclarePassive(queue); // answered in order: all is settled
        crash();
        Inbox other = Inbox.acking(channel, queue);
        Delivery first = other.take();
        Delivery second = other.take();
        assertThat(Inbox.text(first)).isEqualTo("given back");
        assertThat(failures(first)).isZero();
        assertThat(Inbox.text(second)).isEqualTo("kept");
        assertThat(failures(second)).isEqualTo(1);
        other.staysEmpty();
    }
}
