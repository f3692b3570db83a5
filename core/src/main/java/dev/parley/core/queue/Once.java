package dev.parley.core.queue;

/// What makes a publish recognisable when it is repeated, so that it takes effect once.
public sealed interface Once {
    /// A publisher that numbers its messages.
    ///
    /// @param publisher at most 255 bytes of UTF-8
    /// @param number rises by one from message to message; small gaps and a changed order do no
    ///   harm
    record Numbered(String publisher, long number) implements Once {}

    /// A message with a name of its own; for queues that have been told to look at names.
    record Named(String name) implements Once {}
}
