package dev.parley.api;

/// What a consumer does with a message; called on a virtual thread, which it may block.
@FunctionalInterface
public interface Handler<T> {
    /// Deals with one message.
    ///
    /// To return is to acknowledge it, unless the handler settled it itself. To throw is to fail:
    /// the message goes back to its place and is tried again, at once or as
    /// [QueueOptions#retryAfter] says, up to [ConsumeOptions#attempts] times in all, and is then
    /// put away.
    void handle(Delivery<T> delivery) throws Exception;
}
