package dev.parley.api;

/// The topics of a node, wherever it runs: in this process or at the other end of a connection.
///
/// Every method may be called from any thread but a node's event loop, which never runs a user's
/// code.
public interface Topics {
    /// The subjects under a filter, with messages that are JSON; text for `String`, bytes as they
    /// are for `byte[]`. Nothing has to be made before: topics are not declared.
    ///
    /// @throws IllegalArgumentException if this is no [SubjectFilter], or begins with `$share/`
    <T> Topic<T> topic(String filter, Class<T> type);

    /// The subjects under a filter, with a codec of the caller's; otherwise as [#topic(String,
    /// Class)].
    <T> Topic<T> topic(String filter, Codec<T> codec);

    /// Ends the subscription of this name, with everything that waits for it; nothing if there is
    /// none. Returns when that is on disk.
    ///
    /// @param name as [SubscribeOptions#name]
    void unsubscribe(String name) throws InterruptedException;
}
