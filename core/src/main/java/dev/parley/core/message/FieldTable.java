package dev.parley.core.message;

import dev.parley.core.message.FieldValue.Bytes;
import dev.parley.core.message.FieldValue.Whole;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An immutable, ordered table of named [FieldValue]s. Of several values with one name the last
/// stays.
public final class FieldTable {
    public static final FieldTable EMPTY = new FieldTable(Map.of());

    /// Tables and arrays may be nested this deep.
    public static final int DEPTH_MAX = 64;

    private final Map<String, FieldValue> fields;

    private FieldTable(Map<String, FieldValue> fields) {
        this.fields = fields;
    }

    public static Builder builder() {
        return new Builder(new LinkedHashMap<>());
    }

    /// A builder that starts with this table's fields.
    public Builder with() {
        return new Builder(new LinkedHashMap<>(fields));
    }

    /// Collects the fields of a table.
    public static final class Builder {
        private final Map<String, FieldValue> fields;

        private Builder(Map<String, FieldValue> fields) {
            this.fields = fields;
        }

        public Builder put(String name, FieldValue value) {
            fields.put(name, value);
            return this;
        }

        public Builder remove(String name) {
            fields.remove(name);
            return this;
        }

        public FieldTable build() {
            return fields.isEmpty() ? EMPTY : new FieldTable(new LinkedHashMap<>(fields));
        }
    }

    public @Nullable FieldValue get(String name) {
        return fields.get(name);
    }

    public boolean isEmpty() {
        return fields.isEmpty();
    }

    public int size() {
        return fields.size();
    }

    /// The names in order.
    public Set<String> names() {
        return fields.keySet();
    }

    /// Whether RabbitMQ takes two arguments for the same: text by its bytes, whole numbers by value
    /// whatever their width, anything else by type and value.
    public static boolean equivalent(@Nullable FieldValue a, @Nullable FieldValue b) {
        if (a instanceof Whole x && b instanceof Whole y) {
            return x.value() == y.value();
        }
        return a == null ? b == null : a.equals(b);
    }

    /// Reads a table with its leading length.
    public static FieldTable read(ByteBuffer in) {
        return readTable(in, 1);
    }

    private static FieldTable readTable(ByteBuffer in, int depth) {
        if (depth > DEPTH_MAX) {
            throw new MalformedException("tables are nested deeper than " + DEPTH_MAX);
        }
        ByteBuffer body = take(in, length(in));
        if (!body.hasRemaining()) {
            return EMPTY;
        }
        Map<String, FieldValue> fields = new LinkedHashMap<>();
        while (body.hasRemaining()) {
            String name = readShort(body);
            fields.put(name, readValue(body, depth));
        }
        return new FieldTable(fields);
    }

    private static FieldValue readValue(ByteBuffer in, int depth) {
        need(in, 1);
        char tag = (char) in.get();
        return switch (tag) {
            case 't' -> new FieldValue.Bool(need(in, 1).get() != 0);
            case 'b' -> new Whole(tag, need(in, 1).get());
            case 'B' -> new Whole(tag, Byte.toUnsignedInt(need(in, 1).get()));
            case 's' -> new Whole(tag, need(in, 2).getShort());
            case 'u' -> new Whole(tag, Short.toUnsignedInt(need(in, 2).getShort()));
            case 'I' -> new Whole(tag, need(in, 4).getInt());
            case 'i' -> new Whole(tag, Integer.toUnsignedLong(need(in, 4).getInt()));
            case 'l', 'L' -> new Whole('l', need(in, 8).getLong());
            case 'f' -> new FieldValue.Float32(need(in, 4).getFloat());
            case 'd' -> new FieldValue.Float64(need(in, 8).getDouble());
            case 'D' -> {
                need(in, 5);
                yield new FieldValue.Decimal(Byte.toUnsignedInt(in.get()), in.getInt());
            }
            case 'S', 'x' -> new Bytes(tag, bytes(take(in, length(in))));
            case 'A' -> readArray(in, depth);
            case 'T' -> new FieldValue.Timestamp(need(in, 8).getLong());
            case 'F' -> new FieldValue.Table(readTable(in, depth + 1));
            case 'V' -> new FieldValue.Absent();
            default ->
                    throw new MalformedException(
                            "unknown field type 0x" + Integer.toHexString(tag & 0xFF));
        };
    }

