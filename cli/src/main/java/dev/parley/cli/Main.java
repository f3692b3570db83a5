package dev.parley.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// The `parley` command.
@Command(
        name = "parley",
        description = "One node for every way in which processes talk.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TourCommand.class,
            StatusCommand.class,
            QueueCommand.class,
            TopicCommand.class,
            StreamCommand.class,
            SessionCommand.class,
            UserCommand.class,
            VhostCommand.class,
            ImportCommand.class,
            ShovelCommand.class,
            VersionCommand.class
        },
        footer = {
            "",
            "Exit codes: 0 done, 1 failed (one line on standard error says why), 2 wrong usage.",
            "'parley COMMAND --help' tells more."
        })
public final class Main extends Group {
    private final Map<String, String> environment;

    private Main(Map<String, String> environment) {
        this.environment = environment;
    }

    public static void main(String[] args) {
        System.exit(run(System.getenv(), args));
    }

    /// Does what a line says, in the process that calls, and returns the exit code.
    ///
    /// @param environment the variables that count besides the flags, but for those of `start`
    public static int run(Map<String, String> environment, String... arguments) {
        return commandLine(environment).execute(arguments);
    }

    private static CommandLine commandLine(Map<String, String> environment) {
        CommandLine line = new CommandLine(new Main(environment));
        line.addSubcommand("start", StartCommand.line());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            String text = e.getMessage() == null ? e.toString() : e.getMessage();
            command.getErr().println("parley: " + text.replace('\n', ' '));
            return CommandLine.ExitCode.SOFTWARE;
        });
        line.setParameterExceptionHandler((e, arguments) -> wrongUsage(e));
        return line;
    }

    /// What was typed, or stands in a variable, or is usual.
    ///
    /// @param command any one of the line
    static String given(
            @Nullable CommandSpec command, @Nullable String flag, String variable, String usual) {
        if (flag != null) {
            return flag;
        }
        if (command == null || !(command.root().userObject() instanceof Main main)) {
            throw new IllegalStateException("a command outside the line of parley");
        }
        String value = main.environment.get(variable);
        return value == null || value.isEmpty() ? usual : value;
    }

    private static int wrongUsage(ParameterException e) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println("parley: " + String.valueOf(e.getMessage()).replace('\n', ' '));
        command.getErr().println("'" + name + " --help' tells how it is used.");
        return CommandLine.ExitCode.USAGE;
    }
}
