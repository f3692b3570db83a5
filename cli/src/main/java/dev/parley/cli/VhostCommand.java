package dev.parley.cli;

import dev.parley.client.Host;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Works with virtual hosts.
@Command(
        name = "vhost",
        description = "Works with virtual hosts.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            VhostCommand.Listing.class,
            VhostCommand.Add.class,
            VhostCommand.Remove.class,
            LimitCommand.OfHost.class
        })
final class VhostCommand extends Group {
    @Command(
            name = "list",
            description = "Lists the virtual hosts.",
            mixinStandardHelpOptions = true)
    static final class Listing implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                List<Host> hosts = client.hosts();
                Table table = new Table("no virtual hosts", "VHOST", "QUEUES", "EXCHANGES");
                hosts.forEach(one -> table.add(one.name(), one.queues(), one.exchanges()));
                out.list(table, hosts);
            });
        }
    }

    @Command(
            name = "add",
            description = "Adds a virtual host; 'parley user permit' lets users into it.",
            mixinStandardHelpOptions = true)
    static final class Add implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();

        @Parameters(paramLabel = "NAME", description = "The virtual host's name.")
        private String name = "";

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                client.addHost(name);
                out.say("added " + name, Map.of("vhost", name));
            });
        }
    }

    @Command(
            name = "remove",
            aliases = "delete",
            description = "Removes a virtual host that has no queues.",
            mixinStandardHelpOptions = true)
    static final class Remove implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();

        @Parameters(paramLabel = "NAME", description = "The virtual host's name.")
        private String name = "";

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                client.removeHost(name);
                out.say("removed " + name, Map.of("vhost", name));
            });
        }
    }
}
