package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Pattern;
import java.util.List;

/// A change asked of the catalog. Answered through `client` unless `token` is 0.
public sealed interface CatalogCommand extends Command {
    CatalogClient client();

    long token();

    @Override
    default Pattern pattern() {
        return Pattern.CATALOG;
    }

    /// Adds a virtual host with its built-in exchanges; done already if it exists.
    record AddHost(CatalogClient client, long token, String host) implements CatalogCommand {}

    /// Removes a virtual host with all that is in it. Answered with [CatalogReply.Removed].
    record RemoveHost(CatalogClient client, long token, String host) implements CatalogCommand {}

    /// Adds a user or changes its password and tags.
    record PutUser(
            CatalogClient client, long token, String name, String passwordHash, List<String> tags)
            implements CatalogCommand {}

    record RemoveUser(CatalogClient client, long token, String name) implements CatalogCommand {}

    /// Regular expressions over names of queues and exchanges.
    record Permit(
            CatalogClient client,
            long token,
            String user,
            String host,
            String configure,
            String write,
            String read)
            implements CatalogCommand {}

    record Forbid(CatalogClient client, long token, String user, String host)
            implements CatalogCommand {}

    /// Expressions over routing keys, for one topic exchange; `{username}` and `{vhost}` stand for
    /// those names.
    record PermitTopic(
            CatalogClient client,
            long token,
            String user,
            String host,
            String exchange,
            String write,
            String read)
            implements CatalogCommand {}

    record ForbidTopic(CatalogClient client, long token, String user, String host, String exchange)
            implements CatalogCommand {}

    /// Adds a policy or changes it; everything that its pattern matches follows at once.
    ///
    /// @param operator whether it is an operator policy: those have names of their own
    record PutPolicy(
            CatalogClient client,
            long token,
            String host,
            boolean operator,
            String name,
            String expression,
            Policy.Target target,
            long priority,
            FieldTable definition)
            implements CatalogCommand {}

    record RemovePolicy(
            CatalogClient client, long token, String host, boolean operator, String name)
            implements CatalogCommand {}

    /// Sets how many connections or channels a user may have at most.
    ///
    /// @param most a negative number: any number
    record LimitUser(CatalogClient client, long token, String user, Bound bound, long most)
            implements CatalogCommand {}

    /// Sets how many connections or queues a virtual host may have at most; likewise.
    record LimitHost(CatalogClient client, long token, String host, Bound bound, long most)
            implements CatalogCommand {}

    record DeclareExchange(
            CatalogClient client,
            long token,
            String host,
            String name,
            String type,
            boolean durable,
            boolean autoDelete,
            boolean internal,
            FieldTable arguments)
            implements CatalogCommand {}

    record DeleteExchange(
            CatalogClient client, long token, String host, String name, boolean ifUnused)
            implements CatalogCommand {}

    /// @param owner the connection that holds it exclusively, 0 for none
    record DeclareQueue(
            CatalogClient client,
            long token,
            String host,
            String name,
            boolean durable,
            long owner,
            boolean autoDelete,
            FieldTable arguments)
            implements CatalogCommand {}

    /// Forgets a queue and its bindings; sent when its messages are gone, and of a stream before
    /// they go. Answered with [CatalogReply.Removed].
    record RemoveQueue(CatalogClient client, long token, long queue) implements CatalogCommand {}

    /// Forgets all queues that a connection holds exclusively. Answered with
    /// [CatalogReply.Removed].
    record RemoveOwned(CatalogClient client, long token, long owner) implements CatalogCommand {}

    record Bind(CatalogClient client, long token, String host, Link link)
            implements CatalogCommand {}

    record Unbind(CatalogClient client, long token, String host, Link link)
            implements CatalogCommand {}

    /// What a binding joins.
    ///
    /// @param toQueue whether `destination` names a queue, not an exchange
    record Link(
            String source,
            String destination,
            boolean toQueue,
            String routingKey,
            FieldTable arguments) {}
}
