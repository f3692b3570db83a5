package dev.parley.front.mqtt;

import dev.parley.front.mqtt.ClientPacket.Acknowledgement;
import dev.parley.front.mqtt.ClientPacket.Authenticate;
import dev.parley.front.mqtt.ClientPacket.Disconnect;
import dev.parley.front.mqtt.ClientPacket.Filter;
import dev.parley.front.mqtt.ClientPacket.Ping;
import dev.parley.front.mqtt.ClientPacket.Publish;
import dev.parley.front.mqtt.ClientPacket.Subscribe;
import dev.parley.front.mqtt.ClientPacket.Unsubscribe;
import dev.parley.front.mqtt.Property.Place;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the packets that a client sends after its CONNECT; every field is checked, and nothing may
/// be left over.
final class PacketDecoder {
    /// The reasons that a client may have to go (3.14.2.1).
    private static final Set<Integer> FAREWELLS =
            Set.of(
                    0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98,
                    0x99);

    private final boolean five;

    /// In MQTT 3.1 the packets with flags of 2 have a DUP flag too.
    private final boolean old;

    private final boolean bridge;

    /// The topic of the last PUBLISH: most publishers stay with one.
    private ByteBuffer topicBytes = ByteBuffer.allocate(0);

    private String topic = "";

    PacketDecoder(MqttVersion version) {
        this(version, false);
    }

    /// @param bridge whether the client is another broker: it gets nothing of its own back, and
    ///   retain flags as they were
    PacketDecoder(MqttVersion version, boolean bridge) {
        this.five = version.isFive();
        this.old = version == MqttVersion.V3_1;
        this.bridge = bridge;
    }

    /// @throws MqttException if it is malformed
    ClientPacket read(int firstByte, ByteBuffer body) {
        PacketType type = PacketType.of(firstByte);
        if (type == PacketType.PUBLISH) {
            return publish(firstByte & 0xF, body);
        }
        int flags = firstByte & (old && type.flags() == 2 ? 0x7 : 0xF);
        if (flags != type.flags()) {
            throw MqttException.malformed("flags of %s are %d".formatted(type, firstByte & 0xF));
        }
        ClientPacket packet =
                switch (type) {
                    case PUBACK, PUBREC, PUBREL, PUBCOMP -> acknowledgement(type, body);
                    case SUBSCRIBE -> subscribe(body);
                    case UNSUBSCRIBE -> unsubscribe(body);
                    case PINGREQ -> new Ping();
                    case DISCONNECT -> disconnect(body);
                    case AUTH -> authenticate(body);
                    case CONNECT -> throw MqttException.protocol("CONNECT twice");
                    default -> throw MqttException.protocol(type + " from a client");
                };
        if (body.hasRemaining()) {
            throw MqttException.malformed("%d bytes behind a %s".formatted(body.remaining(), type));
        }
        return packet;
    }

    private Publish publish(int flags, ByteBuffer body) {
        int qos = flags >> 1 & 3;
        boolean dup = (flags & 8) != 0;
        if (qos == 3) {
            throw MqttException.malformed("QoS 3");
        }
        if (dup && qos == 0) {
            throw MqttException.malformed("DUP with QoS 0");
        }
        String name = topic(Utf8.binary(body));
        int packetId = qos == 0 ? 0 : packetId(body);
        MessageProperties properties =
                five ? MessageProperties.read(body, Place.PUBLISH) : MessageProperties.NONE;
        return new Publish(dup, qos, (flags & 1) != 0, name, packetId, properties, body.slice());
    }

    private String topic(ByteBuffer bytes) {
        if (bytes.equals(topicBytes)) {
            return topic;
        }
        String read = Utf8.text(bytes);
        if (bytes.remaining() <= TopicNames.BYTES_MAX) {
            topicBytes = ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
            topic = read;
        }
        return read;
    }

    private static int packetId(ByteBuffer body) {
        if (body.remaining() < 2) {
            throw MqttException.malformed("a packet identifier is cut short");
        }
        int id = Short.toUnsignedInt(body.getShort());
        if (id == 0) {
            throw MqttException.protocol("packet identifier 0");
        }
        return id;
    }

    /// Of a SUBSCRIBE or UNSUBSCRIBE, where Mosquitto calls 0 malformed.
    private static int requestId(ByteBuffer body) {
        if (body.remaining() >= 2 && body.getShort(body.position()) == 0) {
            throw MqttException.malformed("packet identifier 0");
        }
        return packetId(body);
    }

