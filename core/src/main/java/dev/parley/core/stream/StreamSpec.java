package dev.parley.core.stream;

/// What a stream keeps. It keeps at least what all bounds allow, and at most one block more; the
/// message that came last always stays.
///
/// @param ageMillis how long a message is kept, or [#NONE]
/// @param bytes how many bytes of messages are kept, or [#NONE]
/// @param count how many messages are kept, exactly, or [#NONE]
/// @param lastPerSubject whether a message makes the ones before it with the same subject go; one
///   without a body leaves its subject without a value. Settled when the stream is made. At most
///   1,000,000 subjects: beyond, the oldest messages are dropped
public record StreamSpec(long ageMillis, long bytes, long count, boolean lastPerSubject) {
    /// No bound.
    public static final long NONE = -1;

    public static final StreamSpec EVERYTHING = new StreamSpec(NONE, NONE, NONE, false);
}
