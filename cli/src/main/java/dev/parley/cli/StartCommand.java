package dev.parley.cli;

import dev.parley.node.Config;
import dev.parley.node.Node;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Runs a node until SIGTERM or SIGINT.
@Command(
        name = "start",
        description =
                "Runs a node until SIGTERM or SIGINT. Each flag is also a key of the"
                        + " configuration file and a variable: --amqp-port is amqp.port and"
                        + " PARLEY_AMQP_PORT. A flag wins over a variable, that over the file.",
        mixinStandardHelpOptions = true)
final class StartCommand implements Callable<Integer> {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration file: lines of 'key = value'. Default: $$PARLEY_CONFIG.")
    private @Nullable Path file;

    @Spec private @Nullable CommandSpec spec;

    /// The command with one flag for each [Setting].
    static CommandLine line() {
        CommandLine line = new CommandLine(new StartCommand());
        for (Setting setting : Setting.values()) {
            line.getCommandSpec()
                    .addOption(
                            OptionSpec.builder(setting.flag())
                                    .paramLabel(setting.kind().label())
                                    .type(String.class)
                                    .description(
                                            "%s Default: %s.%n"
                                                    .formatted(setting.about(), setting.standard())
                                                    .strip())
                                    .build());
        }
        return line;
    }

    @Override
    public Integer call() throws Exception {
        long began = System.nanoTime();
        // Has to be said before the first handshake: a client may not ask for one after another on
        // the same connection.
        System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
        Config config = settings().config();
        Node node = Node.start(config);
        Thread closing = Thread.ofPlatform().name("parley-stop").unstarted(() -> stop(node));
        Runtime.getRuntime().addShutdownHook(closing);
        say("amqp", config, node.amqpPort());
        say("amqps", config, node.amqpsPort());
        say("mqtt", config, node.mqttPort());
        say("mqtts", config, node.mqttsPort());
        say("http", config, node.httpPort());
        say("https", config, node.httpsPort());
        System.out.printf(
                "ready in %d ms%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        node.awaitFailure();
        System.err.println("parley: the log has failed; start the node again to recover");
        return 1;
    }

    private static void say(String what, Config config, int port) {
        if (port >= 0) {
            System.out.printf("%-6s %s:%d%n", what, config.bind(), port);
        }
    }

    private Settings settings() throws Settings.Fault {
        Settings settings = new Settings();
        String named = System.getenv("PARLEY_CONFIG");
        Path chosen =
                file != null ? file : named == null || named.isEmpty() ? null : Path.of(named);
        if (chosen != null) {
            settings.read(chosen);
        }
        settings.read(System.getenv());
        CommandSpec here = spec;
        if (here == null) {
            throw new IllegalStateException("a command outside a command line");
        }
        for (Setting setting : Setting.values()) {
            String value =
                    here.commandLine().getParseResult().matchedOptionValue(setting.flag(), "");
            if (here.commandLine().getParseResult().hasMatchedOption(setting.flag())) {
                try {
                    settings.put(setting, value, setting.flag());
                } catch (Settings.Fault e) {
                    throw new ParameterException(
                            here.commandLine(), String.valueOf(e.getMessage()));
                }
            }
        }
        return settings;
    }

    /// A stop that was asked for is a success, which the JVM's own exit after a signal would not
    /// say.
    private static void stop(Node node) {
        node.close();
        Runtime.getRuntime().halt(0);
    }
}
