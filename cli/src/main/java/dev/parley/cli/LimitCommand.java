package dev.parley.cli;

import dev.parley.client.AdminClient;
import dev.parley.client.AdminClient.Limited;
import dev.parley.client.RefusedException;
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

    /// Whose limits, and the one that everybody may have.
    static final class Owner {
        @Parameters(index = "0", paramLabel = "NAME", description = "The name.")
        private String name = "";

        @Option(
                names = "--max-connections",
                paramLabel = "N",
                description = "Connections; 'none': any number.")
        private @Nullable String connections;

        /// Sets what is wanted, this and one more, and shows what there is.
        Integer run(NodeOptions node, Limited what, String limit, @Nullable String wanted)
                throws Exception {
            return node.run((client, out) -> {
                set(client, what, "max-connections", connections);
                set(client, what, limit, wanted);
                Map<String, Long> limits = client.limits(what, name);
                out.say(limits.isEmpty() ? name + " has no limits" : name + ": " + limits, limits);
            });
        }

        private void set(AdminClient client, Limited what, String limit, @Nullable String wanted)
                throws RefusedException {
            if (wanted == null) {
                return;
            }
            if (wanted.equals(NONE)) {
                client.unlimit(what, name, limit);
            } else {
                client.limit(what, name, limit, number(wanted));
            }
        }
    }

    @Command(
            name = "limit",
            description =
                    "Limits what a user may have at a time; without an option, shows his limits.",
            mixinStandardHelpOptions = true)
    static final class OfUser implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();

        @Mixin private Owner owner = new Owner();

        @Option(
                names = "--max-channels",
                paramLabel = "N",
                description = "Channels of all of them; 'none': any number.")
        private @Nullable String channels;

        @Override
        public Integer call() throws Exception {
            return owner.run(node, Limited.USER, "max-channels", channels);
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

        @Mixin private Owner owner = new Owner();

        @Option(
                names = "--max-queues",
                paramLabel = "N",
                description = "Queues; 'none': any number.")
        private @Nullable String queues;

        @Override
        public Integer call() throws Exception {
            return owner.run(node, Limited.HOST, "max-queues", queues);
        }
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a limit is a number or 'none', not " + text, e);
        }
    }
}
