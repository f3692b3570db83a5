package dev.parley.bench.topic;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What the command line asks for.
///
/// @param seconds how long each timed row works
/// @param level of the protocol: 4 is MQTT 3.1.1, 5 is 5
/// @param clients idle connections
/// @param retained retained messages
/// @param only parts of names of work, one of which it has to have; empty: all of it
/// @param brokers titles of products, in lower case and without spaces; empty: all of them
record Options(
        int seconds,
        int level,
        int clients,
        int retained,
        List<String> only,
        List<String> brokers,
        Path launcher,
        Paths paths) {

    /// Where results and the brokers' data go.
    record Paths(Path results, Path directory) {}

    static final String USAGE =
            """
            usage: ./dev bench topic [options]
              --seconds N         how long each timed row takes (5)
              --protocol 3|5      MQTT 3.1.1 or 5 (3; NATS has 3.1.1 only)
              --clients N         idle connections (8,000)
              --retained N        retained messages (100,000)
              --only TEXT         only what has TEXT in its name, - for the arrow; a,b: either
              --brokers a,b       of mosquitto, nats, hivemqce, parley, loop-back (all)
              --launcher FILE     Parley's launcher (./parley)
              --directory DIR     brokers' data go below it (the temporary directory)
              --results DIR       where DATE-topic.md goes (bench/results)
            """;

    private static final int SECONDS_MAX = 600;
    private static final int CLIENTS_MAX = 18_000;
    private static final int RETAINED_MAX = 10_000_000;
    private static final int LEVEL_3 = 4;

    Options {
        within("--seconds", seconds, 1, SECONDS_MAX);
        within("--clients", clients, 1, CLIENTS_MAX);
        within("--retained", retained, 1, RETAINED_MAX);
        only = List.copyOf(only);
        brokers = List.copyOf(brokers);
    }

    /// Reads the arguments; an unknown or a bad one is an IllegalArgumentException.
    static Options parse(List<String> arguments) {
        int seconds = 5;
        int level = LEVEL_3;
        int clients = 8_000;
        int retained = 100_000;
        List<String> only = List.of();
        List<String> brokers = List.of();
        Path launcher = Path.of(System.getProperty("parley.launcher", "parley"));
        Path results = Path.of("bench", "results");
        Path directory = Path.of(System.getProperty("java.io.tmpdir"));
        var rest = arguments.iterator();
        while (rest.hasNext()) {
            String option = rest.next();
            if (!rest.hasNext()) {
                throw new IllegalArgumentException("unknown or without value: " + option);
            }
            String value = rest.next();
            switch (option) {
                case "--seconds" -> seconds = number(option, value);
                case "--protocol" -> level = level(value);
                case "--clients" -> clients = number(option, value);
                case "--retained" -> retained = number(option, value);
                case "--only" -> only = words(value);
                case "--brokers" -> brokers = words(value);
                case "--launcher" -> launcher = Path.of(value);
                case "--results" -> results = Path.of(value);
                case "--directory" -> directory = Path.of(value);
                default -> throw new IllegalArgumentException("unknown: " + option);
            }
        }
        var paths = new Paths(results, directory);
        return new Options(seconds, level, clients, retained, only, brokers, launcher, paths);
    }

    /// Whether work of this name was asked for.
    boolean wants(String name) {
        String plain = name.replace('→', '-').toLowerCase(Locale.ROOT);
        return only.isEmpty() || only.stream().anyMatch(plain::contains);
    }

    boolean wantsRetained() {
        return wants(RetainedRun.work(retained));
    }

    boolean wants(Product product) {
        return brokers.isEmpty() || brokers.contains(key(product));
    }

    static String key(Product product) {
        return product.title().replaceAll("[ ()]", "").toLowerCase(Locale.ROOT);
    }

    private static List<String> words(String value) {
        return Arrays.stream(value.replace('→', '-').toLowerCase(Locale.ROOT).split(","))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static int level(String value) {
        return switch (value) {
            case "3", "3.1.1" -> LEVEL_3;
            case "5" -> Packets.V5;
            default -> throw new IllegalArgumentException("no such protocol: " + value);
        };
    }

    private static int number(String option, String value) {
        try {
            return Integer.parseInt(value.replace("_", ""));
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
