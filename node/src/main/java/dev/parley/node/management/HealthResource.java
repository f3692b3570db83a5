package dev.parley.node.management;

import dev.parley.front.http.HttpService.Response;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `/api/health/checks/…`, `/api/healthchecks/node`, `/api/aliveness-test`: 200 with `ok`, or 503
/// with `failed` and a reason.
final class HealthResource {
    private static final Set<String> AMQP = Set.of("amqp", "amqp091", "amqp0-9-1");

    private final Managed node;

    HealthResource(Managed node) {
        this.node = node;
    }

    List<Route> routes() {
        Access access = Access.MANAGEMENT;
        String checks = "health/checks/";
        return List.of(
                Route.of("GET", checks + "alarms", access, this::alarms),
                Route.of("GET", checks + "local-alarms", access, this::alarms),
                Route.of("GET", checks + "virtual-hosts", access, this::serving),
                Route.of("GET", checks + "is-in-service", access, this::serving),
                Route.of("GET", checks + "ready-to-serve-clients", access, this::serving),
                Route.of("GET", checks + "node-is-quorum-critical", access, this::serving),
                Route.of("GET", checks + "node-is-mirror-sync-critical", access, this::serving),
                Route.of("GET", checks + "below-node-connection-limit", access, this::serving),
                Route.of("GET", checks + "port-listener/*", access, this::port),
                Route.of("GET", checks + "protocol-listener/*", access, this::protocol),
                Route.of("GET", checks + "certificate-expiration/*/*", access, HealthResource::ok),
                Route.of("GET", "healthchecks/node", access, this::both),
                Route.of("GET", "healthchecks/node/*", access, this::both),
                Route.of("GET", "aliveness-test/*", access, this::alive));
    }

    private static void ok(Call call) {
        call.ok(Map.of("status", "ok"));
    }

    private static void failed(Call call, String reason) {
        call.send(Response.json(503, Call.write(Map.of("status", "failed", "reason", reason))));
    }

    private void alarms(Call call) {
        if (node.broker().roomy()) {
            ok(call);
        } else {
            failed(call, "there is no room for messages on the disk");
        }
    }

    private void serving(Call call) {
        int closed = 0;
        for (int shard = 0; shard < node.shards(); shard++) {
            closed += node.serves(shard) ? 0 : 1;
        }
        if (node.stopped()) {
            failed(call, "the log has failed");
        } else if (closed > 0) {
            failed(call, closed + " of " + node.shards() + " shards are damaged and closed");
        } else {
            ok(call);
        }
    }

    private void both(Call call) {
        if (node.broker().roomy()) {
            serving(call);
        } else {
            alarms(call);
        }
    }

    private void alive(Call call) {
        call.enterable(call.name(0));
        serving(call);
    }

    private void port(Call call) {
        long port = parsed(call.name(0));
        if (port == node.amqpPort() || port == node.httpPort()) {
            call.ok(Map.of("status", "ok", "port", port));
        } else {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("status", "failed");
            body.put("reason", "No active listener");
            body.put("missing", port);
            body.put("ports", List.of(node.amqpPort(), node.httpPort()));
            call.send(Response.json(503, Call.write(body)));
        }
    }

    private static long parsed(String port) {
        try {
            return Long.parseLong(port);
        } catch (NumberFormatException e) {
            throw Fault.badRequest("Invalid port: " + port);
        }
    }

    private void protocol(Call call) {
        String protocol = call.name(0);
        boolean there =
                (AMQP.contains(protocol) && node.amqpPort() > 0)
                        || (protocol.equals("http") && node.httpPort() > 0);
        if (there) {
            call.ok(Map.of("status", "ok", "protocol", protocol));
        } else {
            failed(call, "No active listener");
        }
    }
}
