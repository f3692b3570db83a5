package dev.parley.core.message;

import dev.parley.core.message.FieldValue.Bytes;
import dev.parley.core.message.FieldValue.Whole;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Field tables and values as bytes (AMQP 0-9-1, 4.2.5.5, with RabbitMQ's list of types).
///
/// Every length is compared with what is there before anything is allocated, and every value takes
/// at least one byte, so that what is built is bounded by what was received. Recursion goes as deep
/// as [FieldTable#DEPTH_MAX].
final class FieldCodec {
    private static final FieldValue ABSENT = new FieldValue.Absent();

    private FieldCodec() {}

    // ---- reading

    static FieldTable readTable(ByteBuffer in, int depth) {
        ByteBuffer body = enter(in, depth);
        if (!body.hasRemaining()) {
            return FieldTable.EMPTY;
        }
        Map<String, FieldValue> fields = new LinkedHashMap<>();
        while (body.hasRemaining()) {
            String name = ShortText.read(body);
            fields.put(name, readValue(body, depth));
        }
        return FieldTable.of(fields);
    }

    private static FieldValue readArray(ByteBuffer in, int depth) {
        ByteBuffer body = enter(in, depth);
        List<FieldValue> values = new ArrayList<>();
        while (body.hasRemaining()) {
            values.add(readValue(body, depth));
        }
        return new FieldValue.Array(values);
    }

    private static FieldValue readValue(ByteBuffer in, int depth) {
        char tag = (char) Byte.toUnsignedInt(need(in, 1).get());
        return switch (tag) {
            case 't' -> new FieldValue.Bool(need(in, 1).get() != 0);
            case 'b' -> new Whole(tag, need(in, 1).get());
            case 'B' -> new Whole(tag, Byte.toUnsignedInt(need(in, 1).get()));
            case 's' -> new Whole(tag, need(in, 2).getShort());
            case 'u' -> new Whole(tag, Short.toUnsignedInt(need(in, 2).getShort()));
            case 'I' -> new Whole(tag, need(in, 4).getInt());
            case 'i' -> new Whole(tag, Integer.toUnsignedLong(need(in, 4).getInt()));
            case 'l', 'L' -> new Whole(tag, need(in, 8).getLong());
            case 'f' -> new FieldValue.Float32(need(in, 4).getFloat());
            case 'd' -> new FieldValue.Float64(need(in, 8).getDouble());
            case 'D' -> {
                need(in, 5);
                yield new FieldValue.Decimal(Byte.toUnsignedInt(in.get()), in.getInt());
            }
            case 'S', 'x' -> {
                byte[] bytes = new byte[length(in)];
                in.get(bytes);
                yield new Bytes(tag, bytes);
            }
            case 'A' -> readArray(in, depth + 1);
            case 'T' -> new FieldValue.Timestamp(need(in, 8).getLong());
            case 'F' -> new FieldValue.Table(readTable(in, depth + 1));
            case 'V' -> ABSENT;
            default -> throw unknown(tag);
        };
    }

    /// What a table or array at this depth encloses.
    private static ByteBuffer enter(ByteBuffer in, int depth) {
        checkDepth(depth);
        int length = length(in);
        int start = in.position();
        in.position(start + length);
        return in.slice(start, length);
    }

    private static void checkDepth(int depth) {
        if (depth > FieldTable.DEPTH_MAX) {
            throw new MalformedException(
                    "tables and arrays are nested deeper than " + FieldTable.DEPTH_MAX);
        }
    }

    private static MalformedException unknown(char tag) {
        return new MalformedException("unknown field type 0x" + Integer.toHexString(tag));
    }

    /// Reads a long length; so much remains.
    static int length(ByteBuffer in) {
        long length = Integer.toUnsignedLong(need(in, 4).getInt());
        if (length > in.remaining()) {
            throw shortage(length, in.remaining());
        }
        return (int) length;
    }

    static ByteBuffer need(ByteBuffer in, int bytes) {
        if (in.remaining() < bytes) {
            throw shortage(bytes, in.remaining());
        }
        return in;
    }

    private static MalformedException shortage(long wanted, long left) {
        return new MalformedException(wanted + " bytes wanted where " + left + " are left");
    }

    // ---- walking: the same checks from absolute positions, and nothing allocated

    /// The position behind the table at `at`.
    static int skipTable(ByteBuffer in, int at, int end, int depth) {
        checkDepth(depth);
        int stop = skip(at + 4, lengthAt(in, at, end), end);
        int next = at + 4;
        while (next < stop) {
            next = skipValue(in, skipShort(in, next, stop), stop, depth);
        }
        return stop;
    }

    private static int skipArray(ByteBuffer in, int at, int end, int depth) {
        checkDepth(depth);
        int stop = skip(at + 4, lengthAt(in, at, end), end);
        int next = at + 4;
        while (next < stop) {
            next = skipValue(in, next, stop, depth);
        }
        return stop;
    }

    private static int skipValue(ByteBuffer in, int at, int end, int depth) {
        int next = skip(at, 1, end);
        char tag = (char) Byte.toUnsignedInt(in.get(at));
        return switch (tag) {
            case 't', 'b', 'B' -> skip(next, 1, end);
            case 's', 'u' -> skip(next, 2, end);
            case 'I', 'i', 'f' -> skip(next, 4, end);
            case 'l', 'L', 'd', 'T' -> skip(next, 8, end);
            case 'D' -> skip(next, 5, end);
            case 'S', 'x' -> skip(next + 4, lengthAt(in, next, end), end);
            case 'A' -> skipArray(in, next, end, depth + 1);
            case 'F' -> skipTable(in, next, end, depth + 1);
            case 'V' -> next;
            default -> throw unknown(tag);
        };
    }

    /// The position behind the short string at `at`.
    static int skipShort(ByteBuffer in, int at, int end) {
        int next = skip(at, 1, end);
        return skip(next, Byte.toUnsignedInt(in.get(at)), end);
    }

    private static long lengthAt(ByteBuffer in, int at, int end) {
        skip(at, 4, end);
        return Integer.toUnsignedLong(in.getInt(at));
    }

    static int skip(int at, long bytes, int end) {
        if (bytes > end - at) {
            throw shortage(bytes, end - at);
        }
        return at + (int) bytes;
    }

    // ---- writing

    static int tableSize(FieldTable table) {
        int size = 4;
        for (String name : table.names()) {
            size += 1 + ShortText.size(name) + valueSize(table.field(name));
        }
        return size;
    }

    private static int valueSize(FieldValue value) {
        return 1
                + switch (value) {
                    case FieldValue.Bool b -> 1;
                    case Whole whole -> whole.width();
                    case FieldValue.Float32 f -> 4;
                    case FieldValue.Float64 d -> 8;
                    case FieldValue.Decimal d -> 5;
                    case Bytes bytes -> 4 + bytes.bytes().length;
                    case FieldValue.Array array -> 4 + arraySize(array);
                    case FieldValue.Timestamp t -> 8;
                    case FieldValue.Table nested -> tableSize(nested.table());
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

    static void writeTable(FieldTable table, ByteBuffer out) {
        int start = out.position();
        out.putInt(0);
        for (String name : table.names()) {
            ShortText.write(out, name);
            writeValue(table.field(name), out);
        }
        out.putInt(start, out.position() - start - 4);
    }

    private static void writeValue(FieldValue value, ByteBuffer out) {
        out.put((byte) value.tag());
        switch (value) {
            case FieldValue.Bool bool -> out.put((byte) (bool.value() ? 1 : 0));
            case Whole whole -> {
                switch (whole.width()) {
                    case 1 -> out.put((byte) whole.value());
                    case 2 -> out.putShort((short) whole.value());
                    case 4 -> out.putInt((int) whole.value());
                    default -> out.putLong(whole.value());
                }
            }
            case FieldValue.Float32 single -> out.putFloat(single.value());
            case FieldValue.Float64 number -> out.putDouble(number.value());
            case FieldValue.Decimal decimal ->
                    out.put((byte) decimal.scale()).putInt(decimal.unscaled());
            case Bytes bytes -> out.putInt(bytes.bytes().length).put(bytes.bytes());
            case FieldValue.Array array -> {
                int start = out.position();
                out.putInt(0);
                array.values().forEach(element -> writeValue(element, out));
                out.putInt(start, out.position() - start - 4);
            }
            case FieldValue.Timestamp timestamp -> out.putLong(timestamp.seconds());
            case FieldValue.Table nested -> writeTable(nested.table(), out);
            case FieldValue.Absent v -> {
                // Nothing follows the type.
            }
        }
    }
}
