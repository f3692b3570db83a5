package dev.parley.cli;

import dev.parley.core.log.LogConfig;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.node.Config;
import dev.parley.node.Node;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Runs a node until SIGTERM or SIGINT.
@Command(name = "start", description = "Runs a node.", mixinStandardHelpOptions = true)
final class StartCommand implements Callable<Integer> {
    @Option(names = "--data", defaultValue = "parley-data", description = "Data directory.")
    private Path data = Path.of("parley-data");

    @Option(names = "--bind", defaultValue = "127.0.0.1", description = "Address to bind.")
    private String bind = "127.0.0.1";

    @Option(names = "--amqp-port", defaultValue = "5672", description = "AMQP port; 0: a free one.")
    private int amqpPort = 5672;

    @Option(names = "--http-port", defaultValue = "8080", description = "HTTP port; 0: a free one.")
    private int httpPort = 8080;

    @Override
    public Integer call() throws Exception {
        long began = System.nanoTime();
        Config config =
                new Config(data, bind, amqpPort, httpPort, LogConfig.DEFAULT, AmqpConfig.DEFAULT);
        Node node = Node.start(config);
        Thread closing = Thread.ofPlatform().name("parley-stop").unstarted(() -> stop(node));
        Runtime.getRuntime().addShutdownHook(closing);
        System.out.printf("amqp   %s:%d%n", bind, node.amqpPort());
        System.out.printf("http   %s:%d%n", bind, node.httpPort());
        System.out.printf(
                "ready in %d ms%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        node.awaitFailure();
        System.err.println("parley: the log has failed; start the node again to recover");
        return 1;
    }

    /// A stop that was asked for is a success, which the JVM's own exit after a signal would not
    /// say.
    private static void stop(Node node) {
        node.close();
        Runtime.getRuntime().halt(0);
    }
}
