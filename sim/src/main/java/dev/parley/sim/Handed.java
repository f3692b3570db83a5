package dev.parley.sim;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A delivery as a client hears it.
///
/// @param consumer the consumer's tag; empty for what was asked for one by one
/// @param lease milliseconds that the channel may keep it, 0 without a bound
record Handed(
        SimChannel channel,
        SimQueue queue,
        String consumer,
        boolean automatic,
        int lease,
        boolean redelivered,
        Frame content) {
    private static final String COUNT = "x-delivery-count";

    byte[] properties() {
        return content.properties();
    }

    byte[] body() {
        return content.body();
    }

    /// How often the message failed before, as it says itself.
    static int failures(byte[] properties) {
        FieldTable headers = headers(properties);
        FieldValue count = headers == null ? null : headers.get(COUNT);
        Long number = count == null ? null : count.asLong();
        return number == null ? 0 : Math.toIntExact(number);
    }

    static @Nullable FieldTable headers(byte[] properties) {
        return Properties.read(ByteBuffer.wrap(properties)).headers();
    }

    /// The properties as they were before the node added the count of failures.
    static byte[] withoutCount(byte[] properties) {
        Properties read = Properties.read(ByteBuffer.wrap(properties));
        FieldTable headers = read.headers();
        if (headers == null) {
            return properties;
        }
        ByteBuffer list = read.withHeaders(headers.with().remove(COUNT).build()).encoded();
        byte[] bytes = new byte[list.remaining()];
        list.get(bytes);
        return bytes;
    }

    @Override
    public String toString() {
        return "from %s to %s%s"
                .formatted(queue.plan().name(), channel, redelivered ? " again" : "");
    }
}
