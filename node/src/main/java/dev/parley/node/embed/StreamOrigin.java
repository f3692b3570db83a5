package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.ReadOptions;
import dev.parley.api.SubscribeOptions;
import dev.parley.api.SubscribeOptions.Overflow;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A stream that somebody reads.
record StreamOrigin<T>(LocalStream<T> stream, ReadOptions reading) implements Origin<T> {
    /// Behind the names of stream and cursor: the queue for what its readers cannot deal with.
    private static final String DEAD = ".dead";

    private static final int QUEUE_BYTES_MAX = 255;

    StreamOrigin {
        String cursor = reading.cursor();
        if (cursor != null) {
            int bytes = dead(stream.name(), cursor).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > QUEUE_BYTES_MAX) {
                throw new IllegalArgumentException(
                        "the names of stream and cursor are %d bytes too long"
                                .formatted(bytes - QUEUE_BYTES_MAX));
            }
        }
    }

    private static String dead(String stream, String cursor) {
        return stream + "." + cursor + DEAD;
    }

    @Override
    public String label() {
        return stream.name();
    }

    @Override
    public Codec<T> codec() {
        return stream.codec();
    }

    @Override
    public Programs programs() {
        return stream.streams().programs();
    }

    @Override
    public SubscribeOptions options() {
        return SubscribeOptions.DEFAULT
                .withConcurrency(reading.concurrency())
                .withAttempts(reading.attempts())
                .withRetryAfter(reading.retryAfter())
                .withCloseWithin(reading.closeWithin());
    }

    /// Never refuses anything: its source sees to it that there is room.
    @Override
    public Backlog backlog(int width, Backlog.Bell bell) {
        return new Backlog(Overflow.DROP_NEWEST, reading.buffer(), width, bell);
    }

    @Override
    public Source source(Backlog backlog, Source.Watch watch) {
        return new StreamSource(stream.streams(), stream.name(), reading, backlog, watch);
    }

    @Override
    public @Nullable String dead() {
        String cursor = reading.cursor();
        return cursor == null ? null : dead(stream.name(), cursor);
    }
}
