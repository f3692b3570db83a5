package dev.parley.node.admin;

import dev.parley.core.topic.SessionStatus;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicReply;
import dev.parley.front.mqtt.MqttConnection;
import dev.parley.front.mqtt.ReasonCode;
import dev.parley.front.mqtt.SessionView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/v1/sessions`: the clients of topics, what waits for whom and why; sending one away.
final class SessionResource {
    private final Administered node;

    SessionResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "sessions", this::list),
                new Route("GET", "sessions/{client}", this::get),
                new Route("DELETE", "sessions/{client}", this::kick));
    }

    private void list(Call call) {
        String host = call.host().name();
        TopicAsker.sessions(node, host, durable -> call.ok(rows(host, durable)));
    }

    private List<Object> rows(String host, List<SessionStatus> durable) {
        Map<String, Object> rows = new LinkedHashMap<>();
        for (MqttConnection connection : node.mqtt().topics().connections(host)) {
            SessionView view = connection.view();
            if (view != null && view.session() == 0) {
                rows.put(view.clientId(), row(view, null));
            }
        }
        for (SessionStatus status : durable) {
            rows.put(status.clientId(), row(view(host, status.clientId()), status));
        }
        return new ArrayList<>(rows.values());
    }

    private @Nullable SessionView view(String host, String clientId) {
        MqttConnection connection = node.mqtt().topics().connection(host, clientId);
        return connection == null ? null : connection.view();
    }

    private static Map<String, Object> row(
            @Nullable SessionView view, @Nullable SessionStatus status) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put(
                "clientId",
                view != null ? view.clientId() : status == null ? "" : status.clientId());
        row.put("durable", status != null);
        row.put("connected", view != null);
        if (view != null) {
            row.put("user", view.user());
            row.put("peer", view.peer());
            row.put("version", view.version());
            row.put("keepAliveSeconds", view.keepAliveSeconds());
            row.put("subscriptions", view.subscriptions());
            row.put("inFlight", view.inFlight());
            row.put("waiting", view.waiting());
            row.put("unreleased", view.unreleased());
            row.put("received", view.received());
            row.put("sent", view.sent());
            row.put("slow", view.slow());
            row.put("missed", view.missed());
        }
        if (status != null) {
            row.put("subscriptions", status.subscriptions().size());
            row.put("inFlight", status.inFlight());
            row.put("waiting", status.waiting() + (view == null ? 0 : view.waiting()));
            row.put("bytes", status.bytes());
            row.put("unreleased", status.received());
            row.put("expirySeconds", status.expirySeconds());
            row.put("endsMillis", status.endsMillis());
            row.put("willMillis", status.willMillis());
            row.put("delivered", status.delivered());
            row.put("redelivered", status.redelivered());
            row.put("acknowledged", status.acknowledged());
            row.put("expired", status.expired());
            row.put("refused", status.refused());
            row.put("missed", status.missed() + (view == null ? 0 : view.missed()));
        }
        return row;
    }

    private void get(Call call) {
        String host = call.host().name();
        String client = call.name(0);
        TopicAsker.sessions(
                node,
                host,
                durable -> {
                    SessionStatus status =
                            durable.stream()
                                    .filter(one -> one.clientId().equals(client))
                                    .findFirst()
                                    .orElse(null);
                    SessionView view = view(host, client);
                    if (status == null && view == null) {
                        call.send(Call.problem(404, unknown(client, host)));
                        return;
                    }
                    Map<String, Object> row = row(view, status);
                    if (view != null) {
                        row.put("missedOf", view.missedOf());
                    }
                    if (status != null) {
                        row.put(
                                "filters",
                                status.subscriptions().stream()
                                        .map(SessionResource::filter)
                                        .toList());
                    }
                    call.ok(row);
                });
    }

    private static String unknown(String client, String host) {
        return "no session '%s' in vhost '%s'".formatted(client, host);
    }

    private static Map<String, Object> filter(Subscription one) {
        Map<String, Object> row = new LinkedHashMap<>();
        int mark = MqttConnection.readsStream(one) ? one.filter().indexOf('\0') : -1;
        row.put("filter", mark < 0 ? one.filter() : one.filter().substring(0, mark));
        if (mark >= 0) {
            row.put("cursor", one.filter().substring(mark + 1));
        }
        row.put("qos", one.qos());
        row.put("noLocal", one.noLocal());
        row.put("retainAsPublished", one.retainAsPublished());
        row.put("id", one.id());
        return row;
    }

    /// The client is told why, as 0x98 if it speaks MQTT 5. With `end` the session ends as well,
    /// with everything that waits in it.
    private void kick(Call call) {
        String host = call.host().name();
        String client = call.name(0);
        MqttConnection connection = node.mqtt().topics().connection(host, client);
        if (connection != null) {
            connection.disconnect(
                    ReasonCode.ADMINISTRATIVE_ACTION, "closed by an administrator", true);
        }
        boolean end = call.flag("end");
        if (!end && connection != null) {
            call.done();
            return;
        }
        if (!end) {
            throw new Problem(404, "client '%s' is not connected".formatted(client));
        }
        int shard = node.mqtt().topics().shardOf(host, client);
        if (!node.serves(shard)) {
            throw new Problem(503, "the shard of this session is damaged and closed");
        }
        TopicAsker asker =
                new TopicAsker(reply -> {
                    if (reply instanceof TopicReply.Refused refused) {
                        call.refuse(refused.reason());
                    } else {
                        call.done();
                    }
                });
        node.broker()
                .offer(shard, new TopicCommand.Discard(asker, 1, host, client, TopicCommand.NODE));
    }
}
