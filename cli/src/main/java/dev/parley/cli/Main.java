package dev.parley.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
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
    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
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

    private static int wrongUsage(ParameterException e) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println("parley: " + String.valueOf(e.getMessage()).replace('\n', ' '));
        command.getErr().println("'" + name + " --help' tells how it is used.");
        return CommandLine.ExitCode.USAGE;
    }
}
