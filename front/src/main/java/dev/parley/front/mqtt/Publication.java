package dev.parley.front.mqtt;

import dev.parley.core.message.ShortText;
import dev.parley.front.mqtt.PublishFrame.Naming;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message on its way to subscribers. It is encoded once for all who get it in the same way.
///
/// Its buffers are borrowed from whoever publishes it, for the call; who keeps it keeps
/// [#detached].
public final class Publication {
    /// Ways of encoding that are remembered; there are rarely more than two or three.
    private static final int FRAMES_MAX = 8;

    /// Bytes that a session takes to remember that a message waits for it, about.
    private static final int ENTRY = 64;

    private static final int[] NO_IDS = {};

    private record Cached(
            boolean five,
            int qos,
            boolean retain,
            Naming naming,
            long expiry,
            Ids ids,
            PublishFrame frame,
            @Nullable Cached next) {}

    /// Subscription identifiers that stand on the messages for one subscriber.
    public static final class Ids {
        /// No identifiers.
        public static final Ids NONE = new Ids(NO_IDS);

        private final int[] ids;

        private Ids(int[] ids) {
            this.ids = ids;
        }

        /// Of these numbers; 0 stands for none.
        public static Ids of(int... ids) {
            int[] real = Arrays.stream(ids).filter(id -> id > 0).sorted().distinct().toArray();
            return real.length == 0 ? NONE : new Ids(real);
        }

        /// Of these numbers.
        public static Ids of(List<Integer> ids) {
            if (ids.isEmpty()) {
                return NONE;
            }
            int[] array = new int[ids.size()];
            for (int i = 0; i < array.length; i++) {
                array[i] = ids.get(i);
            }
            return of(array);
        }

        /// The numbers.
        public List<Integer> list() {
            return Arrays.stream(ids).boxed().toList();
        }

        int[] array() {
            return ids;
        }

        boolean same(Ids other) {
            return this == other || Arrays.equals(ids, other.ids);
        }
    }

    /// What travels with a message besides its payload, for those who do not write properties
    /// themselves.
    ///
    /// @param correlation any bytes, as [ShortText#decoded] has them
    /// @param user user properties in their order; of a name that comes twice, the last
    public record Labels(
            @Nullable String contentType,
            @Nullable String replyTo,
            @Nullable String correlation,
            Map<String, String> user) {

        /// As they stand in [Publication#properties].
        ///
        /// @throws IllegalArgumentException if one of them is no text for MQTT
        public ByteBuffer encoded() {
            PacketWriter.Body out = new PacketWriter.Body();
            out.property(Property.CONTENT_TYPE, contentType == null ? null : checked(contentType));
            out.property(Property.RESPONSE_TOPIC, replyTo == null ? null : checked(replyTo));
            if (correlation != null) {
                byte[] bytes = ShortText.bytes(correlation);
                if (bytes.length > Utf8.BYTES_MAX) {
                    throw new IllegalArgumentException(
                            "a correlation id of %d bytes".formatted(bytes.length));
                }
                out.octet(Property.CORRELATION_DATA.id()).binary(ByteBuffer.wrap(bytes));
            }
            user.forEach((name, value) -> out.userProperty(checked(name), checked(value)));
            return out.content();
        }

        private static String checked(String text) {
            if (text.indexOf(0) >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
                throw new IllegalArgumentException("text with U+0000 or half a character");
            }
            int bytes = Utf8.bytes(text).length;
            if (bytes > Utf8.BYTES_MAX) {
                throw new IllegalArgumentException(
                        "text of %d bytes in a property".formatted(bytes));
            }
            return text;
        }

        /// Reads [Publication#properties].
        public static Labels read(ByteBuffer list) {
            @Nullable String contentType = null;
            @Nullable String replyTo = null;
            @Nullable String correlation = null;
            Map<String, String> user = new LinkedHashMap<>();
            PropertyReader reader = PropertyReader.ofMessage(list);
            Property property;
            while ((property = reader.next()) != null) {
                switch (property) {
                    case CONTENT_TYPE -> contentType = reader.text();
                    case RESPONSE_TOPIC -> replyTo = reader.text();
                    case CORRELATION_DATA -> correlation = decoded(reader.binary());
                    case USER_PROPERTY -> user.put(reader.text(), reader.value());
                    default -> {
                        // The payload format says nothing that the content type does not.
                    }
                }
            }
            return new Labels(contentType, replyTo, correlation, user);
        }

        private static String decoded(ByteBuffer data) {
            byte[] bytes = new byte[data.remaining()];
            data.get(data.position(), bytes);
            return ShortText.decoded(bytes);
        }
    }

    private final String topic;
    private final int qos;
    private final boolean retain;
    private final long expiresAt;
    private final ByteBuffer properties;
    private final ByteBuffer payload;
    private @Nullable Cached frames;
    private int frameCount;
    private boolean own;
    private @Nullable ByteBuffer shared;
    private @Nullable Publication copy;

