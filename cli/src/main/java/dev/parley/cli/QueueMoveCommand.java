package dev.parley.cli;

import dev.parley.client.AdminClient;
import dev.parley.client.Inspected;
import dev.parley.client.Inspection;
import dev.parley.client.Queue;
import dev.parley.client.RefusedException;
import dev.parley.client.Sent;
import java.io.IOException;
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
            Batches batches =
                    new Batches(
                            client,
                            named,
                            batch -> client.send(named.vhost, named.queue, batch, exchange, key));
            batches.send(entries, wanted);
            batches.say(out, "moved %d from %s");
        });
    }

    /// Sends messages in batches, and keeps account of what stays.
    private static final class Batches {
        private static final int NOT_FOUND = 404;
        private static final int NOTHING_SENT = 409;

        /// How a batch of them is sent.
        @FunctionalInterface
        interface Way {
            Sent send(List<String> entries) throws RefusedException;
        }

        private final AdminClient client;
        private final QueueCommand.Named named;
        private final Way way;
        private long sent;
        private long stayed;
        private String why = "";

        Batches(AdminClient client, QueueCommand.Named named, Way way) {
            this.client = client;
            this.named = named;
            this.way = way;
        }

        /// Sends the entries, or without any all that is wanted of what is there when this begins.
        void send(List<String> entries, QueueInspectCommand.Wanted wanted) throws RefusedException {
            if (entries.isEmpty()) {
                sendAll(wanted);
                return;
            }
            Sent one = way.send(entries);
            sent = one.sent();
            stayed = one.nowhere() + one.absent();
            why = one.why() == null ? "gone, or a consumer has it" : one.why();
        }

        /// Those that a consumer takes meanwhile need not be sent any more.
        private void sendAll(QueueInspectCommand.Wanted wanted) throws RefusedException {
            Queue queue = client.queue(named.vhost, named.queue);
            // What comes back meanwhile must not keep this going for ever.
            long left =
                    queue.ready() + queue.unacknowledged() + queue.scheduled() + queue.resting();
            String from = null;
            while (left > 0) {
                Inspection page = wanted.page(client, named, (int) Math.min(left, BATCH), from);
                if (!page.messages().isEmpty()) {
                    sendFound(page.messages().stream().map(Inspected::entry).toList());
                }
                left -= page.messages().size();
                from = page.next();
                if (from == null) {
                    return;
                }
            }
        }

        private void sendFound(List<String> entries) throws RefusedException {
            try {
                Sent one = way.send(entries);
                sent += one.sent();
                stayed += one.nowhere();
                why = one.why() == null ? why : one.why();
            } catch (RefusedException e) {
                if (e.status() == NOTHING_SENT) {
                    stayed += entries.size();
                    why = String.valueOf(e.getMessage());
                } else if (e.status() != NOT_FOUND) {
                    throw e;
                }
            }
        }

        /// @param line takes how many went, and from where
        void say(Output out, String line) throws IOException {
            String told = line.formatted(sent, named.queue);
            if (stayed > 0) {
                throw new IOException("%s, %d stay: %s".formatted(told, stayed, why));
            }
            out.say(told, Map.of("queue", named.queue, "sent", sent));
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
                Batches batches =
                        new Batches(
                                client,
                                named,
                                batch -> client.sendBack(named.vhost, named.queue, batch));
                batches.send(entries, wanted);
                batches.say(out, "sent %d back from %s");
            });
        }
    }
}
