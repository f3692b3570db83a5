package dev.parley.front.amqp;

import dev.parley.core.queue.QueueClient;
import java.nio.ByteBuffer;

/// The way from the exchange `amq.topic` to those who subscribe to topics by another protocol.
public interface TopicBridge {
    /// The exchange that the topics of a virtual host are.
    String EXCHANGE = "amq.topic";

    /// Whether anybody there subscribes to what a routing key names.
    boolean reaches(String host, String routingKey);

    /// Brings them a message. Answered by `onAccepted` or `onRefused` unless `token` is 0.
    ///
    /// @param properties encoded
    void publish(
            String host,
            String routingKey,
            ByteBuffer properties,
            ByteBuffer body,
            QueueClient client,
            long token);

    /// Nobody subscribes to anything.
    final class None implements TopicBridge {
        @Override
        public boolean reaches(String host, String routingKey) {
            return false;
        }

        @Override
        public void publish(
                String host,
                String routingKey,
                ByteBuffer properties,
                ByteBuffer body,
                QueueClient client,
                long token) {
            throw new IllegalStateException("nobody is reached");
        }
    }
}
