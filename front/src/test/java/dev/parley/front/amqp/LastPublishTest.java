package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.core.message.ShortText;
import dev.parley.front.amqp.ClientMethod.BasicPublish;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class LastPublishTest {
    private final LastPublish last = new LastPublish();

    private static ByteBuffer publish(String exchange, String key, int bits) {
        ByteBuffer out = ByteBuffer.allocate(600).putShort((short) 0);
        ShortText.write(out, exchange);
        ShortText.write(out, key);
        return out.put((byte) bits).flip();
    }

    @Test
    void theSameAgainIsTheSame() {
        ClientMethod first = last.read(publish("events", "a.b", 1));
        assertThat(first).isEqualTo(new BasicPublish("events", "a.b", true, false));
        assertThat(last.read(publish("events", "a.b", 1))).isSameAs(first);
    }

    @Test
    void anythingElseIsRead() {
        last.read(publish("events", "a.b", 1));
        assertThat(last.read(publish("events", "a.c", 1)))
                .isEqualTo(new BasicPublish("events", "a.c", true, false));
        assertThat(last.read(publish("events", "a.c", 2)))
                .isEqualTo(new BasicPublish("events", "a.c", false, true));
        assertThat(last.read(publish("event", "sa.c", 2)))
                .isEqualTo(new BasicPublish("event", "sa.c", false, true));
        assertThat(last.read(publish("", "k".repeat(255), 0)))
                .isEqualTo(new BasicPublish("", "k".repeat(255), false, false));
        assertThat(last.read(publish("", "", 0))).isEqualTo(new BasicPublish("", "", false, false));
    }

    @Test
    void oneThatIsCutShortIsRefusedAndNotRemembered() {
        last.read(publish("events", "a.b", 1));
        ByteBuffer cut = publish("events", "a.b", 1);
        cut.limit(cut.limit() - 1);
        assertThatThrownBy(() -> last.read(cut)).isInstanceOf(AmqpException.class);
        assertThat(last.read(publish("events", "a.b", 1)))
                .isEqualTo(new BasicPublish("events", "a.b", true, false));
    }

    @Test
    void whatFollowsTheFieldsIsNotKept() {
        ByteBuffer padded = ByteBuffer.allocate(100_000).put(publish("", "q", 0)).rewind();
        ClientMethod first = last.read(padded);
        assertThat(first).isEqualTo(new BasicPublish("", "q", false, false));
        assertThat(last.read(publish("", "q", 0))).isEqualTo(first).isNotSameAs(first);
    }
}
