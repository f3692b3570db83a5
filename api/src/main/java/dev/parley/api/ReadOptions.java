package dev.parley.api;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a reader of a stream works.
///
/// @param from where it begins; with a cursor that is known already it goes on there instead
/// @param cursor the durable cursor that it reads for, 1 to 248 bytes, and at most 249 together
///   with the name of the stream; null for none: it begins anew each time. Readers of one cursor,
///   wherever they are, share its messages, and those of one subject go to one of them at a time
/// @param concurrency listeners at work at the same time, 1 to 10,000; messages of one subject are
///   dealt with one after the other whatever it is, and with 1 all of them are
/// @param buffer messages on hand at most, 1 to 65,535; whatever it is, no more are taken while 16
///   MiB are on hand. The others wait in the stream
/// @param attempts how often a message is tried in all, at least 1; counted anew when the reader
///   begins again
/// @param retryAfter the pause before the second try; before each further one twice as long, at
///   most a minute
/// @param closeWithin how long listeners may take to end when the reader closes
public record ReadOptions(
        From from,
        @Nullable String cursor,
        int concurrency,
        int buffer,
        int attempts,
        Duration retryAfter,
        Duration closeWithin) {
    private static final int CURSOR_BYTES_MAX = 248;

    /// From the next message that comes, without a cursor, one at a time, 1,024 on hand, five
    /// attempts, the first pause a tenth of a second, ten seconds to close.
    public static final ReadOptions DEFAULT =
            new ReadOptions(
                    From.NEXT, null, 1, 1_024, 5, Duration.ofMillis(100), Duration.ofSeconds(10));

    /// [#DEFAULT] from another place.
    public static ReadOptions from(From place) {
        return DEFAULT.withFrom(place);
    }

    /// [#DEFAULT] for a durable cursor, which begins at the oldest message that is kept.
    public static ReadOptions durable(String cursor) {
        return DEFAULT.withCursor(cursor).withFrom(From.FIRST);
    }

    public ReadOptions {
        if (cursor != null) {
            int bytes = cursor.getBytes(StandardCharsets.UTF_8).length;
            if (bytes < 1 || bytes > CURSOR_BYTES_MAX) {
                throw new IllegalArgumentException(
                        "a cursor's name has 1 to %d bytes, not %d"
                                .formatted(CURSOR_BYTES_MAX, bytes));
            }
        }
        // The bounds of the others are those of subscriptions.
        SubscribeOptions _ =
                SubscribeOptions.DEFAULT
                        .withConcurrency(concurrency)
                        .withBuffer(buffer)
                        .withAttempts(attempts)
                        .withRetryAfter(retryAfter)
                        .withCloseWithin(closeWithin);
    }

    public ReadOptions withFrom(From one) {
        return new ReadOptions(one, cursor, concurrency, buffer, attempts, retryAfter, closeWithin);
    }

    public ReadOptions withCursor(String one) {
        return new ReadOptions(from, one, concurrency, buffer, attempts, retryAfter, closeWithin);
    }

    public ReadOptions withConcurrency(int one) {
        return new ReadOptions(from, cursor, one, buffer, attempts, retryAfter, closeWithin);
    }

    public ReadOptions withBuffer(int one) {
        return new ReadOptions(from, cursor, concurrency, one, attempts, retryAfter, closeWithin);
    }

    public ReadOptions withAttempts(int one) {
        return new ReadOptions(from, cursor, concurrency, buffer, one, retryAfter, closeWithin);
    }

    public ReadOptions withRetryAfter(Duration one) {
        return new ReadOptions(from, cursor, concurrency, buffer, attempts, one, closeWithin);
    }

    public ReadOptions withCloseWithin(Duration one) {
        return new ReadOptions(from, cursor, concurrency, buffer, attempts, retryAfter, one);
    }
}
