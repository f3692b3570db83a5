package dev.parley.front.home;

import dev.parley.api.Reason;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.stream.StreamClient;
import dev.parley.core.stream.StreamDelivery;
import dev.parley.core.stream.StreamReply;
import org.jspecify.annotations.Nullable;

/// Makes one answer of two to a message that goes to queues and to streams of one shard: it is
/// accepted when both have it.
final class BothAnswers implements QueueClient, StreamClient {
    private final QueueClient client;
    private int left = 2;
    private @Nullable Reason refusal;

    BothAnswers(QueueClient client) {
        this.client = client;
    }

    @Override
    public void onAccepted(long from, long to) {
        answered(from);
    }

    @Override
    public void onRefused(long token, Reason reason) {
        refusal = reason;
        answered(token);
    }

    private void answered(long token) {
        if (--left > 0) {
            return;
        }
        Reason why = refusal;
        if (why == null) {
            client.onAccepted(token, token);
        } else {
            client.onRefused(token, why);
        }
    }

    @Override
    public boolean waitsForRoom() {
        return client.waitsForRoom();
    }

    @Override
    public void onFull(long queue, String name) {
        client.onFull(queue, name);
    }

    @Override
    public void onRoomIn(long queue) {
        client.onRoomIn(queue);
    }

    @Override
    public boolean gone() {
        return client.gone();
    }

    // It publishes and nothing else.

    @Override
    public void onReply(long token, QueueReply reply) {}

    @Override
    public void onReply(long token, StreamReply reply) {}

    @Override
    public void onDelivery(Delivery delivery) {
        throw new IllegalStateException("a publisher does not consume");
    }

    @Override
    public void onDelivery(StreamDelivery delivery) {
        throw new IllegalStateException("a publisher does not read");
    }

    @Override
    public void onCancelled(long consumer) {}

    @Override
    public boolean ready(long reader) {
        return false;
    }

    @Override
    public void onEnded(long reader) {}
}
