package dev.parley.front.mqtt;

/// What a client has done wrong, or may not do; ends its connection.
final class MqttException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ReasonCode reason;

    MqttException(ReasonCode reason, String text) {
        super(text, null, false, false);
        this.reason = reason;
    }

    static MqttException malformed(String text) {
        return new MqttException(ReasonCode.MALFORMED_PACKET, text);
    }

    static MqttException protocol(String text) {
        return new MqttException(ReasonCode.PROTOCOL_ERROR, text);
    }

    ReasonCode reason() {
        return reason;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
