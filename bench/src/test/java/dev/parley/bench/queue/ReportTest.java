package dev.parley.bench.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReportTest {

    private final Report report = new Report(Measure.ALL);

    @Test
    void ratioIsToTheBetterPeerInEitherDirection() {
        add("a", Measure.SENT, Subject.RABBITMQ_CLASSIC, 1_000);
        add("a", Measure.BROKER_CPU, Subject.RABBITMQ_CLASSIC, 100);
        add("b", Measure.SENT, Subject.RABBITMQ_CLASSIC, 7);
        add("a", Measure.SENT, Subject.RABBITMQ_QUORUM, 2_000);
        add("a", Measure.BROKER_CPU, Subject.RABBITMQ_QUORUM, 80);
        add("a", Measure.SENT, Subject.PARLEY, 10_000);
        add("a", Measure.BROKER_CPU, Subject.PARLEY, 8);

        assertThat(report.markdown())
                .endsWith(
                        """
                        |---|---|---:|---:|---:|---:|
                        | a | published, msg/s | 1,000 | 2,000 | 10,000 | 5.00 × |
                        |  | broker CPU, µs/msg | 100 | 80.0 | 8.00 | 10.0 × |
                        | b | published, msg/s | 7.00 | – | – | – |
                        """);
    }

    @Test
    void medianOfRounds() {
        for (double figure : new double[] {300, 100, 900}) {
            add("a", Measure.SENT, Subject.PARLEY, figure);
        }
        add("b", Measure.SENT, Subject.PARLEY, 100);
        add("b", Measure.SENT, Subject.PARLEY, 200);

        assertThat(report.markdown())
                .contains("| a | published, msg/s | – | – | 300 | – |")
                .contains("| b | published, msg/s | – | – | 150 | – |");
    }

    @Test
    void absentFiguresMakeNoRow() {
        report.add("a", Measure.CONFIRM_P50, Subject.PARLEY, OptionalDouble.empty());
        report.note("refused");
        report.note("refused");

        assertThat(report.markdown()).doesNotContain("confirm p50").endsWith("\n\n- refused\n");
    }

    @Test
    void smallFiguresKeepTheirDigits() {
        add("a", Measure.SYNCS, Subject.PARLEY, 0.0042);

        assertThat(report.markdown()).contains("| a | syncs per confirm | – | – | 0.0042 | – |");
    }

    @Test
    void showsOnlyWhatIsAskedForAndForgets() {
        var few = new Report(Set.of(Measure.DELIVERED));
        few.add("a", Measure.SENT, Subject.PARLEY, OptionalDouble.of(1));
        few.add("a", Measure.DELIVERED, Subject.PARLEY, OptionalDouble.of(2));
        few.section("a", "More.");

        assertThat(few.markdown())
                .doesNotContain("published")
                .contains("| a | delivered, msg/s |")
                .endsWith("\n## a\n\nMore.");
        few.forget();
        assertThat(few.markdown()).doesNotContain("| a |");
    }

    private void add(String work, Measure measure, Subject subject, double figure) {
        report.add(work, measure, subject, OptionalDouble.of(figure));
    }
}
