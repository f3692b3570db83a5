package dev.parley.cli;

import dev.parley.client.AdminClient;
import dev.parley.client.Inspected;
import dev.parley.client.RefusedException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Sends messages of a queue on.
@Command(
        name = "move",
        description = "Sends messages on to another queue or an exchange; safe under a crash.",
        mixinStandardHelpOptions = true)
final class QueueMoveCommand implements Callable<Integer> {
    private static final int BATCH = 1_000;

    @Mixin private NodeOptions node = new NodeOptions();
    @Mixin private QueueCommand.Named named = new QueueCommand.Named();
    @Mixin private QueueInspectCommand.Wanted wanted = new QueueInspectCommand.Wanted();

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "ENTRY",
            description = "As parley queue inspect shows it. Default: all that match.")
    private List<String> entries = List.of();

    @Option(
            names = "--exchange",
            paramLabel = "NAME",
            description = "Default: the one that leads to queues by their names.")
    private String exchange = "";

    @Option(
            names = {"--to", "--routing-key"},
            required = true,
            paramLabel = "NAME",
            description = "A queue, or the routing key for --exchange.")
    private String key = "";

    @Override
    public Integer call() throws Exception {
        return node.run((client, out) -> {
            long sent =
                    Batches.send(
                            client,
                            named,
                            entries,
                            wanted,
                            batch -> client.send(named.vhost, named.queue, batch, exchange, key));
            out.say(
                    "moved %d from %s".formatted(sent, named.queue),
                    Map.of("queue", named.queue, "sent", sent));
        });
    }

    /// Sends messages in batches.
    private static final class Batches {
        /// How a batch of them is sent; returns how many went.
        @FunctionalInterface
        interface Way {
            long send(List<String> entries) throws RefusedException;
        }

        /// Sends the entries, or without any all that is wanted, until nothing more can go.
        static long send(
                AdminClient client,
                QueueCommand.Named named,
                List<String> entries,
                QueueInspectCommand.Wanted wanted,
                Way way)
                throws RefusedException {
            if (!entries.isEmpty()) {
                return way.send(entries);
            }
            long sent = 0;
            long batch;
            do {
                List<Inspected> found = wanted.find(client, named, BATCH);
                batch =
                        found.isEmpty()
                                ? 0
                                : way.send(found.stream().map(Inspected::entry).toList());
                sent += batch;
            } while (batch > 0);
            return sent;
        }
    }

    @Command(
            name = "redrive",
            description = "Sends dead letters back into the queues that they died in.",
            mixinStandardHelpOptions = true)
    static final class Redrive implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private QueueCommand.Named named = new QueueCommand.Named();
        @Mixin private QueueInspectCommand.Wanted wanted = new QueueInspectCommand.Wanted();

        @Parameters(
                index = "1..*",
                arity = "0..*",
                paramLabel = "ENTRY",
                description = "As parley queue inspect shows it. Default: all that match.")
        private List<String> entries = List.of();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                long sent =
                        Batches.send(
                                client,
                                named,
                                entries,
                                wanted,
                                batch -> client.sendBack(named.vhost, named.queue, batch));
                out.say(
                        "sent %d back from %s".formatted(sent, named.queue),
                        Map.of("queue", named.queue, "sent", sent));
            });
        }
    }
}
