package dev.parley.core.catalog;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.shard.TestDecision;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// A catalog with somebody to ask it, the host `/` already made.
final class Office {
    /// A command that still wants its asker.
    @FunctionalInterface
    interface Ask {
        CatalogCommand by(CatalogClient client, long token);
    }

    final CatalogMachine machine = new CatalogMachine(16);
    final TestDecision decision = TestDecision.keeping(machine);

    Office() {
        machine.onServing(decision);
        ask((client, token) -> new CatalogCommand.AddHost(client, token, "/"));
    }

    CatalogReply ask(Ask ask) {
        List<CatalogReply> replies = new ArrayList<>();
        machine.decide(ask.by((token, reply) -> replies.add(reply), 7), decision);
        if (replies.size() != 1) {
            throw new AssertionError("one reply was due, not " + replies);
        }
        return replies.getFirst();
    }

    VirtualHost host() {
        return Objects.requireNonNull(machine.catalog().host("/"));
    }

    Exchange exchange(String name) {
        return Objects.requireNonNull(host().exchange(name), name);
    }

    CatalogReply declareExchange(String name, String type) {
        return declareExchange(name, type, true, false, FieldTable.EMPTY);
    }

    CatalogReply declareExchange(
            String name, String type, boolean durable, boolean autoDelete, FieldTable arguments) {
        return ask((client, token) ->
                new CatalogCommand.DeclareExchange(
                        client, token, "/", name, type, durable, autoDelete, false, arguments));
    }

    CatalogReply deleteExchange(String name, boolean ifUnused) {
        return ask((client, token) ->
                new CatalogCommand.DeleteExchange(client, token, "/", name, ifUnused));
    }

    CatalogReply declareQueue(String name, FieldTable arguments) {
        return declareQueue(name, true, 0, false, arguments);
    }

    CatalogReply declareQueue(
            String name, boolean durable, long owner, boolean autoDelete, FieldTable arguments) {
        return ask((client, token) ->
                new CatalogCommand.DeclareQueue(
                        client, token, "/", name, durable, owner, autoDelete, arguments));
    }

    QueueEntry queue(String name) {
        if (host().queue(name) == null) {
            declareQueue(name, FieldTable.EMPTY);
        }
        return Objects.requireNonNull(host().queue(name));
    }

    CatalogReply bind(String source, String queue, String key) {
        return bind(new Link(source, queue, true, key, FieldTable.EMPTY));
    }

    CatalogReply bind(Link link) {
        return ask((client, token) -> new CatalogCommand.Bind(client, token, "/", link));
    }

    CatalogReply unbind(Link link) {
        return ask((client, token) -> new CatalogCommand.Unbind(client, token, "/", link));
    }

    CatalogReply removeQueue(long id) {
        return ask((client, token) -> new CatalogCommand.RemoveQueue(client, token, id));
    }

    /// The names of the queues that a message reaches, in order.
    List<String> route(String exchange, FieldTable headers, String... keys) {
        Routes routes = new Routes();
        host().route(exchange(exchange), List.of(keys), headers, routes);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < routes.size(); i++) {
            names.add(routes.get(i).name());
        }
        return names;
    }

    List<String> route(String exchange, String... keys) {
        return route(exchange, FieldTable.EMPTY, keys);
    }

    static Reason reason(CatalogReply reply) {
        if (reply instanceof CatalogReply.Refused(Reason reason)) {
            return reason;
        }
        throw new AssertionError("not refused: " + reply);
    }

    static FieldTable table(Object... namesAndValues) {
        FieldTable.Builder builder = FieldTable.builder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            builder.put((String) namesAndValues[i], value(namesAndValues[i + 1]));
        }
        return builder.build();
    }

    private static FieldValue value(Object plain) {
        return switch (plain) {
            case FieldValue value -> value;
            case String text -> FieldValue.text(text);
            case Integer number -> FieldValue.of(number);
            case Long number -> FieldValue.of(number);
            case Boolean bool -> FieldValue.of(bool);
            default -> throw new AssertionError("no field value for " + plain);
        };
    }
}
