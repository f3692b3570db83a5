package dev.parley.bench.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/// What the load generator counts as lost, repeated and out of order.
class TrafficTest {

    private final Scenario scenario = new Scenario("test", 1, 2, 0, false, 10, 0);

    @Test
    void gapsAndRepetitionsAreNoticed() throws IOException {
        try (Loop loop = new Loop()) {
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
            var traffic = new Traffic(new Target(loop, address, 4), scenario, "t");
            deliver(traffic, 0, 0);
            deliver(traffic, 0, 1);
            deliver(traffic, 1, 0);
            assertThat(traffic.skipped()).isZero();
            assertThat(traffic.unexpected()).isZero();
            deliver(traffic, 1, 3);
            assertThat(traffic.skipped()).isEqualTo(2);
            deliver(traffic, 0, 1);
            assertThat(traffic.unexpected()).isEqualTo(1);
            assertThat(traffic.delivered()).isEqualTo(5);
        }
    }

    private static void deliver(Traffic traffic, int subscriber, long number) {
        ByteBuffer in = ByteBuffer.allocate(200);
        Template template = Template.of(4, "t", 0, false, Traffic.PAYLOAD_BYTES);
        template.write(in, 0, 0, number, 0);
        var client = new Client(subscriber, new Client.Identity(4, "c", true, "#", 0), traffic);
        int payloadAt = template.bytes() - Traffic.PAYLOAD_BYTES;
        traffic.onMessage(client, in, payloadAt, template.bytes());
    }
}
