package dev.parley.front.home;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Reason;
import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.message.FieldTable;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.shard.Command;
import dev.parley.core.topic.TopicCommand;
import dev.parley.front.mqtt.MqttMetrics;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.TestCatalog;
import dev.parley.front.mqtt.TopicSpace;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A publish of quality of service 2 that a client repeats on another connection, while the queues
/// that are bound to its topic do not have it yet, comes to them once.
class OnceTest {
    private static final TopicCommand.Origin ORIGIN = new TopicCommand.Origin(7, 5);

    private final List<Command> offered = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final Catalog catalog =
            TestCatalog.make(
                    new CatalogCommand.DeclareQueue(
                            (token, reply) -> {}, 0, "/", "q", true, 0, false, FieldTable.EMPTY),
                    new CatalogCommand.Bind(
                            (token, reply) -> {},
                            0,
                            "/",
                            new CatalogCommand.Link(
                                    "amq.topic", "q", true, "t", FieldTable.EMPTY)));
    private final Topics topics =
            new Topics(
                    1,
                    (shard, command) -> offered.add(command),
                    () -> catalog,
                    () -> 0,
                    new MqttMetrics());

    private final class Asker implements TopicSpace.Receipt {
        private final String name;

        Asker(String name) {
            this.name = name;
        }

        @Override
        public void onAccepted(long token, boolean matched) {
            told.add(name + " " + token);
        }

        @Override
        public void onRefused(long token, Reason reason) {
            told.add(name + " is refused " + token);
        }
    }

    private void publish(String asker, long token) {
        ByteBuffer none = ByteBuffer.allocate(0);
        Publication message = new Publication("t", 2, false, Long.MAX_VALUE, none, none);
        topics.publish("/", message, null, ORIGIN, new Asker(asker), token);
    }

    private QueueCommand.Publish queued() {
        return (QueueCommand.Publish) offered.getLast();
    }

    @Test
    void theOneWhoRepeatsItIsAnsweredWhenItIsThere() {
        publish("first", 1);
        publish("second", 9);
        assertThat(offered).hasSize(1);
        queued().client().onAccepted(queued().token(), queued().token());
        assertThat(offered).hasSize(2);
        publish("third", 3);
        assertThat(offered).hasSize(2);
        assertThat(told).isEmpty();
        TopicCommand.Publish kept = (TopicCommand.Publish) offered.getLast();
        assertThat(kept.origin()).isEqualTo(ORIGIN);
        kept.client().onAccepted(kept.token(), kept.token());
        assertThat(told).containsExactly("third 3");
        publish("another message", 4);
        assertThat(offered).hasSize(3);
        assertThat(queued().queues()).hasSize(1);
    }

    @Test
    void whatIsRefusedMayBeRepeated() {
        publish("first", 1);
        publish("second", 9);
        queued().client().onRefused(queued().token(), new Reason.Full("no room"));
        assertThat(told).containsExactly("second is refused 9");
        publish("third", 3);
        assertThat(offered).hasSize(2);
        queued().client().onAccepted(queued().token(), queued().token());
        assertThat(offered.getLast()).isInstanceOf(TopicCommand.Publish.class);
    }
}
