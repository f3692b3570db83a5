package dev.parley.client;

import java.util.List;
import java.util.Map;

/// A stream and how it stands.
///
/// @param state `running`, or `unavailable` where its shard is damaged; then the counts are 0
/// @param epoch names this history: a stream of the same name that was made anew has another one
/// @param subjects filters of topics whose messages it takes
/// @param first the offset of the oldest message that is kept
/// @param next the offset that the next message gets
/// @param firstMillis when the oldest came, milliseconds since 1970
public record Stream(
        String name,
        String vhost,
        String state,
        long epoch,
        List<String> subjects,
        Map<String, Object> arguments,
        long first,
        long next,
        long messages,
        long bytes,
        long firstMillis,
        int readers,
        long published,
        long delivered,
        List<Cursor> cursors) {
    /// A durable cursor.
    ///
    /// @param offset the first message that is not settled
    /// @param readers how many read for it now
    /// @param unsettled messages that they have
    public record Cursor(String name, long offset, int readers, int unsettled) {}
}
