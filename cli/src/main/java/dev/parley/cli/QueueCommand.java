package dev.parley.cli;

import dev.parley.client.Queue;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Works with queues.
@Command(
        name = "queue",
        description = "Works with message queues.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            QueueCommand.Listing.class,
            QueueDeclareCommand.class,
            QueueCommand.Delete.class,
            QueueCommand.Purge.class,
            QueuePublishCommand.class,
            QueueConsumeCommand.class,
            QueueCommand.Peek.class,
            QueueInspectCommand.class,
            QueueInspectCommand.Edit.class,
            QueueInspectCommand.Remove.class,
            QueueMoveCommand.class,
            QueueMoveCommand.Redrive.class,
            QueueCommand.Pause.class,
            QueueCommand.Resume.class
        })
final class QueueCommand extends Group {
    /// The queue that a command is about.
    static final class Named extends NodeOptions.Host {
        @Parameters(index = "0", paramLabel = "QUEUE", description = "The queue's name.")
        String queue = "";
    }

    @Command(
            name = "list",
            description = "Lists the queues of a virtual host.",
            mixinStandardHelpOptions = true)
    static final class Listing implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private NodeOptions.Host host = new NodeOptions.Host();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                List<Queue> queues = client.queues(host.vhost);
                Table table =
                        new Table(
                                "no queues",
                                "QUEUE",
                                "TYPE",
                                "READY",
                                "UNACKED",
                                "LATER",
                                "CONSUMERS",
                                "BYTES",
                                "DURABLE",
                                "STATE");
                queues.forEach(one ->
                        table.add(
                                one.name(),
                                one.type(),
                                one.ready(),
                                one.unacknowledged(),
                                one.scheduled() + one.resting(),
                                one.consumers(),
                                one.bytes(),
                                one.durable() ? "yes" : "no",
                                one.paused() ? "paused" : one.state()));
                out.list(table, queues);
            });
        }
    }

    @Command(
            name = "delete",
            description = "Deletes a queue and what is in it.",
            mixinStandardHelpOptions = true)
    static final class Delete implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Option(names = "--if-unused", description = "Only if it has no consumers.")
        private boolean ifUnused;

        @Option(names = "--if-empty", description = "Only if no messages wait in it.")
        private boolean ifEmpty;

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                long messages = client.delete(named.vhost, named.queue, ifUnused, ifEmpty);
                out.say(
                        "deleted %s with %d messages".formatted(named.queue, messages),
                        Map.of("queue", named.queue, "messages", messages));
            });
        }
    }

    @Command(
            name = "purge",
            description = "Removes all messages that wait in a queue.",
            mixinStandardHelpOptions = true)
    static final class Purge implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                long messages = client.purge(named.vhost, named.queue);
                out.say(
                        "purged %d messages from %s".formatted(messages, named.queue),
                        Map.of("queue", named.queue, "messages", messages));
            });
        }
    }

    @Command(
            name = "pause",
            description = "Stops the deliveries of a queue; publishers go on.",
            mixinStandardHelpOptions = true)
    static final class Pause implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Override
        public Integer call() throws Exception {
            return pause(node, named, true);
        }
    }

    @Command(
            name = "resume",
            description = "Lets a paused queue deliver again.",
            mixinStandardHelpOptions = true)
    static final class Resume implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Override
        public Integer call() throws Exception {
            return pause(node, named, false);
        }
    }

    private static int pause(NodeOptions node, Named named, boolean paused) throws Exception {
        return node.run((client, out) -> {
            client.pause(named.vhost, named.queue, paused);
            out.say(
                    (paused ? "paused " : "resumed ") + named.queue,
                    Map.of("queue", named.queue, "paused", paused));
        });
    }

    @Command(
            name = "peek",
            description =
                    "Prints messages from the head of a queue and leaves them there. 'parley queue"
                            + " inspect' finds some by key, header or body, wherever they stand.",
            mixinStandardHelpOptions = true)
    static final class Peek implements Callable<Integer> {
        private static final int COUNT_MAX = 1_000;

        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Option(
                names = "--count",
                paramLabel = "N",
                description = "How many at most, up to 1000. Default: 10.")
        private int count = 10;

        @Override
        public Integer call() throws Exception {
            if (count < 1 || count > COUNT_MAX) {
                throw node.wrong("--count is " + count + ", not 1 to " + COUNT_MAX);
            }
            return node.run((client, out) -> {
                for (var one : client.peek(named.vhost, named.queue, count)) {
                    out.message(one.content(), one);
                }
            });
        }
    }
}
