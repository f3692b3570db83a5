package dev.parley.front.mqtt;

import dev.parley.front.mqtt.Publication.Ids;
import org.jspecify.annotations.Nullable;

/// A session as those see it that bring it messages; on its event loop.
public interface Subscriber {
    /// The virtual host that it is in.
    String host();

    String clientId();

    /// What it is found with where subscriptions are: the number of a session that outlives its
    /// connection, or itself.
    default Object key() {
        return this;
    }

    /// A message for it.
    ///
    /// @param message borrowed for the call
    /// @param qos that it is delivered with
    /// @param retain the flag that it is delivered with
    void onMessage(Publication message, int qos, boolean retain, Ids ids);

    /// A message that is retained from now on is on its way to it: of this topic, what was retained
    /// before would come too late.
    default void onRetained(String topic) {}

    /// Whether it takes messages at the moment; asked before one member of a group gets one.
    boolean ready();

    /// Its connection, if that stops publishing while a queue says that it is full.
    default @Nullable MqttConnection heldBack() {
        return null;
    }
}
