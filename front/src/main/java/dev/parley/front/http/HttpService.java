package dev.parley.front.http;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Answers requests; called on the event loop and answering on it, at once or later.
@FunctionalInterface
public interface HttpService {
    void serve(Request request, Answer answer);

    /// A request whose body is whole.
    ///
    /// @param path its segments, each percent-decoded after they were parted, so that a name may
    ///   hold a slash
    /// @param contentType the header of that name, or null
    /// @param authorization likewise
    /// @param peer where the client is
    record Request(
            String method,
            List<String> path,
            Map<String, String> query,
            ByteBuffer body,
            @Nullable String contentType,
            @Nullable String authorization,
            InetSocketAddress peer) {
        /// Whether the client is on this machine.
        public boolean fromLoopback() {
            return peer.getAddress() != null && peer.getAddress().isLoopbackAddress();
        }

        public Request {
            path = List.copyOf(path);
            query = Map.copyOf(query);
        }
    }

    /// Where one response goes.
    interface Answer {
        /// Sends the response; to a connection that has ended meanwhile it is dropped.
        void send(Response response);

        /// Runs something when the connection ends before the response was sent.
        void onGone(Runnable action);
    }

    /// What goes back.
    record Response(int status, String type, String body, Map<String, String> headers) {
        public Response {
            headers = Map.copyOf(headers);
        }

        public static Response json(int status, String body) {
            return new Response(status, "application/json", body, Map.of());
        }

        public static Response text(int status, String body) {
            return new Response(status, "text/plain; charset=utf-8", body, Map.of());
        }

        public static Response empty(int status) {
            return new Response(status, "", "", Map.of());
        }

        public Response with(String header, String value) {
            return new Response(status, type, body, Map.of(header, value));
        }

        byte[] bytes() {
            return body.getBytes(StandardCharsets.UTF_8);
        }
    }
}
