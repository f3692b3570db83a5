package dev.parley.cli;

import java.util.Locale;
import picocli.CommandLine.TypeConversionException;

/// Everything that a node can be told: each a flag of `parley start`, a key of its configuration
/// file, and a `PARLEY_…` variable.
///
/// `docs/configuration.md` is checked against this list.
enum Setting {
    DATA("data", Kind.TEXT, "parley-data", 1, 4096, "Data directory; made if it is missing."),
    BIND("bind", Kind.TEXT, "127.0.0.1", 1, 255, "Name or address that the listeners bind to."),
    AMQP_PORT(
            "amqp.port",
            Kind.NUMBER,
            "5672",
            -1,
            65_535,
            "Port for AMQP; 0 picks a free one, -1 opens none."),
    MQTT_PORT(
            "mqtt.port",
            Kind.NUMBER,
            "1883",
            -1,
            65_535,
            "Port for MQTT; 0 picks a free one, -1 opens none."),
    HTTP_PORT(
            "http.port",
            Kind.NUMBER,
            "8080",
            -1,
            65_535,
            "Port for HTTP; 0 picks a free one, -1 opens none."),
    AMQPS_PORT(
            "amqps.port",
            Kind.NUMBER,
            "5671",
            -1,
            65_535,
            "Port for AMQP with TLS, opened if there is a certificate; 0 and -1 likewise."),
    MQTTS_PORT(
            "mqtts.port",
            Kind.NUMBER,
            "8883",
            -1,
            65_535,
            "Port for MQTT with TLS, opened if there is a certificate; 0 and -1 likewise."),
    HTTPS_PORT(
            "https.port",
            Kind.NUMBER,
            "-1",
            -1,
            65_535,
            "Port for HTTP with TLS; 0 and -1 likewise."),
    TLS_CERTIFICATE(
            "tls.certificate",
            Kind.TEXT,
            "",
            0,
            4096,
            "PEM file: the node's certificate and those between it and a root."),
    TLS_KEY("tls.key", Kind.TEXT, "", 0, 4096, "PEM file: its key, PKCS#8 without a password."),
    TLS_CLIENT_CA(
            "tls.client-ca",
            Kind.TEXT,
            "",
            0,
            4096,
            "PEM file: the authorities that clients' certificates are from."),
    TLS_CLIENT(
            "tls.client",
            Kind.TEXT,
            "none",
            1,
            16,
            "Whether clients show a certificate: required, wanted or none."),
    TLS_CLIENT_NAME(
            "tls.client-name",
            Kind.TEXT,
            "distinguished-name",
            1,
            32,
            "What of it is the user's name: distinguished-name or common-name."),
    PRODUCT(
            "amqp.product",
            Kind.TEXT,
            "RabbitMQ",
            1,
            255,
            "Product that AMQP clients are told; some behave by it."),
    VERSION(
            "amqp.version",
            Kind.TEXT,
            "3.13.7",
            1,
            255,
            "Version that AMQP clients are told; some behave by it."),
    MESSAGE_MAX(
            "amqp.message-max",
            Kind.BYTES,
            "16MiB",
            1,
            512L << 20,
            "Largest message body; a larger one closes the channel with 406."),
    FRAME_MAX(
            "amqp.frame-max",
            Kind.BYTES,
            "128KiB",
            4096,
            16L << 20,
            "Largest frame; a larger one closes the connection with 501."),
    CHANNEL_MAX(
            "amqp.channel-max",
            Kind.NUMBER,
            "2047",
            1,
            65_535,
            "Channels of one connection; one more closes it with 504."),
    HEARTBEAT(
            "amqp.heartbeat",
            Kind.SECONDS,
            "60",
            0,
            65_535,
            "Interval that clients are proposed; 0 for none."),
    HANDSHAKE(
            "amqp.handshake",
            Kind.SECONDS,
            "10",
            1,
            3600,
            "Time to say hello, log in and open a virtual host."),
    ARRIVALS_MAX(
            "amqp.arrivals-max",
            Kind.NUMBER,
            "4096",
            1,
            1_000_000,
            "Clients that have not opened their connection yet; one more, and the slowest goes."),
    OUTPUT_MAX(
            "amqp.output-max",
            Kind.BYTES,
            "512KiB",
            64L << 10,
            64L << 20,
            "Bytes gathered for a client at which it gets no more deliveries."),
    PACKET_MAX(
            "mqtt.packet-max",
            Kind.BYTES,
            "16MiB",
            1024,
            268_435_455,
            "Largest MQTT packet from a client; a larger one closes the connection with 0x95."),
    RECEIVE_MAX(
            "mqtt.receive-max",
            Kind.NUMBER,
            "1024",
            1,
            65_535,
            "Messages of QoS 1 and 2 of a client without an answer; one more is 0x93."),
    INFLIGHT_MAX(
            "mqtt.inflight-max",
            Kind.NUMBER,
            "1024",
            1,
            65_535,
            "The same to a client, where it sets no lower number."),
    ALIAS_MAX(
            "mqtt.alias-max", Kind.NUMBER, "64", 0, 65_535, "Topic aliases that a client may set."),
    KEEP_ALIVE_MAX(
            "mqtt.keep-alive-max",
            Kind.SECONDS,
            "0",
            0,
            65_535,
            "Longest keep-alive of a client of MQTT 5; 0 for no bound."),
    SESSION_EXPIRY_MAX(
            "mqtt.session-expiry-max",
            Kind.SECONDS,
            "4294967295",
            0,
            4_294_967_295L,
            "Longest time that a session outlives its connection; the standard value: for ever."),
    SESSION_MESSAGES_MAX(
            "mqtt.session-messages-max",
            Kind.NUMBER,
            "100000",
            1,
            2_000_000,
            "Messages that wait for one session; what is done with more is counted."),
    SESSION_BYTES_MAX(
            "mqtt.session-bytes-max",
            Kind.BYTES,
            "64MiB",
            64L << 10,
            64L << 30,
            "Bytes that wait in memory for a session that ends with its connection."),
    SESSIONS_MAX(
            "mqtt.sessions-max",
            Kind.NUMBER,
            "100000",
            1,
            16_000_000,
            "Sessions that outlive their connection, 1.8 KiB of heap each, shared out over the 16"
                    + " shards; one more is refused."),
    RETAINED_MAX(
            "mqtt.retained-max",
            Kind.NUMBER,
            "1000000",
            1,
            16_000_000,
            "Topics with a retained message, 200 bytes of heap each, shared out over the 16 shards;"
                    + " one more is refused."),
    FILTERS_MAX(
            "mqtt.filters-max",
            Kind.NUMBER,
            "10000",
            1,
            1_000_000,
            "Subscriptions of one session; one more is refused with 0x97."),
    LEVELS_MAX(
            "mqtt.levels-max",
            Kind.NUMBER,
            "64",
            8,
            256,
            "Levels of a topic or filter of a client; more close the connection with 0x81."),
    PACKET_RATE_MAX(
            "mqtt.packet-rate-max",
            Kind.NUMBER,
            "0",
            0,
            1_000_000_000,
            "Packets of a client in a second, without acknowledgements; then it waits. 0: any."),
    BYTE_RATE_MAX(
            "mqtt.byte-rate-max",
            Kind.BYTES,
            "0",
            0,
            64L << 30,
            "Bytes of them in a second, likewise."),
    MQTT_HANDSHAKE("mqtt.handshake", Kind.SECONDS, "10", 1, 3600, "Time to log in."),
    MQTT_OUTPUT_MAX(
            "mqtt.output-max",
            Kind.BYTES,
            "512KiB",
            64L << 10,
            64L << 20,
            "Bytes gathered for a client at which messages wait, QoS 0 at eight times as many."),
    SLOW(
            "mqtt.slow",
            Kind.TEXT,
            "drop-new",
            1,
            16,
            "What QoS 0 readers that are too slow miss: drop-new, drop-old, latest or disconnect."),
    SLOW_MESSAGES_MAX(
            "mqtt.slow-messages-max",
            Kind.NUMBER,
            "1000",
            1,
            1_000_000,
            "QoS 0 messages that wait for one that would rather miss old ones."),
    SLOW_BYTES_MAX(
            "mqtt.slow-bytes-max",
            Kind.BYTES,
            "1MiB",
            1024,
            64L << 20,
            "Bytes of them; a larger message is missed while it does not read."),
    SLOW_TIME(
            "mqtt.slow-time",
            Kind.SECONDS,
            "30",
            1,
            3600,
            "Time without reading after which one that wants to be disconnected is."),
    REASON_STRINGS(
            "mqtt.reason-strings",
            Kind.TEXT,
            "yes",
            2,
            3,
            "Whether clients of MQTT 5 are told in words what was wrong: yes or no."),
    ANONYMOUS(
            "mqtt.anonymous",
            Kind.TEXT,
            "guest",
            0,
            255,
            "User, with the password guest, of clients that name none; empty: they are refused."),
    SYSTEM_TOPICS_OPEN(
            "mqtt.sys-open",
            Kind.TEXT,
            "no",
            2,
            3,
            "Whether users without the tag administrator or monitoring may read $SYS: yes or no."),
    ORIGINS(
            "http.origins",
            Kind.TEXT,
            "",
            0,
            4096,
            "Pages from which browsers may come, besides the node's own, with commas; * for all."),
    FEEDS_MAX(
            "http.feeds-max",
            Kind.NUMBER,
            "10000",
            1,
            1_000_000,
            "Readers of events and feeds at a time; one more is refused with 503."),
    FEED_MESSAGES_MAX(
            "http.feed-messages-max",
            Kind.NUMBER,
            "1000",
            1,
            1_000_000,
            "Messages that wait for one of them that does not read."),
    FEED_BYTES_MAX(
            "http.feed-bytes-max",
            Kind.BYTES,
            "1MiB",
            1024,
            64L << 20,
            "Bytes of them, as JSON; a larger message is missed by all readers."),
    WWW(
            "www",
            Kind.TEXT,
            "",
            0,
            4096,
            "Folder with pages that the HTTP port serves; read at the start."),
    SHARDS(
            "log.shards",
            Kind.NUMBER,
            "16",
            1,
            4096,
            "Shards of a new data directory; an existing one keeps its own."),
    SEGMENT(
            "log.segment",
            Kind.BYTES,
            "64MiB",
            1L << 20,
            1L << 30,
            "Size of a log file in a new data directory; an existing one keeps its own."),
    CHUNK(
            "log.chunk",
            Kind.BYTES,
            "1MiB",
            64L << 10,
            64L << 20,
            "Memory that is written to and cached as one piece."),
    CACHE(
            "log.cache",
            Kind.BYTES,
            "64MiB",
            1L << 20,
            64L << 30,
            "Recent log kept in memory, from which consumers that keep up are served; half as much, "
                    + "32 MiB at most, for what is read back, and up to half as much of spare "
                    + "memory for large records."),
    SNAPSHOT_EVERY(
            "log.snapshot-every",
            Kind.BYTES,
            "128MiB",
            1L << 20,
            64L << 30,
            "Log written after which a snapshot is taken; less makes recovery quicker."),
    RESERVE(
            "log.reserve",
            Kind.BYTES,
            "256MiB",
            1L << 20,
            1L << 40,
            "Free disk at which messages are refused; acknowledgements go on."),
    VOLATILE(
            "log.volatile",
            Kind.BYTES,
            "64MiB",
            1L << 20,
            64L << 30,
            "Memory for transient messages before they spill to disk.");

