package dev.parley.client;

/// How a node stands.
///
/// @param shardsServing fewer than `shards` where one is damaged
/// @param diskRoomy whether messages are taken
/// @param published messages since the node started, as the following
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
        long returned) {}
