package dev.parley.core.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.TestDecision;
import dev.parley.core.topic.Records.Publication;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What is copied from the record before is what would be written without it.
class PublishWriterTest {
    private final TestDecision decision = TestDecision.keeping();
    private final PublishWriter writer = new PublishWriter();

    @Test
    void whateverWasWrittenBeforeARecordIsTheSame() {
        Random random = new Random(7);
        decision.serve(new TopicMachine(decision, new Town().stage(0), TopicStage.CONFIG));
        for (int n = 0; n < 20_000; n++) {
            Places places = places(random);
            int first = random.nextInt(10) == 0 ? random.nextInt(places.size()) : 0;
            Publication what = publication(random);
            TopicMessage message = message(random);
            writer.publish(decision, what, places, first, places.size(), message);
            new PublishWriter().publish(decision, what, places, first, places.size(), message);
            List<TestDecision.Logged> records = decision.records();
            ByteBuffer written = records.get(records.size() - 2).payload();
            assertThat(written).as("record %d", n).isEqualTo(records.getLast().payload());
            assertThat(message.payload().position()).isZero();
        }
    }

    private static Places places(Random random) {
        Places places = new Places();
        int count = random.nextInt(8) == 0 ? 1 + random.nextInt(300) : 1 + random.nextInt(2);
        for (int i = 0; i < count; i++) {
            Terms terms =
                    random.nextInt(20 * count) == 0
                            ? new Terms(1, false, List.of(random.nextInt(2) + 1), "$share/g/a")
                            : Terms.plain(random.nextInt(10 * count) == 0 ? 2 : 1);
            places.add(
                    random.nextInt(20 * count) == 0 ? 99 : i + 1, random.nextLong(1 << 30), terms);
        }
        return places;
    }

    private static Publication publication(Random random) {
        String host = random.nextInt(20) == 0 ? "other" : "/";
        return switch (random.nextInt(20)) {
            case 0 ->
                    new Publication(host, new TopicCommand.Origin(1, 2), 0, 0, 0, false, List.of());
            case 1 -> new Publication(host, null, 7, 0, 0, false, List.of());
            case 2 -> new Publication(host, null, 0, 3, 4, false, List.of());
            case 3 -> new Publication(host, null, 0, 0, 0, true, List.of());
            case 4 ->
                    new Publication(
                            host,
                            null,
                            0,
                            0,
                            0,
                            false,
                            List.of(
                                    new Records.Move(
                                            1, 2, false, List.of(new Target(5, Terms.plain(1))))));
            default -> new Publication(host, null, 0, 0, 0, false, List.of());
        };
    }

    private static TopicMessage message(Random random) {
        return new TopicMessage(
                random.nextInt(10) == 0 ? "b/ö" : "a/b",
                random.nextInt(10) == 0 ? 2 : 1,
                random.nextInt(10) == 0 ? 12_345 : 0,
                bytes(random.nextInt(10) == 0 ? "properties" : ""),
                bytes("x".repeat(random.nextInt(20))));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
