package dev.parley.front.home;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Reason;
import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.QueueSpec;
import dev.parley.core.shard.Command;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamReply;
import dev.parley.core.stream.StreamStatus;
import dev.parley.front.amqp.QueueAsker;
import dev.parley.front.mqtt.TestCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// A stream leaves the catalog, then its shard, and then whoever asked for it is told: no crash in
/// between brings it back under its old epoch.
class StreamRemovalTest {
    private final List<Command> offered = new ArrayList<>();
    private final List<QueueReply> replies = new ArrayList<>();
    private final Catalog catalog =
            TestCatalog.make(
                    new CatalogCommand.DeclareQueue(
                            (token, reply) -> {},
                            0,
                            "/",
                            "log",
                            true,
                            0,
                            false,
                            FieldTable.EMPTY
                                    .with()
                                    .put("x-queue-type", FieldValue.text("stream"))
                                    .build()));
    private final Streams streams =
            new Streams((shard, command) -> offered.add(command), () -> catalog);
    private final long stream =
            catalog.queues().stream()
                    .filter(QueueEntry::isStream)
                    .mapToLong(QueueEntry::id)
                    .findFirst()
                    .orElseThrow();

    StreamRemovalTest() {
        streams.offer(0, new QueueCommand.Create(stream, "/", "log", QueueSpec.plain(true)));
    }

    private void delete(boolean ifUnused, boolean ifEmpty) {
        QueueAsker asker = new QueueAsker(replies::add);
        streams.offer(0, new QueueCommand.Delete(asker, 1, stream, ifUnused, ifEmpty));
    }

    private void show(long messages, int readers) {
        StreamStatus status =
                new StreamStatus(
                        stream, "/", "log", 0, messages, messages, 0, 0, readers, 0, 0, List.of());
        StreamCommand.Inspect look = (StreamCommand.Inspect) offered.getLast();
        look.client().onReply(look.token(), new StreamReply.Statuses(List.of(status)));
    }

    private void answerCatalog(CatalogReply reply) {
        CatalogCommand.RemoveQueue remove = (CatalogCommand.RemoveQueue) offered.getLast();
        assertThat(remove.queue()).isEqualTo(stream);
        remove.client().onCatalogReply(remove.token(), reply);
    }

    @Test
    void theCatalogForgetsItFirst() {
        delete(true, false);
        show(3, 0);
        assertThat(offered.getLast()).isInstanceOf(CatalogCommand.RemoveQueue.class);
        answerCatalog(new CatalogReply.Removed(List.of()));
        StreamCommand.Delete last = (StreamCommand.Delete) offered.getLast();
        assertThat(replies).isEmpty();
        Objects.requireNonNull(last.client()).onReply(last.token(), new StreamReply.Done(3));
        assertThat(replies).containsExactly(new QueueReply.Done(3, 0));
    }

    @Test
    void whatSpeaksAgainstItIsLookedAtBefore() {
        delete(true, false);
        show(0, 1);
        delete(false, true);
        show(1, 0);
        assertThat(replies)
                .hasSize(2)
                .allMatch(reply ->
                        reply instanceof QueueReply.Refused(Reason reason)
                                && reason instanceof Reason.Precondition);
        assertThat(offered).noneMatch(CatalogCommand.RemoveQueue.class::isInstance);
    }

    @Test
    void whatTheCatalogKeepsStays() {
        delete(false, false);
        show(3, 1);
        Reason why = new Reason.Full("the disk is full");
        answerCatalog(new CatalogReply.Refused(why));
        assertThat(replies).containsExactly(new QueueReply.Refused(why));
        assertThat(offered).noneMatch(StreamCommand.Delete.class::isInstance);
    }
}
