package dev.parley.front.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Answers requests; called on the event loop and answering on it, at once or later.
@FunctionalInterface
public interface HttpService {
    void serve(Request request, Consumer<Response> answer);

    /// A request whose body is whole.
    ///
    /// @param path percent-decoded, without the query
    /// @param authorization the header of that name, or null
    record Request(
            String method,
            String path,
            Map<String, String> query,
            String body,
            @Nullable String authorization,
            boolean fromLoopback) {
        public String query(String name, String otherwise) {
            return query.getOrDefault(name, otherwise);
        }
    }

    /// What goes back.
    record Response(int status, String type, String body) {
        public static Response json(int status, String body) {
            return new Response(status, "application/json", body);
        }

        public static Response text(int status, String body) {
            return new Response(status, "text/plain; charset=utf-8", body);
        }

        byte[] bytes() {
            return body.getBytes(StandardCharsets.UTF_8);
        }
    }
}
