package dev.parley.api;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a subscription works.
///
/// @param name of a subscription that outlives its program and the node, 1 to 250 bytes, so that
///   what fails for good has the queue `NAME.dead`; null for one that ends when it is closed. It is
///   a client identifier in the sense of MQTT: it has one subscriber at a time, wherever that is,
///   and shows among the sessions
/// @param stays how long messages are kept for a name that nobody subscribes with; null for ever
/// @param group subscribers with one group and one filter share the messages: each goes to one of
///   them, in turn, among MQTT's clients of `$share/GROUP/FILTER` too; 1 to 250 bytes without `/`,
///   `+` and `#`. What is retained does not come to a group. Null for one that gets everything
/// @param concurrency listeners at work at the same time, 1 to 10,000; messages of one subject are
///   dealt with one after the other whatever it is, and with 1 all of them are
/// @param buffer messages on hand at most, 1 to 65,535; with a name at most 1,024. Whatever it is,
///   no more are taken while 16 MiB are on hand
/// @param overflow what happens to a message for which there is no room. With a name it comes
///   later, and only one that was not published as durable is dropped
/// @param attempts how often a message is tried in all, at least 1; counted anew when the program
///   starts again
/// @param retryAfter the pause before the second try; before each further one twice as long, at
///   most a minute
/// @param closeWithin how long listeners may take to end when the subscription closes
/// @param retained whether the messages that are kept as the last ones come first; with a name only
///   when it is new
public record SubscribeOptions(
        @Nullable String name,
        @Nullable Duration stays,
        @Nullable String group,
        int concurrency,
        int buffer,
        Overflow overflow,
        int attempts,
        Duration retryAfter,
        Duration closeWithin,
        boolean retained) {
    /// What becomes of messages while a subscriber is too slow for them. Each that it does not get
    /// is counted ([Topic.Subscription#missed]), and it is told ([Received#missed]).
    public enum Overflow {
        /// Those that come are dropped until there is room.
        DROP_NEWEST,
        /// Those that have waited longest are dropped.
        DROP_OLDEST,
        /// Of each subject only the newest waits, also while there is room: for states, of which
        /// only the last one counts. With more subjects than room, those that come are dropped.
        LATEST
    }

    /// Without a name, one at a time, 1,024 on hand, the oldest dropped, five attempts, the first
    /// pause a tenth of a second, ten seconds to close, what is retained first.
    public static final SubscribeOptions DEFAULT =
            new SubscribeOptions(
                    null,
                    null,
                    null,
                    1,
                    1_024,
                    Overflow.DROP_OLDEST,
                    5,
                    Duration.ofMillis(100),
                    Duration.ofSeconds(10),
                    true);

    /// [#DEFAULT] with a name: the subscription outlives its program and the node.
    public static SubscribeOptions durable(String name) {
        return DEFAULT.withName(name);
    }

    public SubscribeOptions {
        if (name != null) {
            int bytes = name.getBytes(StandardCharsets.UTF_8).length;
            check("the bytes of a name", bytes, 1, 250);
        }
        if (group != null) {
            check("the bytes of a group", group.getBytes(StandardCharsets.UTF_8).length, 1, 250);
            if (group.chars().anyMatch(c -> c == '/' || c == '+' || c == '#' || c == 0)) {
                throw new IllegalArgumentException("a group's name holds no / + #: " + group);
            }
        }
        check("concurrency", concurrency, 1, 10_000);
        check("buffer", buffer, 1, 65_535);
        check("attempts", attempts, 1, Integer.MAX_VALUE);
        check("stays", stays);
        check("retryAfter", retryAfter);
        check("closeWithin", closeWithin);
    }

    private static void check(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "%s: %d to %d, not %d".formatted(what, least, most, value));
        }
    }

    private static void check(String what, @Nullable Duration time) {
        if (time != null && time.isNegative()) {
            throw new IllegalArgumentException(what + " is negative: " + time);
        }
    }

    public SubscribeOptions withName(String one) {
        return new SubscribeOptions(
                one,
                stays,
                group,
                concurrency,
                buffer,
                overflow,
                attempts,
                retryAfter,
                closeWithin,
                retained);
    }

    public SubscribeOptions withStays(Duration one) {
        return new SubscribeOptions(
                name,
                one,
                group,
                concurrency,
                buffer,
                overflow,
                attempts,
                retryAfter,
                closeWithin,
                retained);
    }

    public SubscribeOptions withGroup(String one) {
        return new SubscribeOptions(
                name,
                stays,
                one,
                concurrency,
                buffer,
                overflow,
                attempts,
                retryAfter,
                closeWithin,
                retained);
    }

    public SubscribeOptions withConcurrency(int one) {
        return new SubscribeOptions(
                name,
                stays,
                group,
                one,
                buffer,
                overflow,
                attempts,
                retryAfter,
                closeWithin,
                retained);
    }

    public SubscribeOptions withBuffer(int one) {
        return new SubscribeOptions(
                name,
                stays,
                group,
                concurrency,
                one,
                overflow,
                attempts,
                retryAfter,
                closeWithin,
                retained);
    }

    public SubscribeOptions withOverflow(Overflow one) {
        return new SubscribeOptions(
                name,
                stays,
                group,
                concurrency,
                buffer,
                one,
                attempts,
                retryAfter,
                closeWithin,
                retained);
    }

    public SubscribeOptions withAttempts(int one) {
        return new SubscribeOptions(
                name,
                stays,
                group,
                concurrency,
                buffer,
                overflow,
                one,
                retryAfter,
                closeWithin,
                retained);
    }

    public SubscribeOptions withRetryAfter(Duration one) {
        return new SubscribeOptions(
                name,
                stays,
                group,
                concurrency,
                buffer,
                overflow,
                attempts,
                one,
                closeWithin,
                retained);
    }

    public SubscribeOptions withCloseWithin(Duration one) {
        return new SubscribeOptions(
                name,
                stays,
                group,
                concurrency,
                buffer,
                overflow,
                attempts,
                retryAfter,
                one,
                retained);
    }

    public SubscribeOptions withRetained(boolean one) {
        return new SubscribeOptions(
                name,
                stays,
                group,
                concurrency,
                buffer,
                overflow,
                attempts,
                retryAfter,
                closeWithin,
                one);
    }
}
