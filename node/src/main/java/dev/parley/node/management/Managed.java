package dev.parley.node.management;

import dev.parley.front.amqp.AmqpConnection;
import dev.parley.node.admin.Administered;
import java.util.List;

/// What the management interface needs of its node, beyond what the admin interface needs.
public interface Managed extends Administered {
    /// The node's name in the form that RabbitMQ's tools know.
    String nodeName();

    List<AmqpConnection> connections();

    /// The port of AMQP, or -1.
    int amqpPort();

    /// The port of MQTT, or -1.
    int mqttPort();

    /// The port of HTTP, or -1.
    int httpPort();

    /// Free bytes of the disk under the data directory.
    long diskFreeBytes();

    /// Free bytes of it below which messages are refused.
    long diskReserveBytes();
}