    private Acknowledgement acknowledgement(PacketType type, ByteBuffer body) {
        int id = packetId(body);
        int reason = 0;
        if (five && body.hasRemaining()) {
            reason = body.get() & 0xFF;
            checkReason(type, reason);
            if (body.hasRemaining()) {
                new PropertyReader(body, Place.ACKNOWLEDGEMENT).passOver();
            }
        }
        return new Acknowledgement(type, id, reason);
    }

    private static void checkReason(PacketType type, int reason) {
        boolean known =
                switch (type) {
                    case PUBREL, PUBCOMP -> reason == 0 || reason == 0x92;
                    default ->
                            reason == 0
                                    || reason == 0x10
                                    || reason == 0x80
                                    || reason == 0x83
                                    || reason == 0x87
                                    || reason == 0x90
                                    || reason == 0x91
                                    || reason == 0x97
                                    || reason == 0x99;
                };
        if (!known) {
            throw MqttException.protocol("reason %d in a %s".formatted(reason, type));
        }
    }

    private Subscribe subscribe(ByteBuffer body) {
        int id = requestId(body);
        int subscription = 0;
        Map<String, String> options = Map.of();
        if (five) {
            PropertyReader reader = new PropertyReader(body, Place.SUBSCRIBE);
            Property property;
            while ((property = reader.next()) != null) {
                if (property == Property.SUBSCRIPTION_ID) {
                    subscription = (int) reader.positive();
                } else if (property == Property.USER_PROPERTY
                        && StreamReadings.OPTIONS.contains(reader.text())) {
                    options = new HashMap<>(options);
                    options.put(reader.text(), reader.value());
                }
            }
        }
        List<Filter> filters = new ArrayList<>();
        while (body.hasRemaining()) {
            String filter = Utf8.read(body);
            if (!body.hasRemaining()) {
                throw MqttException.malformed("a filter without its options");
            }
            filters.add(filter(filter, body.get() & 0xFF));
        }
        if (filters.isEmpty()) {
            throw MqttException.protocol("SUBSCRIBE to nothing");
        }
        return new Subscribe(id, subscription, filters, options);
    }

    private Filter filter(String filter, int options) {
        int qos = options & 3;
        int handling = options >> 4 & 3;
        if (qos == 3 || (options & (five ? 0xC0 : 0xFC)) != 0) {
            throw MqttException.malformed("subscription options " + options);
        }
        if (handling == 3) {
            throw MqttException.protocol("retain handling 3");
        }
        boolean noLocal = (options & 4) != 0;
        if (noLocal && filter.startsWith("$share/")) {
            throw MqttException.protocol("no-local in a shared subscription");
        }
        return new Filter(
                filter,
                qos,
                noLocal || (bridge && !filter.startsWith("$share/")),
                bridge || (options & 8) != 0,
                handling);
    }

    private Unsubscribe unsubscribe(ByteBuffer body) {
        int id = requestId(body);
        if (five) {
            new PropertyReader(body, Place.UNSUBSCRIBE).passOver();
        }
        List<String> filters = new ArrayList<>();
        while (body.hasRemaining()) {
            filters.add(Utf8.read(body));
        }
        if (filters.isEmpty()) {
            throw MqttException.protocol("UNSUBSCRIBE from nothing");
        }
        return new Unsubscribe(id, filters);
    }

    private Disconnect disconnect(ByteBuffer body) {
        int reason = 0;
        long expiry = -1;
        if (five && body.hasRemaining()) {
            reason = body.get() & 0xFF;
            if (!FAREWELLS.contains(reason)) {
                throw MqttException.protocol("reason %d in a DISCONNECT".formatted(reason));
            }
            if (body.hasRemaining()) {
                PropertyReader reader = new PropertyReader(body, Place.DISCONNECT);
                Property property;
                while ((property = reader.next()) != null) {
                    if (property == Property.SESSION_EXPIRY) {
                        expiry = reader.number();
                    }
                }
            }
        }
        return new Disconnect(reason, expiry);
    }

    private Authenticate authenticate(ByteBuffer body) {
        if (!five) {
            throw MqttException.protocol("AUTH before MQTT 5");
        }
        int reason = body.hasRemaining() ? body.get() & 0xFF : 0;
        if (reason != 0 && reason != 0x18 && reason != 0x19) {
            throw MqttException.protocol("reason %d in an AUTH".formatted(reason));
        }
        @Nullable String method = null;
        @Nullable ByteBuffer data = null;
        if (body.hasRemaining()) {
            PropertyReader reader = new PropertyReader(body, Place.AUTH);
            Property property;
            while ((property = reader.next()) != null) {
                if (property == Property.AUTHENTICATION_METHOD) {
                    method = reader.text();
                } else if (property == Property.AUTHENTICATION_DATA) {
                    data = reader.binary();
                }
            }
        }
        return new Authenticate(reason, method, data);
    }
}
