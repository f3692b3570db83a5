package dev.parley.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// The admin interface of one node, as method calls.
///
/// Every call is one request; it returns when the node has done what was asked, durably where that
/// is promised, and throws [RefusedException] when it has not.
public final class AdminClient implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    /// The longest time that one request for deliveries waits.
    public static final Duration WAIT_MAX = Duration.ofSeconds(30);

    private static final String IMPORT = "/api/definitions?report=true";

    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .build();

    private final String address;
    private final URI root;
    private final String authorization;
    private final HttpClient http;

    /// @param address host and port of the node's HTTP listener, `127.0.0.1:8080`
    /// @throws IllegalArgumentException if the address is none
    public AdminClient(String address, String user, String password) {
        this(address, user, password, null);
    }

    /// The same over TLS.
    ///
    /// @param address host and port of the node's HTTPS listener; the host as the node's
    ///   certificate names it
    /// @param tls whom to trust; null: no TLS
    public AdminClient(String address, String user, String password, @Nullable SSLContext tls) {
        this.address = address;
        this.root = URI.create((tls == null ? "http://" : "https://") + address + "/v1/");
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT_TIMEOUT);
        this.http = (tls == null ? builder : builder.sslContext(tls)).build();
        if (root.getHost() == null || root.getPort() < 1 || !root.getPath().equals("/v1/")) {
            throw new IllegalArgumentException("'" + address + "' is no HOST:PORT");
        }
        byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        this.authorization = "Basic " + Base64.getEncoder().encodeToString(both);
    }

    /// Trusts the authorities whose certificates stand in a file of PEM, and nobody else.
    ///
    /// @throws IOException if they cannot be read, or there are none
    public static SSLContext trusting(Path authorities) throws IOException {
        try (InputStream in = Files.newInputStream(authorities)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (Certificate one : factory.generateCertificates(in)) {
                trusted.setCertificateEntry("authority-" + trusted.size(), one);
            }
            if (trusted.size() == 0) {
                throw new IOException("no certificate in " + authorities);
            }
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, trust.getTrustManagers(), null);
            return tls;
        } catch (GeneralSecurityException e) {
            throw new IOException(authorities + " is no PEM with certificates", e);
        }
    }

    // ---- the node

    public NodeStatus status() throws RefusedException {
        return read(ask("GET", "status", null), NodeStatus.class);
    }

    // ---- queues

    public Queue queue(String vhost, String queue) throws RefusedException {
        return read(ask("GET", queue(vhost, queue, ""), null), Queue.class);
    }

    public List<Queue> queues(String vhost) throws RefusedException {
        return readList(ask("GET", "queues" + in(vhost), null), Queue.class);
    }

    /// Makes sure that a queue exists.
    ///
    /// @param arguments as in AMQP: `x-message-ttl`, …
    public Declared declare(
            String vhost,
            String queue,
            boolean durable,
            boolean autoDelete,
            Map<String, Object> arguments)
            throws RefusedException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("durable", durable);
        body.put("autoDelete", autoDelete);
        body.put("arguments", arguments);
        return read(ask("PUT", queue(vhost, queue, ""), body), Declared.class);
    }

    /// Returns how many messages went with the queue.
    public long delete(String vhost, String queue, boolean ifUnused, boolean ifEmpty)
            throws RefusedException {
        String path = queue(vhost, queue, "") + "&ifUnused=" + ifUnused + "&ifEmpty=" + ifEmpty;
        return messages(ask("DELETE", path, null));
    }

    /// Removes all messages that wait; returns how many.
    public long purge(String vhost, String queue) throws RefusedException {
        return messages(ask("DELETE", queue(vhost, queue, "/messages"), null));
    }

    /// Puts a message into a queue; it is on disk when this returns, if message and queue are to
    /// survive.
    public void publish(String vhost, String queue, Outgoing message) throws RefusedException {
        ask("POST", queue(vhost, queue, "/messages"), message.json());
    }

    /// Looks at messages from the head; they stay.
    public List<Received> peek(String vhost, String queue, int count) throws RefusedException {
        String path = queue(vhost, queue, "/messages") + "&count=" + count;
        return readList(ask("GET", path, null), Received.class);
    }

    /// Looks at messages wherever they stand in a queue.
    ///
    /// @param count how many at most, 1 to 1,000
    /// @param from where to go on, as the answer before says; null: at the head
    public Inspection inspect(
            String vhost, String queue, int count, @Nullable String from, Inspection.Filter filter)
            throws RefusedException {
        StringBuilder path = new StringBuilder(queue(vhost, queue, "/inspection"));
        path.append("&count=").append(count);
        append(path, "from", from);
        append(path, "key", filter.key());
        append(path, "header", filter.header());
        append(path, "body", filter.body());
        return read(ask("GET", path.toString(), null), Inspection.class);
    }

    private static void append(StringBuilder path, String name, @Nullable String value) {
        if (value != null) {
            path.append('&').append(name).append('=').append(encoded(value));
        }
    }

    /// Removes a message that no consumer has.
    public void remove(String vhost, String queue, String entry) throws RefusedException {
        ask("DELETE", queue(vhost, queue, "/inspection/" + encoded(entry)), null);
    }

    /// Puts another message in the place of one that no consumer has, both or neither: the same but
    /// for what is to change.
    public void edit(String vhost, String queue, String entry, Change change)
            throws RefusedException {
        ask("PUT", queue(vhost, queue, "/inspection/" + encoded(entry)), change.json());
    }

    /// Sends messages on to an exchange; those that lead nowhere stay.
    ///
    /// @throws RefusedException with 409 if none went because they lead nowhere, with 404 if there
    ///   is none of them that no consumer has
    public Sent send(
            String vhost, String queue, List<String> entries, String exchange, String routingKey)
            throws RefusedException {
        return sent(
                vhost,
                queue,
                Map.of("entries", entries, "exchange", exchange, "routingKey", routingKey));
    }

    /// Sends dead letters back into the queues that they died in; otherwise as [#send].
    public Sent sendBack(String vhost, String queue, List<String> entries) throws RefusedException {
        return sent(vhost, queue, Map.of("entries", entries, "back", true));
    }

    private Sent sent(String vhost, String queue, Object body) throws RefusedException {
        return read(ask("POST", queue(vhost, queue, "/sending"), body), Sent.class);
    }

    /// Stops the deliveries of a queue, or lets them go on.
    public void pause(String vhost, String queue, boolean paused) throws RefusedException {
        ask("PUT", queue(vhost, queue, "/pause"), Map.of("paused", paused));
    }

    /// Takes messages, which are this caller's to settle within half a minute.
    ///
    /// @param wait how long to wait where there is none, at most [#WAIT_MAX]
    public List<Received> take(String vhost, String queue, int count, Duration wait)
            throws RefusedException {
        String path =
                "%s&count=%d&wait=%d"
                        .formatted(queue(vhost, queue, "/deliveries"), count, wait.toMillis());
        return readList(ask("POST", path, null), Received.class);
    }

    /// How a delivery ends.
    public enum Outcome {
        ACKNOWLEDGED("acknowledged"),
        RETURNED("returned"),
        REJECTED("rejected");

        private final String word;

        Outcome(String word) {
            this.word = word;
        }
    }

    public void settle(Received taken, Outcome outcome) throws RefusedException {
        ask(
                "POST",
                "deliveries/" + encoded(String.valueOf(taken.delivery())),
                Map.of("outcome", outcome.word));
    }

    // ---- users

    public List<User> users() throws RefusedException {
        return readList(ask("GET", "users", null), User.class);
    }

    /// Adds a user, or replaces password and tags of the one there is.
    public void putUser(String name, String password, List<String> tags) throws RefusedException {
        ask("PUT", "users/" + encoded(name), Map.of("password", password, "tags", tags));
    }

    public void changePassword(String name, String password) throws RefusedException {
        ask("PATCH", "users/" + encoded(name), Map.of("password", password));
    }

    public void changeTags(String name, List<String> tags) throws RefusedException {
        ask("PATCH", "users/" + encoded(name), Map.of("tags", tags));
    }

    public void removeUser(String name) throws RefusedException {
        ask("DELETE", "users/" + encoded(name), null);
    }

    public void permit(String name, String vhost, User.Permission permission)
            throws RefusedException {
        ask("PUT", permissions(name, vhost), permission);
    }

    public void forbid(String name, String vhost) throws RefusedException {
        ask("DELETE", permissions(name, vhost), null);
    }

    // ---- limits

    /// What has limits.
    public enum Limited {
        USER("users/"),
        HOST("vhosts/");

        private final String path;

        Limited(String path) {
            this.path = path;
        }
    }

    /// The limits that are set, by RabbitMQ's names: `max-connections`, …
    public Map<String, Long> limits(Limited what, String name) throws RefusedException {
        byte[] body = ask("GET", limits(what, name, ""), null);
        try {
            return JSON.readerForMapOf(Long.class).readValue(body);
        } catch (JacksonException e) {
            throw stranger(e);
        }
    }

    public void limit(Limited what, String name, String limit, long most) throws RefusedException {
        ask("PUT", limits(what, name, "/" + encoded(limit)), Map.of("value", most));
    }

    public void unlimit(Limited what, String name, String limit) throws RefusedException {
        ask("DELETE", limits(what, name, "/" + encoded(limit)), null);
    }

    private static String limits(Limited what, String name, String part) {
        return what.path + encoded(name) + "/limits" + part;
    }

    // ---- topics

    /// Publishes a message; returns whether anybody subscribes to its topic.
    public boolean publish(String vhost, String topic, TopicMessage message)
            throws RefusedException {
        String path = "topics/" + encoded(topic) + "/messages" + in(vhost);
        return read(ask("POST", path, message.json()), Matched.class).matched();
    }

    private record Matched(String topic, boolean matched) {}

    /// The filters that somebody subscribes to.
    public List<TopicFilter> filters(String vhost) throws RefusedException {
        return readList(ask("GET", "topics" + in(vhost), null), TopicFilter.class);
    }

    /// Retained messages.
    ///
    /// @param count how many at most, 1 to 1,000
    public List<RetainedMessage> retained(String vhost, String filter, int count)
            throws RefusedException {
        String path = "topics/" + encoded(filter) + "/retained" + in(vhost) + "&count=" + count;
        return readList(ask("GET", path, null), RetainedMessage.class);
    }

    public List<Session> sessions(String vhost) throws RefusedException {
        return readList(ask("GET", "sessions" + in(vhost), null), Session.class);
    }

    public Session session(String vhost, String clientId) throws RefusedException {
        String path = "sessions/" + encoded(clientId) + in(vhost);
        return read(ask("GET", path, null), Session.class);
    }

    /// Ends a client's connection.
    ///
    /// @param end whether its session ends too, with all that waits in it
    public void kick(String vhost, String clientId, boolean end) throws RefusedException {
        ask("DELETE", "sessions/" + encoded(clientId) + in(vhost) + "&end=" + end, null);
    }

    // ---- streams

    public List<Stream> streams(String vhost) throws RefusedException {
        return readList(ask("GET", "streams" + in(vhost), null), Stream.class);
    }

    public Stream stream(String vhost, String stream) throws RefusedException {
        return read(ask("GET", stream(vhost, stream, ""), null), Stream.class);
    }

    /// Makes sure that a stream exists and takes its subjects.
    public Declared declareStream(String vhost, String stream, StreamDeclaration declaration)
            throws RefusedException {
        return read(ask("PUT", stream(vhost, stream, ""), declaration.json()), Declared.class);
    }

    /// Returns how many messages went with the stream.
    public long deleteStream(String vhost, String stream, boolean ifUnused)
            throws RefusedException {
        String path = stream(vhost, stream, "") + "&ifUnused=" + ifUnused;
        return messages(ask("DELETE", path, null));
    }

    /// Puts a message at the end of a stream; it is on disk when this returns.
    public void append(String vhost, String stream, Outgoing message) throws RefusedException {
        ask("POST", stream(vhost, stream, "/messages"), message.json());
    }

    /// Reads some messages; they stay.
    ///
    /// @param offset `first`, `last`, `next`, an offset, or `time:` with a time
    /// @param count how many at most, 1 to 1,000
    /// @param wait how long to wait where there is none, at most [#WAIT_MAX]
    public StreamPage readStream(
            String vhost, String stream, String offset, int count, Duration wait)
            throws RefusedException {
        StringBuilder path = new StringBuilder(stream(vhost, stream, "/messages"));
        append(path, "offset", offset);
        path.append("&count=").append(count).append("&wait=").append(wait.toMillis());
        return read(ask("GET", path.toString(), null), StreamPage.class);
    }

    /// Makes a cursor stand at an offset, whether it was there or not.
    public void moveCursor(String vhost, String stream, String cursor, long offset)
            throws RefusedException {
        String path = stream(vhost, stream, "/cursors/" + encoded(cursor));
        ask("PUT", path, Map.of("offset", offset));
    }

    // ---- virtual hosts

    public List<Host> hosts() throws RefusedException {
        return readList(ask("GET", "vhosts", null), Host.class);
    }

    public void addHost(String name) throws RefusedException {
        ask("PUT", "vhosts/" + encoded(name), null);
    }

    public void removeHost(String name) throws RefusedException {
        ask("DELETE", "vhosts/" + encoded(name), null);
    }

    /// Declares what stands in an export of RabbitMQ's definitions, or of a node's.
    public Imported importDefinitions(byte[] json) throws RefusedException {
        return read(send("POST", IMPORT, json), Imported.class);
    }

    // ---- requests

    private static String in(String vhost) {
        return "?vhost=" + encoded(vhost);
    }

    private static String queue(String vhost, String name, String part) {
        return "queues/" + encoded(name) + part + in(vhost);
    }

    private static String stream(String vhost, String name, String part) {
        return "streams/" + encoded(name) + part + in(vhost);
    }

    private static String permissions(String user, String vhost) {
        return "users/" + encoded(user) + "/permissions/" + encoded(vhost);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private byte[] ask(String method, String path, @Nullable Object body) throws RefusedException {
        return send(method, path, body == null ? null : JSON.writeValueAsBytes(body));
    }

    private byte[] send(String method, String path, byte @Nullable [] body)
            throws RefusedException {
        HttpRequest request =
                HttpRequest.newBuilder(root.resolve(path))
                        .timeout(ANSWER_TIMEOUT)
                        .header("Authorization", authorization)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofByteArray(body))
                        .build();
        HttpResponse<byte[]> response;
        try {
            response = http.send(request, BodyHandlers.ofByteArray());
        } catch (ConnectException e) {
            throw new RefusedException(0, "no node at " + address + " (is it running?)");
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.toString() : e.getMessage();
            throw new RefusedException(0, "no answer from " + address + ": " + why);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedException(0, "interrupted while waiting for " + address);
        }
        if (response.statusCode() >= 300) {
            throw new RefusedException(response.statusCode(), reason(response));
        }
        return response.body();
    }

    private static String reason(HttpResponse<byte[]> response) {
        try {
            String error = JSON.readTree(response.body()).path("error").asString("");
            if (!error.isEmpty()) {
                return error;
            }
        } catch (JacksonException e) {
            // What answered is no node, or it was in trouble: the status says what there is to say.
        }
        return "the node answered with status " + response.statusCode();
    }

    private static long messages(byte[] body) throws RefusedException {
        return read(body, Counted.class).messages();
    }

    private record Counted(long messages) {}

    private static <T> T read(byte[] body, Class<T> type) throws RefusedException {
        try {
            return JSON.readValue(body, type);
        } catch (JacksonException e) {
            throw stranger(e);
        }
    }

    private static <T> List<T> readList(byte[] body, Class<T> type) throws RefusedException {
        try {
            return JSON.readerForListOf(type).readValue(body);
        } catch (JacksonException e) {
            throw stranger(e);
        }
    }

    private static RefusedException stranger(JacksonException e) {
        return new RefusedException(0, "what answered is no node: " + e.getOriginalMessage());
    }

    @Override
    public void close() {
        http.close();
    }
}
