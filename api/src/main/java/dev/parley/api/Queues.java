package dev.parley.api;

/// The message queues of a node, wherever it runs: in this process or at the other end of a
/// connection.
///
/// Every method may be called from any thread but a node's event loop, which never runs a user's
/// code. A queue that is opened is there, on disk, when the call returns.
public interface Queues {
    /// Opens a queue whose messages are JSON; text for `String`, bytes as they are for `byte[]`. It
    /// is used as it is if it exists, and made durable and without bounds if it does not.
    ///
    /// @param name 1 to 255 bytes in UTF-8, not beginning with `amq.`
    /// @throws RefusedException if there can be no such queue, or it is another connection's own
    <T> Queue<T> queue(String name, Class<T> type);

    /// Opens a queue whose messages are JSON, and says how it has to be.
    ///
    /// @throws RefusedException with [Reason.Precondition] if it exists and is otherwise
    <T> Queue<T> queue(String name, Class<T> type, QueueOptions options);

    /// Opens a queue with a codec of the caller's, as it is or as [#queue(String, Class)] would.
    <T> Queue<T> queue(String name, Codec<T> codec);

    /// Opens a queue with a codec of the caller's, and says how it has to be.
    ///
    /// @throws RefusedException with [Reason.Precondition] if it exists and is otherwise
    <T> Queue<T> queue(String name, Codec<T> codec, QueueOptions options);
}
