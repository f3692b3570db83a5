package dev.parley.it;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// Asks a node's admin interface as guest.
public final class AdminClient {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final IntSupplier port;
    private final HttpClient http = HttpClient.newHttpClient();

    public AdminClient(TestNode node) {
        this(node::httpPort);
    }

    /// One of a node in this process.
    public AdminClient(IntSupplier port) {
        this.port = port;
    }

    public static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    public String in(String vhost, String method, List<String> path, String body)
            throws IOException {
        return send(method, path, "?vhost=" + encoded(vhost), body);
    }

    public String ask(String method, List<String> path, String body) throws IOException {
        return send(method, path, "", body);
    }

    /// With a reason for what is done.
    public String ask(String method, List<String> path, String body, String why)
            throws IOException {
        return send(method, path, "?reason=" + encoded(why), body);
    }

    /// Ends the session of a client of MQTT, whoever it belongs to.
    public void endSession(String client) throws IOException {
        send("DELETE", List.of("sessions", client), "?end=true", "");
    }

    /// Through the part of the interface that speaks as RabbitMQ's does.
    public String manage(String method, List<String> path, String body) throws IOException {
        return send("/api/", method, path, "", body);
    }

    private String send(String method, List<String> path, String query, String body)
            throws IOException {
        return send("/v1/", method, path, query, body);
    }

    private String send(String root, String method, List<String> path, String query, String body)
            throws IOException {
        String where = path.stream().map(AdminClient::encoded).collect(Collectors.joining("/"));
        return send(method, root + where + query, body);
    }

    /// What stands under a path with its query, which is encoded already.
    public String get(String path) throws IOException {
        return send("GET", path, "");
    }

    private String send(String method, String path, String body) throws IOException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.getAsInt() + path))
                        .timeout(Duration.ofSeconds(20))
                        .header(
                                "Authorization",
                                "Basic "
                                        + Base64.getEncoder()
                                                .encodeToString(
                                                        "guest:guest"
                                                                .getBytes(StandardCharsets.UTF_8)))
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new IOException(
                        "%s %s: %d %s".formatted(method, path, answer.statusCode(), answer.body()));
            }
            return answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