    /// How a value is written.
    enum Kind {
        TEXT("TEXT", "text"),
        NUMBER("N", "number"),
        BYTES("SIZE", "bytes, KiB, MiB, GiB"),
        SECONDS("TIME", "seconds, m, h");

        private final String label;
        private final String unit;

        Kind(String label, String unit) {
            this.label = label;
            this.unit = unit;
        }

        String label() {
            return label;
        }

        /// What a value without a suffix means, and the suffixes there are.
        String unit() {
            return unit;
        }
    }

    private final String key;
    private final Kind kind;
    private final String standard;
    private final long least;
    private final long most;
    private final String about;

    Setting(String key, Kind kind, String standard, long least, long most, String about) {
        this.key = key;
        this.kind = kind;
        this.standard = standard;
        this.least = least;
        this.most = most;
        this.about = about;
    }

    /// Its name in a configuration file: `amqp.frame-max`.
    String key() {
        return key;
    }

    /// Its name on the command line: `--amqp-frame-max`.
    String flag() {
        return "--" + key.replace('.', '-');
    }

    /// Its name in the environment: `PARLEY_AMQP_FRAME_MAX`.
    String variable() {
        return "PARLEY_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    Kind kind() {
        return kind;
    }

    String standard() {
        return standard;
    }

    String about() {
        return about;
    }

    /// The least and the most that it may be, as its kind is written.
    String bounds() {
        return switch (kind) {
            case TEXT -> least + " to " + most + " bytes";
            case NUMBER, SECONDS -> least + " to " + most;
            case BYTES -> Sizes.text(least) + " to " + Sizes.text(most);
        };
    }

    /// The value as a number in its unit; of a text, its length.
    ///
    /// @throws IllegalArgumentException if it is none or out of bounds; the message says so
    long parse(String value) {
        long number;
        try {
            number =
                    switch (kind) {
                        case TEXT -> value.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
                        case NUMBER -> Long.parseLong(value);
                        case BYTES -> new Sizes().convert(value);
                        case SECONDS -> new Times().convert(value).toSeconds();
                    };
        } catch (NumberFormatException | TypeConversionException e) {
            throw new IllegalArgumentException(wanted(value));
        }
        if (number < least || number > most) {
            throw new IllegalArgumentException(wanted(value));
        }
        return number;
    }

    private String wanted(String value) {
        return "'%s' is no %s of %s".formatted(value, kind.unit, bounds());
    }
}
