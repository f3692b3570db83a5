package dev.parley.node.admin;

import dev.parley.core.catalog.VirtualHost;
import dev.parley.front.amqp.ConnectionStatus;
import dev.parley.front.mqtt.MqttConnection;
import dev.parley.front.mqtt.ReasonCode;
import dev.parley.front.mqtt.SessionView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/v1/connections`: who is connected; closing a connection; and `/v1/alarms`, which hold back
/// those that publish.
final class ConnectionResource {
    private final Administered node;

    ConnectionResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "connections", this::list),
                new Route("DELETE", "connections/{connection}", this::close),
                new Route("GET", "alarms", this::alarms),
                new Route("PUT", "alarms/{resource}", this::raise),
                new Route("DELETE", "alarms/{resource}", this::clear));
    }

    private void list(Call call) {
        List<Object> rows = new ArrayList<>();
        node.broker().connections().list().forEach(one -> rows.add(row(one)));
        for (MqttConnection connection : mqtt()) {
            SessionView view = connection.view();
            if (view != null) {
                rows.add(row(view));
            }
        }
        rows.addAll(node.feeds().rows());
        call.ok(rows);
    }

    private List<MqttConnection> mqtt() {
        List<MqttConnection> all = new ArrayList<>();
        for (VirtualHost host : node.broker().catalog().hosts()) {
            all.addAll(node.mqtt().topics().connections(host.name()));
        }
        return all;
    }

    private static Map<String, Object> row(ConnectionStatus one) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", one.id());
        row.put("protocol", "AMQP 0-9-1");
        row.put("user", one.user());
        row.put("vhost", one.host());
        row.put("peer", one.peer());
        row.put("channels", one.channels());
        row.put("channelMax", one.channelMax());
        row.put("frameMax", one.frameMax());
        row.put("heartbeatSeconds", one.heartbeatSeconds());
        row.put("clientProperties", FieldJson.plain(one.clientProperties()));
        return row;
    }

    private static Map<String, Object> row(SessionView one) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", one.id());
        row.put("protocol", "MQTT " + one.version());
        row.put("user", one.user());
        row.put("vhost", one.host());
        row.put("peer", one.peer());
        row.put("clientId", one.clientId());
        row.put("keepAliveSeconds", one.keepAliveSeconds());
        row.put("subscriptions", one.subscriptions());
        row.put("slow", one.slow());
        row.put("missed", one.missed());
        row.put("missedOf", one.missedOf());
        return row;
    }

    /// The client is told why, as 320 CONNECTION_FORCED, 0x98 by MQTT 5, or 1008 by WebSocket.
    private void close(Call call) {
        String given = call.query("reason");
        String reason = given == null ? "closed by an administrator" : given;
        long id;
        try {
            id = Long.parseLong(call.name(0));
        } catch (NumberFormatException e) {
            throw new Problem(404, "no connection '" + call.name(0) + "'");
        }
        boolean found =
                node.broker().connections().close(id, reason)
                        || closeMqtt(id, reason)
                        || node.feeds().close(id, reason);
        if (!found) {
            throw new Problem(404, "no connection '" + id + "'");
        }
        call.done();
    }

    private boolean closeMqtt(long id, String why) {
        for (MqttConnection connection : mqtt()) {
            SessionView view = connection.view();
            if (view != null && view.id() == id) {
                connection.disconnect(ReasonCode.ADMINISTRATIVE_ACTION, why, true);
                return true;
            }
        }
        return false;
    }

    private void alarms(Call call) {
        call.ok(node.broker().alarms().resources().stream().sorted().toList());
    }

    private void raise(Call call) {
        String resource = call.name(0);
        if (!resource.matches("[a-z]{1,32}")) {
            throw new Problem(400, "a resource has 1 to 32 small letters");
        }
        node.broker().alarms().raise(resource);
        call.done();
    }

    private void clear(Call call) {
        node.broker().alarms().clear(call.name(0));
        call.done();
    }
}
