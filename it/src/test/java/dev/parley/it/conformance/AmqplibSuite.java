package dev.parley.it.conformance;

import dev.parley.it.Foreign;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// amqplib's own tests, as its npm package carries them; one run has them all.
final class AmqplibSuite implements Suite<AmqpPeer> {

    private static final String ALL = "all";
    private static final Duration RUN = Duration.ofMinutes(4);

    /// ` not ok 3 - name`, or with a directive: `ok 4 - name # SKIP why`.
    private static final Pattern RESULT =
            Pattern.compile("^(\\s*)(not ok|ok) \\d+ - (.*?)( # SKIP.*)?$");

    private static final Pattern SUBTEST = Pattern.compile("^(\\s*)# Subtest: (.*)$");

    /// A file of the package, by where it lies; what is behind that is the same everywhere.
    private static final Pattern FILE = Pattern.compile("/.*/package/(test/\\S+\\.js)");

    private static final Pattern ERROR = Pattern.compile("^\\s*error: '?(.*?)'?$");

    @Override
    public String name() {
        return "amqplib";
    }

    @Override
    public List<String> classes() {
        return List.of(ALL);
    }

    @Override
    public List<Outcome> run(String type, AmqpPeer peer) {
        Foreign.require(
                "amqplib",
                "node (20 or later) and npm",
                List.of(List.of("sh", "-c", "node --version && npm --version")));
        Foreign.Result result =
                Foreign.run(
                        List.of("sh", Foreign.script("js/amqplib.sh")),
                        Map.of(
                                "URL",
                                "amqp://guest:guest@127.0.0.1:" + peer.amqpPort(),
                                "FOLDER",
                                Path.of("target", "amqplib").toAbsolutePath().toString()),
                        RUN);
        if (result.code() == 3) {
            Foreign.require("amqplib", "from npm failed: " + result.output(), List.of());
        }
        return read(result.output());
    }

    /// There is no smaller piece: the whole run again, and of it the one test.
    @Override
    public List<Outcome> again(String type, String test, AmqpPeer peer) {
        return run(type, peer).stream().filter(one -> one.test().endsWith("/" + test)).toList();
    }

    /// Reads TAP as node writes it: a result follows those that it is made of, indented deeper.
    List<Outcome> read(String tap) {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        List<String> path = new ArrayList<>();
        String last = "";
        boolean leaf = true;
        for (String line : tap.lines().toList()) {
            Matcher subtest = SUBTEST.matcher(line);
            Matcher result = RESULT.matcher(line);
            Matcher error = ERROR.matcher(line);
            if (subtest.matches()) {
                cut(path, subtest.group(1).length() / 4);
                path.add(FILE.matcher(subtest.group(2)).replaceFirst("$1"));
                leaf = true;
            } else if (result.matches()) {
                int depth = result.group(1).length() / 4;
                if (leaf) {
                    last = unused(outcomes, name() + "/" + ALL + "/" + String.join(" > ", path));
                    boolean skipped = result.group(4) != null;
                    outcomes.put(
                            last,
                            new Outcome(
                                    last,
                                    skipped
                                            ? Outcome.Result.SKIPPED
                                            : result.group(2).equals("ok")
                                                    ? Outcome.Result.PASSED
                                                    : Outcome.Result.FAILED,
                                    ""));
                } else {
                    last = "";
                }
                cut(path, depth);
                leaf = false;
            } else if (error.matches() && !last.isEmpty()) {
                String why = error.group(1);
                outcomes.computeIfPresent(
                        last, (test, one) -> new Outcome(test, one.result(), why));
                last = "";
            }
        }
        return List.copyOf(outcomes.values());
    }

    /// Some of its tests have the same name.
    private static String unused(Map<String, Outcome> outcomes, String name) {
        String found = name;
        for (int i = 2; outcomes.containsKey(found); i++) {
            found = name + " (" + i + ")";
        }
        return found;
    }

    private static void cut(List<String> path, int length) {
        while (path.size() > length) {
            path.removeLast();
        }
    }
}
