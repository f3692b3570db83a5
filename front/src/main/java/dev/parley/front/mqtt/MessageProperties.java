package dev.parley.front.mqtt;

import dev.parley.front.mqtt.Property.Place;
import java.nio.ByteBuffer;

/// The properties of a PUBLISH or of a will: those that the node acts on, and the others as they
/// came, to be handed on byte for byte and in their order (3.3.2-17).
///
/// @param alias 0: none
/// @param expirySeconds -1: none
/// @param delaySeconds 0: none
/// @param others without their length; may be a view of what was read
record MessageProperties(int alias, long expirySeconds, long delaySeconds, ByteBuffer others) {
    static final MessageProperties NONE =
            new MessageProperties(0, -1, 0, ByteBuffer.allocate(0).asReadOnlyBuffer());

    static MessageProperties read(ByteBuffer in, Place place) {
        if (in.hasRemaining() && in.get(in.position()) == 0) {
            in.get();
            return NONE;
        }
        PropertyReader reader = new PropertyReader(in, place);
        int alias = 0;
        long expiry = -1;
        long delay = 0;
        Cut cut = new Cut(reader.all());
        int start = reader.position();
        Property property;
        while ((property = reader.next()) != null) {
            switch (property) {
                case TOPIC_ALIAS -> {
                    alias = (int) reader.number();
                    if (alias == 0) {
                        throw new MqttException(ReasonCode.TOPIC_ALIAS_INVALID, "topic alias 0");
                    }
                    cut.out(start, reader.position());
                }
                case MESSAGE_EXPIRY -> {
                    expiry = reader.number();
                    cut.out(start, reader.position());
                }
                case WILL_DELAY -> {
                    delay = reader.number();
                    cut.out(start, reader.position());
                }
                case PAYLOAD_FORMAT -> {
                    boolean _ = reader.flag();
                }
                case RESPONSE_TOPIC -> {
                    String topic = reader.text();
                    if (topic.isEmpty() || TopicNames.hasWildcard(topic)) {
                        throw MqttException.protocol("a response topic that cannot be one");
                    }
                }
                case CONTENT_TYPE -> {
                    String _ = reader.text();
                }
                default -> {
                    // Handed on as it is.
                }
            }
            start = reader.position();
        }
        return new MessageProperties(alias, expiry, delay, cut.rest());
    }

    /// What is left of a list when some of it has been cut out.
    private static final class Cut {
        private final ByteBuffer all;
        private ByteBuffer kept;
        private int from;

        Cut(ByteBuffer all) {
            this.all = all;
            this.kept = all;
        }

        void out(int start, int end) {
            if (kept == all) {
                kept = ByteBuffer.allocate(all.limit());
            }
            kept.put(all.slice(from, start - from));
            from = end;
        }

        ByteBuffer rest() {
            return kept == all ? all : kept.put(all.slice(from, all.limit() - from)).flip();
        }
    }
}
