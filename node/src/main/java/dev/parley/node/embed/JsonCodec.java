package dev.parley.node.embed;

import dev.parley.api.Codec;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// Payloads as JSON, by Jackson: records, beans, collections. Unknown fields are passed over.
public final class JsonCodec<T> implements Codec<T> {
    private static final ObjectMapper STANDARD = JsonMapper.builder().build();

    private final ObjectMapper mapper;
    private final JavaType type;

    private JsonCodec(ObjectMapper mapper, JavaType type) {
        this.mapper = mapper;
        this.type = type;
    }

    public static <T> JsonCodec<T> of(Class<T> type) {
        return of(STANDARD, STANDARD.constructType(type));
    }

    /// With a mapper of the caller's, for a type with parameters for example.
    public static <T> JsonCodec<T> of(ObjectMapper mapper, JavaType type) {
        return new JsonCodec<>(mapper, type);
    }

    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public byte[] encode(T payload) {
        return mapper.writerFor(type).writeValueAsBytes(payload);
    }

    @Override
    public T decode(byte[] body, String contentType) {
        return mapper.readerFor(type).readValue(body);
    }
}
