package dev.parley.front.mqtt;

/// The versions of the protocol that are spoken. MQTT 3.1, which is older than the standard,
/// differs from 3.1.1 in the name that a client says hello with and is spoken like it.
public enum MqttVersion {
    V3_1(3, "MQIsdp", "3.1"),
    V3_1_1(4, "MQTT", "3.1.1"),
    V5(5, "MQTT", "5.0");

    private final int level;
    private final String protocol;
    private final String text;

    MqttVersion(int level, String protocol, String text) {
        this.level = level;
        this.protocol = protocol;
        this.text = text;
    }

    boolean isFive() {
        return this == V5;
    }

    /// For people: `5.0`.
    public String text() {
        return text;
    }

    /// @throws MqttException if it is none that is spoken
    static MqttVersion of(String protocol, int level) {
        for (MqttVersion version : values()) {
            if (version.level == level && version.protocol.equals(protocol)) {
                return version;
            }
        }
        throw new MqttException(
                ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
                "protocol level " + level + " is not spoken");
    }
}
