package dev.parley.node.management;

import dev.parley.core.catalog.VirtualHost;
import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.amqp.ConnectionView;
import dev.parley.front.mqtt.MqttConnection;
import dev.parley.front.mqtt.ReasonCode;
import dev.parley.front.mqtt.SessionView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A client's connection, by whatever protocol.
///
/// @param channels its channels; MQTT has none
/// @param close ends it and tells the client why
record Connected(
        String name,
        String user,
        String host,
        Supplier<Map<String, Object>> row,
        Supplier<List<Map<String, Object>>> channels,
        Consumer<String> close) {

    /// Those that have logged in.
    static List<Connected> list(Managed node) {
        List<Connected> all = new ArrayList<>();
        for (AmqpConnection connection : node.connections()) {
            if (connection.open()) {
                all.add(of(node, connection));
            }
        }
        for (VirtualHost host : node.broker().catalog().hosts()) {
            for (MqttConnection connection : node.mqtt().topics().connections(host.name())) {
                SessionView view = connection.view();
                if (view != null) {
                    all.add(of(node, connection, view));
                }
            }
        }
        return all;
    }

    private static Connected of(Managed node, AmqpConnection connection) {
        ConnectionView view = connection.view();
        return new Connected(
                ConnectionRows.name(node, view),
                view.user(),
                view.host(),
                () -> ConnectionRows.connection(node, view),
                () -> ConnectionRows.channels(node, view),
                connection::shutdown);
    }

    private static Connected of(Managed node, MqttConnection connection, SessionView view) {
        return new Connected(
                ConnectionRows.name(node, view),
                view.user(),
                view.host(),
                () -> ConnectionRows.connection(node, view),
                List::of,
                why -> connection.disconnect(ReasonCode.ADMINISTRATIVE_ACTION, why, true));
    }
}
