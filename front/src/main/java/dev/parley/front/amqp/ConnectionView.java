package dev.parley.front.amqp;

import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldTable;
import java.util.List;

/// A connection as an operator sees it at one moment.
///
/// @param peer address and port of the client
/// @param user empty before the login
/// @param host empty before a virtual host is open
/// @param ageMillis since it was accepted
public record ConnectionView(
        long id,
        String peer,
        String user,
        String host,
        String state,
        boolean blocked,
        FieldTable clientProperties,
        int frameMax,
        int channelMax,
        long heartbeatSeconds,
        long ageMillis,
        List<Channel> channels) {
    public ConnectionView {
        channels = List.copyOf(channels);
    }

    /// A channel of it.
    ///
    /// @param unsettled deliveries that the client has not settled
    public record Channel(
            int number,
            boolean confirms,
            boolean transactional,
            int prefetch,
            int channelLimit,
            int unsettled,
            List<Consumer> consumers) {
        public Channel {
            consumers = List.copyOf(consumers);
        }
    }

    /// A consumer of a channel.
    public record Consumer(
            String tag,
            QueueEntry queue,
            boolean automatic,
            boolean exclusive,
            int prefetch,
            FieldTable arguments) {}
}
