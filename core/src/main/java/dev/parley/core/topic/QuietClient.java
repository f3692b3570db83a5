package dev.parley.core.topic;

import dev.parley.api.Reason;

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
