package dev.parley.cli;

import dev.parley.client.NodeStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Says how a node stands.
@Command(name = "status", description = "Says how a node stands.", mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    @Mixin private NodeOptions node = new NodeOptions();

    @Override
    public Integer call() throws Exception {
        return node.run((client, out) -> {
            NodeStatus status = client.status();
            out.list(table(status), status);
        });
    }

    private static Table table(NodeStatus status) {
        Table table = new Table("", "PARLEY", status.version());
        String damaged =
                status.shardsServing() == status.shards() ? "" : ", the others are damaged";
        table.add("shards", status.shardsServing() + " of " + status.shards() + damaged);
        table.add("disk", status.diskRoomy() ? "has room" : "is full: no messages are taken");
        table.add("connections", status.connections());
        table.add("channels", status.channels());
        table.add("virtual hosts", status.vhosts());
        table.add("queues", status.queues());
        table.add("users", status.users());
        table.add("published", status.published());
        table.add("confirmed", status.confirmed());
        table.add("delivered", status.delivered());
        table.add("returned", status.returned());
        return table;
    }
}
