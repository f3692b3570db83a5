package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.AdminClient;
import dev.parley.it.Broker;
import dev.parley.it.TestNode;
import dev.parley.it.mqtt.Packet.Wish;
import dev.parley.it.mqtt.Received.Granted;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What happens at bounds that an operator has cut.
@Timeout(60)
class BoundsTest {
    private static final int QUOTA_EXCEEDED = 0x97;

    private static TestNode start(String... flags) {
        return MqttBroker.start(Broker.freshDirectory("bounds"), List.of(flags));
    }

    private static RawMqtt connect(TestNode node, Connect connect) throws IOException {
        RawMqtt raw = new RawMqtt(node.mqttPort());
        assertThat(raw.connect(connect).reason()).isZero();
        return raw;
    }

    @Test
    void streamWhoseSubscriptionHasNoRoomIsNotRead() throws Exception {
        try (TestNode node = start("--mqtt-filters-max", "1");
                RawMqtt raw = connect(node, new Connect("reader").lasting(60));
                RawMqtt publisher = connect(node, new Connect("publisher"))) {
            new AdminClient(node).ask("PUT", List.of("streams", "s"), "{\"subjects\":[\"t/#\"]}");
            int id = raw.nextId();
            Props cursor = Props.NONE.user("stream-cursor", "c");
            raw.send(Packet.subscribe(id, cursor, new Wish("$stream/s", 1), new Wish("other", 1)));
            assertThat(raw.await(Granted.class).reasons()).containsExactly(QUOTA_EXCEEDED, 1);
            publisher.publish("t/a", "not for the reader");
            raw.quiet();
            assertThat(raw.unsubscribe("$stream/s").reasons()).containsExactly(0x11);
            assertThat(raw.unsubscribe("other").reasons()).containsExactly(0);
            assertThat(raw.subscribe(cursor, new Wish("$stream/s", 1)).reasons())
                    .containsExactly(1);
        }
    }
}
