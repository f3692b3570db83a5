package dev.parley.core.message;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A typed value in a [FieldTable]: one record per type on the wire, so that what was read is
/// written again byte for byte.
public sealed interface FieldValue {
    /// The type's octet on the wire.
    char tag();

    /// The value as a whole number, or null if it is none.
    default @Nullable Long asLong() {
        return null;
    }

    /// The value as text, or null if it is none; of bytes that are no UTF-8 as in [ShortText].
    default @Nullable String asText() {
        return null;
    }

    /// A boolean, `t`.
    record Bool(boolean value) implements FieldValue {
        @Override
        public char tag() {
            return 't';
        }
    }

    /// A whole number; `tag` tells width and sign: `b B s u I i l`, and `L`, which RabbitMQ reads
    /// as `l`.
    record Whole(char tag, long value) implements FieldValue {
        public Whole {
            boolean fits =
                    switch (tag) {
                        case 'b' -> value == (byte) value;
                        case 'B' -> value == (value & 0xFF);
                        case 's' -> value == (short) value;
                        case 'u' -> value == (value & 0xFFFF);
                        case 'I' -> value == (int) value;
                        case 'i' -> value == (value & 0xFFFF_FFFFL);
                        case 'l', 'L' -> true;
                        default -> false;
                    };
            if (!fits) {
                throw new IllegalArgumentException(value + " is no field of type " + tag);
            }
        }

        /// Bytes on the wire.
        int width() {
            return switch (tag) {
                case 'b', 'B' -> 1;
                case 's', 'u' -> 2;
                case 'I', 'i' -> 4;
                default -> 8;
            };
        }

        @Override
        public Long asLong() {
            return value;
        }
    }

    /// A single-precision number, `f`.
    record Float32(float value) implements FieldValue {
        @Override
        public char tag() {
            return 'f';
        }
    }

    /// A double-precision number, `d`.
    record Float64(double value) implements FieldValue {
        @Override
        public char tag() {
            return 'd';
        }
    }

    /// A decimal number: `unscaled` divided by ten to the power of `scale`, `D`.
    record Decimal(int scale, int unscaled) implements FieldValue {
        public Decimal {
            if (scale < 0 || scale > 255) {
                throw new IllegalArgumentException("a decimal scale of " + scale);
            }
        }

        @Override
        public char tag() {
            return 'D';
        }
    }

    /// A long string, `S`, or a byte array, `x`: any bytes.
    final class Bytes implements FieldValue {
        private final char tag;
        private final byte[] bytes;

        Bytes(char tag, byte[] bytes) {
            this.tag = tag;
            this.bytes = bytes;
        }

        /// The bytes themselves; not to be changed.
        byte[] bytes() {
            return bytes;
        }

        /// The bytes, for the caller to keep.
        public byte[] copy() {
            return bytes.clone();
        }

        boolean sameBytes(Bytes that) {
            return Arrays.equals(bytes, that.bytes);
        }

        @Override
        public char tag() {
            return tag;
        }

        @Override
        public @Nullable String asText() {
            return tag == 'S' ? ShortText.decoded(bytes) : null;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Bytes that
                    && tag == that.tag
                    && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /// A sequence of values, `A`.
    record Array(List<FieldValue> values) implements FieldValue {
        public Array {
            values = List.copyOf(values);
        }

        @Override
        public char tag() {
            return 'A';
        }
    }

    /// Seconds since 1970, `T`.
    record Timestamp(long seconds) implements FieldValue {
        @Override
        public char tag() {
            return 'T';
        }
    }

    /// A nested table, `F`.
    record Table(FieldTable table) implements FieldValue {
        @Override
        public char tag() {
            return 'F';
        }
    }

    /// No value, `V`.
    record Absent() implements FieldValue {
        @Override
        public char tag() {
            return 'V';
        }
    }

    static FieldValue text(String value) {
        return new Bytes('S', ShortText.bytes(value));
    }

    /// A long string of any bytes.
    static FieldValue text(byte[] bytes) {
        return new Bytes('S', bytes.clone());
    }

    /// A byte array.
    static FieldValue binary(byte[] bytes) {
        return new Bytes('x', bytes.clone());
    }

    static FieldValue of(boolean value) {
        return new Bool(value);
    }

    static FieldValue of(int value) {
        return new Whole('I', value);
    }

    static FieldValue of(long value) {
        return new Whole('l', value);
    }

    /// The name of a kind of value as RabbitMQ prints it when arguments differ.
    static String kind(FieldValue value) {
        return switch (value) {
            case Bool b -> "bool";
            case Whole whole ->
                    switch (whole.tag()) {
                        case 'b' -> "byte";
                        case 'B' -> "unsignedbyte";
                        case 's' -> "short";
                        case 'u' -> "unsignedshort";
                        case 'i' -> "unsignedint";
                        case 'l', 'L' -> "long";
                        default -> "signedint";
                    };
            case Float32 s -> "float";
            case Float64 d -> "double";
            case Decimal d -> "decimal";
            case Bytes bytes -> bytes.tag() == 'S' ? "longstr" : "binary";
            case Array a -> "array";
            case Timestamp t -> "timestamp";
            case Table t -> "table";
            case Absent v -> "void";
        };
    }
}
