package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.QueueStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// A queue that goes while it is declared is made anew, and its shard and the catalog agree on it.
class DeclarationTest implements Declaration.Client {
    private final LoopBroker broker = new LoopBroker();
    private final List<QueueEntry> declared = new ArrayList<>();
    private final List<Boolean> made = new ArrayList<>();
    private final List<Reason> refused = new ArrayList<>();

    @Override
    public void onDeclared(QueueEntry queue, boolean created, QueueReply.Done there) {
        declared.add(queue);
        made.add(created);
    }

    @Override
    public void onRefused(Reason reason) {
        refused.add(reason);
    }

    private void declare(FieldTable arguments) {
        Declaration.begin(
                broker,
                (client, token) ->
                        new CatalogCommand.DeclareQueue(
                                client, token, "/", "q", true, 0, false, arguments),
                this);
    }

    private void agreed() {
        List<Long> there = new ArrayList<>();
        QueueAsker asker =
                new QueueAsker(reply ->
                        ((QueueReply.Statuses) reply)
                                .statuses().stream().map(QueueStatus::id).forEach(there::add));
        broker.offer(0, new QueueCommand.Inspect(asker, 1, 0));
        broker.turn();
        assertThat(there).containsExactly(declared.getLast().id());
        VirtualHost host = Objects.requireNonNull(broker.catalog().host("/"));
        assertThat(host.queue("q")).isEqualTo(declared.getLast());
    }

    @Test
    void itIsMadeOnce() {
        declare(FieldTable.EMPTY);
        declare(FieldTable.EMPTY);
        broker.turn();
        assertThat(made).containsExactly(true, false);
        agreed();
    }

    @Test
    void whatIsDeletedBeforeItIsThereIsMadeAnew() {
        declare(FieldTable.EMPTY);
        QueueEntry first =
                Objects.requireNonNull(
                        Objects.requireNonNull(broker.catalog().host("/")).queue("q"));
        broker.offer(0, new CatalogCommand.RemoveQueue((token, reply) -> {}, 0, first.id()));
        broker.turn();
        assertThat(made).containsExactly(true);
        assertThat(declared.getLast().id()).isNotEqualTo(first.id());
        agreed();
    }

    @Test
    void whatWentByItselfIsMadeAnewThoughTheCatalogHasIt() {
        declare(FieldTable.EMPTY);
        broker.turn();
        long first = declared.getLast().id();
        broker.offer(0, new QueueCommand.Delete(null, 0, first, false, false));
        declare(FieldTable.EMPTY);
        broker.turn();
        assertThat(made).containsExactly(true, true);
        assertThat(declared.getLast().id()).isNotEqualTo(first);
        agreed();
    }

    @Test
    void whatTheCatalogRefusesIsRefused() {
        declare(FieldTable.EMPTY);
        declare(FieldTable.EMPTY.with().put("x-max-length", FieldValue.of(3L)).build());
        broker.turn();
        assertThat(made).containsExactly(true);
        assertThat(refused).hasSize(1).allMatch(Reason.Precondition.class::isInstance);
    }
}
