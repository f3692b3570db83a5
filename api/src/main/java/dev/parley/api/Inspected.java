package dev.parley.api;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/// A message in a queue as an [Operator] sees it, and what it waits for.
///
/// A copy: the message may be gone by the time that somebody looks at this.
public final class Inspected<T> {
    /// Opens a message's bytes with the codec of its queue.
    @FunctionalInterface
    public interface Opening<T> {
        /// @throws RefusedException with [Reason.Invalid] if the codec cannot read them
        Message<T> open();
    }

    private final long entry;
    private final Awaited waitsFor;
    private final Instant expires;
    private final int failures;
    private final boolean redelivered;
    private final String exchange;
    private final String routingKey;
    private final byte[] body;
    private final Opening<T> opening;

    /// For those who make one; programs get theirs from [Operator#inspect].
    ///
    /// @param expires [Instant#MAX] for one that does not
    public Inspected(
            long entry,
            Awaited waitsFor,
            Instant expires,
            int failures,
            boolean redelivered,
            String exchange,
            String routingKey,
            byte[] body,
            Opening<T> opening) {
        this.entry = entry;
        this.waitsFor = Objects.requireNonNull(waitsFor, "waitsFor");
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

    /// Why it is still there.
    public Awaited waitsFor() {
        return waitsFor;
    }

    /// When one that rests or is scheduled may reach a consumer.
    public Optional<Instant> due() {
        return switch (waitsFor) {
            case Awaited.Time(Instant due) -> Optional.of(due);
            case Awaited.Attempt(Instant due) -> Optional.of(due);
            case Awaited.Answer _,
                    Awaited.Group _,
                    Awaited.GroupAttempt _,
                    Awaited.Groups _,
                    Awaited.End _,
                    Awaited.Resumption _,
                    Awaited.Consumer _,
                    Awaited.Room _,
                    Awaited.Turn _ ->
                    Optional.empty();
        };
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
        return "%x, %d bytes, waits for %s".formatted(entry, body.length, waitsFor.inWords());
    }
}
