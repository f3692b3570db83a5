package dev.parley.front.mqtt;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Packets on their way out, gathered until the end of the round.
///
/// What is small is copied in behind what is there. A large payload is one buffer that all who get
/// it share, however many they are.
final class PacketWriter {
    private static final int START = 512;

    /// A larger buffer is let go once it is empty.
    private static final int KEEP = 128 << 10;

    private final List<ByteBuffer> parts = new ArrayList<>();
    private long partBytes;
    private ByteBuffer out = ByteBuffer.allocate(START);

    /// Bytes that are gathered.
    long size() {
        return partBytes + out.position();
    }

    /// Gives away everything gathered, in order; valid during the call.
    void drain(Consumer<ByteBuffer> taker) {
        for (ByteBuffer part : parts) {
            taker.accept(part);
        }
        if (out.position() > 0) {
            taker.accept(out.flip());
        }
        parts.clear();
        partBytes = 0;
        if (out.capacity() > KEEP) {
            out = ByteBuffer.allocate(START);
        } else {
            out.clear();
        }
    }

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            int wanted = Math.addExact(out.position(), bytes);
            ByteBuffer larger = ByteBuffer.allocate(Math.max(wanted, out.capacity() * 2));
            out = larger.put(out.flip());
        }
        return out;
    }

    /// A PUBLISH that was encoded before.
    ///
    /// @param packetId 0 with QoS 0
    /// @param alias 0 where the frame has none
    void publish(PublishFrame frame, int packetId, int alias, boolean dup) {
        int start = room(frame.head().length).position();
        out.put(frame.head());
        if (dup) {
            out.put(start, (byte) (out.get(start) | 8));
        }
        if (frame.idAt() >= 0) {
            out.putShort(start + frame.idAt(), (short) packetId);
        }
        if (frame.aliasAt() >= 0) {
            out.putShort(start + frame.aliasAt(), (short) alias);
        }
        ByteBuffer payload = frame.payload();
        if (payload != null) {
            seal();
            parts.add(payload.duplicate());
            partBytes += payload.remaining();
        }
    }

    private void seal() {
        ByteBuffer full = out;
        parts.add(full.flip());
        partBytes += full.remaining();
        out = ByteBuffer.allocate(START);
    }

    /// PUBACK, PUBREC, PUBREL or PUBCOMP; without its reason where that is success.
    void acknowledge(PacketType type, int packetId, int reason, boolean five) {
        boolean told = five && reason != 0;
        room(5).put((byte) type.firstByte()).put((byte) (told ? 3 : 2)).putShort((short) packetId);
        if (told) {
            out.put((byte) reason);
        }
    }

    /// A packet with nothing but its type.
    void bare(PacketType type) {
        room(2).put((byte) type.firstByte()).put((byte) 0);
    }

    void packet(PacketType type, Body body) {
        ByteBuffer content = body.content();
        room(5 + content.remaining()).put((byte) type.firstByte());
        VariableInt.write(out, content.remaining());
        out.put(content);
    }

    /// The variable header and payload of a packet that is not sent often, put together field by
    /// field.
    static final class Body {
        private ByteBuffer bytes = ByteBuffer.allocate(128);

        private ByteBuffer room(int count) {
            if (bytes.remaining() < count) {
                ByteBuffer larger =
                        ByteBuffer.allocate(
                                Math.max(bytes.position() + count, bytes.capacity() * 2));
                bytes = larger.put(bytes.flip());
            }
            return bytes;
        }

        ByteBuffer content() {
            return bytes.flip();
        }

        int size() {
            return bytes.position();
        }

        Body octet(int value) {
            room(1).put((byte) value);
            return this;
        }

        Body two(int value) {
            room(2).putShort((short) value);
            return this;
        }

        Body text(String text) {
            return binary(ByteBuffer.wrap(Utf8.bytes(text)));
        }

        Body binary(ByteBuffer value) {
            room(2 + value.remaining()).putShort((short) value.remaining()).put(value.duplicate());
            return this;
        }

        /// Bytes that are encoded already.
        Body raw(ByteBuffer encoded) {
            room(encoded.remaining()).put(encoded.duplicate());
            return this;
        }

        /// Properties with their length in front.
        Body properties(Body properties) {
            ByteBuffer content = properties.content();
            room(4 + content.remaining());
            VariableInt.write(bytes, content.remaining());
            bytes.put(content);
            return this;
        }

        Body property(Property property, long value) {
            room(6).put((byte) property.id());
            switch (property.kind()) {
                case BYTE -> bytes.put((byte) value);
                case TWO -> bytes.putShort((short) value);
                case FOUR -> bytes.putInt((int) value);
                default -> VariableInt.write(bytes, (int) value);
            }
            return this;
        }

        Body property(Property property, @Nullable String value) {
            return value == null ? this : octet(property.id()).text(value);
        }

        Body userProperty(String name, String value) {
            return octet(Property.USER_PROPERTY.id()).text(name).text(value);
        }
    }
}
