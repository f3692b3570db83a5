package dev.parley.node;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.PeekedMessage;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.QueueStatus;
import dev.parley.front.amqp.QueueArguments;
import dev.parley.front.home.Authenticator;
import dev.parley.front.home.Home;
import dev.parley.front.http.HttpService;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// The admin interface: `/healthz`, `/readyz`, `/metrics`, and `/v1/…` in JSON.
///
/// Everything under `/v1/` needs a user with the tag `administrator`; `guest` counts over loopback
/// only. Runs on the event loop; answers when what it says is durable.
final class Admin implements HttpService {
    private final Home home;
    private final Metrics metrics;
    private final Authenticator authenticator;
    private final Executor background;
    private final Consumer<Runnable> onLoop;
    private final ObjectMapper json = new ObjectMapper();

    Admin(
            Home home,
            Metrics metrics,
            Authenticator authenticator,
            Executor background,
            Consumer<Runnable> onLoop) {
        this.home = home;
        this.metrics = metrics;
        this.authenticator = authenticator;
        this.background = background;
        this.onLoop = onLoop;
    }

    @Override
    public void serve(Request request, Consumer<Response> answer) {
        switch (request.path()) {
            case "/healthz" -> answer.accept(Response.text(200, "ok\n"));
            case "/readyz" ->
                    answer.accept(
                            home.stopped()
                                    ? Response.text(503, "the log has failed\n")
                                    : Response.text(200, "ok\n"));
            case "/metrics" -> answer.accept(new Response(200, Metrics.TYPE, metrics.scrape()));
            default -> authorize(request, answer);
        }
    }

    private void authorize(Request request, Consumer<Response> answer) {
        if (!request.path().startsWith("/v1/")) {
            answer.accept(problem(404, "no such path: " + request.path()));
            return;
        }
        String[] credentials = credentials(request.authorization());
        if (credentials == null || (credentials[0].equals("guest") && !request.fromLoopback())) {
            answer.accept(problem(401, "a user and password are needed"));
            return;
        }
        home.authenticate(
                credentials[0],
                credentials[1],
                user -> {
                    if (user == null) {
                        answer.accept(problem(401, "wrong user or password"));
                    } else if (!user.tags().contains("administrator")) {
                        answer.accept(problem(403, "the user is no administrator"));
                    } else {
                        route(request, answer);
                    }
                });
    }

    private static String @Nullable [] credentials(@Nullable String header) {
        if (header == null || !header.startsWith("Basic ")) {
            return null;
        }
        try {
            String plain =
                    new String(
                            Base64.getDecoder().decode(header.substring(6).strip()),
                            StandardCharsets.UTF_8);
            int colon = plain.indexOf(':');
            return colon < 0
                    ? null
                    : new String[] {plain.substring(0, colon), plain.substring(colon + 1)};
        } catch (IllegalArgumentException e) {
            return null; // not Base64: nobody
        }
    }

    private void route(Request request, Consumer<Response> answer) {
        String[] parts = request.path().substring(4).split("/", 3);
        try {
            JsonNode body = body(request);
            String what = request.method() + " " + parts[0];
            String name = parts.length > 1 ? parts[1] : "";
            String action = parts.length > 2 ? parts[2] : "";
            switch (what) {
                case "GET status" -> answer.accept(status());
                case "GET queues" -> {
                    if (action.equals("messages")) {
                        peek(queue(request, name), request, answer);
                    } else {
                        listQueues(request, name, answer);
                    }
                }
                case "PUT queues" -> declareQueue(request, name, body, answer);
                case "DELETE queues" -> {
                    if (action.equals("messages")) {
                        purge(queue(request, name), answer);
                    } else {
                        deleteQueue(queue(request, name), answer);
                    }
                }
                case "POST queues" -> {
                    if (action.equals("take")) {
                        take(queue(request, name), answer);
                    } else {
                        publish(request, name, body, answer);
                    }
                }
                case "GET users" -> answer.accept(listUsers());
                case "PUT users" -> putUser(name, body, answer);
                case "DELETE users" -> removeUser(name, answer);
                default -> answer.accept(problem(404, "no such operation: " + what));
            }
        } catch (JacksonException e) {
            answer.accept(problem(400, "the body is no JSON: " + e.getOriginalMessage()));
        } catch (IllegalArgumentException e) {
            answer.accept(problem(400, String.valueOf(e.getMessage())));
        }
    }

