package dev.parley.node.admin;

import dev.parley.api.Reason;
import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.front.http.HttpService.Answer;
import dev.parley.front.http.HttpService.Request;
import dev.parley.front.http.HttpService.Response;
import dev.parley.front.mqtt.MqttBroker;
import dev.parley.node.feed.Grant;
import dev.parley.node.feed.Token;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// One request of somebody who may make it, and the way back to him.
final class Call {
    private static final ObjectMapper JSON = JsonMapper.shared();

    private final Request request;
    private final Answer answer;
    private final Catalog catalog;
    private final User caller;
    private final @Nullable Token token;
    private final List<String> names;

    /// @param token that the caller came with, or null
    /// @param names what stands in the places that the route leaves open
    Call(
            Request request,
            Answer answer,
            Catalog catalog,
            User caller,
            @Nullable Token token,
            List<String> names) {
        this.request = request;
        this.answer = answer;
        this.catalog = catalog;
        this.caller = caller;
        this.token = token;
        this.names = names;
    }

    // ---- what is asked

    String name(int index) {
        return names.get(index);
    }

    User caller() {
        return caller;
    }

    Catalog catalog() {
        return catalog;
    }

    /// What the caller may do with topics.
    Grant grant(MqttBroker broker) {
        return new Grant(broker, caller, host(), token);
    }

    /// Whether what he may do with topics limits him: an administrator may publish anywhere.
    boolean limited() {
        return token != null || !caller.tags().contains("administrator");
    }

    Request request() {
        return request;
    }

    /// The way back for answers that are no JSON.
    Answer answer() {
        return answer;
    }

    VirtualHost host() {
        String asked = request.query().get("vhost");
        if (token != null && asked != null && !asked.equals(token.host())) {
            throw new Problem(403, "the token is for another vhost");
        }
        String name = token != null ? token.host() : asked == null ? "/" : asked;
        VirtualHost host = catalog.host(name);
        if (host == null) {
            throw new Problem(404, "no vhost '" + name + "'");
        }
        return host;
    }

    /// The queue that the path names.
    QueueEntry queue() {
        VirtualHost host = host();
        QueueEntry queue = host.queue(name(0));
        if (queue == null) {
            throw new Problem(404, "no queue '%s' in vhost '%s'".formatted(name(0), host.name()));
        }
        return queue;
    }

    /// The same, unless a connection holds it for itself.
    QueueEntry openQueue() {
        QueueEntry queue = queue();
        if (queue.owner() != 0) {
            throw new Problem(423, "queue '" + queue.name() + "' is exclusive to a connection");
        }
        return queue;
    }

    User user() {
        User user = catalog.user(name(0));
        if (user == null) {
            throw new Problem(404, "no user '" + name(0) + "'");
        }
        return user;
    }

    long number(String query, long otherwise, long least, long most) {
        String text = request.query().get(query);
        if (text == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Answered below, as a number out of bounds is.
        }
        throw new Problem(400, "%s is '%s', not %d to %d".formatted(query, text, least, most));
    }

    @Nullable String query(String name) {
        return request.query().get(name);
    }

    boolean flag(String query) {
        String text = request.query().getOrDefault(query, "false");
        return switch (text) {
            case "true", "" -> true;
            case "false" -> false;
            default -> throw new Problem(400, query + " is '" + text + "', not true or false");
        };
    }

    /// The JSON object that came along; an empty one where nothing did.
    Fields body(String... allowed) {
        if (!request.body().hasRemaining()) {
            return new Fields(JSON.createObjectNode(), Set.of(allowed));
        }
        String type = request.contentType();
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            throw new Problem(415, "the body is to be application/json");
        }
        try {
            byte[] bytes = new byte[request.body().remaining()];
            request.body().duplicate().get(bytes);
            JsonNode read = Trees.USUAL.readTree(bytes);
            if (!read.isObject()) {
                throw new Problem(400, "the body is no JSON object");
            }
            return new Fields(read, Set.of(allowed));
        } catch (JacksonException e) {
            throw new Problem(400, "the body is no JSON: " + e.getOriginalMessage());
        }
    }

    // ---- what goes back

    void ok(Object value) {
        answer.send(Response.json(200, JSON.writeValueAsString(value)));
    }

    void created(Object value) {
        answer.send(Response.json(201, JSON.writeValueAsString(value)));
    }

    /// Done, and there is nothing to say.
    void done() {
        answer.send(Response.empty(204));
    }

    void done(CatalogReply reply) {
        if (reply instanceof CatalogReply.Refused(Reason reason)) {
            refuse(reason);
        } else {
            done();
        }
    }

    void send(Response response) {
        answer.send(response);
    }

    void onGone(Runnable action) {
        answer.onGone(action);
    }

    void refuse(Reason reason) {
        answer.send(problem(status(reason), reason.detail()));
    }

    private static int status(Reason reason) {
        return switch (reason) {
            case Reason.NotFound r -> 404;
            case Reason.Precondition r -> 412;
            case Reason.Denied r -> 403;
            case Reason.Locked r -> 423;
            case Reason.Full r -> 507;
            case Reason.Invalid r -> 400;
            case Reason.Unsupported r -> 501;
            case Reason.Unavailable r -> 503;
        };
    }

    static Response problem(int status, String detail) {
        return Response.json(status, JSON.writeValueAsString(Map.of("error", detail)));
    }
}
