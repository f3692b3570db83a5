package dev.parley.core.message;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The properties that travel with a message (AMQP 0-9-1, class basic); null where absent.
///
/// The static methods look into an encoded list without decoding it; they leave its position alone
/// and expect a list that [#validate] has passed.
///
/// @param deliveryMode 2 for persistent, 1 for transient
/// @param timestamp seconds since 1970
public record Properties(
        @Nullable String contentType,
        @Nullable String contentEncoding,
        @Nullable FieldTable headers,
        @Nullable Integer deliveryMode,
        @Nullable Integer priority,
        @Nullable String correlationId,
        @Nullable String replyTo,
        @Nullable String expiration,
        @Nullable String messageId,
        @Nullable Long timestamp,
        @Nullable String type,
        @Nullable String userId,
        @Nullable String appId,
        @Nullable String clusterId) {
    public static final Properties NONE =
            new Properties(
                    null, null, null, null, null, null, null, null, null, null, null, null, null,
                    null);

    private static final int CONTENT_TYPE = 1 << 15;
    private static final int CONTENT_ENCODING = 1 << 14;
    private static final int HEADERS = 1 << 13;
    private static final int DELIVERY_MODE = 1 << 12;
    private static final int PRIORITY = 1 << 11;
    private static final int CORRELATION_ID = 1 << 10;
    private static final int REPLY_TO = 1 << 9;
    private static final int EXPIRATION = 1 << 8;
    private static final int MESSAGE_ID = 1 << 7;
    private static final int TIMESTAMP = 1 << 6;
    private static final int TYPE = 1 << 5;
    private static final int USER_ID = 1 << 4;
    private static final int APP_ID = 1 << 3;
    private static final int CLUSTER_ID = 1 << 2;
    private static final int CONTINUED = 1;

    public Properties {
        checkOctet("delivery mode", deliveryMode);
        checkOctet("priority", priority);
    }

    private static void checkOctet(String name, @Nullable Integer value) {
        if (value != null && (value < 0 || value > 255)) {
            throw new IllegalArgumentException("a " + name + " of " + value);
        }
    }

    /// Reads a whole list, as it stands at the end of a content header; nothing may follow.
    public static Properties read(ByteBuffer in) {
        int flags = flags(in);
        Properties properties =
                new Properties(
                        (flags & CONTENT_TYPE) == 0 ? null : ShortText.read(in),
                        (flags & CONTENT_ENCODING) == 0 ? null : ShortText.read(in),
                        (flags & HEADERS) == 0 ? null : FieldTable.read(in),
                        (flags & DELIVERY_MODE) == 0 ? null : octet(in),
                        (flags & PRIORITY) == 0 ? null : octet(in),
                        (flags & CORRELATION_ID) == 0 ? null : ShortText.read(in),
                        (flags & REPLY_TO) == 0 ? null : ShortText.read(in),
                        (flags & EXPIRATION) == 0 ? null : ShortText.read(in),
                        (flags & MESSAGE_ID) == 0 ? null : ShortText.read(in),
                        (flags & TIMESTAMP) == 0 ? null : FieldCodec.need(in, 8).getLong(),
                        (flags & TYPE) == 0 ? null : ShortText.read(in),
                        (flags & USER_ID) == 0 ? null : ShortText.read(in),
                        (flags & APP_ID) == 0 ? null : ShortText.read(in),
                        (flags & CLUSTER_ID) == 0 ? null : ShortText.read(in));
        if (in.hasRemaining()) {
            throw new MalformedException(in.remaining() + " bytes behind the property list");
        }
        return properties;
    }

    private static int flags(ByteBuffer in) {
        return checked(FieldCodec.need(in, 2).getShort());
    }

    /// Flag 0 announces more flags, and class basic has no property for them: RabbitMQ hands such a
    /// list on, and consumers' decoders choke on it, so here it is refused. Flag 1 stands for no
    /// property either and is ignored as RabbitMQ does.
    private static int checked(short flags) {
        if ((flags & CONTINUED) != 0) {
            throw new MalformedException("property flags that go on where none can follow");
        }
        return flags;
    }

    private static int octet(ByteBuffer in) {
        return Byte.toUnsignedInt(FieldCodec.need(in, 1).get());
    }

    /// Walks an encoded list, headers and all, and allocates nothing; the position stays.
    ///
    /// @throws MalformedException if it is not one
    public static void validate(ByteBuffer list) {
        int end = list.limit();
        int at = FieldCodec.skip(list.position(), 2, end);
        int flags = checked(list.getShort(list.position()));
        at = skipShorts(list, at, flags, CONTENT_TYPE, CONTENT_ENCODING);
        if ((flags & HEADERS) != 0) {
            at = FieldCodec.skipTable(list, at, end, 1);
        }
        at = FieldCodec.skip(at, Integer.bitCount(flags & (DELIVERY_MODE | PRIORITY)), end);
        at = skipShorts(list, at, flags, CORRELATION_ID, MESSAGE_ID);
        at = FieldCodec.skip(at, (flags & TIMESTAMP) == 0 ? 0 : 8, end);
        at = skipShorts(list, at, flags, TYPE, CLUSTER_ID);
        if (at < end) {
            throw new MalformedException((end - at) + " bytes behind the property list");
        }
    }

    private static int skipShorts(ByteBuffer list, int from, int flags, int first, int last) {
        int at = from;
        for (int flag = first; flag >= last; flag >>>= 1) {
            if ((flags & flag) != 0) {
                at = FieldCodec.skipShort(list, at, list.limit());
            }
        }
        return at;
    }

    /// The delivery mode in an encoded list, 0 if absent.
    public static int deliveryMode(ByteBuffer list) {
        int flags = list.getShort(list.position());
        return (flags & DELIVERY_MODE) == 0 ? 0 : Byte.toUnsignedInt(list.get(modeAt(list, flags)));
    }

    /// The priority in an encoded list, -1 if absent.
    public static int priority(ByteBuffer list) {
        int flags = list.getShort(list.position());
        if ((flags & PRIORITY) == 0) {
            return -1;
        }
        int at = modeAt(list, flags) + ((flags & DELIVERY_MODE) == 0 ? 0 : 1);
        return Byte.toUnsignedInt(list.get(at));
    }

    public static boolean hasHeaders(ByteBuffer list) {
        return (list.getShort(list.position()) & HEADERS) != 0;
    }

    public static boolean hasMessageId(ByteBuffer list) {
        return (list.getShort(list.position()) & MESSAGE_ID) != 0;
    }

    public static boolean hasExpiration(ByteBuffer list) {
        return (list.getShort(list.position()) & EXPIRATION) != 0;
    }

    public static boolean hasUserId(ByteBuffer list) {
        return (list.getShort(list.position()) & USER_ID) != 0;
    }

    public static boolean hasReplyTo(ByteBuffer list) {
        return (list.getShort(list.position()) & REPLY_TO) != 0;
    }

    private static int modeAt(ByteBuffer list, int flags) {
        int at = list.position() + 2;
        if ((flags & CONTENT_TYPE) != 0) {
            at += 1 + Byte.toUnsignedInt(list.get(at));
        }
        if ((flags & CONTENT_ENCODING) != 0) {
            at += 1 + Byte.toUnsignedInt(list.get(at));
        }
        if ((flags & HEADERS) != 0) {
            at += 4 + list.getInt(at);
        }
        return at;
    }

    public Properties withHeaders(@Nullable FieldTable table) {
        FieldTable kept = table == null || table.isEmpty() ? null : table;
        return new Properties(
                contentType,
                contentEncoding,
                kept,
                deliveryMode,
                priority,
                correlationId,
                replyTo,
                expiration,
                messageId,
                timestamp,
                type,
                userId,
                appId,
                clusterId);
    }

    public Properties withExpiration(@Nullable String millis) {
        return new Properties(
                contentType,
                contentEncoding,
                headers,
                deliveryMode,
                priority,
                correlationId,
                replyTo,
                millis,
                messageId,
                timestamp,
                type,
                userId,
                appId,
                clusterId);
    }

    public Properties withReplyTo(@Nullable String address) {
        return new Properties(
                contentType,
                contentEncoding,
                headers,
                deliveryMode,
                priority,
                correlationId,
                address,
                expiration,
                messageId,
                timestamp,
                type,
                userId,
                appId,
                clusterId);
    }

    public Properties withDeliveryMode(@Nullable Integer mode) {
        return new Properties(
                contentType,
                contentEncoding,
                headers,
                mode,
                priority,
                correlationId,
                replyTo,
                expiration,
                messageId,
                timestamp,
                type,
                userId,
                appId,
                clusterId);
    }

    /// The encoded list, ready to be read.
    public ByteBuffer encoded() {
        ByteBuffer out = ByteBuffer.allocate(encodedSize());
        write(out);
        return out.flip();
    }

    public int encodedSize() {
        int size = 2 + (headers == null ? 0 : headers.encodedSize());
        size += (deliveryMode == null ? 0 : 1) + (priority == null ? 0 : 1);
        size += timestamp == null ? 0 : 8;
        for (String text : texts()) {
            size += text == null ? 0 : 1 + ShortText.size(text);
        }
        return size;
    }

    private @Nullable String[] texts() {
        return new @Nullable String[] {
            contentType,
            contentEncoding,
            correlationId,
            replyTo,
            expiration,
            messageId,
            type,
            userId,
            appId,
            clusterId
        };
    }

    public void write(ByteBuffer out) {
        int start = out.position();
        out.putShort((short) 0);
        int flags = putShort(out, CONTENT_TYPE, contentType);
        flags |= putShort(out, CONTENT_ENCODING, contentEncoding);
        if (headers != null) {
            flags |= HEADERS;
            headers.write(out);
        }
        if (deliveryMode != null) {
            flags |= DELIVERY_MODE;
            out.put(deliveryMode.byteValue());
        }
        if (priority != null) {
            flags |= PRIORITY;
            out.put(priority.byteValue());
        }
        flags |= putShort(out, CORRELATION_ID, correlationId);
        flags |= putShort(out, REPLY_TO, replyTo);
        flags |= putShort(out, EXPIRATION, expiration);
        flags |= putShort(out, MESSAGE_ID, messageId);
        if (timestamp != null) {
            flags |= TIMESTAMP;
            out.putLong(timestamp);
        }
        flags |= putShort(out, TYPE, type);
        flags |= putShort(out, USER_ID, userId);
        flags |= putShort(out, APP_ID, appId);
        flags |= putShort(out, CLUSTER_ID, clusterId);
        out.putShort(start, (short) flags);
    }

    private static int putShort(ByteBuffer out, int flag, @Nullable String text) {
        if (text == null) {
            return 0;
        }
        ShortText.write(out, text);
        return flag;
    }
}
