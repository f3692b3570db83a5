package dev.parley.node.feed;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.front.mqtt.AmqpProperties;
import dev.parley.front.mqtt.Publication;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// What a client of a feed says.
sealed interface FeedCommand {
    /// An identifier is a number, or a text of at most so many characters.
    int ID_MAX = 128;

    /// Names, values and brackets of a command: a short text may make a large tree.
    int TOKENS_MAX = 100_000;

    /// Brackets inside each other, twice as many as a command has.
    int NESTING_MAX = 4;

    /// Whatever a command is made of is bounded; a text in it is no longer than the whole, whose
    /// bound is the connection's.
    ObjectMapper JSON =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxTokenCount(TOKENS_MAX)
                                                    .maxNestingDepth(NESTING_MAX)
                                                    .maxNumberLength(ID_MAX)
                                                    .build())
                                    .build())
                    .build();

    /// Time to live at most, ten years.
    long EXPIRY_MAX = 315_360_000_000L;

    /// What the client calls this, to be repeated in the answer; null: it wants none.
    @Nullable JsonNode id();

    record Subscribe(@Nullable JsonNode id, String filter, boolean retained)
            implements FeedCommand {}

    record Unsubscribe(@Nullable JsonNode id, String filter) implements FeedCommand {}

    record Publish(@Nullable JsonNode id, Sending sending) implements FeedCommand {}

    /// What is published when the connection ends.
    record Will(@Nullable JsonNode id, @Nullable Sending sending) implements FeedCommand {}

    record Ping(@Nullable JsonNode id) implements FeedCommand {}

    /// A message that a client has.
    ///
    /// @param expiry milliseconds; negative: it does not expire
    record Sending(
            String topic,
            ByteBuffer payload,
            int qos,
            boolean retain,
            long expiry,
            ByteBuffer properties) {
        Publication publication(long now) {
            return new Publication(
                    topic,
                    qos,
                    retain,
                    expiry < 0 ? Long.MAX_VALUE : now + expiry,
                    properties.duplicate(),
                    payload);
        }
    }

    /// What cannot be understood.
    final class Misunderstood extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient @Nullable JsonNode id;

        /// @param id of the command, if it has one
        Misunderstood(@Nullable JsonNode id, String why) {
            super(why, null, false, false);
            this.id = id;
        }

        @Nullable JsonNode id() {
            return id;
        }
    }

    /// Reads one.
    ///
    /// @throws JacksonException if it is no JSON at all, or larger than a command can be
    static FeedCommand read(byte[] text) throws Misunderstood {
        JsonNode said = JSON.readTree(text);
        if (!said.isObject()) {
            throw new Misunderstood(null, "a command is an object");
        }
        JsonNode id = said.get("id");
        boolean plain = id != null && (id.isIntegralNumber() || id.isString());
        if (id != null && (!plain || id.asString().length() > ID_MAX)) {
            throw new Misunderstood(null, "an id is a number or a short text");
        }
        Words words = new Words(said, id);
        String op = words.text("op", "");
        return switch (op) {
            case "subscribe" -> new Subscribe(id, words.filter(), words.flag("retained", true));
            case "unsubscribe" -> new Unsubscribe(id, words.filter());
            case "publish" -> new Publish(id, words.sending());
            case "will" -> new Will(id, said.has("topic") ? words.sending() : null);
            case "ping" -> new Ping(id);
            default ->
                    throw new Misunderstood(
                            id, "an op is subscribe, unsubscribe, publish, will or ping");
        };
    }

    /// The fields of a command.
    record Words(JsonNode said, @Nullable JsonNode id) {
        private Misunderstood wrong(String why) {
            return new Misunderstood(id, why);
        }

        String text(String name, String otherwise) throws Misunderstood {
            JsonNode value = said.path(name);
            if (value.isMissingNode()) {
                return otherwise;
            }
            if (!value.isString()) {
                throw wrong(name + " is no text");
            }
            return value.asString();
        }

        boolean flag(String name, boolean otherwise) throws Misunderstood {
            JsonNode value = said.path(name);
            if (value.isMissingNode()) {
                return otherwise;
            }
            if (!value.isBoolean()) {
                throw wrong(name + " is not true or false");
            }
            return value.asBoolean();
        }

        long number(String name, long otherwise, long most) throws Misunderstood {
            JsonNode value = said.path(name);
            if (value.isMissingNode()) {
                return otherwise;
            }
            boolean whole = value.isIntegralNumber() && value.canConvertToLong();
            if (!whole || value.asLong() < 0 || value.asLong() > most) {
                throw wrong("%s is no number from 0 to %d".formatted(name, most));
            }
            return value.asLong();
        }

        String filter() throws Misunderstood {
            String filter = text("filter", "");
            if (!isFilter(filter)) {
                throw wrong("'%s' is no filter".formatted(filter));
            }
            return filter;
        }

        Sending sending() throws Misunderstood {
            String topic = text("topic", "");
            if (!AmqpProperties.isTopic(topic)) {
                throw wrong("'%s' is no topic".formatted(topic));
            }
            Map<String, String> user = new LinkedHashMap<>();
            JsonNode properties = said.path("properties");
            if (!properties.isMissingNode() && !properties.isObject()) {
                throw wrong("properties are no object");
            }
            for (Map.Entry<String, JsonNode> one : properties.properties()) {
                if (!one.getValue().isString()) {
                    throw wrong("properties are texts");
                }
                user.put(one.getKey(), one.getValue().asString());
            }
            try {
                String type = said.has("contentType") ? text("contentType", "") : null;
                return new Sending(
                        topic,
                        payload(),
                        (int) number("qos", 1, 1),
                        flag("retain", false),
                        number("expiry", -1, EXPIRY_MAX),
                        new Publication.Labels(type, null, null, user).encoded());
            } catch (IllegalArgumentException e) {
                throw wrong(String.valueOf(e.getMessage()));
            }
        }

        private ByteBuffer payload() throws Misunderstood {
            String payload = text("payload", "");
            return switch (text("encoding", "text")) {
                case "text" -> ByteBuffer.wrap(payload.getBytes(UTF_8));
                case "base64" -> ByteBuffer.wrap(Base64.getDecoder().decode(payload));
                default -> throw wrong("an encoding is text or base64");
            };
        }
    }

    /// Whether a reader may ask for it: one that is well-formed, and no shared subscription, whose
    /// messages are lost to the others when their reader is slow, nor a stream, which has events.
    static boolean isFilter(String filter) {
        return AmqpProperties.isTopicFilter(filter);
    }
}
