package dev.parley.node.management;

import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.queue.QueueStatus;
import dev.parley.front.amqp.AmqpMetrics;
import dev.parley.front.amqp.LocalMetrics;
import dev.parley.front.mqtt.MqttMetrics;
import dev.parley.front.mqtt.MqttMetrics.Count;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/api/overview`, `/api/nodes`, and the lists that are always empty here.
final class OverviewResource {
    static final String CLUSTER = "parley";

    private final Managed node;
    private final QueueRows rows;
    private final Rates rates;

    OverviewResource(Managed node, QueueRows rows, Rates rates) {
        this.node = node;
        this.rows = rows;
        this.rates = rates;
    }

    List<Route> routes() {
        Access access = Access.MANAGEMENT;
        List<Route> routes = new ArrayList<>();
        routes.add(Route.of("GET", "overview", access, this::overview));
        routes.add(
                Route.of("GET", "cluster-name", access, call -> call.ok(Map.of("name", CLUSTER))));
        routes.add(
                Route.of(
                        "GET",
                        "nodes",
                        Access.MONITORING,
                        call -> Listing.answer(call, List.of(nodeRow()))));
        routes.add(Route.of("GET", "nodes/*", Access.MONITORING, this::show));
        routes.add(Route.of("GET", "version", access, call -> call.ok(version())));
        for (String empty :
                List.of(
                        "extensions",
                        "parameters",
                        "parameters/*",
                        "parameters/*/*",
                        "global-parameters",
                        "feature-flags",
                        "deprecated-features",
                        "deprecated-features/used",
                        "auth/attempts/*",
                        "auth/attempts/*/source")) {
            routes.add(Route.of("GET", empty, access, call -> call.ok(List.of())));
        }
        routes.add(
                Route.of("GET", "auth", access, call -> call.ok(Map.of("oauth_enabled", false))));
        return routes;
    }

    private String version() {
        return node.broker().config().version();
    }

    private void overview(Call call) {
        rows.statuses(statuses -> call.run(() -> Listing.answer(call, overview(call, statuses))));
    }

    private Map<String, Object> overview(Call call, Map<Long, QueueStatus> statuses) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("management_version", version());
        row.put("rates_mode", "basic");
        row.put("product_name", "Parley");
        row.put("product_version", node.version());
        row.put("rabbitmq_version", version());
        row.put("cluster_name", CLUSTER);
        row.put("erlang_version", "");
        row.put("erlang_full_version", "");
        row.put("node", node.nodeName());
        row.put("disable_stats", false);
        row.put("enable_queue_totals", true);
        row.put("default_queue_type", "classic");
        row.put("is_op_policy_updating_enabled", true);
        row.put("statistics_db_event_queue", 0);
        row.put("exchange_types", exchangeTypes());
        row.put("queue_totals", queueTotals(statuses));
        row.put("object_totals", objectTotals(call, statuses));
        row.put("message_stats", messageStats(statuses));
        row.put("listeners", listeners());
        row.put("contexts", List.of());
        return row;
    }

    private static List<Map<String, Object>> exchangeTypes() {
        return Arrays.stream(Exchange.Type.values())
                .<Map<String, Object>>map(type -> Map.of("name", type.label(), "enabled", true))
                .toList();
    }

    private Map<String, Object> queueTotals(Map<Long, QueueStatus> statuses) {
        long ready = 0;
        long unacknowledged = 0;
        for (QueueStatus status : statuses.values()) {
            ready += status.ready();
            unacknowledged += status.unacknowledged();
        }
        Map<String, Object> totals = new LinkedHashMap<>();
        rates.put(totals, "messages", "all.messages", ready + unacknowledged);
        rates.put(totals, "messages_ready", "all.ready", ready);
        rates.put(totals, "messages_unacknowledged", "all.unacked", unacknowledged);
        return totals;
    }

    private Map<String, Object> objectTotals(Call call, Map<Long, QueueStatus> statuses) {
        Map<String, Object> totals = new LinkedHashMap<>();
        totals.put(
                "connections",
                node.broker().metrics().connections()
                        + node.mqtt().mqttMetrics().get(Count.CONNECTIONS));
        totals.put("channels", node.broker().metrics().channels());
        totals.put("consumers", statuses.values().stream().mapToLong(QueueStatus::consumers).sum());
        totals.put(
                "exchanges",
                call.catalog().hosts().stream().mapToLong(OverviewResource::exchanges).sum());
        totals.put("queues", call.catalog().queues().size());
        return totals;
    }

    private static long exchanges(VirtualHost host) {
        return host.exchanges().size();
    }

    private Map<String, Object> messageStats(Map<Long, QueueStatus> statuses) {
        AmqpMetrics metrics = node.broker().metrics();
        MqttMetrics mqtt = node.mqtt().mqttMetrics();
        LocalMetrics local = node.broker().localMetrics();
        long published = metrics.published() + mqtt.get(Count.RECEIVED) + local.published();
        long delivered = metrics.delivered() + mqtt.get(Count.SENT) + local.delivered();
        Map<String, Object> stats = new LinkedHashMap<>();
        rates.put(stats, "publish", "all.publish", published);
        rates.put(stats, "confirm", "all.confirm", metrics.confirmed());
        rates.put(stats, "return_unroutable", "all.return", metrics.returned());
        rates.put(stats, "deliver_get", "all.deliver", delivered);
        rates.put(
                stats,
                "ack",
                "all.ack",
                statuses.values().stream().mapToLong(QueueStatus::acknowledged).sum());
        return stats;
    }

    private List<Map<String, Object>> listeners() {
        List<Map<String, Object>> listeners = new ArrayList<>();
        listener(listeners, "amqp", node.amqpPort());
        listener(listeners, "mqtt", node.mqttPort());
        listener(listeners, "http", node.httpPort());
        return listeners;
    }

    private void listener(List<Map<String, Object>> listeners, String protocol, int port) {
        if (port > 0) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("node", node.nodeName());
            row.put("protocol", protocol);
            row.put("ip_address", "127.0.0.1");
            row.put("port", port);
            row.put("socket_opts", Map.of());
            listeners.add(row);
        }
    }

    // ---- the node

    private void show(Call call) {
        if (!call.name(0).equals(node.nodeName())) {
            throw Fault.notFound();
        }
        Listing.answer(call, nodeRow());
    }

    private Map<String, Object> nodeRow() {
        Runtime runtime = Runtime.getRuntime();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", node.nodeName());
        row.put("type", "disc");
        row.put("running", !node.stopped());
        row.put("being_drained", false);
        row.put("os_pid", Long.toString(ProcessHandle.current().pid()));
        row.put("uptime", ManagementFactory.getRuntimeMXBean().getUptime());
        row.put("processors", runtime.availableProcessors());
        row.put("run_queue", 0);
        row.put("mem_used", runtime.totalMemory() - runtime.freeMemory());
        row.put("mem_limit", runtime.maxMemory());
        row.put("mem_alarm", false);
        row.put("disk_free", node.diskFreeBytes());
        row.put("disk_free_alarm", !node.broker().roomy());
        row.put("sockets_used", node.connections().size());
        row.put("partitions", List.of());
        row.put("rates_mode", "basic");
        row.put("enabled_plugins", List.of("rabbitmq_management"));
        row.put("exchange_types", exchangeTypes());
        row.put("applications", List.of());
        row.put("contexts", List.of());
        return row;
    }
}
