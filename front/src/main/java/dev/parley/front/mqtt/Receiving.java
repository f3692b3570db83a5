package dev.parley.front.mqtt;

import dev.parley.front.mqtt.ClientPacket.Publish;
import dev.parley.front.mqtt.MqttMetrics.Count;
import java.util.HashSet;
import java.util.Set;

/// The messages that a client has published and not yet brought to their end: counted against its
/// Receive Maximum, and answered in order.
final class Receiving implements Answers.Watch {
    /// Answers that wait at which nothing more is read from a client without a Receive Maximum.
    static final int BUSY = 4_096;

    private final MqttConnection connection;
    private final Answers answers;

    /// Packet identifiers of QoS 2 that the client has not released.
    private Set<Integer> unreleased = Set.of();

    /// Whether the client goes on with its session and has published nothing new: what it releases
    /// now and nobody knows was released before, and the answer did not come to it (3.7.2.1).
    private boolean recovering;

    /// Packet identifiers of which this is so, until they are answered.
    private Set<Integer> over = Set.of();

    Receiving(MqttConnection connection) {
        this.connection = connection;
        this.answers = new Answers(connection, this);
    }

    Answers answers() {
        return answers;
    }

    boolean busy() {
        return answers.size() >= BUSY;
    }

    int unreleased() {
        return unreleased.size();
    }

    /// The client goes on with its session; what the node remembers of its messages.
    void recover(Iterable<Integer> packetIds) {
        recovering = true;
        packetIds.forEach(this::remember);
    }

    private void remember(int packetId) {
        if (unreleased.isEmpty()) {
            unreleased = new HashSet<>();
        }
        unreleased.add(packetId);
    }

    /// Whether the message came before and is only to be answered again.
    boolean knows(Publish packet) {
        return packet.qos() == 2 && unreleased.contains(packet.packetId());
    }

    /// Takes account of a message; returns the token of its answer.
    long take(Publish packet) {
        if (connection.five()
                && answers.publishes() + unreleased.size()
                        >= connection.broker().mqtt().receiveMax()) {
            throw new MqttException(
                    ReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
                    "more than %d messages without an answer"
                            .formatted(connection.broker().mqtt().receiveMax()));
        }
        if (packet.qos() == 2) {
            recovering &= packet.dup();
            remember(packet.packetId());
            return answers.add(PacketType.PUBREC, packet.packetId());
        }
        return answers.add(PacketType.PUBACK, packet.packetId());
    }

    /// Answers a message that may not be published.
    void refuse(Publish packet, ReasonCode reason) {
        if (!connection.five()) {
            // MQTT 3.1.1 has no other way to say so.
            throw new MqttException(reason, "publishing there is refused");
        }
        connection.broker().mqttMetrics().count(Count.REFUSED);
        if (packet.qos() > 0) {
            answers.say(
                    packet.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC,
                    packet.packetId(),
                    reason);
        }
    }

    /// Answers a message that is known already.
    void repeat(Publish packet) {
        answers.say(PacketType.PUBREC, packet.packetId(), ReasonCode.SUCCESS);
    }

    /// The client lets go of a packet identifier; returns whether it was known.
    boolean release(int packetId) {
        boolean known = !unreleased.isEmpty() && unreleased.remove(packetId);
        if (!known && recovering) {
            if (over.isEmpty()) {
                over = new HashSet<>();
            }
            over.add(packetId);
        }
        return known;
    }

    /// Whether an identifier that was let go of, and is to be answered now, had been so before.
    boolean wasOver(int packetId) {
        return !over.isEmpty() && over.remove(packetId);
    }

    boolean holds(int packetId) {
        return unreleased.contains(packetId);
    }

    @Override
    public void onRefused(PacketType type, int packetId, ReasonCode reason) {
        connection.broker().mqttMetrics().count(Count.REFUSED);
        if (type == PacketType.PUBREC) {
            release(packetId);
        }
        if (!connection.five()) {
            connection.failSoon(new MqttException(reason, "a message could not be taken"));
        }
    }
}
