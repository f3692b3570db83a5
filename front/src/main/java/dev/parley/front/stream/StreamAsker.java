package dev.parley.front.stream;

import dev.parley.api.Reason;
import dev.parley.core.stream.StreamClient;
import dev.parley.core.stream.StreamDelivery;
import dev.parley.core.stream.StreamReply;
import java.util.function.Consumer;

/// A client of streams that asks one thing.
public final class StreamAsker implements StreamClient {
    private final Consumer<StreamReply> then;

    /// @param then told the answer, on the event loop
    public StreamAsker(Consumer<StreamReply> then) {
        this.then = then;
    }

    @Override
    public void onReply(long token, StreamReply reply) {
        then.accept(reply);
    }

    @Override
    public void onAccepted(long from, long to) {
        then.accept(new StreamReply.Done(1));
    }

    @Override
    public void onRefused(long token, Reason reason) {
        then.accept(new StreamReply.Refused(reason));
    }

    @Override
    public boolean ready(long reader) {
        return false;
    }

    @Override
    public void onDelivery(StreamDelivery delivery) {
        throw new IllegalStateException("nobody reads");
    }

    @Override
    public void onEnded(long reader) {}
}
