package dev.parley.it.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.Broker;
import dev.parley.it.TestNode;
import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Parley sends messages where the model does.
///
/// `-Dparley.routing.seeds=17` runs one graph, `1-5000` many.
class RoutingTest {

    private static final String SEEDS = System.getProperty("parley.routing.seeds", "1-200");

    @Test
    @Timeout(240)
    void messagesGoWhereTheModelSays() throws IOException {
        String[] ends = SEEDS.split("-");
        List<Long> seeds =
                LongStream.rangeClosed(
                                Long.parseLong(ends[0]), Long.parseLong(ends[ends.length - 1]))
                        .boxed()
                        .toList();
        try (TestNode node = TestNode.start(Broker.freshDirectory("routing"))) {
            var differences = GraphRun.run(node.amqpPort(), false, seeds);
            differences.values().removeIf(String::isEmpty);
            assertThat(differences).as("different from the model, by seed").isEmpty();
        }
    }
}