    private JsonNode body(Request request) {
        return request.body().isEmpty() ? json.createObjectNode() : json.readTree(request.body());
    }

    private Response problem(int status, String detail) {
        return Response.json(status, json.writeValueAsString(Map.of("error", detail)));
    }

    private Response ok(Object value) {
        return Response.json(200, json.writeValueAsString(value));
    }

    private Response refusal(Reason reason) {
        int status =
                switch (reason) {
                    case Reason.NotFound r -> 404;
                    case Reason.Precondition r -> 412;
                    case Reason.Denied r -> 403;
                    case Reason.Locked r -> 423;
                    case Reason.Full r -> 507;
                    case Reason.Invalid r -> 400;
                    case Reason.Unsupported r -> 501;
                    case Reason.Unavailable r -> 503;
                };
        return problem(status, reason.detail());
    }

    private VirtualHost host(Request request) {
        String name = request.query("vhost", "/");
        VirtualHost host = home.catalog().host(name);
        if (host == null) {
            throw new IllegalArgumentException("no vhost '" + name + "'");
        }
        return host;
    }

    private QueueEntry queue(Request request, String name) {
        QueueEntry queue = host(request).queue(name);
        if (queue == null) {
            throw new IllegalArgumentException("no queue '" + name + "'");
        }
        return queue;
    }

    private Response status() {
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("version", Node.VERSION);
        status.put("roomy", home.roomy());
        status.put("connections", home.metrics().connections());
        status.put("channels", home.metrics().channels());
        status.put("queues", home.catalog().queues().size());
        status.put("published", home.metrics().published());
        status.put("confirmed", home.metrics().confirmed());
        status.put("delivered", home.metrics().delivered());
        return ok(status);
    }

    // ---- queues

    private void listQueues(Request request, String name, Consumer<Response> answer) {
        VirtualHost host = host(request);
        List<Map<String, Object>> found = new ArrayList<>();
        int[] waiting = {home.shardCount()};
        for (int shard = 0; shard < home.shardCount(); shard++) {
            Asker asker =
                    new Asker(reply -> {
                        if (reply instanceof QueueReply.Statuses(var statuses)) {
                            statuses.stream()
                                    .filter(one -> one.host().equals(host.name()))
                                    .filter(one -> name.isEmpty() || one.name().equals(name))
                                    .forEach(one -> found.add(describe(one)));
                        }
                        waiting[0]--;
                        if (waiting[0] == 0) {
                            found.sort((a, b) ->
                                    String.valueOf(a.get("name"))
                                            .compareTo(String.valueOf(b.get("name"))));
                            answer.accept(ok(found));
                        }
                    });
            if (!home.serves(shard)) {
                asker.onReply(1, new QueueReply.Statuses(List.of()));
            } else {
                home.offer(shard, new QueueCommand.Inspect(asker, 1, 0));
            }
        }
    }

