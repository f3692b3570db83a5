package dev.parley.cli;

import dev.parley.client.AdminClient;
import dev.parley.client.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Which node a command works with, as whom, and how it prints.
final class NodeOptions {
    @Option(
            names = "--node",
            paramLabel = "HOST:PORT",
            description = "The node's HTTP port. Default: $PARLEY_NODE, or 127.0.0.1:8080.")
    private @Nullable String node;

    @Option(
            names = "--cacert",
            paramLabel = "FILE",
            description =
                    "PEM: the authorities that the node's certificate is from. With it, --node is"
                            + " the HTTPS port. Default: $$PARLEY_CACERT, or none: no TLS.")
    private @Nullable String authorities;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "Who asks: an administrator. Default: $PARLEY_USER, or guest.")
    private @Nullable String user;

    @Option(
            names = "--password",
            paramLabel = "TEXT",
            description =
                    "His password; '-' asks for it, or reads a line of standard input, so that no"
                            + " list of processes shows it. Default: $$PARLEY_PASSWORD, or guest.")
    private @Nullable String password;

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    @Spec(Target.MIXEE)
    private @Nullable CommandSpec command;

    /// The virtual host that a command works in.
    static class Host {
        @Option(
                names = "--vhost",
                paramLabel = "NAME",
                description = "The virtual host. Default: /")
        String vhost = "/";
    }

    /// What a command does with a node.
    @FunctionalInterface
    interface Work {
        void with(AdminClient client, Output out) throws IOException, RefusedException;
    }

    /// Does it, and returns the exit code for "done".
    int run(Work work) throws IOException, RefusedException {
        String secret = given(password, "PARLEY_PASSWORD", "guest");
        if (secret.equals("-")) {
            secret = Terminal.secret("Password");
        }
        try (AdminClient client = client(secret)) {
            work.with(client, new Output(json));
        }
        return 0;
    }

    private AdminClient client(String secret) throws IOException {
        String trusted = given(authorities, "PARLEY_CACERT", "");
        try {
            return new AdminClient(
                    given(node, "PARLEY_NODE", "127.0.0.1:8080"),
                    given(user, "PARLEY_USER", "guest"),
                    secret,
                    trusted.isEmpty() ? null : AdminClient.trusting(Path.of(trusted)));
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    /// A fault in what was typed.
    ParameterException wrong(String why) {
        CommandSpec spec = command;
        if (spec == null) {
            throw new IllegalStateException("options without a command");
        }
        return new ParameterException(spec.commandLine(), why);
    }

    private String given(@Nullable String flag, String variable, String usual) {
        return Main.given(command, flag, variable, usual);
    }
}