    /// Sessions in memory that it waits for.
    private int awaited;

    /// @param qos as it was published
    /// @param retain likewise
    /// @param expiresAt milliseconds since 1970; `Long.MAX_VALUE`: never
    /// @param properties those that are handed on, as MQTT 5 writes them, without their length
    public Publication(
            String topic,
            int qos,
            boolean retain,
            long expiresAt,
            ByteBuffer properties,
            ByteBuffer payload) {
        this.topic = topic;
        this.qos = qos;
        this.retain = retain;
        this.expiresAt = expiresAt;
        this.properties = properties;
        this.payload = payload;
    }

    /// What a client publishes.
    ///
    /// @param topic its name, if the packet says it by an alias
    /// @param now milliseconds since 1970
    static Publication of(ClientPacket.Publish packet, String topic, long now) {
        return new Publication(
                topic,
                packet.qos(),
                packet.retain(),
                expiresAt(packet.properties(), now),
                packet.properties().others(),
                packet.payload());
    }

    /// What a client leaves behind, published `now`.
    static Publication of(ClientPacket.Will will, long now) {
        return new Publication(
                will.topic(),
                will.qos(),
                will.retain(),
                expiresAt(will.properties(), now),
                will.properties().others(),
                will.payload());
    }

    private static long expiresAt(MessageProperties properties, long now) {
        return properties.expirySeconds() < 0
                ? Long.MAX_VALUE
                : now + properties.expirySeconds() * 1_000;
    }

    public String topic() {
        return topic;
    }

    public int qos() {
        return qos;
    }

    public boolean retain() {
        return retain;
    }

    public long expiresAt() {
        return expiresAt;
    }

    public ByteBuffer properties() {
        return properties;
    }

    public ByteBuffer payload() {
        return payload;
    }

    /// The same with buffers of its own, made once.
    public Publication detached() {
        if (own) {
            return this;
        }
        Publication made = copy;
        if (made == null) {
            made = new Publication(topic, qos, retain, expiresAt, copy(properties), copy(payload));
            made.own = true;
            copy = made;
        }
        return made;
    }

    /// Bytes that it takes in memory, about.
    int weight() {
        return 128 + topic.length() + properties.remaining() + payload.remaining();
    }

    /// It waits for one session more; returns the bytes that this takes in memory.
    int await() {
        return ENTRY + (awaited++ == 0 ? weight() : 0);
    }

    /// It waits for one session less; returns the bytes that nobody needs any more.
    int forgo() {
        return ENTRY + (--awaited == 0 ? weight() : 0);
    }

    private static ByteBuffer copy(ByteBuffer source) {
        return ByteBuffer.allocate(source.remaining()).put(source.duplicate()).flip();
    }

    /// The payload in memory that sockets write from, made once.
    ByteBuffer shared() {
        ByteBuffer made = shared;
        if (made == null) {
            made =
                    ByteBuffer.allocateDirect(payload.remaining())
                            .put(payload.duplicate())
                            .flip()
                            .asReadOnlyBuffer();
            shared = made;
        }
        return made;
    }

    /// Whether its time will ever be over.
    boolean expires() {
        return expiresAt != Long.MAX_VALUE;
    }

    /// Whether its time is over.
    public boolean expired(long now) {
        return now >= expiresAt;
    }

    /// How it goes out.
    ///
    /// @param now milliseconds since 1970: the expiry is counted down to it
    PublishFrame frame(
            boolean five, int outQos, boolean outRetain, Naming naming, Ids ids, long now) {
        long expiry = five ? expirySeconds(now) : -1;
        for (Cached one = frames; one != null; one = one.next) {
            if (one.five == five
                    && one.qos == outQos
                    && one.retain == outRetain
                    && one.naming == naming
                    && one.expiry == expiry
                    && (!five || one.ids.same(ids))) {
                return one.frame;
            }
        }
        PublishFrame made =
                PublishFrame.encode(this, five, outQos, outRetain, naming, expiry, ids.array(), 0);
        if (frameCount < FRAMES_MAX) {
            frameCount++;
            frames = new Cached(five, outQos, outRetain, naming, expiry, ids, made, frames);
        }
        return made;
    }

    /// The same for a client that has to be told how many messages it did not get.
    PublishFrame frame(boolean outRetain, int outQos, Ids ids, long now, long missed) {
        return PublishFrame.encode(
                this,
                true,
                outQos,
                outRetain,
                Naming.PLAIN,
                expirySeconds(now),
                ids.array(),
                missed);
    }

    private long expirySeconds(long now) {
        return expiresAt == Long.MAX_VALUE ? -1 : Math.max(0, (expiresAt - now + 999) / 1_000);
    }
}
