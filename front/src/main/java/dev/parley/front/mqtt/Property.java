package dev.parley.front.mqtt;

import org.jspecify.annotations.Nullable;

/// The properties of MQTT 5 (2.2.2.2): how each is written and where a client may use it.
enum Property {
    PAYLOAD_FORMAT(1, Kind.BYTE, Place.PUBLISH, Place.WILL),
    MESSAGE_EXPIRY(2, Kind.FOUR, Place.PUBLISH, Place.WILL),
    CONTENT_TYPE(3, Kind.TEXT, Place.PUBLISH, Place.WILL),
    RESPONSE_TOPIC(8, Kind.TEXT, Place.PUBLISH, Place.WILL),
    CORRELATION_DATA(9, Kind.BINARY, Place.PUBLISH, Place.WILL),
    SUBSCRIPTION_ID(11, Kind.VARIABLE, Place.SUBSCRIBE),
    SESSION_EXPIRY(17, Kind.FOUR, Place.CONNECT, Place.DISCONNECT),
    ASSIGNED_CLIENT_ID(18, Kind.TEXT),
    SERVER_KEEP_ALIVE(19, Kind.TWO),
    AUTHENTICATION_METHOD(21, Kind.TEXT, Place.CONNECT, Place.AUTH),
    AUTHENTICATION_DATA(22, Kind.BINARY, Place.CONNECT, Place.AUTH),
    REQUEST_PROBLEM(23, Kind.BYTE, Place.CONNECT),
    WILL_DELAY(24, Kind.FOUR, Place.WILL),
    REQUEST_RESPONSE(25, Kind.BYTE, Place.CONNECT),
    RESPONSE_INFORMATION(26, Kind.TEXT),
    SERVER_REFERENCE(28, Kind.TEXT),
    REASON_STRING(31, Kind.TEXT, Place.ACKNOWLEDGEMENT, Place.DISCONNECT, Place.AUTH),
    RECEIVE_MAXIMUM(33, Kind.TWO, Place.CONNECT),
    TOPIC_ALIAS_MAXIMUM(34, Kind.TWO, Place.CONNECT),
    TOPIC_ALIAS(35, Kind.TWO, Place.PUBLISH),
    MAXIMUM_QOS(36, Kind.BYTE),
    RETAIN_AVAILABLE(37, Kind.BYTE),
    USER_PROPERTY(
            38,
            Kind.PAIR,
            Place.CONNECT,
            Place.PUBLISH,
            Place.WILL,
            Place.ACKNOWLEDGEMENT,
            Place.SUBSCRIBE,
            Place.UNSUBSCRIBE,
            Place.DISCONNECT,
            Place.AUTH),
    MAXIMUM_PACKET_SIZE(39, Kind.FOUR, Place.CONNECT),
    WILDCARDS_AVAILABLE(40, Kind.BYTE),
    SUBSCRIPTION_IDS_AVAILABLE(41, Kind.BYTE),
    SHARED_AVAILABLE(42, Kind.BYTE);

    /// How a value is written.
    enum Kind {
        BYTE,
        TWO,
        FOUR,
        VARIABLE,
        TEXT,
        BINARY,
        PAIR
    }

    /// Where a client writes properties.
    enum Place {
        CONNECT(1),
        WILL(2),
        PUBLISH(4),
        ACKNOWLEDGEMENT(8),
        SUBSCRIBE(16),
        UNSUBSCRIBE(32),
        DISCONNECT(64),
        AUTH(128);

        private final int bit;

        Place(int bit) {
            this.bit = bit;
        }
    }

    private static final @Nullable Property[] BY_ID = byId();

    private final int id;
    private final Kind kind;
    private final int places;

    Property(int id, Kind kind, Place... places) {
        this.id = id;
        this.kind = kind;
        int bits = 0;
        for (Place place : places) {
            bits |= place.bit;
        }
        this.places = bits;
    }

    private static @Nullable Property[] byId() {
        @Nullable Property[] all = new Property[43];
        for (Property property : values()) {
            all[property.id] = property;
        }
        return all;
    }

    int id() {
        return id;
    }

    Kind kind() {
        return kind;
    }

    boolean belongsTo(Place place) {
        return (places & place.bit) != 0;
    }

    /// Whether such a packet may have it where a server sends it, and no client may.
    boolean isServers(Place place) {
        return (this == SUBSCRIPTION_ID && place == Place.PUBLISH)
                || (this == SERVER_REFERENCE && place == Place.DISCONNECT);
    }

    /// @throws MqttException if there is no such property
    static Property of(int id) {
        Property found = id < BY_ID.length ? BY_ID[id] : null;
        if (found == null) {
            throw MqttException.malformed("unknown property " + id);
        }
        return found;
    }
}
