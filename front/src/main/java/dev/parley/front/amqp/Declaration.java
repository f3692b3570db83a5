package dev.parley.front.amqp;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogClient;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;

/// One wish that a queue be there: the catalog has it first, then its shard makes it and says so.
///
/// It may go again between the two: somebody deletes it, or it was there and goes by itself, which
/// its shard knows before the catalog does. Such a one is declared again.
public final class Declaration {
    /// What asks the catalog for the queue.
    public interface Wish {
        CatalogCommand.DeclareQueue by(CatalogClient client, long token);
    }

    /// Who wants to know how it went.
    public interface Client {
        /// The queue is there, and was made just now or has been there before.
        void onDeclared(QueueEntry queue, boolean created, QueueReply.Done there);

        void onRefused(Reason reason);
    }

    private final Broker broker;
    private final Wish wish;
    private final Client client;

    private Declaration(Broker broker, Wish wish, Client client) {
        this.broker = broker;
        this.wish = wish;
        this.client = client;
    }

    /// Sees to it that a queue is there, and tells `client`.
    public static void begin(Broker broker, Wish wish, Client client) {
        new Declaration(broker, wish, client).ask();
    }

    /// Makes on its shard what the catalog has just declared.
    public static void create(Broker broker, CatalogReply reply) {
        // Somebody may have deleted it before it was on disk.
        if (reply instanceof CatalogReply.Declared(QueueEntry queue, boolean created)
                && created
                && broker.catalog().queue(queue.id()) != null) {
            broker.offer(
                    queue.shard(),
                    new QueueCommand.Create(
                            queue.id(), queue.host(), queue.name(), QueueArguments.spec(queue)));
        }
    }

    /// Whether a queue went by itself and the catalog did not know yet when it declared it: it is
    /// to be removed there, and declared again.
    static boolean gone(QueueEntry queue, QueueReply touched) {
        return touched instanceof QueueReply.Refused(Reason.NotFound missing) && !queue.isStream();
    }

    static CatalogCommand removal(CatalogClient client, long token, QueueEntry queue) {
        return new CatalogCommand.RemoveQueue(client, token, queue.id());
    }

    private void ask() {
        broker.offer(0, wish.by((token, reply) -> onReply(reply), 1));
    }

    private void onReply(CatalogReply reply) {
        switch (reply) {
            case CatalogReply.Refused(Reason reason) -> client.onRefused(reason);
            case CatalogReply.Declared declared -> {
                create(broker, declared);
                QueueEntry queue = declared.queue();
                QueueAsker asker = new QueueAsker(touched -> onTouched(declared, touched));
                broker.offer(queue.shard(), new QueueCommand.Touch(asker, 1, queue.id()));
            }
            case CatalogReply.Done _, CatalogReply.Removed _ ->
                    throw new IllegalStateException("a declaration answered by " + reply);
        }
    }

    private void onTouched(CatalogReply.Declared declared, QueueReply touched) {
        QueueEntry queue = declared.queue();
        if (gone(queue, touched)) {
            broker.offer(0, removal((token, reply) -> onRemoved(reply), 1, queue));
        } else if (touched instanceof QueueReply.Refused(Reason reason)) {
            client.onRefused(reason);
        } else {
            client.onDeclared(queue, declared.created(), (QueueReply.Done) touched);
        }
    }

    private void onRemoved(CatalogReply reply) {
        if (reply instanceof CatalogReply.Refused(Reason reason)) {
            client.onRefused(reason);
        } else {
            ask();
        }
    }
}
