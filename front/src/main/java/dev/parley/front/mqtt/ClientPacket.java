package dev.parley.front.mqtt;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A control packet from a client. Its buffers are views of what was read: valid during the call
/// that hands it over.
sealed interface ClientPacket {
    /// @param bridge whether the client says that it is another broker, as Mosquitto's do
    /// @param keepAliveSeconds 0: none
    /// @param password null: none was given
    /// @param sessionExpiry seconds; [#FOREVER]: it does not
    /// @param receiveMaximum QoS 1 and 2 messages that the client takes at a time; 0: it did not
    ///   say
    /// @param packetMax largest packet that it takes
    /// @param aliasMax topic aliases that it knows, 0 for none
    /// @param authenticationMethod null: none
    /// @param slow what it would rather miss when it does not keep up; null: it does not say
    record Connect(
            MqttVersion version,
            boolean bridge,
            String clientId,
            boolean cleanStart,
            int keepAliveSeconds,
            @Nullable Will will,
            @Nullable String user,
            @Nullable String password,
            long sessionExpiry,
            int receiveMaximum,
            long packetMax,
            int aliasMax,
            boolean wantsReasons,
            @Nullable String authenticationMethod,
            @Nullable ByteBuffer authenticationData,
            @Nullable String slow)
            implements ClientPacket {
        static final long FOREVER = 0xFFFF_FFFFL;

        @Override
        public String toString() {
            return "Connect[" + version + ", " + clientId + "]"; // no password in a log
        }
    }

    /// What is published when the connection ends without a goodbye; its buffers are its own.
    record Will(
            String topic,
            int qos,
            boolean retain,
            MessageProperties properties,
            ByteBuffer payload) {}

    /// @param topic empty with an alias that stands for it
    record Publish(
            boolean dup,
            int qos,
            boolean retain,
            String topic,
            int packetId,
            MessageProperties properties,
            ByteBuffer payload)
            implements ClientPacket {}

    /// PUBACK, PUBREC, PUBREL or PUBCOMP.
    record Acknowledgement(PacketType type, int packetId, int reason) implements ClientPacket {}

    /// @param subscriptionId 0: none
    /// @param options user properties that say something about subscriptions to streams
    record Subscribe(
            int packetId, int subscriptionId, List<Filter> filters, Map<String, String> options)
            implements ClientPacket {}

    /// One filter of a SUBSCRIBE with its options.
    ///
    /// @param retainHandling 0 sends retained messages, 1 if the subscription is new, 2 does not
    record Filter(
            String filter,
            int qos,
            boolean noLocal,
            boolean retainAsPublished,
            int retainHandling) {}

    record Unsubscribe(int packetId, List<String> filters) implements ClientPacket {}

    record Ping() implements ClientPacket {}

    /// @param sessionExpiry -1: as it was
    record Disconnect(int reason, long sessionExpiry) implements ClientPacket {}

    record Authenticate(int reason, @Nullable String method, @Nullable ByteBuffer data)
            implements ClientPacket {}
}
