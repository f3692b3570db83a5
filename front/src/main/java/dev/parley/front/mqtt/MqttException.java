package dev.parley.front.mqtt;

/// What a client has done wrong, or may not do; ends its connection.
final class MqttException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final int TEXT_MAX = 200;

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

    /// For people.
    String text() {
        return cut(String.valueOf(getMessage()));
    }

    /// What clients have sent may be quoted in a text, so it is cut.
    static String cut(String text) {
        return text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) : text;
    }
}
