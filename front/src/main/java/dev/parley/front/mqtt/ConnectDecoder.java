package dev.parley.front.mqtt;

import dev.parley.front.mqtt.ClientPacket.Connect;
import dev.parley.front.mqtt.ClientPacket.Will;
import dev.parley.front.mqtt.Property.Place;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads a CONNECT (3.1), which alone can say which version is spoken.
final class ConnectDecoder {
    /// Set in the protocol level by brokers that connect to others.
    private static final int BRIDGE = 0x80;

    /// The one user property that says something to this node.
    private static final String SLOW = "x-slow";

    private static final int RESERVED = 1;
    private static final int CLEAN = 2;
    private static final int WILL = 4;
    private static final int WILL_RETAIN = 32;
    private static final int PASSWORD = 64;
    private static final int USER = 128;

    private final int levelsMax;
    private @Nullable MqttVersion version;
    private long sessionExpiry;
    private int receiveMaximum;
    private long packetMax = Long.MAX_VALUE;
    private int aliasMax;
    private boolean wantsReasons = true;
    private @Nullable String method;
    private @Nullable ByteBuffer data;
    private @Nullable String slow;

    /// @param levelsMax levels that the topic of a will may have
    ConnectDecoder(int levelsMax) {
        this.levelsMax = levelsMax;
    }

    /// The version as far as it has been read: how a refusal is to be written.
    @Nullable MqttVersion version() {
        return version;
    }

    /// @throws MqttException if it is malformed
    Connect read(int firstByte, ByteBuffer body) {
        if (firstByte != PacketType.CONNECT.firstByte()) {
            throw MqttException.protocol("a connection that does not begin with CONNECT");
        }
        String protocol = Utf8.read(body);
        int level = octet(body);
        boolean ours = protocol.equals("MQTT") || protocol.equals("MQIsdp");
        if (!ours) {
            throw MqttException.protocol("another protocol than MQTT");
        }
        boolean bridge = level == (BRIDGE | 3) || level == (BRIDGE | 4);
        if (bridge) {
            level &= ~BRIDGE;
        }
        if (level > 5) {
            version = MqttVersion.V5;
        }
        MqttVersion spoken = MqttVersion.of(protocol, level);
        version = spoken;
        int flags = octet(body);
        checkFlags(flags, spoken);
        if (body.remaining() < 2) {
            throw MqttException.malformed("CONNECT is cut short");
        }
        int keepAlive = Short.toUnsignedInt(body.getShort());
        if (spoken.isFive()) {
            properties(body);
        } else {
            sessionExpiry = (flags & CLEAN) == 0 ? Connect.FOREVER : 0;
        }
        String clientId = Utf8.read(body);
        Will will = (flags & WILL) == 0 ? null : will(body, flags, spoken);
        String user = (flags & USER) == 0 ? null : Utf8.read(body);
        String password =
                (flags & PASSWORD) == 0
                        ? null
                        : StandardCharsets.UTF_8.decode(Utf8.binary(body)).toString();
        if (body.hasRemaining()) {
            throw MqttException.malformed(body.remaining() + " bytes behind a CONNECT");
        }
        return new Connect(
                spoken,
                bridge,
                clientId,
                (flags & CLEAN) != 0,
                keepAlive,
                will,
                user,
                password,
                sessionExpiry,
                receiveMaximum,
                packetMax,
                aliasMax,
                wantsReasons,
                method,
                data,
                slow);
    }

    private static int octet(ByteBuffer body) {
        if (!body.hasRemaining()) {
            throw MqttException.malformed("CONNECT is cut short");
        }
        return body.get() & 0xFF;
    }

    private static void checkFlags(int flags, MqttVersion version) {
        int willQos = flags >> 3 & 3;
        boolean will = (flags & WILL) != 0;
        if ((flags & RESERVED) != 0) {
            throw MqttException.malformed("the reserved flag of CONNECT is set");
        }
        if (willQos == 3 || (!will && (willQos != 0 || (flags & WILL_RETAIN) != 0))) {
            throw MqttException.malformed("will flags that contradict each other");
        }
        if (!version.isFive() && (flags & PASSWORD) != 0 && (flags & USER) == 0) {
            throw MqttException.malformed("a password without a user name");
        }
    }

    private void properties(ByteBuffer body) {
        PropertyReader reader = new PropertyReader(body, Place.CONNECT);
        Property property;
        while ((property = reader.next()) != null) {
            switch (property) {
                case SESSION_EXPIRY -> sessionExpiry = reader.number();
                case RECEIVE_MAXIMUM -> receiveMaximum = (int) reader.positive();
                case MAXIMUM_PACKET_SIZE -> packetMax = reader.positive();
                case TOPIC_ALIAS_MAXIMUM -> aliasMax = (int) reader.number();
                case REQUEST_PROBLEM -> wantsReasons = reader.flag();
                case REQUEST_RESPONSE -> {
                    boolean _ = reader.flag();
                }
                case AUTHENTICATION_METHOD -> method = reader.text();
                case AUTHENTICATION_DATA -> data = reader.binary();
                case USER_PROPERTY -> {
                    if (reader.text().equals(SLOW)) {
                        slow = reader.value();
                    }
                }
                default -> throw new IllegalStateException(property + " is not read");
            }
        }
        if (data != null && method == null) {
            throw MqttException.protocol("authentication data without a method");
        }
    }

    private Will will(ByteBuffer body, int flags, MqttVersion version) {
        MessageProperties properties =
                version.isFive()
                        ? MessageProperties.read(body, Place.WILL)
                        : MessageProperties.NONE;
        String topic = Utf8.read(body);
        ByteBuffer payload = Utf8.binary(body);
        if (!TopicNames.isName(topic, levelsMax)) {
            throw MqttException.malformed("a will to no topic");
        }
        return new Will(
                topic,
                flags >> 3 & 3,
                (flags & WILL_RETAIN) != 0,
                new MessageProperties(
                        0,
                        properties.expirySeconds(),
                        properties.delaySeconds(),
                        copy(properties.others())),
                copy(payload));
    }

    private static ByteBuffer copy(ByteBuffer source) {
        return ByteBuffer.allocate(source.remaining()).put(source.duplicate()).flip();
    }
}
