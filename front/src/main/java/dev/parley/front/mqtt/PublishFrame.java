package dev.parley.front.mqtt;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A PUBLISH as it goes out to everybody who gets it in the same way; but for the packet identifier
/// and the topic alias, which are each client's own.
///
/// @param content everything, or everything but a large payload
/// @param idAt where the packet identifier goes, -1 for nowhere
/// @param aliasAt where the topic alias goes, likewise
/// @param payload a large payload, shared, or null
record PublishFrame(Head content, int idAt, int aliasAt, @Nullable ByteBuffer payload) {
    /// A payload from this size on is shared instead of copied.
    static final int LARGE = 16 << 10;

    /// How a topic is named.
    enum Naming {
        /// By its name.
        PLAIN,
        /// By its name and an alias that stands for it from now on.
        DEFINING,
        /// By an alias that is known.
        ALIASED
    }

    /// Bytes that nobody changes.
    static final class Head {
        private final byte[] bytes;

        Head(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    byte[] head() {
        return content.bytes;
    }

    /// Bytes that it takes on the wire.
    int size() {
        return content.bytes.length + (payload == null ? 0 : payload.remaining());
    }

    /// Encodes a PUBLISH.
    ///
    /// @param expirySeconds -1: none
    /// @param ids subscription identifiers
    /// @param missed messages that this client did not get before it; 0: none
    static PublishFrame encode(
            Publication message,
            boolean five,
            int qos,
            boolean retain,
            Naming naming,
            long expirySeconds,
            int[] ids,
            long missed) {
        byte[] topic = naming == Naming.ALIASED ? new byte[0] : Utf8.bytes(message.topic());
        PacketWriter.Body own = five ? own(naming, expirySeconds, ids, missed) : null;
        int aliasInOwn = 1;
        ByteBuffer list = own == null ? ByteBuffer.allocate(0) : own.content();
        int ownBytes = list.remaining();
        int properties = five ? ownBytes + message.properties().remaining() : 0;
        int fixed = 2 + topic.length + (qos > 0 ? 2 : 0);
        int listBytes = five ? VariableInt.size(properties) + properties : 0;
        ByteBuffer payload = message.payload();
        int remaining = fixed + listBytes + payload.remaining();
        boolean large = payload.remaining() >= LARGE;
        int before = 1 + VariableInt.size(remaining);
        ByteBuffer out =
                ByteBuffer.allocate(before + remaining - (large ? payload.remaining() : 0));
        out.put((byte) (0x30 | qos << 1 | (retain ? 1 : 0)));
        VariableInt.write(out, remaining);
        out.putShort((short) topic.length).put(topic);
        int idAt = -1;
        if (qos > 0) {
            idAt = out.position();
            out.putShort((short) 0);
        }
        int aliasAt = -1;
        if (five) {
            VariableInt.write(out, properties);
            aliasAt = naming == Naming.PLAIN ? -1 : out.position() + aliasInOwn;
            out.put(list).put(message.properties().duplicate());
        }
        if (!large) {
            out.put(payload.duplicate());
        }
        return new PublishFrame(
                new Head(out.array()), idAt, aliasAt, large ? message.shared() : null);
    }

    /// The properties that the node adds; the alias comes first.
    private static PacketWriter.Body own(
            Naming naming, long expirySeconds, int[] ids, long missed) {
        PacketWriter.Body own = new PacketWriter.Body();
        if (naming != Naming.PLAIN) {
            own.property(Property.TOPIC_ALIAS, 0);
        }
        if (expirySeconds >= 0) {
            own.property(Property.MESSAGE_EXPIRY, expirySeconds);
        }
        for (int id : ids) {
            own.property(Property.SUBSCRIPTION_ID, id);
        }
        if (missed > 0) {
            own.userProperty("x-missed", Long.toString(missed));
        }
        return own;
    }
}
