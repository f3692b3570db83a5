package dev.parley.node.admin;

import dev.parley.core.catalog.User;
import dev.parley.front.amqp.AmqpMetrics;
import dev.parley.front.amqp.LocalMetrics;
import dev.parley.front.http.HttpService;
import dev.parley.front.mqtt.MqttMetrics;
import dev.parley.front.mqtt.MqttMetrics.Count;
import dev.parley.node.admin.Route.Audience;
import dev.parley.node.feed.FeedMetrics;
import dev.parley.node.feed.Token;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Finds the operation that a request asks for, and whether its caller may ask.
///
/// Everything under `/v1/` but its description needs a user, and most of it one with the tag
/// `administrator`; see [Audience]. `guest` counts over loopback only, and where the node is asked
/// for by its address. Answers that promise something are sent when it is durable.
public final class Admin implements HttpService {
    private static final String CHALLENGE = "WWW-Authenticate";
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Administered node;
    private final HttpService rabbit;
    private final Pages pages;
    private final List<Route> routes;
    private final String description = description();

    /// @param rabbit answers what is under `/api/`
    /// @param pages answer what is neither there nor under `/v1/`
    public Admin(Administered node, HttpService rabbit, Pages pages) {
        this.node = node;
        this.rabbit = rabbit;
        this.pages = pages;
        List<Route> all = new ArrayList<>();
        all.add(new Route("GET", "status", this::status));
        all.addAll(new QueueResource(node).routes());
        all.addAll(new MessageResource(node).routes());
        all.addAll(new InspectionResource(node).routes());
        all.addAll(new DeliveryResource(node).routes());
        all.addAll(new UserResource(node).routes());
        all.addAll(new HostResource(node).routes());
        all.addAll(new TopicPermissionResource(node).routes());
        all.addAll(new LimitResource(node).routes());
        all.add(new TlsResource(node).route());
        all.addAll(new ConnectionResource(node).routes());
        all.addAll(new SessionResource(node).routes());
        all.addAll(new TopicResource(node).routes());
        all.addAll(new StreamResource(node).routes());
        all.addAll(new StreamMessageResource(node).routes());
        all.addAll(new FeedResource(node).routes());
        all.add(new TokenResource(node).route());
        routes = List.copyOf(all);
    }

