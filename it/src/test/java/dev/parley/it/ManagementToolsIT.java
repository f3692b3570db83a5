package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Tools that others wrote for RabbitMQ's HTTP API and for Prometheus, unchanged.
@Timeout(240)
class ManagementToolsIT {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private List<String> admin = List.of();
    private String port = "";

    private String run(String... arguments) {
        Foreign.Result result = tried(arguments);
        assertThat(result.code()).as(result.output()).isZero();
        return result.output();
    }

    private Foreign.Result tried(String... arguments) {
        List<String> command = new ArrayList<>(admin);
        command.addAll(List.of("-P", port, "-f", "tsv"));
        command.addAll(List.of(arguments));
        return Foreign.run(command, Map.of("HOME", "/nowhere"), DEADLINE);
    }

    @Test
    void rabbitmqadmin() throws Exception {
        List<List<String>> probes = new ArrayList<>();
        for (String python : List.of("python3", "/usr/bin/python3")) {
            probes.add(List.of(python, "/usr/bin/rabbitmqadmin", "--version"));
        }
        List<String> found =
                Foreign.require("rabbitmq-server", "the Debian package rabbitmq-server", probes);
        admin = found.subList(0, 2);
        try (TestNode node = TestNode.start(Broker.freshDirectory("rabbitmqadmin"))) {
            port = Integer.toString(node.httpPort());
            declarePublishGet();
            bindAndUnbind();
            policiesUsersHosts();
            Path export = Files.createTempFile("parley-export", ".json");
            run("export", export.toString());
            run("delete", "queue", "name=q");
            assertThat(tried("delete", "queue", "name=q").output()).contains("Not found");
            run("import", export.toString());
            assertThat(run("list", "queues", "name", "messages")).contains("q\t0");
            Files.delete(export);
        }
    }

    private void declarePublishGet() {
        run("declare", "queue", "name=q", "durable=true", "arguments={\"x-max-length\":9}");
        run("declare", "queue", "name=quorum", "queue_type=quorum");
        assertThat(run("publish", "routing_key=q", "payload=hello")).contains("published");
        assertThat(run("publish", "routing_key=none", "payload=x")).contains("NOT routed");
        assertThat(run("list", "queues", "name", "messages")).contains("q\t1");
        assertThat(run("get", "queue=q")).contains("hello");
        assertThat(run("get", "queue=q", "ackmode=ack_requeue_false")).contains("hello");
        assertThat(run("get", "queue=q")).contains("No items");
        run("publish", "routing_key=q", "payload=again");
        run("purge", "queue", "name=q");
        assertThat(run("list", "queues", "name", "messages")).contains("q\t0");
        assertThat(run("show", "overview")).contains("parley");
        assertThat(run("list", "nodes")).contains("parley@localhost");
    }

    private void bindAndUnbind() {
        run("declare", "exchange", "name=x", "type=topic");
        run("declare", "binding", "source=x", "destination=q", "routing_key=a.#");
        assertThat(run("publish", "exchange=x", "routing_key=a.b", "payload=1"))
                .doesNotContain("NOT");
        assertThat(run("list", "bindings")).contains("x\tq\ta.#");
        run(
                "delete",
                "binding",
                "source=x",
                "destination_type=queue",
                "destination=q",
                "properties_key=a.%23");
        assertThat(run("list", "bindings")).doesNotContain("x\tq");
        run("purge", "queue", "name=q");
        run("delete", "exchange", "name=x");
    }

    private void policiesUsersHosts() {
        run(
                "declare",
                "policy",
                "name=p",
                "pattern=^q$",
                "definition={\"max-length\":5}",
                "apply-to=queues");
        assertThat(run("list", "policies", "name", "pattern")).contains("p\t^q$");
        run(
                "declare",
                "operator_policy",
                "name=o",
                "pattern=.*",
                "definition={\"expires\":9999999}");
        assertThat(run("list", "operator_policies", "name")).contains("o");
        run("declare", "vhost", "name=v");
        run("declare", "user", "name=u", "password=secret", "tags=monitoring");
        run("declare", "permission", "vhost=v", "user=u", "configure=.*", "write=.*", "read=.*");
        assertThat(run("list", "users", "name", "tags")).contains("u\tmonitoring");
        assertThat(run("list", "permissions", "vhost", "user")).contains("v\tu");
        assertThat(run("-V", "v", "-u", "u", "-p", "secret", "list", "exchanges", "name"))
                .contains("amq.topic");
        run("delete", "vhost", "name=v");
        assertThat(run("list", "vhosts", "name")).doesNotContain("v\n");
    }

    /// Prometheus reads what the node counts, and finds RabbitMQ's names.
    @Test
    void promtool() throws Exception {
        try (TestNode node = TestNode.start(Broker.freshDirectory("promtool"));
                HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest request =
                    HttpRequest.newBuilder(
                                    URI.create("http://127.0.0.1:" + node.httpPort() + "/metrics"))
                            .build();
            String text = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
            assertThat(text)
                    .contains(
                            "rabbitmq_queue_messages_ready 0",
                            "rabbitmq_identity_info{rabbitmq_node=\"parley@localhost\"",
                            "rabbitmq_global_messages_received_total{protocol=\"amqp091\"} 0");
            Path scraped =
                    Files.writeString(Files.createTempFile("parley-metrics", ".txt"), text, UTF_8);
            Foreign.require(
                    "prometheus",
                    "the Debian package prometheus",
                    List.of(List.of("promtool", "--version")));
            Foreign.Result result =
                    Foreign.run(
                            List.of("sh", "-c", "promtool check metrics < '" + scraped + "'"),
                            Map.of(),
                            DEADLINE);
            // 0: nothing to say; 3: it can be read, but a name of the JVM's metrics is no good one.
            assertThat(result.code()).as(result.output()).isIn(0, 3);
            assertThat(result.output()).doesNotContain("rabbitmq_", "parley_");
            Files.delete(scraped);
        }
    }
}
