package dev.parley.cli;

import dev.parley.client.Imported;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Takes over what was declared in a RabbitMQ.
@Command(
        name = "import",
        description =
                "Declares what stands in an export of RabbitMQ: virtual hosts, users with their"
                        + " passwords, permissions, policies, exchanges, queues, bindings. May be done"
                        + " again; says what it left out, and why.",
        mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {
    @Mixin private NodeOptions node = new NodeOptions();

    @Parameters(
            paramLabel = "FILE",
            description =
                    "What 'rabbitmqctl export_definitions FILE' or 'rabbitmqadmin export FILE' wrote.")
    private Path file = Path.of("definitions.json");

    @Override
    public Integer call() throws Exception {
        byte[] definitions = Files.readAllBytes(file);
        return node.run((client, out) -> {
            Imported result = client.importDefinitions(definitions);
            List<String> lines = new ArrayList<>();
            new TreeMap<>(result.imported())
                    .forEach((kind, count) -> lines.add("imported %d %s".formatted(count, kind)));
            result.leftOut()
                    .forEach(one -> lines.add("left out %s: %s".formatted(one.what(), one.why())));
            out.say(lines.isEmpty() ? "nothing to import" : String.join("\n", lines), result);
        });
    }
}