    private static String description() {
        try (InputStream in = Admin.class.getResourceAsStream("openapi.json")) {
            if (in == null) {
                throw new IllegalStateException("openapi.json is missing in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Route> routes() {
        return routes;
    }

    @Override
    public void serve(Request request, Answer answer) {
        switch (String.join("/", request.path())) {
            case "healthz" -> plain(request, answer, Response.text(200, "ok\n"));
            case "readyz" -> plain(request, answer, readiness());
            case "metrics" ->
                    node.scrape(
                            text -> plain(request, answer, Response.of(200, METRICS_TYPE, text)));
            case "v1/openapi.json" -> plain(request, answer, Response.json(200, description));
            default -> find(request, answer);
        }
    }

    private Response readiness() {
        return node.stopped()
                ? Response.text(503, "the log has failed\n")
                : Response.text(200, "ok\n");
    }

    private static void plain(Request request, Answer answer, Response response) {
        answer.send(isRead(request) ? response : wrongMethod(request, "GET, HEAD"));
    }

    private static boolean isRead(Request request) {
        return request.method().equals("GET") || request.method().equals("HEAD");
    }

    private static Response wrongMethod(Request request, String allowed) {
        return Call.problem(405, "this path takes " + allowed + ", not " + request.method())
                .with("Allow", allowed);
    }

    private void find(Request request, Answer answer) {
        List<String> path = request.path();
        if (path.getFirst().equals("api")) {
            rabbit.serve(request, answer);
            return;
        }
        if (!path.getFirst().equals("v1")) {
            Response page = pages.find(path);
            answer.send(
                    page == null
                            ? Call.problem(404, "no such path")
                            : isRead(request) ? page : wrongMethod(request, "GET, HEAD"));
            return;
        }
        if (path.size() < 2) {
            answer.send(Call.problem(404, "no such path"));
            return;
        }
        login(request, (user, token) -> run(request, user, token, answer), answer::send);
    }

    @Override
    public void admit(Request head, Consumer<Boolean> answer) {
        if (head.path().getFirst().equals("api")) {
            rabbit.admit(head, answer);
        } else {
            login(head, (user, token) -> answer.accept(true), why -> answer.accept(false));
        }
    }

    /// Who is let in.
    @FunctionalInterface
    private interface Entry {
        /// @param token null: the user came with his password
        void enter(User user, @Nullable Token token);
    }

    private void login(Request request, Entry entry, Consumer<Response> refused) {
        Credentials credentials = credentials(request);
        if (credentials != null) {
            node.broker()
                    .authenticate(
                            request.peer(),
                            credentials.user,
                            credentials.password,
                            user -> {
                                if (user == null) {
                                    refused.accept(unauthorized("wrong user or password"));
                                } else {
                                    entry.enter(user, null);
                                }
                            });
            return;
        }
        String bearer = bearer(request);
        if (bearer == null) {
            refused.accept(unauthorized("a user and password are needed"));
            return;
        }
        Token token =
                node.tokens().read(bearer, node.broker().catalog()::user, node.mqtt().wallMillis());
        User user = token == null ? null : node.broker().catalog().user(token.user());
        if (token == null || user == null || isStrayGuest(user.name(), request)) {
            refused.accept(
                    Call.problem(401, "the token is none of this node, or has expired")
                            .with(CHALLENGE, "Bearer error=\"invalid_token\""));
            return;
        }
        entry.enter(user, token);
    }

    private static boolean isStrayGuest(String user, Request request) {
        return user.equals("guest") && !request.fromHere();
    }

    /// The token that came along, or null; in the query it counts only where there is no other way.
    private @Nullable String bearer(Request request) {
        String header = request.authorization();
        if (header != null) {
            return header.regionMatches(true, 0, "Bearer ", 0, 7)
                    ? header.substring(7).strip()
                    : null;
        }
        List<String> path = request.path().subList(1, request.path().size());
        boolean reader =
                routes.stream()
                        .anyMatch(route ->
                                route.audience() == Audience.READERS && route.match(path) != null);
        return reader ? request.query().get("access_token") : null;
    }

    private static Response unauthorized(String detail) {
        return Call.problem(401, detail).with(CHALLENGE, "Basic realm=\"Parley\"");
    }

    private record Credentials(String user, String password) {}

    private static @Nullable Credentials credentials(Request request) {
        String header = request.authorization();
        if (header == null || !header.regionMatches(true, 0, "Basic ", 0, 6)) {
            return null;
        }
        try {
            byte[] decoded = Base64.getDecoder().decode(header.substring(6).strip());
            String plain = new String(decoded, StandardCharsets.UTF_8);
            int colon = plain.indexOf(':');
            if (colon < 0) {
                return null;
            }
            String user = plain.substring(0, colon);
            return isStrayGuest(user, request)
                    ? null
                    : new Credentials(user, plain.substring(colon + 1));
        } catch (IllegalArgumentException e) {
            return null; // not Base64: nobody
        }
    }

    private void run(Request request, User user, @Nullable Token token, Answer answer) {
        List<String> path = request.path().subList(1, request.path().size());
        String method = request.method().equals("HEAD") ? "GET" : request.method();
        TreeSet<String> allowed = new TreeSet<>();
        boolean open = false;
        Route found = null;
        for (Route route : routes) {
            if (route.match(path) != null) {
                allowed.add(route.method());
                open |= route.audience() != Audience.ADMINISTRATORS;
                if (route.method().equals(method)) {
                    found = route;
                }
            }
        }
        Response refusal = refusal(request, user, token, found, open);
        if (refusal != null) {
            answer.send(refusal);
        } else if (found != null) {
            run(request, user, token, found, answer);
        } else {
            answer.send(
                    allowed.isEmpty()
                            ? Call.problem(404, "no such path")
                            : wrongMethod(request, String.join(", ", allowed)));
        }
    }

    /// What somebody is told who may not ask for this; null: he may.
    ///
    /// @param route null: there is none for this method
    /// @param open whether there is one for everybody
    private @Nullable Response refusal(
            Request request,
            User user,
            @Nullable Token token,
            @Nullable Route route,
            boolean open) {
        boolean administrators =
                route == null ? !open : route.audience() == Audience.ADMINISTRATORS;
        if (token != null) {
            boolean enough =
                    route == null ? open : route.audience().compareTo(Audience.BEARERS) >= 0;
            return enough ? null : unauthorized("a token is not enough here");
        }
        if (administrators && !user.tags().contains("administrator")) {
            node.denied(user, request.peer());
            return Call.problem(403, "user '" + user.name() + "' is no administrator");
        }
        return null;
    }

    private void run(
            Request request, User user, @Nullable Token token, Route route, Answer answer) {
        List<String> path = request.path().subList(1, request.path().size());
        List<String> names = route.match(path);
        Answer audited = Audited.isToBe(route) ? new Audited(node, user, request, answer) : answer;
        Call call =
                new Call(
                        request,
                        audited,
                        node.broker().catalog(),
                        user,
                        token,
                        names == null ? List.of() : names);
        try {
            route.operation().run(call);
        } catch (Problem e) {
            audited.send(Call.problem(e.status(), e.detail()));
        }
    }

    private void status(Call call) {
        AmqpMetrics amqp = node.broker().metrics();
        MqttMetrics mqtt = node.mqtt().mqttMetrics();
        LocalMetrics local = node.broker().localMetrics();
        int serving = 0;
        for (int i = 0; i < node.shards(); i++) {
            serving += node.serves(i) ? 1 : 0;
        }
        Map<String, Map<String, Long>> traffic = new LinkedHashMap<>();
        traffic.put("amqp", traffic(amqp.connections(), amqp.published(), amqp.delivered()));
        traffic.put(
                "mqtt",
                traffic(
                        mqtt.get(Count.CONNECTIONS),
                        mqtt.get(Count.RECEIVED),
                        mqtt.get(Count.SENT)));
        FeedMetrics feeds = node.feeds().metrics();
        traffic.put(
                "feeds",
                traffic(
                        feeds.get(FeedMetrics.Count.READERS),
                        feeds.get(FeedMetrics.Count.PUBLISHED),
                        feeds.get(FeedMetrics.Count.SENT)));
        traffic.put("local", traffic(0, local.published(), local.delivered()));
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("version", node.version());
        status.put("shards", node.shards());
        status.put("shardsServing", serving);
        status.put("diskRoomy", node.broker().roomy());
        status.put("connections", sum(traffic, "connections"));
        status.put("channels", amqp.channels());
        status.put("vhosts", call.catalog().hosts().size());
        status.put("queues", call.catalog().queues().size());
        status.put("users", call.catalog().users().size());
        status.put("published", sum(traffic, "published"));
        status.put("confirmed", amqp.confirmed());
        status.put("delivered", sum(traffic, "delivered"));
        status.put("returned", amqp.returned());
        status.put("traffic", traffic);
        call.ok(status);
    }

    private static Map<String, Long> traffic(long connections, long published, long delivered) {
        Map<String, Long> row = new LinkedHashMap<>();
        row.put("connections", connections);
        row.put("published", published);
        row.put("delivered", delivered);
        return row;
    }

    private static long sum(Map<String, Map<String, Long>> traffic, String what) {
        return traffic.values().stream().mapToLong(row -> row.getOrDefault(what, 0L)).sum();
    }
}
