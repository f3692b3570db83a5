package dev.parley.front.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is written at the end of a round, and when the next one comes.
class RoundTest {
    private final EmbeddedChannel line = new EmbeddedChannel();
    private final List<String> done = new ArrayList<>();
    private final Round round =
            new Round(
                    line.eventLoop(),
                    () -> {
                        done.add("work");
                        return -1;
                    });

    @AfterEach
    void end() {
        line.finishAndReleaseAll();
    }

    @Test
    void oneThatCannotWriteHoldsNobodyUp() {
        round.add(() -> done.add("first"));
        round.add(() -> {
            throw new IllegalStateException("a bug");
        });
        round.add(() -> {
            throw new OutOfMemoryError("no buffer");
        });
        round.add(() -> done.add("last"));
        line.runPendingTasks();
        assertThat(done).containsExactly("work", "first", "last");
    }

    @Test
    void everyoneIsWrittenOnceARound() {
        round.add(() -> {
            done.add("first");
            round.add(() -> done.add("from inside"));
        });
        round.add(() -> {
            throw new IllegalStateException("a bug");
        });
        line.runPendingTasks();
        round.soon();
        line.runPendingTasks();
        assertThat(done).containsExactly("work", "first", "work", "from inside", "work");
    }
}
