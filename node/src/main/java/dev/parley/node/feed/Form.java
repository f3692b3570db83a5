package dev.parley.node.feed;

import dev.parley.front.http.Line;
import dev.parley.front.mqtt.Publication.Ids;

/// How a reader is told things.
interface Form {
    void message(Line line, Shown shown, Ids ids);

    /// Messages are missing here.
    void missed(Line line, long count);

    /// The node is still there.
    void beat(Line line);

    /// The reader's right to read has ended, and so does the connection.
    void expired(Line line);

    /// The reader was too slow, and wanted to be sent away then.
    void tooSlow(Line line);

    /// The node goes, or its operator wants the reader to go; the connection ends.
    ///
    /// @param code of WebSocket
    void stopped(Line line, int code, String why);

    /// What operators are told that this is.
    String protocol();

    /// The reader has ended, whatever the reason; said once.
    void onEnd();
}
