package dev.parley.cli;

import dev.parley.core.log.LogConfig;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.front.http.HttpConfig;
import dev.parley.node.Config;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The values of all settings: from the command line, else the environment, else a file, else the
/// standard ones.
final class Settings {
    /// A value that will not do, or a file that cannot be read.
    static final class Fault extends Exception {
        private static final long serialVersionUID = 1L;

        Fault(String message) {
            super(message);
        }
    }

    private final Map<Setting, String> values = new EnumMap<>(Setting.class);

    Settings() {
        for (Setting setting : Setting.values()) {
            values.put(setting, setting.standard());
        }
    }

    /// Takes the values of a configuration file: lines of `key = value`, empty ones, and comments
    /// that begin with `#`.
    void read(Path file) throws Fault {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new Fault("no configuration file " + file);
        } catch (MalformedInputException e) {
            throw new Fault(file + " is no text in UTF-8");
        } catch (IOException e) {
            throw new Fault("cannot read " + file + ": " + e.getMessage());
        }
        Map<Setting, Integer> seen = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String where = file + ":" + (i + 1) + ": ";
            int equals = line.indexOf('=');
            if (equals < 0) {
                throw new Fault(where + "'" + line + "' is no 'key = value'");
            }
            String key = line.substring(0, equals).strip();
            Setting setting = find(key);
            if (setting == null) {
                throw new Fault(where + "unknown key '" + key + "'" + suggestion(key));
            }
            Integer before = seen.put(setting, i + 1);
            if (before != null) {
                throw new Fault(where + key + " was set in line " + before + " already");
            }
            put(setting, line.substring(equals + 1).strip(), where + key);
        }
    }

    private static @org.jspecify.annotations.Nullable Setting find(String key) {
        for (Setting setting : Setting.values()) {
            if (setting.key().equals(key)) {
                return setting;
            }
        }
        return null;
    }

    /// The key that was perhaps meant.
    private static String suggestion(String key) {
        String best = "";
        int least = 1 + key.length() / 3;
        for (Setting setting : Setting.values()) {
            int steps = distance(key, setting.key());
            if (steps <= least) {
                least = steps - 1;
                best = " (did you mean '" + setting.key() + "'?)";
            }
        }
        return best;
    }

    /// Letters to change, add or leave out to make one word of the other.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    void read(Map<String, String> environment) throws Fault {
        for (Setting setting : Setting.values()) {
            String value = environment.get(setting.variable());
            if (value != null && !value.isEmpty()) {
                put(setting, value, setting.variable());
            }
        }
    }

    /// @param where how the giver calls the setting, for the message
    void put(Setting setting, String value, String where) throws Fault {
        try {
            long _ = setting.parse(value);
            values.put(setting, value);
        } catch (IllegalArgumentException e) {
            throw new Fault(where + ": " + e.getMessage());
        }
    }

    String text(Setting setting) {
        return values.getOrDefault(setting, setting.standard());
    }

    long number(Setting setting) {
        return setting.parse(text(setting));
    }

    private int small(Setting setting) {
        return Math.toIntExact(number(setting));
    }

    private HttpConfig http() throws Fault {
        String origins = text(Setting.ORIGINS).strip();
        try {
            return new HttpConfig(
                    origins.isEmpty() ? List.of() : List.of(origins.split("[ ,]+")),
                    small(Setting.FEEDS_MAX),
                    small(Setting.FEED_MESSAGES_MAX),
                    small(Setting.FEED_BYTES_MAX),
                    HttpConfig.DEFAULT.heartbeatMillis(),
                    text(Setting.WWW));
        } catch (IllegalArgumentException e) {
            throw new Fault(Setting.ORIGINS.key() + ": " + e.getMessage());
        }
    }

    Config config() throws Fault {
        // A message is one record, which has to fit into a segment.
        if (number(Setting.MESSAGE_MAX) > number(Setting.SEGMENT) / 2) {
            throw new Fault(
                    "%s (%s) is more than half of %s (%s)"
                            .formatted(
                                    Setting.MESSAGE_MAX.key(),
                                    text(Setting.MESSAGE_MAX),
                                    Setting.SEGMENT.key(),
                                    text(Setting.SEGMENT)));
        }
        return new Config(
                Path.of(text(Setting.DATA)),
                text(Setting.BIND),
                small(Setting.AMQP_PORT),
                small(Setting.MQTT_PORT),
                small(Setting.HTTP_PORT),
                new LogConfig(
                        small(Setting.SHARDS),
                        small(Setting.SEGMENT),
                        small(Setting.CHUNK),
                        number(Setting.CACHE),
                        number(Setting.SNAPSHOT_EVERY),
                        number(Setting.RESERVE),
                        number(Setting.VOLATILE)),
                new AmqpConfig(
                        text(Setting.PRODUCT),
                        text(Setting.VERSION),
                        small(Setting.FRAME_MAX),
                        small(Setting.CHANNEL_MAX),
                        small(Setting.HEARTBEAT),
                        number(Setting.HANDSHAKE) * 1000,
                        small(Setting.ARRIVALS_MAX),
                        number(Setting.MESSAGE_MAX),
                        small(Setting.OUTPUT_MAX)),
                new MqttSettings(this).config(),
                http(),
                new TlsSettings(this).config());
    }
}
