package dev.parley.node.feed;

import java.util.Map;

/// Somebody who reads and stays, as those see him that look after all of them.
interface Reader {
    /// A number that no other connection of the node has.
    long id();

    /// Looks at the clock; about twice a second.
    void onTick();

    /// Sends the reader away.
    ///
    /// @param code of WebSocket
    void stop(int code, String why);

    /// How it stands.
    Map<String, Object> row();
}
