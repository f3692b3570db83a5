package dev.parley.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// The suites of others: by default a part that fits the time of a test run, on Parley alone.
///
/// `./dev conformance amqp` asks for everything on both brokers, with `-Dparley.conformance=all`,
/// or `parley` to leave RabbitMQ out; `-Dparley.conformance.only` names a part.
class ConformanceIT {

    private static final String ASKED = System.getProperty("parley.conformance", "");
    private static final String ONLY = System.getProperty("parley.conformance.only", "");

    /// Quick ones that together touch every class of the protocol.
    private static final List<String> PART =
            List.of(
                    "functional.BasicGet",
                    "functional.CcRoutes",
                    "functional.ConnectionOpen",
                    "functional.DirectReplyTo",
                    "functional.ExceptionMessages",
                    "functional.ExchangeExchangeBindings",
                    "functional.InvalidAcksTx",
                    "functional.Nack",
                    "functional.QueueLifecycle",
                    "functional.Recover",
                    "functional.Routing",
                    "functional.Transactions",
                    "functional.UnexpectedFrames",
                    "server.PersistenceGuarantees");

    /// Tests of amqplib's suite: none may be missing from a run.
    private static final int AMQPLIB = 253;

    @Test
    void aPartOfTheJavaClientsSuitePasses() {
        Assumptions.assumeTrue(ASKED.isEmpty(), "everything was asked for");
        JavaClientSuite suite = JavaClientSuite.prepare();
        assertThat(suite.classes()).containsAll(PART);
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        // Each has a node of its own, and mostly waits.
        Abreast.all(
                        PART,
                        2,
                        type ->
                                new Conformance<>(
                                                List.<Suite<AmqpPeer>>of(suite),
                                                suite.name() + "/" + type)
                                        .run("Parley", ParleyPeer::start))
                .forEach(outcomes::putAll);
        var report = new Report(Exclusions.read(), Map.of("Parley", outcomes));
        assertThat(report.failures("Parley")).isEmpty();
        assertThat(outcomes).as("tests that ran").hasSizeGreaterThan(80);
    }

    @Test
    void amqplibsSuitePasses() {
        Assumptions.assumeTrue(ASKED.isEmpty(), "everything was asked for");
        var run = new Conformance<>(List.<Suite<AmqpPeer>>of(new AmqplibSuite()), "");
        Map<String, Outcome> outcomes = run.run("Parley", ParleyPeer::start);
        var report = new Report(run.exclusions(), Map.of("Parley", outcomes));
        assertThat(report.failures("Parley")).isEmpty();
        assertThat(outcomes).as("tests that ran").hasSize(AMQPLIB);
    }

    /// Those that were asked for: the Java client's takes minutes to fetch and compile.
    private static List<Suite<AmqpPeer>> suites() {
        List<Suite<AmqpPeer>> suites =
                new ArrayList<>(List.of(new AmqplibSuite(), new RoutingSuite()));
        GoClientSuite.prepare().ifPresent(suites::add);
        boolean others =
                !ONLY.isEmpty()
                        && Arrays.stream(ONLY.split(","))
                                .allMatch(one ->
                                        suites.stream()
                                                .anyMatch(suite -> one.startsWith(suite.name())));
        if (!others) {
            suites.addFirst(JavaClientSuite.prepare());
        }
        return suites;
    }

    @Test
    void parleyPassesWhatRabbitMqPasses() throws IOException {
        Assumptions.assumeFalse(ASKED.isEmpty(), "a part runs instead: see ./dev conformance");
        List<Suite<AmqpPeer>> suites = suites();
        var run = new Conformance<>(suites, ONLY);
        Map<String, Map<String, Outcome>> brokers = new LinkedHashMap<>();
        if (ASKED.equals("all")) {
            RabbitMqPeer.require();
            try (var rabbit = new RabbitMqPeer.Kept()) {
                brokers.put("RabbitMQ", run.run("RabbitMQ", rabbit::emptied));
            }
        }
        brokers.put("Parley", run.run("Parley", ParleyPeer::start));
        var report = new Report(run.exclusions(), brokers);
        Path target = Path.of("target").toAbsolutePath();
        String title = "AMQP 0-9-1: the test suites of others, " + LocalDate.now(ZoneOffset.UTC);
        Files.writeString(target.resolve("conformance-amqp.md"), report.full(title));
        Files.writeString(target.resolve("conformance-amqp-summary.md"), report.summary(title));
        System.out.println(report.summary(title));
        System.out.println("every test: " + target.resolve("conformance-amqp.md"));
        assertThat(brokers.get("Parley")).as("tests that ran").isNotEmpty();
        assertThat(report.failures("Parley")).isEmpty();
    }
}
