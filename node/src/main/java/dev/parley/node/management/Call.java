package dev.parley.node.management;

import dev.parley.api.Reason;
import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.CatalogClient;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.front.http.HttpService.Answer;
import dev.parley.front.http.HttpService.Request;
import dev.parley.front.http.HttpService.Response;
import dev.parley.node.admin.Trees;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// One request by one user, and the ways to answer it.
final class Call {
    private static final ObjectMapper JSON = JsonMapper.shared();

    private final Managed node;
    private final Request request;
    private final User user;
    private final List<String> names;
    private final Answer answer;

    Call(Managed node, Request request, User user, List<String> names, Answer answer) {
        this.node = node;
        this.request = request;
        this.user = user;
        this.names = names;
        this.answer = answer;
    }

    /// A command that still wants its asker.
    @FunctionalInterface
    interface Ask {
        CatalogCommand by(CatalogClient client, long token);
    }

    User user() {
        return user;
    }

    Catalog catalog() {
        return node.broker().catalog();
    }

    /// The `index`-th name in the path.
    String name(int index) {
        return names.get(index);
    }

    // ---- what was asked

    /// The body as JSON; an empty one counts as an empty object.
    JsonNode body() {
        return body(Trees.USUAL);
    }

    /// The same of all that there is.
    JsonNode definitions() {
        return body(Trees.DEFINITIONS);
    }

    private JsonNode body(ObjectMapper mapper) {
        if (!request.body().hasRemaining()) {
            return JSON.createObjectNode();
        }
        try {
            byte[] bytes = new byte[request.body().remaining()];
            request.body().duplicate().get(bytes);
            JsonNode body = mapper.readTree(bytes);
            if (!body.isObject()) {
                throw Fault.badRequest("not_json");
            }
            return body;
        } catch (JacksonException e) {
            throw Fault.badRequest("not_json");
        }
    }

    /// A field that has to be there.
    static JsonNode required(JsonNode body, String field) {
        JsonNode value = body.get(field);
        if (value == null || value.isNull()) {
            throw Fault.badRequest("[{key_missing," + field + "}]");
        }
        return value;
    }

    static String text(JsonNode value, String field) {
        if (!value.isString()) {
            // A password is not repeated, whatever form it came in.
            Object was = field.startsWith("password") ? "something else" : value;
            throw Fault.badRequest(field + " should be binary, actually was " + was);
        }
        return value.asString();
    }

    /// A virtual host that the user may look into: one that he may enter, or any for who monitors.
    VirtualHost visible(String name) {
        VirtualHost host = catalog().host(name);
        if (host == null) {
            throw Fault.notFound();
        }
        if (!sees(host)) {
            throw Fault.notAuthorised("User not authorised to access virtual host");
        }
        return host;
    }

    boolean sees(VirtualHost host) {
        return Access.MONITORING.has(user) || user.in(host.name()) != null;
    }

    /// A virtual host that the user may enter and act in.
    VirtualHost enterable(String name) {
        VirtualHost host = catalog().host(name);
        if (host == null) {
            throw Fault.notFound();
        }
        if (user.in(name) == null) {
            throw Fault.notAuthorised("User not authorised to access virtual host");
        }
        return host;
    }

    String query(String name, String otherwise) {
        return request.query().getOrDefault(name, otherwise);
    }

    /// True or false, also as text: command line tools send that.
    static boolean flag(JsonNode body, String field, boolean otherwise) {
        JsonNode value = body.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        String text = value.asString();
        if (!text.equals("true") && !text.equals("false")) {
            throw Fault.badRequest("{not_boolean,<<\"" + text + "\">>}");
        }
        return text.equals("true");
    }

    /// A whole number, also as text.
    static long number(JsonNode value, String field) {
        try {
            return Long.parseLong(value.asString());
        } catch (NumberFormatException e) {
            throw Fault.badRequest(field + " should be a number, actually was " + value);
        }
    }

    // ---- what the user may

    void mayConfigure(VirtualHost where, String kind, String name) {
        check(where, kind, name, User.Permission::mayConfigure);
    }

    void mayWrite(VirtualHost where, String kind, String name) {
        check(where, kind, name, User.Permission::mayWrite);
    }

    void mayRead(VirtualHost where, String kind, String name) {
        check(where, kind, name, User.Permission::mayRead);
    }

    private void check(
            VirtualHost where,
            String kind,
            String name,
            BiPredicate<User.Permission, String> allows) {
        User.Permission permission = user.in(where.name());
        if (permission == null || !allows.test(permission, name)) {
            throw Fault.notAuthorised(
                    "access to %s '%s' in vhost '%s' refused for user '%s'"
                            .formatted(kind, name, where.name(), user.name()));
        }
    }

    void mayWriteTopic(VirtualHost where, Exchange exchange, String routingKey) {
        if (exchange.type() == Exchange.Type.TOPIC
                && !user.mayWriteTopic(where.name(), exchange.name(), routingKey)) {
            throw Fault.notAuthorised(
                    "access to topic '%s' in exchange '%s' in vhost '%s' refused for user '%s'"
                            .formatted(routingKey, exchange.name(), where.name(), user.name()));
        }
    }

    void mayReadTopic(VirtualHost where, Exchange exchange, String routingKey) {
        if (exchange.type() == Exchange.Type.TOPIC
                && !user.mayReadTopic(where.name(), exchange.name(), routingKey)) {
            throw Fault.notAuthorised(
                    "access to topic '%s' in exchange '%s' in vhost '%s' refused for user '%s'"
                            .formatted(routingKey, exchange.name(), where.name(), user.name()));
        }
    }

    // ---- answers

    /// Goes on with an operation, later: what it throws is its answer.
    void run(Runnable rest) {
        try {
            rest.run();
        } catch (Fault e) {
            fail(e);
        }
    }

    void send(Response response) {
        answer.send(response);
    }

    static String write(Object value) {
        return JSON.writeValueAsString(value);
    }

    void ok(Object value) {
        answer.send(Response.json(200, write(value)));
    }

    void created() {
        answer.send(Response.empty(201));
    }

    void noContent() {
        answer.send(Response.empty(204));
    }

    void fail(Fault fault) {
        answer.send(failure(fault));
    }

    static Response failure(Fault fault) {
        Map<String, String> body = new LinkedHashMap<>();
        body.put("error", fault.error());
        body.put("reason", fault.reason());
        return Response.json(fault.status(), JSON.writeValueAsString(body));
    }

    /// A refusal as a client of AMQP would hear it.
    void refuse(Reason reason) {
        fail(
                switch (reason) {
                    case Reason.NotFound found -> Fault.notFound();
                    case Reason.Precondition differs -> Fault.badRequest(differs.detail());
                    case Reason.Denied denied -> Fault.notAuthorised(denied.detail());
                    case Reason.Locked locked -> Fault.badRequest(locked.detail());
                    case Reason.Full full -> Fault.badRequest(full.detail());
                    case Reason.Invalid invalid -> Fault.badRequest(invalid.detail());
                    case Reason.Unsupported unsupported -> Fault.badRequest(unsupported.detail());
                    case Reason.Unavailable unavailable -> Fault.unavailable(unavailable.detail());
                });
    }

    /// Asks the catalog; a refusal ends the call.
    void ask(Ask command, Consumer<CatalogReply> then) {
        node.broker()
                .offer(
                        0,
                        command.by(
                                (token, reply) -> {
                                    if (reply instanceof CatalogReply.Refused(Reason reason)) {
                                        refuse(reason);
                                    } else {
                                        then.accept(reply);
                                    }
                                },
                                1));
    }
}
