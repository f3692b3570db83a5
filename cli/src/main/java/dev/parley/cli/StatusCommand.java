package dev.parley.cli;

import dev.parley.client.NodeStatus;
import dev.parley.client.NodeStatus.Traffic;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
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
        table.add("connections", split(status, status.connections(), Traffic::connections));
        table.add("channels", status.channels());
        table.add("virtual hosts", status.vhosts());
        table.add("queues", status.queues());
        table.add("users", status.users());
        table.add("published", split(status, status.published(), Traffic::published));
        table.add("confirmed", status.confirmed());
        table.add("delivered", split(status, status.delivered(), Traffic::delivered));
        table.add("returned", status.returned());
        return table;
    }

    /// A sum, and where it comes from.
    private static String split(NodeStatus status, long sum, ToLongFunction<Traffic> part) {
        String parts =
                new TreeMap<>(status.traffic())
                        .entrySet().stream()
                                .filter(one -> part.applyAsLong(one.getValue()) > 0)
                                .map(one -> one.getKey() + " " + part.applyAsLong(one.getValue()))
                                .collect(Collectors.joining(", "));
        return parts.isEmpty() ? Long.toString(sum) : "%d (%s)".formatted(sum, parts);
    }
}
