package dev.parley.client;

import java.util.Map;

/// How a node stands.
///
/// @param shardsServing fewer than `shards` where one is damaged
/// @param diskRoomy whether messages are taken
/// @param published messages since the node started, as the following
/// @param confirmed to AMQP's publishers
/// @param returned to AMQP's publishers, since they reached no queue
/// @param traffic the same by where it came from: `amqp`, `mqtt`, `feeds` for readers over HTTP,
///   and `local` for HTTP, the command line and programs in the node's process
public record NodeStatus(
        String version,
        int shards,
        int shardsServing,
        boolean diskRoomy,
        long connections,
        long channels,
        int vhosts,
        int queues,
        int users,
        long published,
        long confirmed,
        long delivered,
        long returned,
        Map<String, Traffic> traffic) {
    public NodeStatus {
        traffic = traffic == null ? Map.of() : Map.copyOf(traffic);
    }

    /// What came and went one way.
    public record Traffic(long connections, long published, long delivered) {}
}
