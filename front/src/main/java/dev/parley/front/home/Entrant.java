package dev.parley.front.home;

import dev.parley.api.Reason;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueReply;
import dev.parley.front.mqtt.MqttConnection;
import org.jspecify.annotations.Nullable;

/// A publisher of topics as a queue sees it; the same for all messages of one connection.
///
/// @param receipts who hears what becomes of the message
/// @param connection that stops publishing while the queue is full; null: there is none
/// @param lasts whether the queue takes the message all the same
record Entrant(QueueClient receipts, @Nullable MqttConnection connection, boolean lasts)
        implements QueueClient {
    @Override
    public void onAccepted(long from, long to) {
        receipts.onAccepted(from, to);
    }

    @Override
    public void onRefused(long token, Reason reason) {
        receipts.onRefused(token, reason);
    }

    @Override
    public boolean waitsForRoom() {
        return connection != null || lasts;
    }

    @Override
    public boolean gone() {
        return connection == null || !connection.open();
    }

    @Override
    public void onFull(long queue, String name) {
        if (connection != null) {
            connection.onQueue(true);
        }
    }

    @Override
    public void onRoomIn(long queue) {
        if (connection != null) {
            connection.onQueue(false);
        }
    }

    // It publishes and nothing else.

    @Override
    public void onReply(long token, QueueReply reply) {}

    @Override
    public void onDelivery(Delivery delivery) {}

    @Override
    public void onCancelled(long consumer) {}
}
