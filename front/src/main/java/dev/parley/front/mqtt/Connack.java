package dev.parley.front.mqtt;

import dev.parley.front.mqtt.ClientPacket.Connect;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The answers to a CONNECT.
final class Connack {
    private Connack() {}

    /// @param text for people, or null
    static void refuse(
            PacketWriter out, MqttVersion version, ReasonCode reason, @Nullable String text) {
        PacketWriter.Body body = new PacketWriter.Body().octet(0);
        if (version.isFive()) {
            body.octet(reason.code());
            body.properties(new PacketWriter.Body().property(Property.REASON_STRING, text));
        } else {
            body.octet(reason.inConnack3());
        }
        out.packet(PacketType.CONNACK, body);
    }

    /// @param assigned the client identifier that the client did not choose itself, or null
    /// @param proof what ends an enhanced authentication, or null: there was none
    static PacketWriter.Body accept(
            MqttConfig config,
            Connect hello,
            boolean present,
            long expirySeconds,
            int keepAliveSeconds,
            @Nullable String assigned,
            byte @Nullable [] proof) {
        PacketWriter.Body body = new PacketWriter.Body();
        // MQTT 3.1 does not know the flag.
        body.octet(present && hello.version() != MqttVersion.V3_1 ? 1 : 0).octet(0);
        if (!hello.version().isFive()) {
            return body;
        }
        // In Mosquitto's order, which its own tests take at its word.
        PacketWriter.Body properties = new PacketWriter.Body();
        if (config.aliasMax() > 0) {
            properties.property(Property.TOPIC_ALIAS_MAXIMUM, config.aliasMax());
        }
        if (expirySeconds != hello.sessionExpiry()) {
            properties.property(Property.SESSION_EXPIRY, expirySeconds);
        }
        properties.property(Property.ASSIGNED_CLIENT_ID, assigned);
        if (keepAliveSeconds != hello.keepAliveSeconds()) {
            properties.property(Property.SERVER_KEEP_ALIVE, keepAliveSeconds);
        }
        if (config.packetBytesMax() < VariableInt.MAX) {
            properties.property(Property.MAXIMUM_PACKET_SIZE, config.packetBytesMax());
        }
        if (config.receiveMax() < 65_535) {
            properties.property(Property.RECEIVE_MAXIMUM, config.receiveMax());
        }
        if (proof != null) {
            properties
                    .property(Property.AUTHENTICATION_METHOD, hello.authenticationMethod())
                    .octet(Property.AUTHENTICATION_DATA.id())
                    .binary(ByteBuffer.wrap(proof));
        }
        return body.properties(properties);
    }
}
