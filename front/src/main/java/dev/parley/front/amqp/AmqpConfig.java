package dev.parley.front.amqp;

/// How AMQP connections behave.
///
/// @param product told to clients; some change what they do by it
/// @param version told to clients
/// @param frameMax largest frame in octets
/// @param channelMax channels of one connection
/// @param heartbeatSeconds what the server proposes
/// @param handshakeMillis time to say hello, log in and open
/// @param arrivalsMax clients that have not opened their connection yet: one more, and the slowest
///   of them is sent away
/// @param messageBytesMax largest message body
/// @param outputBytesMax bytes gathered for a client at which it gets no more deliveries
public record AmqpConfig(
        String product,
        String version,
        int frameMax,
        int channelMax,
        int heartbeatSeconds,
        long handshakeMillis,
        int arrivalsMax,
        long messageBytesMax,
        int outputBytesMax) {
    public static final AmqpConfig DEFAULT =
            new AmqpConfig(
                    "RabbitMQ", "3.13.7", 131_072, 2047, 60, 10_000, 4_096, 16L << 20, 512 << 10);

    /// Whether a consumer that did not ask for it follows a later `basic.qos` of its channel. With
    /// RabbitMQ it keeps what it began with; of every other product clients expect what the
    /// specification says: Celery then raises its prefetch so, while it consumes.
    boolean livePrefetch() {
        return !product.equals("RabbitMQ");
    }
}
