package dev.parley.front.mqtt;

import dev.parley.api.Reason;
import dev.parley.core.topic.QuietClient;
import dev.parley.core.topic.TopicClient;
import org.jspecify.annotations.Nullable;

/// PUBACKs and PUBRECs that wait until what they promise holds. They go out in the order in which
/// the messages came (4.6.0-2, 4.6.0-3), whichever is safe first.
final class Answers extends QuietClient implements TopicSpace.Receipt {
    /// Who is told when one has been refused, before it is said.
    @FunctionalInterface
    interface Watch {
        void onRefused(PacketType type, int packetId, ReasonCode reason);
    }

    private static final int WAITING = -1;

    private static final @Nullable Answer[] NONE = {};

    private static final class Answer {
        final PacketType type;
        final int packetId;
        int reason = WAITING;

        Answer(PacketType type, int packetId) {
            this.type = type;
            this.packetId = packetId;
        }
    }

    private final MqttConnection connection;
    private final Watch watch;
    private @Nullable Answer[] ring = NONE;
    private long first = 1;
    private long end = 1;
    private int publishes;

    Answers(MqttConnection connection, Watch watch) {
        this.connection = connection;
        this.watch = watch;
    }

    /// QoS 1 messages that wait for their PUBACK.
    int publishes() {
        return publishes;
    }

    /// All that wait.
    int size() {
        return (int) (end - first);
    }

    /// Takes a place in the line; returns its token.
    long add(PacketType type, int packetId) {
        if (end - first == ring.length) {
            grow();
        }
        ring[at(end)] = new Answer(type, packetId);
        if (type == PacketType.PUBACK) {
            publishes++;
        }
        return end++;
    }

    private int at(long token) {
        return (int) (token & (ring.length - 1));
    }

    private void grow() {
        @Nullable Answer[] larger = new Answer[Math.max(16, ring.length * 2)];
        for (long i = first; i < end; i++) {
            larger[(int) (i & (larger.length - 1))] = ring[at(i)];
        }
        ring = larger;
    }

    /// An answer that waits for nothing but those before it.
    void say(PacketType type, int packetId, ReasonCode reason) {
        long token = add(type, packetId);
        settle(token, reason);
    }

    @Override
    public void onAccepted(long token, boolean matched) {
        Answer answer = token < first || token >= end ? null : ring[at(token)];
        boolean tells = !matched && answer != null && answer.type == PacketType.PUBACK;
        settle(token, tells ? ReasonCode.NO_MATCHING_SUBSCRIBERS : ReasonCode.SUCCESS);
    }

    @Override
    public TopicClient alone() {
        return this;
    }

    @Override
    public void onAccepted(long from, long to) {
        for (long token = from; token <= to; token++) {
            settle(token, ReasonCode.SUCCESS);
        }
    }

    @Override
    public void onKnown(long token) {
        settle(token, ReasonCode.SUCCESS);
    }

    @Override
    public void onRefused(long token, Reason reason) {
        settle(token, ReasonCode.of(reason));
    }

    private void settle(long token, ReasonCode reason) {
        Answer answer = token < first || token >= end ? null : ring[at(token)];
        if (answer == null || answer.reason != WAITING) {
            return;
        }
        answer.reason = reason.code();
        if (reason.code() >= ReasonCode.UNSPECIFIED_ERROR.code()) {
            watch.onRefused(answer.type, answer.packetId, reason);
        }
        boolean busy = size() >= Receiving.BUSY;
        sayInOrder();
        if (busy && size() < Receiving.BUSY) {
            connection.readOn();
        }
    }

    private void sayInOrder() {
        while (first < end) {
            Answer next = ring[at(first)];
            if (next == null || next.reason == WAITING) {
                return;
            }
            ring[at(first++)] = null;
            if (next.type == PacketType.PUBACK) {
                publishes--;
            }
            connection.acknowledge(next.type, next.packetId, next.reason);
        }
    }
}
