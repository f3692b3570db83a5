package dev.parley.front.amqp;

/// Bounds what all clients together make the node keep of content whose end it waits for: bodies of
/// which a part has come, and what is published inside transactions. At the bound the client that
/// wants more loses its connection, since to hold it back would not bring anybody's end nearer.
final class Unfinished {
    private final long most;
    private long bytes;

    Unfinished(long most) {
        this.most = most;
    }

    void take(long more) {
        if (bytes + more > most) {
            throw AmqpException.hard(
                    ReplyCode.RESOURCE_ERROR,
                    "messages that are not complete and open transactions take %d bytes already"
                            .formatted(bytes));
        }
        bytes += more;
    }

    /// How much more can be taken with half of it all left for others.
    long plenty() {
        return Math.max(0, most / 2 - bytes);
    }

    void give(long less) {
        bytes -= less;
    }
}
