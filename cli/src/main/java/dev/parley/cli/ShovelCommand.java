package dev.parley.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Moves the messages of a queue from one broker to another.
@Command(
        name = "shovel",
        description =
                "Moves the messages of a queue from a running broker into Parley. A message leaves"
                        + " its queue only when the other side has confirmed it: a crash in between"
                        + " may double some, and loses none.",
        mixinStandardHelpOptions = true)
final class ShovelCommand implements Callable<Integer> {
    @Option(
            names = "--from",
            required = true,
            paramLabel = "URL",
            description = "Where the messages are: amqp://USER:PASSWORD@HOST:PORT/VHOST")
    private String from = "";

    @Option(names = "--queue", required = true, paramLabel = "NAME", description = "The queue.")
    private String queue = "";

    @Option(
            names = "--to",
            paramLabel = "URL",
            description = "Where they go. Default: guest's queues of the node on this machine.",
            defaultValue = "amqp://guest:guest@127.0.0.1:5672/%2f")
    private String to = "";

    @Option(
            names = "--to-queue",
            paramLabel = "NAME",
            description = "The queue there. Default: of the same name.")
    private @Nullable String toQueue;

    @Option(
            names = "--declare",
            description = "Declare the queue there, durable, if it is missing.")
    private boolean declare;

    @Option(names = "--follow", description = "Go on when the queue is empty, until interrupted.")
    private boolean follow;

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        String target = toQueue == null ? queue : toQueue;
        PrintStream progress = System.err;
        try (Shovel shovel = Shovel.open(from, queue, to, target, declare)) {
            long moved = shovel.run(follow, progress::println);
            CommandSpec here = spec;
            if (here != null) {
                here.commandLine().getOut().println("moved " + moved + " messages");
                here.commandLine().getOut().flush();
            }
        }
        return 0;
    }
}
