package dev.parley.front.amqp;

import org.jspecify.annotations.Nullable;

/// Who publishes to what has no room waits, and is told why.
///
/// Only the publish itself is held, with what comes behind it in the socket: a connection that does
/// something else goes on.
final class HoldBack {
    private final AmqpConnection connection;
    private boolean publishes;
    private boolean blockedSaid;
    private boolean held;
    private boolean awaitsDisk;

    HoldBack(AmqpConnection connection) {
        this.connection = connection;
    }

    /// Whether a publish waits in front of the connection's input.
    boolean held() {
        return held;
    }

    /// Whether it does until there is room, which may never be: that the disk is behind passes.
    boolean awaitsRoom() {
        return held && !awaitsDisk;
    }

    boolean isBlocked() {
        return blockedSaid || held;
    }

    /// A publish waits while the disk is behind; while there is no room on it, unless its channel
    /// can be told so by a nack; while a queue is full that its channel publishes to; and as long
    /// as an operator wants.
    boolean holds(@Nullable AmqpChannel channel, int method) {
        if (method != AmqpChannel.PUBLISH) {
            return false;
        }
        Broker broker = connection.broker();
        if (broker.behind()) {
            held = true;
            awaitDisk(broker);
        } else if (broker.alarms().any() || (channel != null && mustWait(broker, channel))) {
            held = true;
            publishes();
        }
        return held;
    }

    private static boolean mustWait(Broker broker, AmqpChannel channel) {
        return channel.fullQueue() != null || (!broker.roomy() && !channel.confirms());
    }

    private void awaitDisk(Broker broker) {
        if (!awaitsDisk) {
            awaitsDisk = true;
            broker.whenCaughtUp(() -> {
                awaitsDisk = false;
                release();
            });
        }
    }

    /// There is room again in a queue that the client publishes to. What is held may be for that
    /// one, while another is still full.
    void onRoom() {
        release();
        sayBlocked();
    }

    /// What was held is looked at again.
    private void release() {
        if (held) {
            held = false;
            connection.resumeReading();
        }
    }

    /// The client has begun to publish.
    void publishes() {
        if (!publishes) {
            publishes = true;
            sayBlocked();
        }
    }

    /// What publishers have to wait for has changed. Only who publishes from now on is told that it
    /// has to wait, as RabbitMQ does: whoever does not cannot be the cause.
    void onAlarm() {
        if (!blockedSaid) {
            publishes = false;
        }
        sayBlocked();
    }

    /// Tells a publisher why it has to wait, or that it need not any more.
    void sayBlocked() {
        String why = whyBlocked();
        if (why.isEmpty()) {
            // Also who was held and never told, since it was over at once.
            release();
        }
        if (!connection.open() || why.isEmpty() == !blockedSaid || (!why.isEmpty() && !publishes)) {
            return;
        }
        blockedSaid = !why.isEmpty();
        if (connection.has("connection.blocked")) {
            if (blockedSaid) {
                connection.out().method(0, 10, 60).shortText(why).end();
            } else {
                connection.out().method(0, 10, 61).end();
            }
            connection.settleOutput();
        }
    }

    private String whyBlocked() {
        Broker broker = connection.broker();
        String low = broker.alarms().reason(broker.roomy());
        if (!low.isEmpty()) {
            return low;
        }
        for (AmqpChannel channel : connection.channels()) {
            String full = channel.fullQueue();
            if (full != null) {
                String why = "queue '" + full + "' is full";
                return AmqpConnection.utf8(why).length > 255 ? "a queue is full" : why;
            }
        }
        return "";
    }
}
