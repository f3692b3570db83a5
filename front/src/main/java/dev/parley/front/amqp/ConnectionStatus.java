package dev.parley.front.amqp;

import dev.parley.core.message.FieldTable;

/// A connection as an operator sees it.
///
/// @param id unique while the node runs
/// @param peer address and port of the client
/// @param clientProperties what the client said of itself
public record ConnectionStatus(
        long id,
        String user,
        String host,
        String peer,
        int channels,
        int channelMax,
        int frameMax,
        int heartbeatSeconds,
        FieldTable clientProperties) {}
