package dev.parley.it.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.it.Broker;
import dev.parley.it.TestNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// A node, and the questions that these tests ask over HTTP.
final class HttpNode implements AutoCloseable {
    static final String GUEST = basic("guest", "guest");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final TestNode node;
    private final HttpClient http = HttpClient.newHttpClient();

    private HttpNode(TestNode node) {
        this.node = node;
    }

    static HttpNode start(String name, String... flags) {
        return new HttpNode(TestNode.start(Broker.freshDirectory(name), Map.of(), List.of(flags)));
    }

    static String basic(String user, String password) {
        byte[] both = (user + ":" + password).getBytes(UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(both);
    }

    static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    TestNode node() {
        return node;
    }

    int port() {
        return node.httpPort();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    static String part(String name) {
        return URLEncoder.encode(name, UTF_8).replace("+", "%20");
    }

    static String events(String filter) {
        return "/v1/topics/" + part(filter) + "/events";
    }

    HttpResponse<String> ask(String method, String path, String body, String... headers)
            throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri(path))
                        .timeout(Duration.ofSeconds(20))
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    int status(String method, String path, String... headers) throws IOException {
        return ask(method, path, "", headers).statusCode();
    }

    /// As guest; what does not succeed is an error.
    JsonNode must(String method, String path, String body) throws IOException {
        HttpResponse<String> answer = ask(method, path, body, "Authorization", GUEST);
        if (answer.statusCode() >= 300) {
            throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body().isEmpty() ? JSON.createObjectNode() : json(answer.body());
    }

    void publish(String topic, String body, boolean retain) throws IOException {
        must(
                "POST",
                "/v1/topics/" + part(topic) + "/messages",
                JSON.writeValueAsString(Map.of("body", body, "retain", retain)));
    }

    /// A user who may read and write all topics, or what these expressions say.
    void addUser(String name, String password, String read, String write) throws IOException {
        must("PUT", "/v1/users/" + name, JSON.writeValueAsString(Map.of("password", password)));
        must(
                "PUT",
                "/v1/users/" + name + "/permissions/%2F",
                JSON.writeValueAsString(Map.of("read", read, "write", write)));
    }

    HttpResponse<String> askToken(
            String authorization, List<String> subscribe, List<String> publish, long seconds)
            throws IOException {
        return ask(
                "POST",
                "/v1/tokens",
                JSON.writeValueAsString(
                        Map.of(
                                "subscribe",
                                subscribe,
                                "publish",
                                publish,
                                "expirySeconds",
                                seconds)),
                "Authorization",
                authorization);
    }

    String token(String authorization, List<String> filters, long seconds) throws IOException {
        HttpResponse<String> answer = askToken(authorization, filters, filters, seconds);
        if (answer.statusCode() != 201) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
        return json(answer.body()).path("token").asString();
    }

    long metric(String name) throws IOException {
        return ask("GET", "/metrics", "")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length())))
                .sum();
    }

    Events reader(String path) throws IOException {
        return new Events(port(), path, new ArrayList<>(List.of("Authorization: " + GUEST)), 0);
    }

    @Override
    public void close() {
        node.close();
    }
}
