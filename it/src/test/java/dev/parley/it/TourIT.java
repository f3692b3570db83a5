package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// `parley tour` tells the same story on every run, and loses nothing.
class TourIT {
    @Test
    void theTourLosesNothing() throws Exception {
        Cli.Result tour = Cli.alone().launch("tour");
        assertThat(tour.out())
                .contains("published      4,000", "confirmed      4,000", "processed      4,000")
                .containsPattern("lost +0\n");
        assertThat(tour.out().lines().filter(line -> line.startsWith("  ")).map(TourIT::label))
                .containsExactly(
                        "Start a node",
                        "One producer, two workers",
                        "Cut worker A's connection",
                        "Worker B gets them",
                        "Kill the node with -9",
                        "Start it on the same data",
                        "Everybody came back",
                        "A dashboard subscribes",
                        "A sensor publishes",
                        "Kill the node with -9",
                        "The dashboard comes back",
                        "A program for RabbitMQ",
                        "published",
                        "confirmed",
                        "processed",
                        "redelivered",
                        "lost");
        assertThat(tour.code()).isZero();
    }

    private static String label(String line) {
        return line.strip().split(" {2,}")[0];
    }
}
