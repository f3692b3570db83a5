package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Packet.Wish;
import dev.parley.it.mqtt.Received.Granted;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// What one client sends before another does is taken first, also if neither waits for an answer.
/// No specification asks for that, but every broker whose sockets are read in the order in which
/// they are ready does it, and programs and their tests have come to rely on it.
class AcrossConnectionsTest extends MqttCase {
    private static final int ROUNDS = 100;

    /// The kernel promises no order between two connections either, and on a busy machine may turn
    /// a few around. In the order of a hash table it would be dozens.
    private static final int TURNED_MAX = 5;

    @Test
    void aPublishDoesNotOvertakeTheSubscriptionOfAnother() throws IOException {
        int turned = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String topic = topic();
            try (RawMqtt publisher = connect();
                    RawMqtt subscriber = connect()) {
                subscriber.send(Packet.subscribe(1, Props.NONE, new Wish(topic, 0)));
                publisher.send(Message.of(topic, "at once", 1, 1));
                subscriber.await(Granted.class);
                publisher.ack(Packet.PUBACK, 1);
                subscriber.send(Packet.ping());
                turned += subscriber.read() instanceof Received.Publish ? 0 : 1;
            }
        }
        assertThat(turned).isLessThanOrEqualTo(TURNED_MAX);
    }
}
