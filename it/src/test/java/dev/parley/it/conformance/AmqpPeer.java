package dev.parley.it.conformance;

import java.nio.file.Path;

/// A broker that speaks AMQP, on loopback with nothing in it, and the two programs through which a
/// suite works on the broker itself. Gone with all its data when it is closed.
sealed interface AmqpPeer extends Peer permits ParleyPeer, RabbitMqPeer {

    int amqpPort();

    /// What RabbitMQ's command line would call the node.
    String nodeName();

    /// Stands in for `rabbitmqctl`.
    Path ctl();

    /// Stands in for `make` with the targets of RabbitMQ's own build that the suite asks for.
    Path make();
}
