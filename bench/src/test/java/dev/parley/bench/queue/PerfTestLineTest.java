package dev.parley.bench.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.bench.queue.PerfTestLine.Average;
import dev.parley.bench.queue.PerfTestLine.Interval;
import dev.parley.bench.queue.PerfTestLine.Latency;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Lines as PerfTest 2.22.1 printed them.
class PerfTestLineTest {

    @Test
    void withConfirmsAndConsumers() {
        assertThat(
                        PerfTestLine.parse(
                                "id: test-140742-950, time 1.002 s, sent: 14254 msg/s, confirmed:"
                                        + " 14082 msg/s, nacked: 3 msg/s, received: 14081 msg/s,"
                                        + " min/median/75th/95th/99th consumer latency:"
                                        + " 2693/13833/18687/26854/30738 µs, confirm latency:"
                                        + " 1824/9121/11819/20247/26947 µs"))
                .contains(
                        new Interval(
                                1.002,
                                14254,
                                14082,
                                3,
                                14081,
                                Optional.of(new Latency(9121, 26947)),
                                Optional.of(new Latency(13833, 30738))));
    }

    @Test
    void withoutConfirms() {
        assertThat(
                        PerfTestLine.parse(
                                "id: test-141014-478, time 3.002 s, sent: 1.00 msg/s, received:"
                                        + " 105726 msg/s, min/median/75th/95th/99th consumer latency:"
                                        + " 1273664/1367012/1419635/1477350/1485680 µs"))
                .contains(
                        new Interval(
                                3.002,
                                1,
                                0,
                                0,
                                105726,
                                Optional.empty(),
                                Optional.of(new Latency(1367012, 1485680))));
    }

    @Test
    void withoutConsumersAndInMilliseconds() {
        assertThat(
                        PerfTestLine.parse(
                                "id: test-141004-115, time 2.001 s, sent: 1303 msg/s, confirmed:"
                                        + " 1303 msg/s, nacked: 0 msg/s, min/median/75th/95th/99th"
                                        + " confirm latency: 0/5/6/17/44 ms"))
                .contains(
                        new Interval(
                                2.001,
                                1303,
                                1303,
                                0,
                                0,
                                Optional.of(new Latency(5000, 44000)),
                                Optional.empty()));
    }

    @Test
    void averages() {
        assertThat(PerfTestLine.parse("id: test-1, sending rate avg: 16518 msg/s"))
                .contains(new Average(true, 16518));
        assertThat(PerfTestLine.parse("id: test-1, receiving rate avg: 0 msg/s"))
                .contains(new Average(false, 0));
    }

    @Test
    void otherLines() {
        assertThat(PerfTestLine.parse("id: test-140742-950, starting consumer #0, channel #0"))
                .isEmpty();
        assertThat(PerfTestLine.parse("test stopped (Reached time limit)")).isEmpty();
        assertThat(
                        PerfTestLine.parse(
                                "id: test-1, confirm latency min/median/75th/95th/99th"
                                        + " 3041/9342/12138/19138/23399 µs"))
                .isEmpty();
        assertThat(PerfTestLine.parse("")).isEmpty();
    }
}
