package dev.parley.bench.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/// Packets over a real connection, cut anywhere.
class LinkTest {

    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final List<String> seen = new ArrayList<>();

    @Test
    void packetsAreFoundHoweverTheBytesCome() throws IOException {
        try (Loop loop = new Loop();
                ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            var link =
                    Link.connect(
                            loop, (InetSocketAddress) listener.getLocalAddress(), new Recorder());
            try (SocketChannel other = listener.accept()) {
                await(loop, link::connected);
                byte[] large = Packets.publish(4, "t", 0, false, 300);
                ByteBuffer all = ByteBuffer.allocate(1_000).put(new byte[] {0x20, 2, 0, 0});
                all.put(large).put(new byte[] {(byte) 0xd0, 0});
                for (int i = 0; i < all.position(); i++) {
                    ByteBuffer one = ByteBuffer.wrap(all.array(), i, 1);
                    other.write(one);
                    loop.turn(1);
                }
                other.write(all.flip());
                await(loop, () -> seen.size() == 6);
                assertThat(seen)
                        .containsExactly("20 2", "30 303", "d0 0", "20 2", "30 303", "d0 0");
                other.shutdownOutput();
                await(loop, () -> seen.size() == 7);
                assertThat(seen.getLast()).isEqualTo("end");
            }
        }
    }

    private static void await(Loop loop, BooleanSupplier condition) throws IOException {
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - began).isLessThan(DEADLINE_NANOS);
            loop.turn(10);
        }
    }

    /// Writes down what comes.
    private final class Recorder implements Link.User {

        @Override
        public void onOpen() {
            assertThat(seen).isEmpty();
        }

        @Override
        public void onPacket(int head, ByteBuffer in, int from, int to) {
            seen.add(Integer.toHexString(head) + " " + (to - from));
        }

        @Override
        public void onEnd(String why) {
            seen.add("end");
        }
    }
}
