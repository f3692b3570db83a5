package dev.parley.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The `parley` command.
@Command(
        name = "parley",
        description = "One node for every way in which processes talk.",
        mixinStandardHelpOptions = true,
        subcommands = {StartCommand.class})
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            String text = e.getMessage() == null ? e.toString() : e.getMessage();
            command.getErr().println("parley: " + text.replace('\n', ' '));
            return 1;
        });
        System.exit(line.execute(args));
    }
}
