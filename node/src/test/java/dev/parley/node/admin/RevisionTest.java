package dev.parley.node.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Awaited;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.PeekedMessage;
import dev.parley.core.queue.PeekedMessage.Standing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// What becomes of a message of which something is to be another.
class RevisionTest {
    private static final long NOW = 1_000_000;

    private static PeekedMessage found(Standing standing, long expiry, long due, Properties list) {
        return new PeekedMessage(
                5,
                standing,
                new Awaited.Turn(),
                true,
                3,
                expiry,
                due,
                "ex",
                "key",
                list.encoded(),
                ByteBuffer.wrap("body".getBytes(StandardCharsets.UTF_8)));
    }

    private static Message revised(PeekedMessage found, String asked) {
        Fields fields = new Fields(JsonMapper.shared().readTree(asked), Revision.ALLOWED);
        return new Revision(fields).of(found, NOW);
    }

    private static Properties headers(@Nullable FieldTable table) {
        return Properties.NONE.withDeliveryMode(2).withHeaders(table);
    }

    @Test
    void nothingNamedIsTheSameMessage() {
        Properties list = headers(FieldTable.builder().put("n", FieldValue.of(5L)).build());
        Message same = revised(found(Standing.READY, 0, 0, list), "{}");
        assertThat(same.exchange()).isEqualTo("ex");
        assertThat(same.routingKey()).isEqualTo("key");
        assertThat(same.persistent()).isTrue();
        assertThat(same.ttlMillis()).isEqualTo(-1);
        assertThat(same.dueMillis()).isZero();
        assertThat(Properties.read(same.properties())).isEqualTo(list);
        assertThat(StandardCharsets.UTF_8.decode(same.body()).toString()).isEqualTo("body");
    }

    @Test
    void theTimeToLiveGoesOn() {
        PeekedMessage found =
                found(Standing.READY, NOW + 400, 0, headers(null).withExpiration("1000"));
        assertThat(revised(found, "{\"body\":\"x\"}").ttlMillis()).isEqualTo(400);
        assertThat(revised(found, "{\"properties\":{\"expiration\":\"1000\"}}").ttlMillis())
                .isEqualTo(400);
        Message longer = revised(found, "{\"ttl\":5000}");
        assertThat(longer.ttlMillis()).isEqualTo(5000);
        assertThat(Properties.read(longer.properties()).expiration()).isEqualTo("5000");
        assertThat(revised(found, "{\"ttl\":null}").ttlMillis()).isEqualTo(-1);
        PeekedMessage over =
                found(Standing.READY, NOW - 1, 0, headers(null).withExpiration("1000"));
        assertThat(revised(over, "{\"body\":\"x\"}").ttlMillis()).isZero();
    }

    @Test
    void whatIsScheduledStaysSo() {
        Properties list =
                headers(FieldTable.builder().put("x-delay", FieldValue.of(700L)).build())
                        .withExpiration("1000");
        PeekedMessage found = found(Standing.SCHEDULED, 0, NOW + 300, list);
        Message later = revised(found, "{\"body\":\"x\"}");
        assertThat(later.dueMillis()).isEqualTo(NOW + 300);
        assertThat(later.ttlMillis()).isEqualTo(1000);
        assertThat(revised(found, "{\"headers\":{\"x-delay\":50}}").dueMillis())
                .isEqualTo(NOW + 50);
        assertThat(revised(found, "{\"headers\":{\"x-delay\":null}}").dueMillis()).isZero();
        PeekedMessage resting = found(Standing.RESTING, 0, NOW + 300, headers(null));
        assertThat(revised(resting, "{\"body\":\"x\"}").dueMillis()).isZero();
    }
}
