package dev.parley.node.management;

import dev.parley.core.catalog.User;
import dev.parley.front.http.HttpService;
import dev.parley.node.admin.Audited;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Finds the operation that a request under `/api/` asks for, and whether its caller may ask.
///
/// Callers are the catalog's users with one of the tags that RabbitMQ knows; `guest` counts over
/// loopback only, and where the node is asked for by its address.
public final class Management implements HttpService {
    private final Managed node;
    private final List<Route> routes;

    public Management(Managed node) {
        this.node = node;
        List<Route> all = new ArrayList<>();
        Rates rates = new Rates();
        QueueRows rows = new QueueRows(node, rates);
        all.addAll(new OverviewResource(node, rows, rates).routes());
        all.addAll(new HostResource(node, rows).routes());
        all.addAll(new UserResource(node).routes());
        all.addAll(LimitResource.routes());
        all.addAll(new PolicyResource().routes());
        all.addAll(new ConnectionResource(node).routes());
        all.addAll(new ExchangeResource(node).routes());
        all.addAll(new BindingResource().routes());
        all.addAll(new QueueResource(node, rows).routes());
        all.addAll(new DefinitionsResource(node).routes());
        all.addAll(new HealthResource(node).routes());
        routes = List.copyOf(all);
    }

    @Override
    public void serve(Request request, Answer answer) {
        login(
                request,
                user -> {
                    if (user == null) {
                        answer.send(unauthorized());
                    } else {
                        find(request, user, answer);
                    }
                });
    }

    @Override
    public void admit(Request head, Consumer<Boolean> answer) {
        login(head, user -> answer.accept(user != null));
    }

    private void login(Request request, Consumer<@Nullable User> answer) {
        String[] credentials = credentials(request.authorization());
        if (credentials == null || (credentials[0].equals("guest") && !request.fromHere())) {
            answer.accept(null);
            return;
        }
        node.broker().authenticate(request.peer(), credentials[0], credentials[1], answer);
    }

    private static Response unauthorized() {
        return Call.failure(Fault.loginFailed()).with("WWW-Authenticate", "Basic realm=\"Parley\"");
    }

    private static String @Nullable [] credentials(@Nullable String header) {
        if (header == null || !header.regionMatches(true, 0, "Basic ", 0, 6)) {
            return null;
        }
        try {
            byte[] decoded = Base64.getDecoder().decode(header.substring(6).strip());
            String plain = new String(decoded, StandardCharsets.UTF_8);
            int colon = plain.indexOf(':');
            return colon < 0
                    ? null
                    : new String[] {plain.substring(0, colon), plain.substring(colon + 1)};
        } catch (IllegalArgumentException e) {
            return null; // not Base64: nobody
        }
    }

    private void find(Request request, User user, Answer answer) {
        try {
            Access.MANAGEMENT.check(user);
            List<String> path = path(request.path());
            boolean known = false;
            for (Route route : routes) {
                List<String> names = route.names(path);
                if (names != null && route.method().equals(request.method())) {
                    route.access().check(user);
                    Answer told =
                            isChange(route) ? new Audited(node, user, request, answer) : answer;
                    run(route, new Call(node, request, user, names, told));
                    return;
                }
                known |= names != null;
            }
            answer.send(Call.failure(known ? Fault.wrongMethod() : Fault.notFound()));
        } catch (Fault e) {
            answer.send(Call.failure(e));
        }
    }

    /// Whatever changes the node is noted; messages that come and go are not.
    private static boolean isChange(Route route) {
        String last = route.path().getLast();
        boolean messages = last.equals("publish") || last.equals("get");
        return !route.method().equals("GET") && !messages;
    }

    private static void run(Route route, Call call) {
        try {
            route.operation().run(call);
        } catch (Fault e) {
            call.fail(e);
        }
    }

    /// What comes after `/api/`; a slash at the end says nothing.
    private static List<String> path(List<String> asked) {
        int end = asked.getLast().isEmpty() ? asked.size() - 1 : asked.size();
        return asked.subList(1, Math.max(1, end));
    }
}
