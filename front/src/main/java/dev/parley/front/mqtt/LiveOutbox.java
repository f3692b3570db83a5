package dev.parley.front.mqtt;

import dev.parley.front.mqtt.MqttMetrics.Count;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.pace.Crowd;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/// What a session that ends with its connection has on its way to its client.
///
/// A message of QoS 0 goes out at once or is lost, and the client is told how many were. Messages
/// of QoS 1 and 2 wait for their turn in memory, up to a bound at which the session ends, and one
/// for all sessions together at which the one ends for which most waits; retained ones wait where
/// they are kept.
final class LiveOutbox implements Crowd.Member {
    /// Packet identifiers that there are for it; no more can be in flight.
    static final int IDS = StreamReadings.FIRST_ID - 1;

    private record Waiting(Publication message, int qos, boolean retain, Ids ids) {}

    /// Retained messages that the client gets for a new subscription.
    private record Retained(String filter, TopicSpace.Cursor cursor, int qos, Ids ids) {}

    private final MqttConnection connection;
    private final MqttConfig config;
    private final MqttMetrics metrics;
    private final StreamReadings streams;

    /// What the client has to say next, by packet identifier.
    private final Map<Integer, PacketType> awaited = new HashMap<>();

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>(0);
    private final ArrayDeque<Retained> retained = new ArrayDeque<>(0);
    private long waitingBytes;
    private int lastId;

    /// Whether nothing more is sent: the session is about to end.
    private boolean left;

    LiveOutbox(MqttConnection connection, int window) {
        this.streams = new StreamReadings(connection, window, this::inFlight);
        this.connection = connection;
        this.config = connection.broker().mqtt();
        this.metrics = connection.broker().mqttMetrics();
    }

    int inFlight() {
        return awaited.size();
    }

    int waitingMessages() {
        return waiting.size();
    }

    /// The streams that the client reads beside.
    StreamReadings streams() {
        return streams;
    }

    void offer(Publication message, int qos, boolean retain, Ids ids) {
        if (qos == 0) {
            connection.sendQos0(message, retain, ids);
        } else if (!left && waiting.isEmpty() && free()) {
            send(message, qos, retain, ids);
        } else if (!left) {
            keep(new Waiting(message.detached(), qos, retain, ids));
        }
    }

    private boolean free() {
        return streams.leavesRoom() && connection.takes();
    }

    private void keep(Waiting one) {
        if (waiting.size() >= config.queuedMessagesMax()
                || waitingBytes + one.message().weight() > config.queuedBytesMax()) {
            overrun("too many messages wait for this client");
            return;
        }
        waiting.add(one);
        waitingBytes += one.message().weight();
        connection.broker().crowd().add(this, one.message().await());
    }

    private void overrun(String why) {
        metrics.count(Count.OVERRUN);
        connection.failSoon(new MqttException(ReasonCode.QUOTA_EXCEEDED, why));
    }

    private Waiting next() {
        Waiting one = waiting.remove();
        waitingBytes -= one.message().weight();
        connection.broker().crowd().remove(this, one.message().forgo());
        return one;
    }

    /// Nothing waits any more.
    void clear() {
        left = true;
        while (!waiting.isEmpty()) {
            Waiting _ = next();
        }
    }

    @Override
    public long waiting() {
        return waitingBytes;
    }

    @Override
    public void leave() {
        clear();
        overrun("too much waits for clients, and most of it for this one");
    }

    void add(String filter, TopicSpace.Cursor cursor, int qos, Ids ids) {
        forget(filter);
        retained.add(new Retained(filter, cursor, qos, ids));
    }

    /// What is retained under a filter comes no further.
    void forget(String filter) {
        retained.removeIf(one -> one.filter().equals(filter));
    }

    void overtake(String topic) {
        retained.forEach(one -> one.cursor().overtake(topic));
    }

    private void send(Publication message, int qos, boolean retain, Ids ids) {
        int id = nextId();
        if (connection.send(message, qos, retain, ids, id, false)) {
            awaited.put(id, qos == 1 ? PacketType.PUBACK : PacketType.PUBREC);
        }
    }

    private int nextId() {
        do {
            lastId = lastId % IDS + 1;
        } while (awaited.containsKey(lastId));
        return lastId;
    }

    /// Sends what the client takes.
    void pump() {
        while (!waiting.isEmpty() && free()) {
            Waiting one = next();
            if (one.message().expired(connection.broker().wallMillis())) {
                metrics.count(Count.EXPIRED);
            } else {
                send(one.message(), one.qos(), one.retain(), one.ids());
            }
        }
        Retained first;
        while (waiting.isEmpty() && !left && free() && (first = retained.peek()) != null) {
            Publication message = first.cursor().next();
            if (message != null) {
                sendRetained(message, first);
            } else if (first.cursor().done()) {
                retained.remove();
            } else {
                return;
            }
        }
    }

    private void sendRetained(Publication message, Retained from) {
        int qos = Math.min(message.qos(), from.qos());
        if (qos == 0) {
            connection.send(message, 0, true, from.ids(), 0, false);
        } else {
            send(message, qos, true, from.ids());
        }
    }

    /// What the client says about a message.
    void onAcknowledgement(ClientPacket.Acknowledgement packet) {
        int id = packet.packetId();
        if (StreamReadings.isOurs(id)) {
            streams.onAcknowledgement(packet);
            pump();
            return;
        }
        PacketType expected = awaited.get(id);
        switch (packet.type()) {
            case PUBACK, PUBCOMP -> {
                if (expected == packet.type()) {
                    awaited.remove(id);
                }
            }
            case PUBREC -> {
                if (expected == PacketType.PUBCOMP || expected == PacketType.PUBREC) {
                    received(id, packet.reason());
                } else {
                    connection.acknowledge(
                            PacketType.PUBREL, id, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND.code());
                }
            }
            default -> throw new IllegalStateException(packet.type() + " is not for here");
        }
        pump();
        streams.resume();
    }

    private void received(int id, int reason) {
        if (reason >= ReasonCode.UNSPECIFIED_ERROR.code()) {
            awaited.remove(id);
            return;
        }
        awaited.put(id, PacketType.PUBCOMP);
        connection.acknowledge(PacketType.PUBREL, id, 0);
    }
}