    private static Map<String, Object> describe(QueueStatus status) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", status.name());
        row.put("vhost", status.host());
        row.put("ready", status.ready());
        row.put("unacknowledged", status.unacknowledged());
        row.put("bytes", status.bytes());
        row.put("consumers", status.consumers());
        row.put("published", status.published());
        row.put("delivered", status.delivered());
        row.put("acknowledged", status.acknowledged());
        row.put("deadLettered", status.deadLettered());
        row.put("dropped", status.dropped());
        return row;
    }

    private void declareQueue(
            Request request, String name, JsonNode body, Consumer<Response> answer) {
        VirtualHost host = host(request);
        boolean durable = body.path("durable").asBoolean(true);
        FieldTable.Builder arguments = FieldTable.builder();
        body.path("arguments")
                .properties()
                .forEach(field -> arguments.put(field.getKey(), value(field.getValue())));
        FieldTable table = arguments.build();
        var spec = QueueArguments.spec(name, durable, false, table);
        home.offer(
                0,
                new CatalogCommand.DeclareQueue(
                        (token, reply) -> {
                            if (reply instanceof CatalogReply.Declared declared) {
                                QueueEntry queue = declared.queue();
                                home.offer(
                                        queue.shard(),
                                        new QueueCommand.Create(
                                                queue.id(), queue.host(), queue.name(), spec));
                                touch(queue, answer);
                            } else {
                                answer(reply, answer);
                            }
                        },
                        1,
                        host.name(),
                        name,
                        durable,
                        0,
                        false,
                        table));
    }

    private static FieldValue value(JsonNode node) {
        if (node.isBoolean()) {
            return FieldValue.of(node.asBoolean());
        }
        return node.isIntegralNumber()
                ? FieldValue.of(node.asLong())
                : FieldValue.text(node.asString());
    }

    private void touch(QueueEntry queue, Consumer<Response> answer) {
        Asker asker = new Asker(reply -> answer(reply, answer));
        home.offer(queue.shard(), new QueueCommand.Touch(asker, 1, queue.id()));
    }

    private void answer(QueueReply reply, Consumer<Response> answer) {
        if (reply instanceof QueueReply.Refused(Reason reason)) {
            answer.accept(refusal(reason));
        } else if (reply instanceof QueueReply.Done done) {
            answer.accept(ok(Map.of("messages", done.messages(), "consumers", done.consumers())));
        } else {
            answer.accept(ok(Map.of()));
        }
    }

    private void answer(CatalogReply reply, Consumer<Response> answer) {
        answer.accept(
                reply instanceof CatalogReply.Refused(Reason reason)
                        ? refusal(reason)
                        : ok(Map.of("done", true)));
    }

    private void purge(QueueEntry queue, Consumer<Response> answer) {
        Asker asker = new Asker(reply -> answer(reply, answer));
        home.offer(queue.shard(), new QueueCommand.Purge(asker, 1, queue.id()));
    }

    private void deleteQueue(QueueEntry queue, Consumer<Response> answer) {
        Asker asker =
                new Asker(reply ->
                        home.offer(
                                0,
                                new CatalogCommand.RemoveQueue(
                                        (token, done) -> answer(reply, answer), 1, queue.id())));
        home.offer(queue.shard(), new QueueCommand.Delete(asker, 1, queue.id(), false, false));
    }

    private void peek(QueueEntry queue, Request request, Consumer<Response> answer) {
        int count = Integer.parseInt(request.query("count", "10"));
        Asker asker =
                new Asker(reply -> {
                    List<Map<String, Object>> rows = new ArrayList<>();
                    if (reply instanceof QueueReply.Peeked(var messages)) {
                        messages.forEach(message -> rows.add(describe(message)));
                    }
                    answer.accept(ok(rows));
                });
        home.offer(queue.shard(), new QueueCommand.Peek(asker, 1, queue.id(), count));
    }

    private static Map<String, Object> describe(PeekedMessage message) {
        return describe(
                message.exchange(),
                message.routingKey(),
                message.redelivered(),
                message.properties(),
                message.body());
    }

    private static Map<String, Object> describe(
            String exchange,
            String key,
            boolean redelivered,
            ByteBuffer properties,
            ByteBuffer body) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("exchange", exchange);
        row.put("routingKey", key);
        row.put("redelivered", redelivered);
        row.put("properties", Properties.read(properties.duplicate()).toString());
        byte[] bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') >= 0) {
            row.put("bodyBase64", Base64.getEncoder().encodeToString(bytes));
        } else {
            row.put("body", text);
        }
        return row;
    }

    /// Takes one message off the queue; it is acknowledged as it is taken.
    private void take(QueueEntry queue, Consumer<Response> answer) {
        Asker asker =
                new Asker(reply -> {
                    if (reply instanceof QueueReply.Got(Delivery got, long left)) {
                        Map<String, Object> row =
                                describe(
                                        got.exchange(),
                                        got.routingKey(),
                                        got.redelivered(),
                                        got.properties(),
                                        got.body());
                        row.put("left", left);
                        answer.accept(ok(row));
                    } else if (reply instanceof QueueReply.Empty) {
                        answer.accept(new Response(204, "text/plain", ""));
                    } else {
                        answer(reply, answer);
                    }
                });
        home.offer(queue.shard(), new QueueCommand.Get(asker, 1, queue.id(), true));
    }

    private void publish(Request request, String name, JsonNode body, Consumer<Response> answer) {
        QueueEntry queue = queue(request, name);
        Exchange exchange = host(request).exchange("");
        if (exchange == null || !body.path("body").isString()) {
            throw new IllegalArgumentException("a message has a \"body\"");
        }
        ByteBuffer content =
                ByteBuffer.wrap(body.path("body").asString().getBytes(StandardCharsets.UTF_8));
        Message message =
                new Message(
                        "",
                        name,
                        true,
                        Math.max(0, body.path("priority").asInt(0)),
                        -1,
                        Properties.NONE.withDeliveryMode(2).encoded(),
                        content);
        if (!home.roomy()) {
            answer.accept(problem(507, "there is no room for messages on the disk"));
            return;
        }
        Asker asker =
                new Asker(reply -> {
                    if (reply instanceof QueueReply.Refused(Reason reason)) {
                        answer.accept(refusal(reason));
                    } else {
                        answer.accept(ok(Map.of("stored", true)));
                    }
                });
        home.offer(queue.shard(), new QueueCommand.Publish(asker, 1, List.of(queue.id()), message));
    }

    // ---- users

    private Response listUsers() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (User user : home.catalog().users()) {
            rows.add(
                    Map.of(
                            "name",
                            user.name(),
                            "tags",
                            user.tags(),
                            "vhosts",
                            List.copyOf(user.permissions().keySet())));
        }
        return ok(rows);
    }

    private void putUser(String name, JsonNode body, Consumer<Response> answer) {
        String password = body.path("password").asString("");
        if (name.isEmpty() || password.isEmpty()) {
            throw new IllegalArgumentException("a user has a name and a \"password\"");
        }
        List<String> tags = new ArrayList<>();
        body.path("tags").forEach(tag -> tags.add(tag.asString()));
        String vhost = body.path("vhost").asString("/");
        String configure = body.path("configure").asString(".*");
        String write = body.path("write").asString(".*");
        String read = body.path("read").asString(".*");
        background.execute(() -> {
            String hash = authenticator.hash(password);
            onLoop.accept(() -> {
                home.offer(
                        0, new CatalogCommand.PutUser((token, reply) -> {}, 0, name, hash, tags));
                home.offer(
                        0,
                        new CatalogCommand.Permit(
                                (token, reply) -> answer(reply, answer),
                                1,
                                name,
                                vhost,
                                configure,
                                write,
                                read));
            });
        });
    }

    private void removeUser(String name, Consumer<Response> answer) {
        home.offer(
                0, new CatalogCommand.RemoveUser((token, reply) -> answer(reply, answer), 1, name));
    }

    /// A client of queues that asks one thing.
    private static final class Asker implements QueueClient {
        private final Consumer<QueueReply> then;

        Asker(Consumer<QueueReply> then) {
            this.then = then;
        }

        @Override
        public void onReply(long token, QueueReply reply) {
            then.accept(reply);
        }

        @Override
        public void onAccepted(long from, long to) {
            then.accept(new QueueReply.Done(0, 0));
        }

        @Override
        public void onRefused(long token, Reason reason) {
            then.accept(new QueueReply.Refused(reason));
        }

        @Override
        public void onDelivery(Delivery delivery) {
            throw new IllegalStateException("nobody subscribed");
        }

        @Override
        public void onCancelled(long consumer) {
            throw new IllegalStateException("nobody subscribed");
        }
    }
}
