package dev.parley.front.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.front.mqtt.ClientPacket.Filter;
import dev.parley.front.mqtt.Publication.Ids;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Retained messages on their way into a session, filter by filter.
class RetainedFeedTest {
    private static final int MANY = 300_000;

    private final LoopTopics node = new LoopTopics(TestCatalog.make());

    private static Filter filter(String text) {
        return new Filter(text, 1, false, false, 0);
    }

    /// The loop is everybody's: what a filter costs does not grow with how many there are. It took
    /// minutes when each was looked for among all before it.
    @Test
    @Timeout(30)
    void manyFiltersOfOneSubscribeHoldNobodyUp() {
        node.keepSessions();
        TestLine publisher = new TestLine(node);
        publisher.says(TestLine.HELLO_5);
        publisher.says("33 08 0003 \"r/1\" 0001 00");
        TestLine line = new TestLine(node);
        line.says("10 0d 0004 \"MQTT\" 04 00 0000 0001 \"d\"");
        MqttConnection connection = line.connection();
        RetainedFeed feed =
                new RetainedFeed(connection, new DurableSession(connection, "/", "d", 10, _ -> {}));
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < MANY; i++) {
                feed.add(filter("f/" + i), Ids.NONE);
            }
        }
        feed.add(filter("r/+"), Ids.NONE);
        feed.add(filter("r/#"), Ids.NONE);
        feed.forget("r/+");
        feed.pump();
        assertThat(node.put()).containsExactly("r/1");
    }
}
