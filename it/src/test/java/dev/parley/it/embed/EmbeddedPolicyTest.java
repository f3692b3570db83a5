package dev.parley.it.embed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.api.Delivery;
import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.core.log.LogConfig;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.node.Config;
import dev.parley.node.Parley;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Programs in the node's process, and what is said over HTTP about their queues.
@Timeout(60)
class EmbeddedPolicyTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir Path directory;
    private Parley parley;
    private HttpClient http;

    @SuppressWarnings("NullAway") // JUnit calls open() before every test.
    EmbeddedPolicyTest() {}

    @BeforeEach
    void open() throws IOException {
        parley =
                Parley.start(
                        new Config(
                                directory.resolve("data"),
                                "127.0.0.1",
                                -1,
                                0,
                                LogConfig.DEFAULT,
                                AmqpConfig.DEFAULT));
        http = HttpClient.newHttpClient();
    }

    @AfterEach
    void close() {
        http.close();
        parley.close();
    }

    private HttpRequest request(String method, String path, String body) {
        String credentials = Base64.getEncoder().encodeToString("guest:guest".getBytes(UTF_8));
        return HttpRequest.newBuilder()
                .uri(URI.create("http://127.0.0.1:" + parley.node().httpPort() + path))
                .header("Authorization", "Basic " + credentials)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build();
    }

    @Test
    void whatIsPutAwayGoesWhereAPolicySays() throws Exception {
        Queue<String> graves = parley.queue("graves", String.class);
        Queue<String> queue = parley.queue("work", String.class);
        String policy =
                """
                {"pattern": "^work$", "apply-to": "queues",
                 "definition": {"dead-letter-exchange": "", "dead-letter-routing-key": "graves"}}
                """;
        int status =
                http.send(request("PUT", "/api/policies/%2F/p", policy), BodyHandlers.discarding())
                        .statusCode();
        assertThat(status).isEqualTo(201);
        queue.send("poison");
        queue.take(LONG).orElseThrow().putAway("as wanted");
        assertThat(graves.take(LONG)).map(Delivery::payload).contains("poison");
    }

    private int consumers(String queue) throws Exception {
        String body =
                http.send(request("GET", "/v1/queues/" + queue, ""), BodyHandlers.ofString())
                        .body();
        return Integer.parseInt(body.replaceAll("(?s).*\"consumers\" ?: ?(\\d+).*", "$1"));
    }

    @Test
    void aLoanOverHttpEndsWithTheQueuesLease() throws Exception {
        Queue<String> queue =
                parley.queue(
                        "leased",
                        String.class,
                        QueueOptions.DURABLE.with("x-consumer-timeout", 200));
        CompletableFuture<HttpResponse<String>> answer =
                http.sendAsync(
                        request("POST", "/v1/queues/leased/deliveries?wait=20000", ""),
                        BodyHandlers.ofString());
        await().atMost(LONG).until(() -> consumers("leased") == 1);
        queue.send("m");
        String lent = answer.get(20, TimeUnit.SECONDS).body();
        Delivery<String> again = queue.take(LONG).orElseThrow();
        assertThat(again.payload()).isEqualTo("m");
        assertThat(again.redelivered()).isTrue();
        String name = lent.replaceAll(".*\"delivery\" ?: ?\"([^\"]+)\".*", "$1");
        int settled =
                http.send(request("POST", "/v1/deliveries/" + name, ""), BodyHandlers.discarding())
                        .statusCode();
        assertThat(settled).as("too late").isEqualTo(404);
        again.ack();
    }
}
