package dev.parley.core.queue;

/// Whether a consumer's client can take one more message now: room in its send buffer, and in a
/// limit that several consumers share.
///
/// When it refuses, the queue passes this consumer over until a [QueueCommand.Resume] comes.
@FunctionalInterface
public interface Window {
    /// Takes one place; the client gives it back when the delivery is settled.
    boolean tryTake();
}
