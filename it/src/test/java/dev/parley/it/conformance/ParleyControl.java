package dev.parley.it.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.parley.it.AdminClient;
import dev.parley.it.TestNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What `rabbitmqctl`, and `make` in RabbitMQ's sources, do for its tests, done to a Parley node
/// through its admin interface and its process.
///
/// A request's body has one argument a line. The answer is 200 with what the program would print,
/// or anything else with why not.
final class ParleyControl implements AutoCloseable {

    private static final Pattern CHANNEL_MAX =
            Pattern.compile("application:set_env\\(rabbit, channel_max, (\\d+)\\)\\.");

    private static final String USAGE = "commands: set_topic_permissions and others";

    private final TestNode node;
    private final AdminClient admin;
    private final HttpServer server;

    private ParleyControl(TestNode node, HttpServer server) {
        this.node = node;
        this.admin = new AdminClient(node);
        this.server = server;
    }

    static ParleyControl start(TestNode node) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var control = new ParleyControl(node, server);
        server.createContext("/ctl", exchange -> control.serve(exchange, control::ctl));
        server.createContext("/make", exchange -> control.serve(exchange, control::make));
        server.start();
        return control;
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /// A program: arguments in, what it prints out.
    private interface Program {
        String run(Deque<String> arguments) throws IOException;
    }

