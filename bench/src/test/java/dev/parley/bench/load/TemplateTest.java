package dev.parley.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.impl.AMQImpl;
import com.rabbitmq.client.impl.Frame;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// What the raw client publishes, read by RabbitMQ's own codec.
class TemplateTest {

    @Test
    void isPublishHeaderAndBody() throws IOException {
        var template = new Template("exchange", "key", 16, true);
        var in = new DataInputStream(new ByteArrayInputStream(template.encoded()));

        var publish = (AMQP.Basic.Publish) AMQImpl.readMethodFrom(frame(in).getInputStream());
        assertThat(publish.getExchange()).isEqualTo("exchange");
        assertThat(publish.getRoutingKey()).isEqualTo("key");
        var header =
                (AMQP.BasicProperties) AMQImpl.readContentHeaderFrom(frame(in).getInputStream());
        assertThat(header.getBodySize()).isEqualTo(16);
        assertThat(header.getDeliveryMode()).isEqualTo(2);
        assertThat(frame(in).getPayload()).hasSize(16);
        assertThat(in.available()).isZero();
        assertThat(template.encoded()).hasSize(template.size());
    }

    @Test
    void placesOfStampAndDigits() throws IOException {
        var template = new Template("", "some." + Template.digits(42), 8, false);
        ByteBuffer bytes = ByteBuffer.wrap(template.encoded());
        bytes.putLong(template.bodyAt(), 4_711);
        bytes.put(template.keyEnd() - 1, (byte) '7');
        var in = new DataInputStream(new ByteArrayInputStream(template.encoded()));

        var publish = (AMQP.Basic.Publish) AMQImpl.readMethodFrom(frame(in).getInputStream());
        assertThat(publish.getRoutingKey()).isEqualTo("some.00047");
        frame(in);
        assertThat(ByteBuffer.wrap(frame(in).getPayload()).getLong()).isEqualTo(4_711);
    }

    @Test
    void largeBodiesTakeSeveralFrames() throws IOException {
        int bytes = 3 * Link.FRAME_MAX;
        var in =
                new DataInputStream(
                        new ByteArrayInputStream(new Template("", "q", bytes, true).encoded()));
        frame(in);
        frame(in);
        int read = 0;
        while (in.available() > 0) {
            byte[] payload = frame(in).getPayload();
            assertThat(payload.length + Frames.OVERHEAD).isLessThanOrEqualTo(Link.FRAME_MAX);
            read += payload.length;
        }
        assertThat(read).isEqualTo(bytes);
    }

    @Test
    void tablesHoldAText() {
        byte[] table = Frames.bytes(out -> Frames.table(out, "k", "value"));
        ByteBuffer bytes = ByteBuffer.wrap(table);
        assertThat(bytes.getInt()).isEqualTo(table.length - Integer.BYTES);
        assertThat(new String(table, StandardCharsets.UTF_8)).endsWith("\1kS\0\0\0\5value");
    }

    private static Frame frame(DataInputStream in) throws IOException {
        Frame frame = Frame.readFrom(in, () -> Integer.MAX_VALUE);
        assertThat(frame.getChannel()).isEqualTo(Link.CHANNEL);
        return frame;
    }
}
