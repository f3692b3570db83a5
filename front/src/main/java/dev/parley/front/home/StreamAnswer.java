package dev.parley.front.home;

import dev.parley.api.Reason;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.stream.StreamClient;
import dev.parley.core.stream.StreamDelivery;
import dev.parley.core.stream.StreamReply;

/// A publisher to queues, as streams see it.
final class StreamAnswer implements StreamClient {
    private final QueueClient client;

    StreamAnswer(QueueClient client) {
        this.client = client;
    }

    QueueClient client() {
        return client;
    }

    @Override
    public void onAccepted(long from, long to) {
        client.onAccepted(from, to);
    }

    @Override
    public void onRefused(long token, Reason reason) {
        client.onRefused(token, reason);
    }

    // It publishes and nothing else.

    @Override
    public void onReply(long token, StreamReply reply) {}

    @Override
    public boolean ready(long reader) {
        return false;
    }

    @Override
    public void onDelivery(StreamDelivery delivery) {
        throw new IllegalStateException("a publisher does not read");
    }

    @Override
    public void onEnded(long reader) {}
}
