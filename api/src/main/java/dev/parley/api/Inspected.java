package dev.parley.api;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/// A message in a queue as an [Operator] sees it: where it stands, what it waits for, and why.
///
/// A copy: the message may be gone by the time that somebody looks at this.
public final class Inspected<T> {
    /// What a message waits for.
    public enum Standing {
        /// A consumer with room.
        READY,
        /// That others with its key are settled.
        HELD,
        /// Its next attempt, after one that failed.
        RESTING,
        /// Its time to be delivered at all.
        SCHEDULED,
        /// The answer of the consumer that has it.
        TAKEN
    }

    /// Opens a message's bytes with the codec of its queue.
    @FunctionalInterface
    public interface Opening<T> {
        /// @throws RefusedException with [Reason.Invalid] if the codec cannot read them
        Message<T> open();
    }

    private final long entry;
    private final Standing standing;
    private final Instant due;
    private final Instant expires;
    private final int failures;
    private final boolean redelivered;
    private final String exchange;
    private final String routingKey;
    private final byte[] body;
    private final Opening<T> opening;

    /// For those who make one; programs get theirs from [Operator#inspect].
    ///
    /// @param due [Instant#MIN] for one that waits for no time
    /// @param expires [Instant#MAX] for one that does not
    public Inspected(
            long entry,
            Standing standing,
            Instant due,
            Instant expires,
            int failures,
            boolean redelivered,
            String exchange,
            String routingKey,
            byte[] body,
            Opening<T> opening) {
        this.entry = entry;
        this.standing = Objects.requireNonNull(standing, "standing");
        this.due = Objects.requireNonNull(due, "due");
        this.expires = Objects.requireNonNull(expires, "expires");
        this.failures = failures;
        this.redelivered = redelivered;
        this.exchange = Objects.requireNonNull(exchange, "exchange");
        this.routingKey = Objects.requireNonNull(routingKey, "routingKey");
        this.body = body;
        this.opening = opening;
    }

    /// Names the message within its queue, for as long as it is there; `parley queue inspect` shows
    /// it in hexadecimal digits.
    public long entry() {
        return entry;
    }

    public Standing standing() {
        return standing;
    }

    /// When one that rests or is scheduled may reach a consumer.
    public Optional<Instant> due() {
        return due.equals(Instant.MIN) ? Optional.empty() : Optional.of(due);
    }

    /// When it expires, if it does.
    public Optional<Instant> expires() {
        return expires.equals(Instant.MAX) ? Optional.empty() : Optional.of(expires);
    }

    /// Deliveries that failed so far.
    public int failures() {
        return failures;
    }

    public boolean redelivered() {
        return redelivered;
    }

    /// Where it was published to; empty for a queue by its name.
    public String exchange() {
        return exchange;
    }

    public String routingKey() {
        return routingKey;
    }

    /// The content as it is stored, whether or not the codec can read it.
    public byte[] body() {
        return body.clone();
    }

    /// The message, opened anew each time. Its headers tell what became of it before: `x-death`
    /// where and why it was put away.
    ///
    /// @throws RefusedException with [Reason.Invalid] if the codec cannot read it
    public Message<T> message() {
        return opening.open();
    }

    @Override
    public String toString() {
        return "%x %s, %d bytes".formatted(entry, standing, body.length);
    }
}
