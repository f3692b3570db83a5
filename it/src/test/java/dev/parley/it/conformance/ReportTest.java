package dev.parley.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

/// What a report says of each test, and of a run of Go's tests that ended before its time.
class ReportTest {

    private static final String GO =
            """
            === RUN   TestGood
            --- PASS: TestGood (0.01s)
            === RUN   TestBad
                some_test.go:7: it went wrong
            --- FAIL: TestBad (0.02s)
            === RUN   TestParts
            === RUN   TestParts/one
            --- PASS: TestParts (0.00s)
                --- PASS: TestParts/one (0.00s)
            === RUN   TestLost
            panic: test timed out after 2m50s
            """;

    @Test
    void everyTestHasItsRowUnderItsSuite() {
        Map<String, Map<String, Outcome>> brokers = new LinkedHashMap<>();
        brokers.put("RabbitMQ", outcomes(Outcome.Result.PASSED, "one/A/x", "one/A/y", "two/B/z"));
        brokers.put("Parley", outcomes(Outcome.Result.FAILED, "one/A/y", "two/B/z"));
        String full = new Report(Exclusions.read(), brokers).full("A run");
        assertThat(full)
                .contains(
                        "| one | 2 of 2 | 0 of 1 |",
                        """
                        ## Every test of one

                        | test | RabbitMQ | Parley |
                        | --- | --- | --- |
                        | A/x | passed | not run |
                        | A/y | passed | failed |
                        """,
                        """
                        ## Every test of two

                        | test | RabbitMQ | Parley |
                        | --- | --- | --- |
                        | B/z | passed | failed |
                        """);
    }

    private static Map<String, Outcome> outcomes(Outcome.Result result, String... tests) {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        for (String test : tests) {
            outcomes.put(test, new Outcome(test, result, ""));
        }
        return outcomes;
    }

    /// Node names a file whose tests it is not told of by where it lies on this machine.
    @Test
    void noTestIsNamedByWhereThePackageLies() {
        String tap =
                """
                TAP version 13
                # Subtest: /some/where/target/amqplib/package/test/data.test.js
                ok 1 - /some/where/target/amqplib/package/test/data.test.js
                # Subtest: Frame
                    # Subtest: /a/package/test/ is no path here
                    ok 1 - /a/package/test/ is no path here
                    1..1
                ok 2 - Frame
                """;
        assertThat(new AmqplibSuite().read(tap))
                .extracting(Outcome::test)
                .containsExactly(
                        "amqplib/all/test/data.test.js",
                        "amqplib/all/Frame > /a/package/test/ is no path here");
    }

    @Test
    void goTestsThatBeganAndDidNotEndAreMissed() {
        assertThat(GoClientSuite.read(GO))
                .extracting(Outcome::test, Outcome::result, Outcome::detail)
                .containsExactly(
                        row("TestGood", Outcome.Result.PASSED, ""),
                        row("TestBad", Outcome.Result.FAILED, "some_test.go:7: it went wrong"),
                        row("TestParts", Outcome.Result.PASSED, ""),
                        row("TestLost", Outcome.Result.MISSING, "did not end"));
    }

    private static Tuple row(String test, Outcome.Result result, String detail) {
        return tuple("amqp091-go/all/" + test, result, detail);
    }
}
