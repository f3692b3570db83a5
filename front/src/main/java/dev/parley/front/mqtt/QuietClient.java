package dev.parley.front.mqtt;

import dev.parley.api.Reason;
import dev.parley.core.topic.TopicClient;
import dev.parley.core.topic.TopicDelivery;
import dev.parley.core.topic.TopicReply;

/// Asks for something and does not mind what else clients are told: what it does not override says
/// nothing to it.
public class QuietClient implements TopicClient {
    @Override
    public void onAccepted(long from, long to) {}

    @Override
    public void onKnown(long token) {}

    @Override
    public void onRefused(long token, Reason reason) {}

    @Override
    public void onReply(long token, TopicReply reply) {}

    @Override
    public void onDelivery(TopicDelivery delivery) {
        throw new IllegalStateException("a delivery for somebody without a session");
    }

    @Override
    public void onRelease(int packetId, boolean known) {}

    @Override
    public void onComplete(int packetId, boolean known) {}

    @Override
    public boolean ready() {
        return false;
    }

    @Override
    public void onTakenOver(long session) {}

    @Override
    public void onEnded(long session) {}
}
