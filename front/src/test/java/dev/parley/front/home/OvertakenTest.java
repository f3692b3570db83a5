package dev.parley.front.home;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.catalog.CatalogMachine;
import dev.parley.core.shard.Command;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicMessage;
import dev.parley.core.topic.TopicReply;
import dev.parley.front.mqtt.MqttMetrics;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.Subscriber;
import dev.parley.front.mqtt.TopicSpace;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What was retained before does not come after what has come live.
class OvertakenTest {
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    private final List<Command> offered = new ArrayList<>();
    private final CatalogMachine catalog = new CatalogMachine(1);
    private long now;
    private final Topics topics =
            new Topics(
                    1,
                    (shard, command) -> offered.add(command),
                    catalog::catalog,
                    () -> now,
                    new MqttMetrics());
    private final Reader reader = new Reader();

    /// Goes through what is retained while messages come to it.
    private final class Reader implements Subscriber {
        final TopicSpace.Cursor cursor = topics.retained("/", "t/#", () -> {});
        final List<String> live = new ArrayList<>();

        @Override
        public String host() {
            return "/";
        }

        @Override
        public String clientId() {
            return "reader";
        }

        @Override
        public void onRetained(String topic) {
            cursor.overtake(topic);
        }

        @Override
        public void onMessage(Publication message, int qos, boolean retain, Ids ids) {
            live.add(message.topic());
        }

        @Override
        public boolean ready() {
            return true;
        }

        List<String> rest() {
            List<String> rest = new ArrayList<>();
            Publication message;
            while ((message = cursor.next()) != null) {
                rest.add(message.topic());
            }
            return rest;
        }
    }

    private void publish(String topic, boolean retain) {
        Publication message = new Publication(topic, 1, retain, Long.MAX_VALUE, NONE, NONE);
        topics.publish("/", message, null, null, null, 0);
    }

    private void answer(List<String> page, @Nullable String next) {
        TopicCommand.Retained asked =
                offered.stream()
                        .filter(TopicCommand.Retained.class::isInstance)
                        .map(TopicCommand.Retained.class::cast)
                        .toList()
                        .getLast();
        List<TopicMessage> messages =
                page.stream().map(topic -> new TopicMessage(topic, 1, 10, NONE, NONE)).toList();
        asked.client().onReply(asked.token(), new TopicReply.Retained(messages, next));
    }

    @Test
    void norDoesWhatExpiresWhileItWaits() {
        assertThat(reader.rest()).isEmpty();
        answer(List.of("t/1", "t/2", "t/3"), "t/3");
        now = 9;
        assertThat(reader.cursor.next()).isNotNull();
        now = 10;
        assertThat(reader.rest()).isEmpty();
        assertThat(reader.cursor.done()).isFalse();
        answer(List.of(), null);
        assertThat(reader.cursor.done()).isTrue();
    }

    private void readsWhilePublished() {
        assertThat(reader.rest()).isEmpty();
        answer(List.of("t/1", "t/2", "t/3"), "t/3");
        publish("t/2", true);
        publish("t/3", false);
        assertThat(reader.rest()).containsExactly("t/1", "t/3");
        // The next page is being read.
        publish("t/5", true);
        answer(List.of("t/4", "t/5"), "t/5");
        assertThat(reader.rest()).containsExactly("t/4");
        answer(List.of("t/6"), null);
        assertThat(reader.rest()).containsExactly("t/6");
        assertThat(reader.cursor.done()).isTrue();
    }

    @Test
    void forWhoIsConnected() {
        topics.subscribe(reader, new Subscription("t/#", 1, false, false, 0));
        readsWhilePublished();
        assertThat(reader.live).containsExactly("t/2", "t/3", "t/5");
    }

    @Test
    void forWhoGetsItsMessagesByItsSession() {
        topics.onSubscribed("/", 7, new Subscription("t/#", 1, false, false, 0));
        topics.attach(7, reader);
        readsWhilePublished();
        assertThat(reader.live).isEmpty();
    }
}
