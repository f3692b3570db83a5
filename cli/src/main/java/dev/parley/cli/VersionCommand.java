package dev.parley.cli;

import dev.parley.node.Node;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/// Says which build this is.
@Command(
        name = "version",
        description = "Says which build this is, and on which Java it runs.",
        mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer>, IVersionProvider {
    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("parley", Node.VERSION);
        versions.put("java", Runtime.version().toString());
        versions.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        new Output(json).say(getVersion()[0], versions);
        return 0;
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "parley %s (Java %s, %s %s)"
                    .formatted(
                            Node.VERSION,
                            Runtime.version(),
                            System.getProperty("os.name"),
                            System.getProperty("os.arch"))
        };
    }
}
