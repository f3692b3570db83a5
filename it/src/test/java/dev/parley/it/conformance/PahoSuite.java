package dev.parley.it.conformance;

import dev.parley.it.Foreign;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Eclipse Paho's interoperability suites for MQTT 3.1.1 and 5.
///
/// They ask for a broker of this profile: no user needed, a keep-alive of at most 60 s, a receive
/// maximum of some 20, `test/nosubscribe` denied with 0x80. Each test runs in a process of its own,
/// against a broker of its own: theirs hang where a broker does not disconnect, and their own
/// command line can end well without having run a single one.
final class PahoSuite implements Suite<MqttPeer> {

    private static final String TITLE = "Paho's interoperability suites";
    private static final List<String> CLASSES = List.of("client_test", "client_test5");
    private static final Duration PREPARE = Duration.ofMinutes(2);
    private static final Duration LIST = Duration.ofSeconds(20);
    private static final Duration TEST = Duration.ofSeconds(90);

    private final List<String> python;
    private final String checkout;

    private PahoSuite(List<String> python, String checkout) {
        this.python = python;
        this.checkout = checkout;
    }

    /// Gets the suites unless they are there; a reason not to skips the test.
    ///
    /// @param given a checkout to use instead; empty for none
    static PahoSuite prepare(String given) {
        List<String> python = Foreign.require(TITLE, "python3", List.of(List.of("python3", "-V")));
        Path folder = Path.of("target", "paho").toAbsolutePath();
        Foreign.Result result =
                Foreign.run(
                        List.of("sh", Foreign.script("sh/paho-suite.sh")),
                        Map.of("FOLDER", folder.toString(), "SUITE", given),
                        PREPARE);
        if (result.code() != 0) {
            Foreign.require(TITLE, "them: " + result.output().strip(), List.of());
        }
        try {
            String checkout = Files.readString(folder.resolve("suite")).strip();
            return new PahoSuite(python.subList(0, 1), checkout);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "paho";
    }

    @Override
    public List<String> classes() {
        return CLASSES;
    }

    @Override
    public List<Outcome> run(String type, MqttPeer peer) {
        Foreign.Result listed = python(LIST, "list", type);
        List<String> tests = listed.output().lines().filter(one -> !one.isBlank()).toList();
        if (listed.code() != 0 || tests.isEmpty()) {
            throw new IllegalStateException(type + " has no tests: " + listed.output());
        }
        return Abreast.run(tests, test -> one(type, test, peer));
    }

    @Override
    public List<Outcome> again(String type, String test, MqttPeer peer) {
        return List.of(one(type, test, peer));
    }

    private Outcome one(String type, String test, MqttPeer peer) {
        Foreign.Result result = python(TEST, "run", type, test, "" + peer.open());
        Outcome.Result word =
                switch (result.code()) {
                    case 0 -> Outcome.Result.PASSED;
                    case -1 -> Outcome.Result.MISSING;
                    default -> Outcome.Result.FAILED;
                };
        String said = word == Outcome.Result.PASSED ? "" : why(result.output());
        return new Outcome(name() + "/" + type + "/" + test, word, said);
    }

    /// The line of the test at which its first check failed: what unittest says in the end is only
    /// that some flag is not true.
    private static String why(String output) {
        List<String> lines = output.lines().map(String::strip).toList();
        for (int i = 0; i + 1 < lines.size(); i++) {
            if (lines.get(i).startsWith("File ") && lines.get(i).contains("/client_test")) {
                return lines.get(i).replaceFirst("^File .*/", "").replace("\"", "")
                        + ": "
                        + lines.get(i + 1);
            }
        }
        return lines.isEmpty() ? "" : lines.getLast();
    }

    private Foreign.Result python(Duration deadline, String... arguments) {
        var command = new ArrayList<>(python);
        command.add(Foreign.script("python/paho_suite.py"));
        command.addAll(List.of(arguments));
        return Foreign.run(
                command, Map.of("SUITE", checkout, "PYTHONDONTWRITEBYTECODE", "1"), deadline);
    }
}
