package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/// A client that reads slowly: nothing of it is read meanwhile, not even its heartbeats.
class SlowReaderTest {
    private static final int HEARTBEAT_SECONDS = 10;

    private final LoopBroker broker = new LoopBroker();
    private final Pipe pipe = new Pipe();
    private final AmqpConnection connection = new AmqpConnection(broker, pipe);

    @Test
    void livesAsLongAsItTakesSomething() {
        open();
        pipe.backlog = 100_000_000;
        for (int second = 0; second < 10 * HEARTBEAT_SECONDS; second++) {
            pipe.backlog -= second % HEARTBEAT_SECONDS == 0 ? 1 : 0;
            second(1);
        }
        assertThat(pipe.closed).isFalse();
        assertThat(connection.open()).isTrue();
    }

    @Test
    void isGoneWhenItTakesNothing() {
        open();
        pipe.backlog = 100_000_000;
        second(2 * HEARTBEAT_SECONDS);
        assertThat(pipe.closed).isFalse();
        second(1);
        assertThat(pipe.closed).isTrue();
    }

    @Test
    void isGoneWhenItIsSilentAndNothingWaitsForIt() {
        open();
        second(2 * HEARTBEAT_SECONDS + 1);
        assertThat(pipe.closed).isTrue();
    }

    private void open() {
        connection.read(ByteBuffer.wrap(Script.handshake(HEARTBEAT_SECONDS)));
        broker.turn();
        assertThat(connection.open()).isTrue();
        connection.drain(output -> {});
    }

    private void second(int seconds) {
        for (int n = 0; n < seconds; n++) {
            broker.pass(1000);
            connection.onTick();
            connection.drain(output -> {});
        }
    }
}
