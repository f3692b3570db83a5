package dev.parley.it.http;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// A client of the JSON feed: the JDK's WebSocket.
final class Talk implements AutoCloseable {
    private static final long PATIENCE = 30;

    private final LinkedBlockingQueue<JsonNode> heard = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final WebSocket socket;
    private volatile boolean deaf;

    Talk(HttpNode node, String query, String... headers) throws Exception {
        WebSocket.Builder builder =
                HttpClient.newHttpClient().newWebSocketBuilder().subprotocols("parley.json.v1");
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        URI uri = URI.create("ws://127.0.0.1:" + node.port() + "/v1/feed" + query);
        socket = builder.buildAsync(uri, new Hearing()).get(PATIENCE, TimeUnit.SECONDS);
    }

    /// Reads nothing more after the next text.
    void deafen() {
        deaf = true;
    }

    static Talk guest(HttpNode node) throws Exception {
        Talk talk = new Talk(node, "", "Authorization", HttpNode.GUEST);
        talk.next("welcome");
        return talk;
    }

    private final class Hearing implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean whole) {
            text.append(part);
            if (whole) {
                heard.add(HttpNode.json(text.toString()));
                text.setLength(0);
            }
            if (!deaf) {
                from.request(1);
            }
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed.complete(code);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.complete(-1);
        }
    }

    Talk say(String json) {
        socket.sendText(json.replace('\'', '"'), true).join();
        return this;
    }

    void sayBinary(byte[] bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
    }

    String protocol() {
        return socket.getSubprotocol();
    }

    /// What comes next, which is of this kind.
    JsonNode next(String op) throws InterruptedException {
        JsonNode next = heard.poll(PATIENCE, TimeUnit.SECONDS);
        if (next == null || !next.path("op").asString().equals(op)) {
            throw new AssertionError("no " + op + ", but " + next);
        }
        return next;
    }

    /// The code that the node closes with.
    int closedWith() throws Exception {
        return closed.get(PATIENCE, TimeUnit.SECONDS);
    }

    void leave() {
        socket.sendClose(1000, "").join();
    }

    void abort() {
        socket.abort();
    }

    @Override
    public void close() {
        socket.abort();
    }
}
