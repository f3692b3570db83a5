package dev.parley.it.conformance;

import dev.parley.it.Foreign;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Mosquitto's own scripts for its broker, those that need no configuration file.
///
/// Each starts its broker itself, as a program with `-p PORT`. They compare byte for byte, so they
/// ask for a terse broker: in a CONNACK a topic alias maximum of 10, then a receive maximum of 20,
/// and nowhere a reason string.
final class MosquittoSuite implements Suite<MqttPeer> {

    private static final String ALL = "broker";
    private static final String TITLE = "Mosquitto's own scripts";
    private static final Duration PREPARE = Duration.ofMinutes(4);
    private static final Duration SCRIPT = Duration.ofSeconds(60);

    private final Path folder;

    private MosquittoSuite(Path folder) {
        this.folder = folder;
    }

    /// Gets the scripts unless they are there; a reason not to skips the test.
    static MosquittoSuite prepare() {
        Foreign.require(
                TITLE,
                "python3, curl and apt-get",
                List.of(List.of("sh", "-c", "python3 -V && curl --version && apt-get --version")));
        Path folder = Path.of("target", "mosquitto").toAbsolutePath();
        Foreign.Result result =
                Foreign.run(
                        List.of("sh", Foreign.script("sh/mosquitto-suite.sh")),
                        Map.of("FOLDER", folder.toString()),
                        PREPARE);
        if (result.code() != 0) {
            Foreign.require(TITLE, "Debian's source package: " + result.output(), List.of());
        }
        return new MosquittoSuite(folder);
    }

    @Override
    public String name() {
        return "mosquitto";
    }

    @Override
    public List<String> classes() {
        return List.of(ALL);
    }

    @Override
    public List<Outcome> run(String type, MqttPeer peer) {
        try {
            List<String> scripts = Files.readAllLines(folder.resolve("list"));
            return Abreast.run(scripts, script -> one(script, peer));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<Outcome> again(String type, String test, MqttPeer peer) {
        return List.of(one(test, peer));
    }

    private Outcome one(String script, MqttPeer peer) {
        List<String> command =
                List.of(
                        "sh",
                        "-c",
                        "cd \"$1\" && exec python3 \"./$2.py\" \"$3\"",
                        "sh",
                        folder.resolve("test/broker").toString(),
                        script,
                        "" + Ports.free());
        Map<String, String> environment =
                Map.of(
                        "BROKER",
                        peer.program().toString(),
                        "PACKET_MAX",
                        peer.packetMax() == 0 ? "" : "" + peer.packetMax(),
                        "TESTS",
                        folder.resolve("test").toString(),
                        "PYTHONPATH",
                        Foreign.script("python/mosquitto"),
                        "PYTHONDONTWRITEBYTECODE",
                        "1");
        Foreign.Result result = Foreign.run(command, environment, SCRIPT);
        Outcome.Result word =
                switch (result.code()) {
                    case 0 -> Outcome.Result.PASSED;
                    case -1 -> Outcome.Result.MISSING;
                    default -> Outcome.Result.FAILED;
                };
        String said = word == Outcome.Result.PASSED ? "" : why(result.output());
        return new Outcome(name() + "/" + ALL + "/" + script, word, said);
    }

    /// What came, and what was expected.
    private static String why(String output) {
        List<String> told =
                output.lines()
                        .map(String::strip)
                        .filter(line ->
                                line.startsWith("FAIL")
                                        || line.startsWith("Received: ")
                                        || line.startsWith("Received (")
                                        || line.startsWith("Expected")
                                        || line.contains("Error: "))
                        .limit(4)
                        .toList();
        return told.isEmpty()
                ? output.lines().reduce("", (_, last) -> last.strip())
                : String.join(" ", told);
    }
}
