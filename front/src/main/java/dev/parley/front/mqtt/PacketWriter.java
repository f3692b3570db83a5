package dev.parley.front.mqtt;

import dev.parley.core.topic.TopicDelivery;
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

    private List<ByteBuffer> parts = List.of();
    private long partBytes;

    /// Null for who has nothing to be told: most connections, most of the time.
    private @Nullable ByteBuffer out;

    private boolean used;

    /// Bytes that are gathered.
    long size() {
        ByteBuffer last = out;
        return partBytes + (last == null ? 0 : last.position());
    }

    /// Lets go of its memory if nothing was gathered since this was called before.
    void rest() {
        if (!used && size() == 0) {
            out = null;
        }
        used = false;
    }

    /// Gives away everything gathered, in order; valid during the call.
    void drain(Consumer<ByteBuffer> taker) {
        if (partBytes > 0) {
            for (ByteBuffer part : parts) {
                taker.accept(part);
            }
            parts = List.of();
            partBytes = 0;
        }
        ByteBuffer last = out;
        if (last == null) {
            return;
        }
        if (last.position() > 0) {
            taker.accept(last.flip());
        }
        if (last.capacity() > KEEP) {
            out = null;
        } else {
            last.clear();
        }
    }

    private ByteBuffer room(int bytes) {
        used = true;
        ByteBuffer last = out;
        if (last == null) {
            last = ByteBuffer.allocate(Math.max(bytes, START));
            out = last;
        } else if (last.remaining() < bytes) {
            int wanted = Math.addExact(last.position(), bytes);
            ByteBuffer larger = ByteBuffer.allocate(Math.max(wanted, last.capacity() * 2));
            last = larger.put(last.flip());
            out = last;
        }
        return last;
    }

    /// A PUBLISH that was encoded before.
    ///
    /// @param packetId 0 with QoS 0
    /// @param alias 0 where the frame has none
    void publish(PublishFrame frame, int packetId, int alias, boolean dup) {
        ByteBuffer to = room(frame.head().length);
        int start = to.position();
        to.put(frame.head());
        if (dup) {
            to.put(start, (byte) (to.get(start) | 8));
        }
        if (frame.idAt() >= 0) {
            to.putShort(start + frame.idAt(), (short) packetId);
        }
        if (frame.aliasAt() >= 0) {
            to.putShort(start + frame.aliasAt(), (short) alias);
        }
        ByteBuffer payload = frame.payload();
        if (payload != null) {
            add(to.flip());
            out = null;
            add(payload.duplicate());
        }
    }

    /// A PUBLISH of a message of which nobody else gets the same: nothing is made of it but what
    /// goes out. Returns false where that does not do: with subscription identifiers, an expiry to
    /// be told, a large payload, and when it comes to more than `most` bytes.
    boolean publish(TopicDelivery message, boolean five, long most) {
        int payload = message.payloadSize();
        if (payload >= PublishFrame.LARGE
                || five && (message.expiryMillis() != 0 || !message.terms().ids().isEmpty())) {
            return false;
        }
        int topic = message.topicSize();
        int properties = message.propertiesSize();
        int remaining = 2 + topic + 2 + payload;
        if (five) {
            remaining += VariableInt.size(properties) + properties;
        }
        int size = 1 + VariableInt.size(remaining) + remaining;
        if (size > most) {
            return false;
        }
        int flags =
                (message.repeated() ? 8 : 0)
                        | message.terms().qos() << 1
                        | (message.terms().retain() ? 1 : 0);
        ByteBuffer to = room(size).put((byte) (0x30 | flags));
        VariableInt.write(to, remaining);
        message.putTopic(to.putShort((short) topic));
        to.putShort((short) message.packetId());
        if (five) {
            VariableInt.write(to, properties);
            message.putProperties(to);
        }
        message.putPayload(to);
        return true;
    }

    private void add(ByteBuffer part) {
        if (parts.isEmpty()) {
            parts = new ArrayList<>();
        }
        parts.add(part);
        partBytes += part.remaining();
    }

    /// PUBACK, PUBREC, PUBREL or PUBCOMP; without its reason where that is success.
    void acknowledge(PacketType type, int packetId, int reason, boolean five) {
        boolean told = five && reason != 0;
        ByteBuffer to = room(5).put((byte) type.firstByte());
        to.put((byte) (told ? 3 : 2)).putShort((short) packetId);
        if (told) {
            to.put((byte) reason);
        }
    }

    /// A packet with nothing but its type.
    void bare(PacketType type) {
        room(2).put((byte) type.firstByte()).put((byte) 0);
    }

    void packet(PacketType type, Body body) {
        ByteBuffer content = body.content();
        ByteBuffer to = room(5 + content.remaining()).put((byte) type.firstByte());
        VariableInt.write(to, content.remaining());
        to.put(content);
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
