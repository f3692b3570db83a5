package dev.parley.front.pace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.front.pace.Misses.Row;
import org.junit.jupiter.api.Test;

/// What is counted of the messages that a reader missed, and for which topics.
class MissesTest {
    private final Misses misses = new Misses();

    private void count(String topic, int times) {
        for (int i = 0; i < times; i++) {
            misses.count(topic);
        }
    }

    @Test
    void fewTopicsAreCountedExactly() {
        assertThat(misses.rows()).isEmpty();
        count("b", 2);
        count("a", 2);
        count("c", 3);
        assertThat(misses.rows())
                .containsExactly(new Row("c", 3), new Row("a", 2), new Row("b", 2));
        assertThat(misses.total()).isEqualTo(7);
    }

    @Test
    void manyTopicsWithFewDoNotPushOutOneWithMany() {
        for (int i = 0; i < 1_000; i++) {
            count("few/" + i, 1);
            count("many", 1);
        }
        count("most", 2_000);
        assertThat(misses.rows()).hasSize(Misses.TOPICS);
        assertThat(misses.rows().get(0)).isEqualTo(new Row("most", 2_000));
        assertThat(misses.rows().get(1).topic()).isEqualTo("many");
        assertThat(misses.rows().get(1).count()).isBetween(900L, 1_000L);
        assertThat(misses.total()).isEqualTo(4_000);
    }
}
