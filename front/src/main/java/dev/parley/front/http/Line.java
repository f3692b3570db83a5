package dev.parley.front.http;

import java.nio.ByteBuffer;

/// A connection that stays open: an answer without an end, or a WebSocket. On the event loop.
public interface Line {
    /// Whoever answers on it.
    interface Peer {
        /// The connection takes more.
        void onWritable();

        /// A text came, of WebSocket only; valid during the call, and perhaps no UTF-8.
        void onText(ByteBuffer text);

        /// The connection has ended, whoever ended it; told once.
        void onGone();
    }

    /// Sends bytes, in one text of WebSocket; also while it is not [#writable].
    void write(ByteBuffer... parts);

    /// Whether the connection takes more without keeping much of it in memory.
    boolean writable();

    /// Makes a WebSocket's client answer.
    void ping();

    /// Whether more texts are read.
    void reading(boolean on);

    /// Ends it when all is sent.
    ///
    /// @param code of WebSocket
    void end(int code, String why);

    /// Ends it at once.
    void abort();
}
