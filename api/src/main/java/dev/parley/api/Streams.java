package dev.parley.api;

/// The streams of a node, wherever it runs: in this process or at the other end of a connection.
///
/// Every method may be called from any thread but a node's event loop, which never runs a user's
/// code. A stream that is opened is there, on disk, when the call returns.
public interface Streams {
    /// Opens a stream whose messages are JSON; text for `String`, bytes as they are for `byte[]`.
    /// It is used as it is if it exists, and made without bounds and over no subjects if it does
    /// not.
    ///
    /// @param name 1 to 255 bytes in UTF-8, not beginning with `amq.`, without `+`, `#` and NUL
    /// @throws RefusedException if there can be no such stream, or a queue has the name
    <T> EventStream<T> stream(String name, Class<T> type);

    /// Opens a stream whose messages are JSON, and says how it has to be.
    ///
    /// @throws RefusedException with [Reason.Precondition] if it exists and keeps something else
    <T> EventStream<T> stream(String name, Class<T> type, StreamOptions options);

    /// Opens a stream with a codec of the caller's, as it is or as [#stream(String, Class)] would.
    <T> EventStream<T> stream(String name, Codec<T> codec);

    /// Opens a stream with a codec of the caller's, and says how it has to be.
    ///
    /// @throws RefusedException with [Reason.Precondition] if it exists and keeps something else
    <T> EventStream<T> stream(String name, Codec<T> codec, StreamOptions options);
}
