package dev.parley.core.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WheelTest {
    private static final long START = 1_790_000_000_123L;

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                63,
                64,
                65,
                4095,
                4096,
                262_143,
                262_144,
                86_400_000L,
                3L * 365 * 86_400_000L
            })
    void firesExactlyWhenDue(long delay) {
        Wheel wheel = new Wheel(START);
        wheel.set(7, START + delay);
        List<Long> fired = new ArrayList<>();
        if (delay > 0) {
            wheel.advance(START + delay - 1, fired::add);
            assertThat(fired).isEmpty();
        }
        wheel.advance(START + delay, fired::add);
        assertThat(fired).containsExactly(7L);
        assertThat(wheel.size()).isZero();
        assertThat(wheel.nextDue()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whatIsSetForThePastFiresAtOnce() {
        Wheel wheel = new Wheel(START);
        wheel.set(1, START - 5000);
        List<Long> fired = new ArrayList<>();
        wheel.advance(START, fired::add);
        assertThat(fired).containsExactly(1L);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void agreesWithAMapThatIsScanned(int seed) {
        Random random = new Random(seed);
        Wheel wheel = new Wheel(START);
        Map<Long, Long> model = new HashMap<>();
        long now = START;
        for (int step = 0; step < 20_000; step++) {
            long timer = random.nextInt(500);
            switch (random.nextInt(4)) {
                case 0 -> {
                    assertThat(wheel.cancel(timer)).isEqualTo(model.remove(timer) != null);
                }
                case 1 -> {
                    now += random.nextInt(10) == 0 ? random.nextInt(500_000) : random.nextInt(90);
                    Map<Long, Long> expected = new HashMap<>();
                    long until = now;
                    model.forEach((id, due) -> {
                        if (due <= until) {
                            expected.put(id, due);
                        }
                    });
                    List<Long> dues = new ArrayList<>();
                    wheel.advance(now, id -> dues.add(expected.remove(id)));
                    assertThat(expected).isEmpty();
                    assertThat(dues).doesNotContainNull().isSorted();
                    model.values().removeIf(due -> due <= until);
                }
                default -> {
                    long due = now + (1L << random.nextInt(34)) + random.nextInt(100);
                    wheel.set(timer, due);
                    model.put(timer, due);
                }
            }
            assertThat(wheel.size()).isEqualTo(model.size());
            long earliest =
                    model.values().stream().mapToLong(due -> due).min().orElse(Long.MAX_VALUE);
            assertThat(wheel.nextDue()).isLessThanOrEqualTo(earliest);
        }
    }
}
