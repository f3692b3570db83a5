package dev.parley.front.amqp;

import java.nio.ByteBuffer;

/// Takes what a [FrameReader] finds. Each buffer is the reader's input, whose position and limit
/// are those of what is given, during the call only: who needs it longer copies it.
interface FrameSink {
    void onProtocolHeader(boolean supported);

    /// @param method class and method as one number
    void onMethod(int channel, int method, ByteBuffer arguments);

    void onContentHeader(int channel, int classId, long bodySize, ByteBuffer properties);

    /// @param more bytes of the same frame that are still to come, in further pieces
    void onBody(int channel, ByteBuffer piece, int more);

    void onHeartbeat(int channel);

    /// Whether this method must wait: it and what follows stay in the buffer.
    boolean holds(int channel, int method);

    /// Whether to stop after the frame just given; what follows stays in the buffer.
    boolean paused();
}
