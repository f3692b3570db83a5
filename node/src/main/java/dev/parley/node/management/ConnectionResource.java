package dev.parley.node.management;

import dev.parley.core.catalog.VirtualHost;
import dev.parley.front.amqp.ConnectionView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// `/api/connections`, `/api/channels`, `/api/consumers`.
///
/// Who does not monitor sees what is his own.
final class ConnectionResource {
    private final Managed node;

    ConnectionResource(Managed node) {
        this.node = node;
    }

    List<Route> routes() {
        Access access = Access.MANAGEMENT;
        return List.of(
                Route.of("GET", "connections", access, call -> list(call, one -> true)),
                Route.of("GET", "connections/*", access, this::show),
                Route.of("DELETE", "connections/*", access, this::close),
                Route.of("GET", "connections/*/channels", access, this::channelsOf),
                Route.of("GET", "connections/username/*", access, this::ofUser),
                Route.of("DELETE", "connections/username/*", access, this::closeOfUser),
                Route.of("GET", "vhosts/*/connections", access, this::inHost),
                Route.of("GET", "channels", access, call -> channels(call, view -> true)),
                Route.of("GET", "channels/*", access, this::channel),
                Route.of("GET", "vhosts/*/channels", access, this::channelsInHost),
                Route.of("GET", "consumers", access, this::consumers),
                Route.of("GET", "consumers/*", access, this::consumersIn));
    }

    private static boolean shows(Call call, ConnectionView view) {
        return Access.MONITORING.has(call.user()) || view.user().equals(call.user().name());
    }

    private static boolean shows(Call call, Connected one) {
        return Access.MONITORING.has(call.user()) || one.user().equals(call.user().name());
    }

    private void list(Call call, Predicate<Connected> wanted) {
        Listing.answer(
                call,
                Connected.list(node).stream()
                        .filter(one -> shows(call, one))
                        .filter(wanted)
                        .map(one -> one.row().get())
                        .toList());
    }

    private void inHost(Call call) {
        VirtualHost host = call.visible(call.name(0));
        list(call, one -> one.host().equals(host.name()));
    }

    private void ofUser(Call call) {
        list(call, one -> one.user().equals(call.name(0)));
    }

    private Connected connection(Call call) {
        for (Connected one : Connected.list(node)) {
            if (one.name().equals(call.name(0))) {
                if (!shows(call, one)) {
                    throw Fault.notAuthorised("User not authorised to access connection");
                }
                return one;
            }
        }
        throw Fault.notFound();
    }

    private void show(Call call) {
        Listing.answer(call, connection(call).row().get());
    }

    private void channelsOf(Call call) {
        Listing.answer(call, connection(call).channels().get());
    }

    private void close(Call call) {
        close(call, connection(call));
        call.noContent();
    }

    private void closeOfUser(Call call) {
        for (Connected one : Connected.list(node)) {
            if (one.user().equals(call.name(0))) {
                close(call, one);
            }
        }
        call.noContent();
    }

    /// An administrator closes anybody's, others their own.
    private static void close(Call call, Connected one) {
        if (!Access.ADMINISTRATOR.has(call.user()) && !one.user().equals(call.user().name())) {
            throw Fault.notAuthorised("Not administrator user");
        }
        one.close().accept(call.query("reason", "Closed via management plugin"));
    }

    private void channels(Call call, Predicate<ConnectionView> wanted) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (ConnectionView view : ConnectionRows.views(node)) {
            if (shows(call, view) && wanted.test(view)) {
                rows.addAll(ConnectionRows.channels(node, view));
            }
        }
        Listing.answer(call, rows);
    }

    private void channelsInHost(Call call) {
        VirtualHost host = call.visible(call.name(0));
        channels(call, view -> view.host().equals(host.name()));
    }

    private void channel(Call call) {
        for (ConnectionView view : ConnectionRows.views(node)) {
            for (Map<String, Object> row : ConnectionRows.channels(node, view)) {
                if (call.name(0).equals(row.get("name")) && shows(call, view)) {
                    Listing.answer(call, row);
                    return;
                }
            }
        }
        throw Fault.notFound();
    }

    private void consumers(Call call) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (VirtualHost host : call.catalog().hosts()) {
            if (call.sees(host)) {
                rows.addAll(in(host));
            }
        }
        Listing.answer(call, rows);
    }

    private void consumersIn(Call call) {
        Listing.answer(call, in(call.visible(call.name(0))));
    }

    private List<Map<String, Object>> in(VirtualHost host) {
        return ConnectionRows.consumers(node).stream()
                .filter(row ->
                        row.get("queue") instanceof Map<?, ?> queue
                                && host.name().equals(queue.get("vhost")))
                .toList();
    }
}
