package dev.parley.it.conformance;

import dev.parley.it.Foreign;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The tests of amqp091-go, RabbitMQ's Go client, as Debian's package has them; one run has them
/// all.
final class GoClientSuite implements Suite<AmqpPeer> {

    private static final String NAME = "amqp091-go";
    private static final String ALL = "all";
    private static final Duration RUN = Duration.ofMinutes(5);

    private static final Pattern BEGIN = Pattern.compile("^=== RUN +([^/]+)$");
    private static final Pattern END = Pattern.compile("^--- (PASS|FAIL|SKIP): (\\S+) .*$");
    private static final Pattern SAID = Pattern.compile("^ +(\\w+_test\\.go:\\d+: .*)$");

    private GoClientSuite() {}

    /// The suite, or nothing where it cannot be compiled, and then says why: the others run then.
    static Optional<GoClientSuite> prepare() {
        Foreign.Result result = script(Map.of("TESTS", "^$"));
        if (result.code() == 0) {
            return Optional.of(new GoClientSuite());
        }
        System.out.println(
                NAME
                        + " not run: install the Debian packages golang-go and"
                        + " golang-github-rabbitmq-amqp091-go-dev: "
                        + result.output().strip());
        return Optional.empty();
    }

    private static Foreign.Result script(Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("FOLDER", Path.of("target", "amqp091-go").toAbsolutePath().toString());
        return Foreign.run(List.of("sh", Foreign.script("sh/amqp091-go.sh")), all, RUN);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<String> classes() {
        return List.of(ALL);
    }

    @Override
    public List<Outcome> run(String type, AmqpPeer peer) {
        return run(peer, "");
    }

    @Override
    public List<Outcome> again(String type, String test, AmqpPeer peer) {
        return run(peer, "^" + test + "$");
    }

    private List<Outcome> run(AmqpPeer peer, String tests) {
        String uri = "amqp://guest:guest@127.0.0.1:" + peer.amqpPort() + "/";
        Foreign.Result result = script(Map.of("AMQP_URL", uri, "TESTS", tests));
        return read(result.output());
    }

    /// Reads what `go test -v` writes. A test that began and has no end took the process with it,
    /// or was in its way when the time was over.
    static List<Outcome> read(String output) {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        String said = "";
        for (String line : output.lines().toList()) {
            Matcher begin = BEGIN.matcher(line);
            Matcher end = END.matcher(line);
            Matcher saying = SAID.matcher(line);
            if (begin.matches()) {
                said = "";
                add(outcomes, begin.group(1), Outcome.Result.MISSING, "did not end");
            } else if (end.matches()) {
                switch (end.group(1)) {
                    case "PASS" -> add(outcomes, end.group(2), Outcome.Result.PASSED, "");
                    case "SKIP" -> add(outcomes, end.group(2), Outcome.Result.SKIPPED, said);
                    default -> add(outcomes, end.group(2), Outcome.Result.FAILED, said);
                }
            } else if (saying.matches()) {
                said = saying.group(1);
            }
        }
        return List.copyOf(outcomes.values());
    }

    private static void add(
            Map<String, Outcome> to, String test, Outcome.Result result, String detail) {
        String full = NAME + "/" + ALL + "/" + test;
        to.put(full, new Outcome(full, result, detail));
    }
}
