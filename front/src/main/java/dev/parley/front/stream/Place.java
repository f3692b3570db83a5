package dev.parley.front.stream;

import dev.parley.core.catalog.MaxAge;
import dev.parley.core.message.FieldValue;
import dev.parley.core.stream.Start;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/// The words for a place in a stream.
public final class Place {
    /// From this number on a plain number is no offset, which no stream reaches, but microseconds
    /// since 1970, as EMQX writes a time.
    private static final long MICROS = 1_000_000_000_000_000L;

    private Place() {}

    /// Reads `first` or `earliest`, `last`, `next` or `latest`, an offset, or `timestamp:` (also
    /// `time:`) with milliseconds since 1970 or a time as RFC 3339 writes it.
    ///
    /// @throws IllegalArgumentException if it is none of these
    public static Start of(String text) {
        return switch (text) {
            case "first", "earliest" -> new Start.First();
            case "last" -> new Start.Last();
            case "next", "latest" -> new Start.Next();
            default -> {
                int colon = text.indexOf(':');
                String word = colon < 0 ? "" : text.substring(0, colon);
                yield word.equals("timestamp") || word.equals("time")
                        ? new Start.Since(millis(text.substring(colon + 1)))
                        : offset(text);
            }
        };
    }

    private static Start offset(String text) {
        long number = number(text);
        if (number < 0) {
            throw new IllegalArgumentException("'" + text + "' is no place in a stream");
        }
        return number < MICROS ? new Start.At(number) : new Start.Since(number / 1_000);
    }

    private static long millis(String text) {
        long number = number(text);
        if (number >= 0) {
            return number;
        }
        try {
            return Instant.parse(text).toEpochMilli();
        } catch (DateTimeParseException | ArithmeticException e) {
            throw new IllegalArgumentException("'" + text + "' is no time");
        }
    }

    /// -1: it is none.
    private static long number(String text) {
        boolean digits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
        try {
            return digits ? Long.parseLong(text) : -1;
        } catch (NumberFormatException e) {
            return -1; // more digits than a number has
        }
    }

    /// Reads the argument `x-stream-offset` as RabbitMQ does.
    ///
    /// @param now milliseconds since 1970
    /// @throws IllegalArgumentException if it is none; the message says what it is, in RabbitMQ's
    ///   words
    public static Start ofArgument(@Nullable FieldValue value, long now) {
        return switch (value) {
            case null -> new Start.Next();
            case FieldValue.Timestamp(long seconds) ->
                    new Start.Since(
                            seconds < 0 || seconds > Long.MAX_VALUE / 1_000 // it has no sign
                                    ? Long.MAX_VALUE
                                    : seconds * 1_000);
            case FieldValue.Whole whole -> new Start.At(Math.max(0, whole.value()));
            default -> ofText(value, now);
        };
    }

    private static Start ofText(FieldValue value, long now) {
        String text = value.asText();
        if (text == null) {
            throw new IllegalArgumentException(
                    "{invalid_stream_offset_arg,{" + FieldValue.kind(value) + "}}");
        }
        return switch (text) {
            case "first" -> new Start.First();
            case "last" -> new Start.Last();
            case "next" -> new Start.Next();
            default -> {
                Long ago = MaxAge.millis(text);
                if (ago == null) {
                    throw new IllegalArgumentException(
                            "{invalid_stream_offset_arg,{longstr,<<\"%s\">>}}".formatted(text));
                }
                yield new Start.Since(now - ago);
            }
        };
    }
}
