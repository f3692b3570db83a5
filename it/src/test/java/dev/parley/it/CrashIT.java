package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Crashes under load: no confirmed message lost, no unexplained duplicate, order kept.
///
/// `-Dparley.crash.rounds=200` asks for more rounds, `-Dparley.crash.seed=…` for another plan.
@ExtendWith(SharedBroker.class)
class CrashIT {

    private static final int ROUNDS = Integer.getInteger("parley.crash.rounds", 20);
    private static final long SEED = Long.getLong("parley.crash.seed", 5);
    private static final int PUBLISHERS = 4;
    private static final int CONSUMERS = 4;
    private static final Duration ROUND_DEADLINE = Duration.ofSeconds(60);

    /// What breaks, once the round's progress is made.
    private interface Blow {
        void strike(Load load);
    }

    @Test
    void killedNodeLosesNothingConfirmed() throws Exception {
        Assumptions.assumeTrue(
                Broker.running().isEmpty(),
                () -> skip("kill -9 needs a node of our own, PARLEY_IT_AMQP_URL names another"));
        try (TestNode node = TestNode.start(Broker.freshDirectory("crash"))) {
            Blow kill =
                    _ -> {
                        node.kill();
                        node.restart();
                    };
            run("kill -9", Broker.url(node.amqpPort()), ROUNDS, kill);
            node.stop();
        }
    }

    /// Runs on any broker: shows that the load and its ledger ask for no more than the protocol.
    @Test
    void lostConnectionsLoseNothingConfirmed(Broker broker) throws Exception {
        run("lost connections", broker.uri(), Math.min(ROUNDS, 5), Load::cut);
    }

    private static void run(String what, URI uri, int rounds, Blow blow) throws Exception {
        System.out.printf("CrashIT: %s, %d rounds, seed %d%n", what, rounds, SEED);
        var random = new Random(SEED);
        var ledger = new Ledger();
        // A broker that somebody else runs may have what an earlier run left.
        String run = Long.toString(System.nanoTime(), 36);
        List<String> queues = List.of("it.crash.0." + run, "it.crash.1." + run);
        try (var load = new Load(uri, queues, ledger)) {
            load.start(PUBLISHERS, CONSUMERS);
            for (int round = 1; round <= rounds; round++) {
                long progress = random.nextLong(1, 2_000);
                long aim = ledger.confirmed() + progress;
                Awaitility.await("round " + round + " of seed " + SEED)
                        .pollInterval(Duration.ofMillis(1))
                        .atMost(ROUND_DEADLINE)
                        .until(() -> ledger.confirmed() >= aim || !load.failures().isEmpty());
                System.out.printf(
                        "CrashIT: round %d after %d more confirms: %s%n", round, progress, ledger);
                blow.strike(load);
                assertThat(load.failures()).isEmpty();
            }
            load.settle();
            Awaitility.await("drain, seed " + SEED)
                    .pollInterval(Duration.ofMillis(50))
                    .atMost(ROUND_DEADLINE)
                    .until(() -> ledger.unseen().isEmpty() && ready(uri, queues) == 0);
            assertThat(load.failures()).isEmpty();
        } finally {
            System.out.printf("CrashIT: end: %s, lost %d%n", ledger, ledger.unseen().size());
        }
        assertThat(ledger.unseen()).as("lost, seed %d", SEED).isEmpty();
        assertThat(ledger.violations()).as("broken promises, seed %d", SEED).isEmpty();
        delete(uri, queues);
    }

    private static long ready(URI uri, List<String> queues) throws IOException {
        try (Connection connection = Broker.connect(Broker.factory(uri))) {
            long ready = 0;
            for (String queue : queues) {
                ready += connection.createChannel().messageCount(queue);
            }
            return ready;
        }
    }

    private static void delete(URI uri, List<String> queues) throws IOException {
        try (Connection connection = Broker.connect(Broker.factory(uri))) {
            for (String queue : queues) {
                connection.createChannel().queueDelete(queue);
            }
        }
    }

    private static String skip(String reason) {
        System.out.println("CrashIT skipped: " + reason);
        return reason;
    }
}
