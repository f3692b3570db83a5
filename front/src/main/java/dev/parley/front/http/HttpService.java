package dev.parley.front.http;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Answers requests; called on the event loop and answering on it, at once or later.
public interface HttpService {
    void serve(Request request, Answer answer);

    /// Says whether the login that a request brings is right, before its body has come.
    ///
    /// @param head without a body
    void admit(Request head, Consumer<Boolean> answer);

    /// A request whose body is whole.
    ///
    /// @param path its segments, each percent-decoded after they were parted, so that a name may
    ///   hold a slash
    /// @param parameters those of the query, all of each name
    /// @param headers the first of each name, in lower case
    /// @param peer where the client is
    record Request(
            String method,
            List<String> path,
            Map<String, List<String>> parameters,
            ByteBuffer body,
            Map<String, String> headers,
            InetSocketAddress peer) {
        public Request {
            path = List.copyOf(path);
            parameters = Map.copyOf(parameters);
            headers = Map.copyOf(headers);
        }

        /// The query, the first of each name.
        public Map<String, String> query() {
            Map<String, String> first = new LinkedHashMap<>();
            parameters.forEach((name, values) -> first.put(name, values.getFirst()));
            return first;
        }

        /// All parameters of a name.
        public List<String> all(String name) {
            return parameters.getOrDefault(name, List.of());
        }

        /// A header, or null.
        ///
        /// @param name in lower case
        public @Nullable String header(String name) {
            return headers.get(name);
        }

        public @Nullable String contentType() {
            return header("content-type");
        }

        public @Nullable String authorization() {
            return header("authorization");
        }

        /// Whether the client wants to speak WebSocket.
        public boolean wantsWebSocket() {
            return "websocket".equalsIgnoreCase(headers.getOrDefault("upgrade", ""));
        }

        /// Whether who needs no secret may come this way: a client on this machine that asks for
        /// the node by its address. A name that a page has chosen may lead here, too, and to a
        /// browser on this machine such a page is the node's own.
        public boolean fromHere() {
            return peer.getAddress() != null
                    && peer.getAddress().isLoopbackAddress()
                    && Origins.isAddressed(header("host"));
        }
    }

    /// Where one response goes.
    interface Answer {
        /// Sends the response; to a connection that has ended meanwhile it is dropped.
        void send(Response response);

        /// Runs something when the connection ends before the response was sent.
        void onGone(Runnable action);

        /// Sends a response that has no end yet.
        ///
        /// @param head its body comes first
        /// @param peer who goes on with it; not asked if the connection has ended meanwhile
        /// @return whether it goes on
        boolean stream(Response head, Function<Line, Line.Peer> peer);

        /// Makes the connection a WebSocket.
        ///
        /// @param messageMax bytes of a text from the client
        /// @param peer likewise; nor if the client asked in a way that cannot be answered, which it
        ///   is told
        /// @return likewise
        boolean upgrade(String protocol, int messageMax, Function<Line, Line.Peer> peer);
    }

    /// What goes back.
    ///
    /// @param body read from its position, and left there
    record Response(int status, String type, ByteBuffer body, Map<String, String> headers) {
        public Response {
            headers = Map.copyOf(headers);
        }

        public static Response of(int status, String type, String body) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            return new Response(status, type, ByteBuffer.wrap(bytes), Map.of());
        }

        public static Response json(int status, String body) {
            return of(status, "application/json", body);
        }

        public static Response text(int status, String body) {
            return of(status, "text/plain; charset=utf-8", body);
        }

        public static Response empty(int status) {
            return of(status, "", "");
        }

        public Response with(String header, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(header, value);
            return new Response(status, type, body, more);
        }
    }
}
