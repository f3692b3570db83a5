package dev.parley.client;

import java.util.List;
import java.util.Map;

/// Somebody who may connect.
///
/// @param permissions by virtual host
public record User(String name, List<String> tags, Map<String, Permission> permissions) {
    /// Regular expressions over names of queues and exchanges; an empty one permits nothing.
    public record Permission(String configure, String write, String read) {}
}
