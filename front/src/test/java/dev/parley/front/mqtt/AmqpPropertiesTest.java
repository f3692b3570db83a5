package dev.parley.front.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Properties on their way between MQTT and AMQP, one by one, as RabbitMQ's MQTT plug-in has them.
class AmqpPropertiesTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final String QOS = "x-mqtt-publish-qos";

    private static Properties toAmqp(int qos, long expiresAt, String properties) {
        ByteBuffer none = ByteBuffer.allocate(0);
        Publication message =
                new Publication("a/b", qos, false, expiresAt, Hex.bytes(properties), none);
        return Properties.read(AmqpProperties.toAmqp(message, NOW));
    }

    private static FieldTable headers(String properties) {
        return headers(toAmqp(1, Long.MAX_VALUE, properties));
    }

    private static FieldTable headers(Properties properties) {
        FieldTable headers = properties.headers();
        return headers == null ? FieldTable.EMPTY : headers;
    }

    private static Publication toMqtt(Properties properties) {
        return AmqpProperties.toMqtt("a.b", properties.encoded(), ByteBuffer.allocate(0), NOW);
    }

    private static String ofHeader(String name, FieldValue value) {
        FieldTable headers = FieldTable.builder().put(name, value).build();
        return Hex.of(toMqtt(properties(null, headers, null, null, null)).properties());
    }

    private static Properties properties(
            @Nullable String contentType,
            @Nullable FieldTable headers,
            @Nullable Integer deliveryMode,
            @Nullable String correlationId,
            @Nullable String expiration) {
        return new Properties(
                contentType,
                null,
                headers,
                deliveryMode,
                null,
                correlationId,
                null,
                expiration,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private static String hex(String bytes) {
        return Hex.of(Hex.bytes(bytes));
    }

    // ---- MQTT to AMQP

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 2", "2, 2"})
    void qualityOfServiceIsDeliveryMode(int qos, int deliveryMode) {
        Properties made = toAmqp(qos, Long.MAX_VALUE, "");
        assertThat(made.deliveryMode()).isEqualTo(deliveryMode);
        assertThat(made.headers())
                .isEqualTo(FieldTable.builder().put(QOS, FieldValue.of(qos)).build());
        assertThat(made.expiration()).isNull();
    }

    @Test
    void expiryIsExpiration() {
        assertThat(toAmqp(0, NOW + 2_500, "").expiration()).isEqualTo("2500");
        assertThat(toAmqp(0, NOW - 1, "").expiration()).isEqualTo("0");
    }

    @Test
    void contentTypeStays() {
        assertThat(toAmqp(0, Long.MAX_VALUE, "03 000a \"text/plain\"").contentType())
                .isEqualTo("text/plain");
        String tooLong = "03 0100 \"" + "x".repeat(256) + "\"";
        assertThat(toAmqp(0, Long.MAX_VALUE, tooLong).contentType()).isNull();
    }

    @Test
    void responseTopicIsARoutingKey() {
        assertThat(headers("08 0007 \"ans/w/1\"").get("x-reply-to-topic"))
                .isEqualTo(FieldValue.text("ans.w.1"));
    }

    @Test
    void correlationDataIsACorrelationIdIfThatCanHoldIt() {
        Properties fits = toAmqp(0, Long.MAX_VALUE, "09 0003 \"c-1\"");
        assertThat(fits.correlationId()).isEqualTo("c-1");
        assertThat(headers(fits).get("x-correlation-id")).isNull();
        Properties bytes = toAmqp(0, Long.MAX_VALUE, "09 0003 00ff00");
        assertThat(bytes.correlationId()).isNull();
        assertThat(headers(bytes).get("x-correlation-id"))
                .isEqualTo(FieldValue.text(new byte[] {0, -1, 0}));
        Properties large = toAmqp(0, Long.MAX_VALUE, "09 0100 \"" + "c".repeat(256) + "\"");
        assertThat(large.correlationId()).isNull();
        assertThat(headers(large).get("x-correlation-id"))
                .isEqualTo(FieldValue.text("c".repeat(256)));
    }

    @Test
    void userPropertiesAreHeaders() {
        FieldTable headers =
                headers(
                        "26 0001 \"k\" 0001 \"1\" 26 0003 \"x-k\" 0001 \"2\" 26 0001 \"k\" 0001"
                                + " \"3\"");
        assertThat(List.copyOf(headers.names())).containsExactly(QOS, "k", "x-k");
        assertThat(headers.get("k")).isEqualTo(FieldValue.text("1")); // the first
        assertThat(headers.get("x-k")).isEqualTo(FieldValue.text("2"));
        assertThat(headers("26 0100 \"" + "n".repeat(256) + "\" 0001 \"1\"").names())
                .containsExactly(QOS);
    }

    @Test
    void userPropertiesAreNotTakenForWhatTheNodeSays() {
        FieldTable headers =
                headers(
                        "26 0012 \"x-mqtt-publish-qos\" 0001 \"7\""
                                + "26 0010 \"x-reply-to-topic\" 0001 \"y\""
                                + "08 0003 \"a/b\"");
        assertThat(headers.get(QOS)).isEqualTo(FieldValue.of(1));
        assertThat(headers.get("x-reply-to-topic")).isEqualTo(FieldValue.text("a.b"));
    }

    // ---- AMQP to MQTT

    @Test
    void deliveryModeIsQualityOfService() {
        assertThat(toMqtt(properties(null, null, 2, null, null)).qos()).isEqualTo(1);
        assertThat(toMqtt(properties(null, null, 1, null, null)).qos()).isZero();
        Publication plain = toMqtt(properties(null, null, null, null, null));
        assertThat(plain.qos()).isZero();
        assertThat(plain.topic()).isEqualTo("a/b");
        assertThat(plain.retain()).isFalse();
        assertThat(plain.expires()).isFalse();
        assertThat(plain.properties().remaining()).isZero();
    }

    @Test
    void contentTypeCorrelationAndExpirationStay() {
        Publication made = toMqtt(properties("text/plain", null, 1, "c-1", "2500"));
        assertThat(Hex.of(made.properties()))
                .isEqualTo(hex("03 000a \"text/plain\" 09 0003 \"c-1\""));
        assertThat(made.expiresAt()).isEqualTo(NOW + 2_500);
    }

    @ParameterizedTest
    @CsvSource({
        "x-reply-to-topic, ans.w.1, 08 0007 \"ans/w/1\"",
        "x-opt-reply-to-topic, ans.w.1, 08 0007 \"ans/w/1\"",
        "x-opt-reply-to-topic, ans/w/1, 08 0007 \"ans/w/1\"",
        "x-reply-to-topic, ans.#, ''",
        "x-reply-to-topic, ans.*, ''",
        "x-correlation-id, c-1, 09 0003 \"c-1\"",
        "x-mqtt-publish-qos, 2, ''",
    })
    void headersThatSayWhatAPropertySaysAreThat(String name, String value, String property) {
        assertThat(ofHeader(name, FieldValue.text(value))).isEqualTo(hex(property));
    }

    @Test
    void correlationIdComesBeforeTheHeader() {
        FieldTable headers =
                FieldTable.builder().put("x-correlation-id", FieldValue.text("header")).build();
        assertThat(Hex.of(toMqtt(properties(null, headers, 1, "id", null)).properties()))
                .isEqualTo(hex("09 0002 \"id\""));
    }

    @Test
    void headersThatCanBeWordsAreUserProperties() {
        Map<String, FieldValue> words =
                Map.ofEntries(
                        Map.entry("word", FieldValue.text("word")),
                        Map.entry("-7", FieldValue.of(-7)),
                        Map.entry("12345678901", FieldValue.of(12_345_678_901L)),
                        Map.entry("true", FieldValue.of(true)),
                        Map.entry("1.5", new FieldValue.Float64(1.5)),
                        Map.entry("0.25", new FieldValue.Float32(0.25f)),
                        Map.entry("1700000000", new FieldValue.Timestamp(1_700_000_000)),
                        Map.entry("", new FieldValue.Absent()));
        words.forEach((text, value) ->
                assertThat(ofHeader("x-key", value))
                        .as(value.toString())
                        .isEqualTo(
                                hex(
                                        "26 0005 \"x-key\" 00%02x \"%s\""
                                                .formatted(text.length(), text))));
    }

    @Test
    void otherHeadersAreNot() {
        List<FieldValue> others =
                List.of(
                        FieldValue.binary(new byte[] {1}),
                        FieldValue.text(new byte[] {'a', 0}),
                        FieldValue.text(new byte[] {-1}),
                        new FieldValue.Decimal(1, 15),
                        new FieldValue.Array(List.of(FieldValue.of(1))),
                        new FieldValue.Table(FieldTable.EMPTY));
        others.forEach(value -> assertThat(ofHeader("key", value)).as(value.toString()).isEmpty());
    }

    @Test
    void thereAndBackIsTheSame() {
        String all =
                "03 000a \"text/plain\" 08 0007 \"ans/w/1\" 09 0003 00ff00"
                        + " 26 0001 \"k\" 0001 \"v\" 26 0003 \"x-k\" 0001 \"2\"";
        Properties between = toAmqp(1, NOW + 1_000, all);
        Publication back = toMqtt(between);
        assertThat(Hex.of(back.properties())).isEqualTo(hex(all));
        assertThat(back.qos()).isEqualTo(1);
        assertThat(back.expiresAt()).isEqualTo(NOW + 1_000);
    }

    @Test
    void correlationIdOfAnyBytesIsCorrelationData() {
        String id = ShortText.decoded(new byte[] {'a', -1});
        assertThat(Hex.of(toMqtt(properties(null, null, 1, id, null)).properties()))
                .isEqualTo(hex("09 0002 61ff"));
    }
}
