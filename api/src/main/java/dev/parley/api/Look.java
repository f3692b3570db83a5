package dev.parley.api;

import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Which messages an [Operator] wants to see.
///
/// @param count at most this many, 1 to [#COUNT_MAX]
/// @param after goes on behind this one, which need not be there any more; null for the head of the
///   queue
/// @param wanted runs on the caller's thread
public record Look<T>(
        int count, @Nullable Inspected<T> after, Predicate<? super Inspected<T>> wanted) {
    public static final int COUNT_MAX = 1_000;

    public Look {
        if (count < 1 || count > COUNT_MAX) {
            throw new IllegalArgumentException("look at 1 to 1,000 messages, not " + count);
        }
        Objects.requireNonNull(wanted, "wanted");
    }

    /// The first messages, whatever they are.
    public static <T> Look<T> first(int count) {
        return new Look<>(count, null, one -> true);
    }

    public Look<T> after(Inspected<T> one) {
        return new Look<>(count, one, wanted);
    }

    /// Only those that pass this test too.
    public Look<T> where(Predicate<? super Inspected<T>> test) {
        return new Look<>(count, after, one -> wanted.test(one) && test.test(one));
    }
}
