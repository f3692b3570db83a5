package dev.parley.core.topic;

/// What is published for a session whose connection ends without a farewell.
///
/// @param delaySeconds how long after that; at the session's end at the latest
public record Will(TopicMessage message, boolean retain, long delaySeconds) {
    Will detached() {
        return new Will(message.detached(), retain, delaySeconds);
    }
}
