package dev.parley.front.mqtt;

import dev.parley.front.mqtt.ClientPacket.Acknowledgement;
import dev.parley.front.mqtt.ClientPacket.Publish;
import dev.parley.front.mqtt.ClientPacket.Subscribe;
import dev.parley.front.mqtt.ClientPacket.Unsubscribe;

/// What a client has going on with the node, as its connection sees it.
interface MqttSession {
    /// @param topic with its alias resolved
    void onPublish(Publish packet, String topic);

    void onAcknowledgement(Acknowledgement packet);

    /// What has been read from the socket has all been given; the next packet may take a while.
    default void onBreak() {}

    void onSubscribe(Subscribe packet);

    void onUnsubscribe(Unsubscribe packet);

    /// The client takes data again.
    void resume();

    /// Whether the client has sent so much that no more is read until some of it is answered.
    boolean busy();

    SessionView.Load load();

    /// Whether its user may by now still have all that it has subscribed to.
    boolean stands();

    /// The connection has ended.
    ///
    /// @param will whether the will is to be published
    /// @param expirySeconds what the client has said at the end, or -1
    void onEnd(boolean will, long expirySeconds);
}
