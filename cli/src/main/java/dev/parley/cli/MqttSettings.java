package dev.parley.cli;

import dev.parley.front.mqtt.MqttConfig;
import dev.parley.front.pace.Slow;

/// What the settings say about MQTT.
final class MqttSettings {
    private final Settings settings;

    MqttSettings(Settings settings) {
        this.settings = settings;
    }

    MqttConfig config() throws Settings.Fault {
        return new MqttConfig(
                small(Setting.PACKET_MAX),
                small(Setting.RECEIVE_MAX),
                small(Setting.INFLIGHT_MAX),
                small(Setting.ALIAS_MAX),
                small(Setting.KEEP_ALIVE_MAX),
                settings.number(Setting.SESSION_EXPIRY_MAX),
                small(Setting.SESSION_MESSAGES_MAX),
                settings.number(Setting.SESSION_BYTES_MAX),
                small(Setting.FILTERS_MAX),
                small(Setting.LEVELS_MAX),
                settings.number(Setting.MQTT_HANDSHAKE) * 1000,
                small(Setting.MQTT_OUTPUT_MAX),
                yes(Setting.REASON_STRINGS),
                settings.text(Setting.ANONYMOUS),
                yes(Setting.SYSTEM_TOPICS_OPEN),
                slow(),
                new MqttConfig.Rates(
                        small(Setting.PACKET_RATE_MAX), settings.number(Setting.BYTE_RATE_MAX)),
                new MqttConfig.Kept(small(Setting.SESSIONS_MAX), small(Setting.RETAINED_MAX)));
    }

    private MqttConfig.SlowReaders slow() throws Settings.Fault {
        String word = settings.text(Setting.SLOW);
        Slow policy = Slow.of(word);
        if (policy == null) {
            throw new Settings.Fault(Setting.SLOW.key() + ": " + Slow.refusal(word));
        }
        return new MqttConfig.SlowReaders(
                policy,
                small(Setting.SLOW_MESSAGES_MAX),
                small(Setting.SLOW_BYTES_MAX),
                settings.number(Setting.SLOW_TIME) * 1000);
    }

    private int small(Setting setting) {
        return Math.toIntExact(settings.number(setting));
    }

    private boolean yes(Setting setting) throws Settings.Fault {
        String text = settings.text(setting);
        return switch (text) {
            case "yes" -> true;
            case "no" -> false;
            default ->
                    throw new Settings.Fault(
                            "%s is '%s'; it is yes or no".formatted(setting.key(), text));
        };
    }
}