    private void serve(HttpExchange exchange, Program program) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        Deque<String> arguments = new ArrayDeque<>(List.of(body.split("\n", -1)));
        arguments.removeLast();
        int code = 200;
        String said;
        try {
            said = program.run(arguments);
        } catch (IOException | RuntimeException | AssertionError e) {
            code = 500;
            said = String.valueOf(e.getMessage());
        }
        byte[] answer = said.getBytes(UTF_8);
        exchange.sendResponseHeaders(code, answer.length == 0 ? -1 : answer.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(answer);
        }
        exchange.close();
    }

    private String make(Deque<String> arguments) throws IOException {
        String source = "";
        List<String> targets = new ArrayList<>();
        while (!arguments.isEmpty()) {
            String argument = arguments.remove();
            if (argument.equals("-C")) {
                arguments.remove();
            } else if (argument.startsWith("SOURCE=")) {
                source = argument.substring("SOURCE=".length());
            } else if (!argument.contains("=")) {
                targets.add(argument);
            }
        }
        for (String target : targets) {
            switch (target) {
                case "stop-rabbit-on-node" -> node.stop();
                case "start-rabbit-on-node" -> node.restart();
                case "set-resource-alarm" -> alarm(source, true);
                case "clear-resource-alarm" -> alarm(source, false);
                default -> throw new IOException("no such target: " + target);
            }
        }
        return "";
    }

    private void alarm(String source, boolean on) throws IOException {
        admin.ask(on ? "PUT" : "DELETE", List.of("alarms", source), "");
    }

    private String ctl(Deque<String> arguments) throws IOException {
        String vhost = "/";
        List<String> rest = new ArrayList<>();
        int priority = 0;
        while (!arguments.isEmpty()) {
            String argument = arguments.remove();
            switch (argument) {
                case "-n" -> arguments.remove();
                case "-q" -> {
                    // We say nothing but the answer anyway.
                }
                case "-p" -> vhost = arguments.remove();
                case "--priority" -> priority = Integer.parseInt(arguments.remove());
                default -> rest.add(argument);
            }
        }
        if (rest.isEmpty() || rest.getFirst().isEmpty()) {
            throw new IOException(USAGE);
        }
        return switch (rest.getFirst()) {
            case "list_connections" -> connections(rest.subList(1, rest.size()));
            case "close_connection" ->
                    admin.ask("DELETE", List.of("connections", rest.get(1)), "", rest.get(2));
            case "eval" -> eval(rest.get(1));
            case "set_vm_memory_high_watermark" -> {
                alarm("memory", Double.parseDouble(rest.get(1)) < 0.01);
                yield "";
            }
            case "set_policy" -> policy(vhost, priority, rest);
            case "clear_policy" ->
                    admin.manage("DELETE", List.of("policies", vhost, rest.get(1)), "");
            case "trace_on" -> trace(vhost, true);
            case "trace_off" -> trace(vhost, false);
            case "add_vhost" -> admin.ask("PUT", List.of("vhosts", rest.get(1)), "");
            case "delete_vhost" -> deleteHost(rest.get(1));
            case "delete_queue" -> admin.in(vhost, "DELETE", List.of("queues", rest.get(1)), "");
            default -> users(vhost, rest);
        };
    }

    private String users(String vhost, List<String> rest) throws IOException {
        return switch (rest.getFirst()) {
            case "add_user" -> {
                ObjectNode user = object().put("password", rest.get(2));
                user.putArray("tags");
                yield admin.ask("PUT", List.of("users", rest.get(1)), user.toString());
            }
            case "set_user_tags" -> {
                ObjectNode user = object();
                var tags = user.putArray("tags");
                rest.subList(2, rest.size()).forEach(tags::add);
                yield admin.ask("PATCH", List.of("users", rest.get(1)), user.toString());
            }
            case "delete_user" -> admin.ask("DELETE", List.of("users", rest.get(1)), "");
            case "set_permissions" ->
                    admin.ask(
                            "PUT",
                            List.of("users", rest.get(1), "permissions", vhost),
                            object().put("configure", rest.get(2))
                                    .put("write", rest.get(3))
                                    .put("read", rest.get(4))
                                    .toString());
            case "clear_permissions" ->
                    admin.ask("DELETE", List.of("users", rest.get(1), "permissions", vhost), "");
            case "set_topic_permissions" ->
                    admin.ask(
                            "PUT",
                            List.of("users", rest.get(1), "topic-permissions", vhost, rest.get(2)),
                            object().put("write", rest.get(3)).put("read", rest.get(4)).toString());
            case "clear_topic_permissions" -> clearTopics(vhost, rest.get(1));
            default -> throw new IOException(USAGE + ", but not " + rest.getFirst());
        };
    }

    /// RabbitMQ takes the queues along; ours wants them gone first.
    private String deleteHost(String vhost) throws IOException {
        for (JsonNode queue : AdminClient.json(admin.in(vhost, "GET", List.of("queues"), ""))) {
            admin.in(vhost, "DELETE", List.of("queues", queue.path("name").asString()), "");
        }
        return admin.ask("DELETE", List.of("vhosts", vhost), "");
    }

    private String clearTopics(String vhost, String user) throws IOException {
        List<String> all = List.of("users", user, "topic-permissions");
        for (JsonNode one : AdminClient.json(admin.ask("GET", all, ""))) {
            if (one.path("vhost").asString().equals(vhost)) {
                String exchange = one.path("exchange").asString();
                admin.ask(
                        "DELETE", List.of("users", user, "topic-permissions", vhost, exchange), "");
            }
        }
        return "";
    }

    private String connections(List<String> columns) throws IOException {
        var lines = new StringBuilder();
        for (JsonNode one : AdminClient.json(admin.ask("GET", List.of("connections"), ""))) {
            List<String> row = new ArrayList<>();
            for (String column : columns) {
                row.add(
                        switch (column) {
                            case "pid" -> one.path("id").asString();
                            case "peer_port" -> one.path("peer").asString().replaceFirst(".*:", "");
                            case "client_properties" -> one.path("clientProperties").asString();
                            default -> throw new IOException("no column " + column);
                        });
            }
            lines.append(String.join("\t", row)).append('\n');
        }
        return lines.toString().stripTrailing();
    }

    private String policy(String vhost, int priority, List<String> rest) throws IOException {
        ObjectNode policy = object().put("pattern", rest.get(2)).put("priority", priority);
        policy.set("definition", AdminClient.json(rest.get(3)));
        return admin.manage("PUT", List.of("policies", vhost, rest.get(1)), policy.toString());
    }

    private String trace(String vhost, boolean on) throws IOException {
        return admin.ask("PATCH", List.of("vhosts", vhost), object().put("tracing", on).toString());
    }

    /// Only a setting of the node: it is started again with it.
    private String eval(String code) throws IOException {
        Matcher channels = CHANNEL_MAX.matcher(code);
        if (!channels.matches()) {
            throw new IOException("no Erlang here: " + code);
        }
        int most = Integer.parseInt(channels.group(1));
        node.restart("PARLEY_AMQP_CHANNEL_MAX", most == 0 ? "2047" : channels.group(1));
        return "";
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
