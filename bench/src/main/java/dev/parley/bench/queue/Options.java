package dev.parley.bench.queue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What the command line asks for.
///
/// @param seconds how long each timed scenario works
/// @param rounds how often everything is done; the table shows medians
/// @param backlog messages in the deep queue
/// @param only parts of scenarios' names with `|` between them, empty: all of them
/// @param curves whether curves are measured instead
/// @param profile the same for what Parley is profiled at, instead of everything else; empty:
///   nothing
/// @param directory below it, the brokers keep their data
record Options(
        int seconds,
        int rounds,
        long backlog,
        String only,
        boolean curves,
        String profile,
        boolean peer,
        boolean parley,
        Path launcher,
        Path results,
        Path directory) {

    static final String USAGE =
            """
            usage: ./dev bench queue [options]
              --quick             5 s each and a backlog of 50,000
              --seconds N         how long each timed run takes (12)
              --rounds N          how often; the table shows medians (1)
              --backlog N         messages in the deep queue (1,000,000)
              --only TEXT         only what has TEXT in its name; TEXT|TEXT: either
              --curves            instead: cost against depth, queues, bindings, consumers, size
              --profile TEXT      instead: a flight recording of Parley at what has TEXT in its name
              --peer rabbitmq|none, --parley-only, --peer-only
              --launcher FILE     Parley's launcher (./parley)
              --directory DIR     brokers' data go below it (the temporary directory)
              --results DIR       where DATE-queue.md and the like go (bench/results)
            """;

    private static final int SECONDS_MAX = 600;
    private static final int ROUNDS_MAX = 20;
    private static final long BACKLOG_MAX = 20_000_000;

    Options {
        within("--seconds", seconds, 3, SECONDS_MAX);
        within("--rounds", rounds, 1, ROUNDS_MAX);
        within("--backlog", backlog, 1_000, BACKLOG_MAX);
        if (!peer && !parley) {
            throw new IllegalArgumentException("nothing to measure: no peer and no Parley");
        }
    }

    /// Reads the arguments; an unknown or a bad one is an IllegalArgumentException.
    static Options parse(List<String> arguments) {
        boolean quick = arguments.contains("--quick");
        int seconds = quick ? 5 : 12;
        int rounds = 1;
        long backlog = quick ? 50_000 : 1_000_000;
        String only = "";
        boolean curves = false;
        String profile = "";
        boolean peer = true;
        boolean parley = true;
        Path launcher = Path.of(System.getProperty("parley.launcher", "parley"));
        Path results = Path.of("bench", "results");
        Path directory = Path.of(System.getProperty("java.io.tmpdir"));
        var rest = arguments.iterator();
        while (rest.hasNext()) {
            String option = rest.next();
            switch (option) {
                case "--quick" -> {}
                case "--curves" -> curves = true;
                case "--parley-only" -> peer = false;
                case "--peer-only" -> parley = false;
                default -> {
                    if (!rest.hasNext()) {
                        throw new IllegalArgumentException("unknown or without value: " + option);
                    }
                    String value = rest.next();
                    switch (option) {
                        case "--seconds" -> seconds = (int) number(option, value);
                        case "--rounds" -> rounds = (int) number(option, value);
                        case "--backlog" -> backlog = number(option, value);
                        case "--only" -> only = value.toLowerCase(Locale.ROOT);
                        case "--profile" -> profile = value.toLowerCase(Locale.ROOT);
                        case "--peer" -> peer = peer(value);
                        case "--launcher" -> launcher = Path.of(value);
                        case "--results" -> results = Path.of(value);
                        case "--directory" -> directory = Path.of(value);
                        default -> throw new IllegalArgumentException("unknown: " + option);
                    }
                }
            }
        }
        return new Options(
                seconds,
                rounds,
                backlog,
                profile.isEmpty() ? only : profile,
                curves,
                profile,
                peer && profile.isEmpty(),
                parley,
                launcher,
                results,
                directory);
    }

    boolean profiles() {
        return !profile.isEmpty();
    }

    /// What the page's name ends in.
    String kind() {
        return profiles() ? "profile" : curves ? "curves" : "queue";
    }

    boolean wants(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return Arrays.stream(only.split("\\|", -1)).anyMatch(lower::contains);
    }

    private static boolean peer(String value) {
        return switch (value) {
            case "rabbitmq" -> true;
            case "none" -> false;
            default -> throw new IllegalArgumentException("no such peer: " + value);
        };
    }

    private static long number(String option, String value) {
        try {
            return Long.parseLong(value.replace("_", ""));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(option + " takes a number, not " + value, e);
        }
    }

    private static void within(String option, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "%s %d is not within %d and %d".formatted(option, value, least, most));
        }
    }
}
