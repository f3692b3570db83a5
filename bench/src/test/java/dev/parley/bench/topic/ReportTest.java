package dev.parley.bench.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {

    private final Product mirror = new LoopBack();
    private final Product peer = new Mosquitto();
    private final Product other = new Nats();
    private final Product ours = new Parley(Path.of("parley"));
    private final Report report = new Report(List.of(mirror, peer, other, ours));

    @Test
    void ratioIsToTheBestPeerInEitherDirectionAndNotToTheLoopBack() {
        report.add("a", Measure.DELIVERED, mirror, 1e9);
        report.add("a", Measure.BROKER_CPU, mirror, 0.001);
        report.add("a", Measure.DELIVERED, peer, 1_000);
        report.add("a", Measure.BROKER_CPU, peer, 10);
        report.add("b", Measure.DELIVERED, peer, 7);
        report.add("a", Measure.DELIVERED, other, 2_000);
        report.add("a", Measure.BROKER_CPU, other, 20);
        report.add("a", Measure.DELIVERED, ours, 10_000);
        report.add("a", Measure.BROKER_CPU, ours, 4);
        report.note("Only a test");
        report.note("Only a test");
        assertThat(report.markdown())
                .isEqualTo(
                        """
                        | work | measure | (loop-back) | Mosquitto | NATS | Parley | Parley is better by |
                        |---|---|---:|---:|---:|---:|---:|
                        | a | delivered, msg/s | 1,000,000,000 | 1,000 | 2,000 | 10,000 | 5.00 × |
                        |  | broker CPU, µs/delivered | 0.00 | 10.0 | 20.0 | 4.00 | 2.50 × |
                        | b | delivered, msg/s | – | 7.00 | – | – | – |

                        - Only a test
                        """);
    }

    @Test
    void whatIsNoNumberIsLeftOut() {
        report.add("a", Measure.DELIVERED, peer, Double.NaN);
        assertThat(report.markdown()).doesNotContain("NaN");
        assertThat(report.figure("a", Measure.DELIVERED, peer)).isEmpty();
    }
}
