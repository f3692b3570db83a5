package dev.parley.core.stream;

import java.util.List;

/// How one stream stands at one moment.
///
/// @param first the offset of the oldest message kept
/// @param next the offset that the next message gets
/// @param messages how many are kept
/// @param bytes what they take, about
/// @param firstMillis when the oldest came, 0 if there is none
/// @param readers how many readers are there
/// @param published messages taken since the start of the node
/// @param cursors none if they were not asked for
public record StreamStatus(
        long id,
        String host,
        String name,
        long first,
        long next,
        long messages,
        long bytes,
        long firstMillis,
        int readers,
        long published,
        long delivered,
        List<CursorStatus> cursors) {
    /// @param offset the first message that is not settled
    /// @param readers how many readers share it now
    /// @param unsettled messages that they have
    public record CursorStatus(String name, long offset, int readers, int unsettled) {}
}
