package dev.parley.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// A command that only has commands below it.
abstract class Group implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        CommandSpec here = spec;
        if (here == null) {
            throw new IllegalStateException("a group outside a command line");
        }
        throw new ParameterException(
                here.commandLine(),
                "'%s' wants one of: %s"
                        .formatted(
                                here.qualifiedName(),
                                String.join(", ", here.subcommands().keySet())));
    }
}
