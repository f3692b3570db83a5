package dev.parley.front.mqtt;

import dev.parley.api.Reason;

/// Why something was refused or ended, by MQTT 5's numbers (2.4).
public enum ReasonCode {
    SUCCESS(0x00),
    DISCONNECT_WITH_WILL(0x04),
    NO_MATCHING_SUBSCRIBERS(0x10),
    NO_SUBSCRIPTION_EXISTED(0x11),
    CONTINUE_AUTHENTICATION(0x18),
    REAUTHENTICATE(0x19),
    UNSPECIFIED_ERROR(0x80),
    MALFORMED_PACKET(0x81),
    PROTOCOL_ERROR(0x82),
    IMPLEMENTATION_SPECIFIC_ERROR(0x83),
    UNSUPPORTED_PROTOCOL_VERSION(0x84),
    CLIENT_IDENTIFIER_NOT_VALID(0x85),
    BAD_USER_NAME_OR_PASSWORD(0x86),
    NOT_AUTHORIZED(0x87),
    SERVER_UNAVAILABLE(0x88),
    SERVER_SHUTTING_DOWN(0x8B),
    BAD_AUTHENTICATION_METHOD(0x8C),
    KEEP_ALIVE_TIMEOUT(0x8D),
    SESSION_TAKEN_OVER(0x8E),
    TOPIC_FILTER_INVALID(0x8F),
    TOPIC_NAME_INVALID(0x90),
    PACKET_IDENTIFIER_IN_USE(0x91),
    PACKET_IDENTIFIER_NOT_FOUND(0x92),
    RECEIVE_MAXIMUM_EXCEEDED(0x93),
    TOPIC_ALIAS_INVALID(0x94),
    PACKET_TOO_LARGE(0x95),
    QUOTA_EXCEEDED(0x97),
    ADMINISTRATIVE_ACTION(0x98),
    QOS_NOT_SUPPORTED(0x9B),
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED(0x9E);

    private final int code;

    ReasonCode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /// What the node's own reasons are in MQTT.
    static ReasonCode of(Reason reason) {
        return switch (reason) {
            case Reason.Denied r -> NOT_AUTHORIZED;
            case Reason.Full r -> QUOTA_EXCEEDED;
            case Reason.Invalid r -> TOPIC_NAME_INVALID;
            case Reason.NotFound r -> UNSPECIFIED_ERROR;
            case Reason.Precondition r -> IMPLEMENTATION_SPECIFIC_ERROR;
            case Reason.Locked r -> IMPLEMENTATION_SPECIFIC_ERROR;
            case Reason.Unsupported r -> IMPLEMENTATION_SPECIFIC_ERROR;
            case Reason.Unavailable r -> IMPLEMENTATION_SPECIFIC_ERROR;
        };
    }

    /// What a CONNACK of MQTT 3.1.1 says instead (3.2.2.3).
    int inConnack3() {
        return switch (this) {
            case SUCCESS -> 0;
            case UNSUPPORTED_PROTOCOL_VERSION -> 1;
            case CLIENT_IDENTIFIER_NOT_VALID -> 2;
            case BAD_USER_NAME_OR_PASSWORD -> 4;
            case NOT_AUTHORIZED -> 5;
            default -> 3;
        };
    }
}
