package dev.parley.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one look into a queue found.
///
/// @param next from where another look goes on; null: this was all
public record Inspection(List<Inspected> messages, @Nullable String next) {
    /// What to look for; null: anything.
    ///
    /// @param key the routing key
    /// @param header a header as name=value; `message-id` is a name too
    /// @param body text that the body contains
    public record Filter(@Nullable String key, @Nullable String header, @Nullable String body) {}
}
