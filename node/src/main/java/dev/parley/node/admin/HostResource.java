package dev.parley.node.admin;

import dev.parley.core.catalog.Binding;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.front.amqp.Firehose;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/v1/vhosts`, `/v1/exchanges`, `/v1/bindings`: the worlds there are and how messages find their
/// way in one.
final class HostResource {
    private final Administered node;

    HostResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "vhosts", this::list),
                new Route("PUT", "vhosts/{vhost}", this::add),
                new Route("PATCH", "vhosts/{vhost}", this::change),
                new Route("DELETE", "vhosts/{vhost}", this::remove),
                new Route("GET", "exchanges", this::exchanges),
                new Route("GET", "bindings", this::bindings));
    }

    private void list(Call call) {
        List<Object> rows = new ArrayList<>();
        for (VirtualHost host : call.catalog().hosts()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", host.name());
            row.put("queues", host.queues().size());
            row.put("exchanges", host.exchanges().size());
            row.put("tracing", node.broker().firehose().traces(host.name()));
            rows.add(row);
        }
        call.ok(rows);
    }

    private void add(Call call) {
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.AddHost(
                                (token, reply) -> call.done(reply), 1, call.name(0)));
    }

    /// Message tracing, on or off until the node ends.
    private void change(Call call) {
        Fields body = call.body("tracing");
        VirtualHost host = call.catalog().host(call.name(0));
        if (host == null) {
            throw new Problem(404, "no vhost '" + call.name(0) + "'");
        }
        Firehose firehose = node.broker().firehose();
        firehose.trace(host.name(), body.flag("tracing", firehose.traces(host.name())));
        call.done();
    }

    /// Only an empty one: queues are deleted one by one, by somebody who means it.
    private void remove(Call call) {
        VirtualHost host = call.catalog().host(call.name(0));
        if (host == null) {
            throw new Problem(404, "no vhost '" + call.name(0) + "'");
        }
        if (!host.queues().isEmpty()) {
            throw new Problem(
                    409, "vhost '%s' has %d queues".formatted(host.name(), host.queues().size()));
        }
        if (call.catalog().hosts().size() == 1) {
            throw new Problem(409, "'" + host.name() + "' is the last vhost");
        }
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.RemoveHost(
                                (token, reply) -> call.done(reply), 1, host.name()));
    }

    private void exchanges(Call call) {
        List<Object> rows = new ArrayList<>();
        for (Exchange exchange : call.host().exchanges()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", exchange.name());
            row.put("type", exchange.type().label());
            row.put("durable", exchange.durable());
            row.put("autoDelete", exchange.autoDelete());
            row.put("internal", exchange.internal());
            row.put("arguments", FieldJson.plain(exchange.arguments()));
            rows.add(row);
        }
        call.ok(rows);
    }

    private void bindings(Call call) {
        List<Object> rows = new ArrayList<>();
        for (Exchange exchange : call.host().exchanges()) {
            for (Binding binding : exchange.bindings()) {
                QueueEntry queue = binding.queue();
                Exchange next = binding.exchange();
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("source", exchange.name());
                row.put(
                        "destination",
                        queue != null ? queue.name() : next == null ? "" : next.name());
                row.put("destinationType", queue != null ? "queue" : "exchange");
                row.put("routingKey", binding.routingKey());
                row.put("arguments", FieldJson.plain(binding.arguments()));
                rows.add(row);
            }
        }
        call.ok(rows);
    }
}