    private static FieldValue readArray(ByteBuffer in, int depth) {
        if (depth >= DEPTH_MAX) {
            throw new MalformedException("arrays are nested deeper than " + DEPTH_MAX);
        }
        ByteBuffer body = take(in, length(in));
        List<FieldValue> values = new ArrayList<>();
        while (body.hasRemaining()) {
            values.add(readValue(body, depth + 1));
        }
        return new FieldValue.Array(values);
    }

    /// Bytes that [#write] writes, the leading length included.
    public int encodedSize() {
        int size = 4;
        for (Map.Entry<String, FieldValue> field : fields.entrySet()) {
            size += 1 + utf8(field.getKey()).length + valueSize(field.getValue());
        }
        return size;
    }

    private static int valueSize(FieldValue value) {
        return 1
                + switch (value) {
                    case FieldValue.Bool b -> 1;
                    case Whole whole ->
                            switch (whole.tag()) {
                                case 'b', 'B' -> 1;
                                case 's', 'u' -> 2;
                                case 'l' -> 8;
                                default -> 4;
                            };
                    case FieldValue.Float32 s -> 4;
                    case FieldValue.Float64 d -> 8;
                    case FieldValue.Decimal d -> 5;
                    case Bytes bytes -> 4 + bytes.bytes().length;
                    case FieldValue.Array array -> 4 + arraySize(array);
                    case FieldValue.Timestamp t -> 8;
                    case FieldValue.Table table -> table.table().encodedSize();
                    case FieldValue.Absent v -> 0;
                };
    }

    private static int arraySize(FieldValue.Array array) {
        int size = 0;
        for (FieldValue value : array.values()) {
            size += valueSize(value);
        }
        return size;
    }

    /// Writes the table with its leading length.
    public void write(ByteBuffer out) {
        int start = out.position();
        out.putInt(0);
        fields.forEach((name, value) -> {
            writeShort(out, name);
            writeValue(out, value);
        });
        out.putInt(start, out.position() - start - 4);
    }

    private static void writeValue(ByteBuffer out, FieldValue value) {
        out.put((byte) value.tag());
        switch (value) {
            case FieldValue.Bool bool -> out.put((byte) (bool.value() ? 1 : 0));
            case Whole whole -> writeWhole(out, whole);
            case FieldValue.Float32 single -> out.putFloat(single.value());
            case FieldValue.Float64 number -> out.putDouble(number.value());
            case FieldValue.Decimal decimal ->
                    out.put((byte) decimal.scale()).putInt(decimal.unscaled());
            case Bytes bytes -> out.putInt(bytes.bytes().length).put(bytes.bytes());
            case FieldValue.Array array -> {
                out.putInt(arraySize(array));
                array.values().forEach(element -> writeValue(out, element));
            }
            case FieldValue.Timestamp timestamp -> out.putLong(timestamp.seconds());
            case FieldValue.Table table -> table.table().write(out);
            case FieldValue.Absent v -> {
                // Nothing follows the type.
            }
        }
    }

    private static void writeWhole(ByteBuffer out, Whole whole) {
        switch (whole.tag()) {
            case 'b', 'B' -> out.put((byte) whole.value());
            case 's', 'u' -> out.putShort((short) whole.value());
            case 'l' -> out.putLong(whole.value());
            default -> out.putInt((int) whole.value());
        }
    }

    static String readShort(ByteBuffer in) {
        need(in, 1);
        ByteBuffer bytes = take(in, Byte.toUnsignedInt(in.get()));
        return new String(bytes(bytes), StandardCharsets.UTF_8);
    }

    static void writeShort(ByteBuffer out, String text) {
        byte[] bytes = utf8(text);
        if (bytes.length > 255) {
            throw new IllegalArgumentException(
                    "a short string has at most 255 bytes, not " + bytes.length);
        }
        out.put((byte) bytes.length).put(bytes);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static long length(ByteBuffer in) {
        return Integer.toUnsignedLong(need(in, 4).getInt());
    }

    static ByteBuffer take(ByteBuffer in, long length) {
        if (length > in.remaining()) {
            throw new MalformedException(
                    "a length of " + length + " where " + in.remaining() + " bytes are left");
        }
        ByteBuffer taken = in.slice(in.position(), (int) length);
        in.position(in.position() + (int) length);
        return taken;
    }

    private static byte[] bytes(ByteBuffer in) {
        byte[] bytes = new byte[in.remaining()];
        in.get(bytes);
        return bytes;
    }

    static ByteBuffer need(ByteBuffer in, int bytes) {
        if (in.remaining() < bytes) {
            throw new MalformedException(
                    bytes + " bytes wanted where " + in.remaining() + " are left");
        }
        return in;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FieldTable that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.toString();
    }
}
