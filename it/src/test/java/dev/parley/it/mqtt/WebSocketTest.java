package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Packet.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// MQTT over WebSocket, with the JDK's client.
class WebSocketTest extends MqttCase {

    /// Gathers what comes, whatever the frames.
    private static final class Gathering implements WebSocket.Listener {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            synchronized (this) {
                bytes.writeBytes(part);
            }
            socket.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(code);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.complete(-1);
        }

        synchronized int size() {
            return bytes.size();
        }

        synchronized byte[] all() {
            return bytes.toByteArray();
        }
    }

    @BeforeEach
    void hasOne() {
        Assumptions.assumeTrue(broker.webSocketPort() > 0, "no WebSocket of the broker is known");
    }

    private WebSocket open(Gathering gathering) throws IOException {
        HttpClient http = HttpClient.newHttpClient();
        try {
            return http.newWebSocketBuilder()
                    .subprotocols("mqtt")
                    .buildAsync(
                            URI.create("ws://127.0.0.1:" + broker.webSocketPort() + "/mqtt"),
                            gathering)
                    .get(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IOException("no WebSocket", e);
        }
    }

    @Test
    @Statement({"MQTT-6.0.0-2", "MQTT-6.0.0-3", "MQTT-6.0.0-4", "MQTT-4.2-1"})
    void packetsAndFramesNeedNotHaveTheSameBorders() throws IOException {
        var gathering = new Gathering();
        WebSocket socket = open(gathering);
        assertThat(socket.getSubprotocol()).isEqualTo("mqtt");
        String topic = topic();
        byte[] all =
                new Bytes()
                        .raw(new Connect(id()).packet().bytes())
                        .raw(Packet.subscribe(1, Props.NONE, new Packet.Wish(topic, 0)).bytes())
                        .raw(Message.of(topic, "x").packet().bytes())
                        .raw(Packet.ping().bytes())
                        .toByteArray();
        // Two frames, cut in the middle of the CONNECT.
        socket.sendBinary(ByteBuffer.wrap(all, 0, 7), true).join();
        socket.sendBinary(ByteBuffer.wrap(all, 7, all.length - 7), true).join();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> ends(gathering.all(), 0xD0, 0x00));
        assertThat(gathering.all()[0]).isEqualTo((byte) 0x20);
        assertThat(new String(gathering.all(), java.nio.charset.StandardCharsets.ISO_8859_1))
                .contains(topic);
        socket.abort();
    }

    private static boolean ends(byte[] bytes, int first, int second) {
        return bytes.length > 1
                && bytes[bytes.length - 2] == (byte) first
                && bytes[bytes.length - 1] == (byte) second;
    }

    @Test
    @Statement("MQTT-6.0.0-1")
    void textFramesEndTheConnection() throws Exception {
        var gathering = new Gathering();
        WebSocket socket = open(gathering);
        socket.sendBinary(ByteBuffer.wrap(new Connect(id()).packet().bytes()), true).join();
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> gathering.size() > 0);
        socket.sendText("text", true).join();
        assertThat(gathering.closed.get(30, TimeUnit.SECONDS)).isNotZero();
        socket.abort();
    }

    @Test
    void whoSaysGoodbyeIsToldThatTheWebSocketCloses() throws Exception {
        var gathering = new Gathering();
        WebSocket socket = open(gathering);
        byte[] both =
                new Bytes()
                        .raw(new Connect(id()).packet().bytes())
                        .raw(new Packet(Packet.DISCONNECT, new Bytes()).bytes())
                        .toByteArray();
        socket.sendBinary(ByteBuffer.wrap(both), true).join();
        assertThat(gathering.closed.get(30, TimeUnit.SECONDS)).isEqualTo(1000);
        socket.abort();
    }
}
