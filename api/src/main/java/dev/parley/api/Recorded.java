package dev.parley.api;

import java.time.Instant;

/// A message of a stream in the hands of one reader.
///
/// [#missed] counts the messages right before it that the reader should have had and that are kept
/// no more. A reader without a cursor, and a page, has nothing to acknowledge.
public interface Recorded<T> extends Received<T> {
    /// Which history the offset counts in: a stream that was deleted and made anew under its name
    /// has another one.
    long epoch();

    /// Its place: 0, 1, 2, … in each stream.
    long offset();

    /// When it came into the stream, by the node's clock; never earlier than the one before.
    Instant time();
}
