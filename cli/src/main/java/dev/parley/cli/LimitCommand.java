package dev.parley.cli;

import dev.parley.client.AdminClient.Limited;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Sets and shows how many connections, channels and queues a user or a virtual host may have.
final class LimitCommand {
    private static final String NONE = "none";

    private LimitCommand() {}

    @Command(
            name = "limit",
            description =
                    "Limits what a user may have at a time; without an option, shows his limits.",
            mixinStandardHelpOptions = true)
    static final class OfUser implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();

        @Parameters(index = "0", paramLabel = "NAME", description = "The user's name.")
        private String name = "";

        @Option(
                names = "--max-connections",
                paramLabel = "N",
                description = "Connections; 'none': any number.")
        private @Nullable String connections;

        @Option(
                names = "--max-channels",
                paramLabel = "N",
                description = "Channels of all of them; 'none': any number.")
        private @Nullable String channels;

        @Override
        public Integer call() throws Exception {
            Map<String, String> wanted = new LinkedHashMap<>();
            put(wanted, "max-connections", connections);
            put(wanted, "max-channels", channels);
            return run(node, Limited.USER, name, wanted);
        }
    }

    @Command(
            name = "limit",
            description =
                    "Limits what a virtual host may have at a time; without an option, shows its"
                            + " limits.",
            mixinStandardHelpOptions = true)
    static final class OfHost implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();

        @Parameters(index = "0", paramLabel = "NAME", description = "The virtual host's name.")
        private String name = "";

        @Option(
                names = "--max-connections",
                paramLabel = "N",
                description = "Connections; 'none': any number.")
        private @Nullable String connections;

        @Option(
                names = "--max-queues",
                paramLabel = "N",
                description = "Queues; 'none': any number.")
        private @Nullable String queues;

        @Override
        public Integer call() throws Exception {
            Map<String, String> wanted = new LinkedHashMap<>();
            put(wanted, "max-connections", connections);
            put(wanted, "max-queues", queues);
            return run(node, Limited.HOST, name, wanted);
        }
    }

    private static void put(Map<String, String> wanted, String limit, @Nullable String value) {
        if (value != null) {
            wanted.put(limit, value);
        }
    }

    private static Integer run(
            NodeOptions node, Limited what, String name, Map<String, String> wanted)
            throws Exception {
        return node.run((client, out) -> {
            for (Map.Entry<String, String> one : wanted.entrySet()) {
                if (one.getValue().equals(NONE)) {
                    client.unlimit(what, name, one.getKey());
                } else {
                    client.limit(what, name, one.getKey(), number(one.getValue()));
                }
            }
            Map<String, Long> limits = client.limits(what, name);
            out.say(limits.isEmpty() ? name + " has no limits" : name + ": " + limits, limits);
        });
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a limit is a number or 'none', not " + text, e);
        }
    }
}
