package dev.parley.core.topic;

/// What is published for a session whose connection ends without a farewell.
///
/// @param message its expiry is that of a will without a time to live of its own: wills of earlier
///   versions, whose time began with the connection
/// @param delaySeconds how long after that; at the session's end at the latest
/// @param lifeMillis how long the message lives once it is published; 0: for ever
public record Will(TopicMessage message, boolean retain, long delaySeconds, long lifeMillis) {
    /// A will that lives for ever.
    public Will(TopicMessage message, boolean retain, long delaySeconds) {
        this(message, retain, delaySeconds, 0);
    }

    /// What is published at a time.
    ///
    /// @param now milliseconds since 1970
    TopicMessage published(long now) {
        return lifeMillis == 0
                ? message
                : new TopicMessage(
                        message.topic(),
                        message.qos(),
                        now + lifeMillis,
                        message.properties(),
                        message.payload());
    }

    Will detached() {
        return new Will(message.detached(), retain, delaySeconds, lifeMillis);
    }
}
