package dev.parley.core.message;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An immutable, ordered table of named [FieldValue]s.
///
/// What was read is written again byte for byte, but that a boolean becomes 0 or 1 and that of
/// several fields with one name the last value stays, at the place of the first. (RabbitMQ keeps
/// them all and looks at the first.) Tables are equal if they hold equal fields in any order.
public final class FieldTable {
    public static final FieldTable EMPTY = new FieldTable(Map.of());

    /// Tables and arrays may be nested this deep.
    public static final int DEPTH_MAX = 64;

    private final Map<String, FieldValue> fields;

    private FieldTable(Map<String, FieldValue> fields) {
        this.fields = fields;
    }

    static FieldTable of(Map<String, FieldValue> fields) {
        return fields.isEmpty() ? EMPTY : new FieldTable(fields);
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
            return of(new LinkedHashMap<>(fields));
        }
    }

    public @Nullable FieldValue get(String name) {
        return fields.get(name);
    }

    /// The field of one of [#names].
    FieldValue field(String name) {
        FieldValue value = fields.get(name);
        if (value == null) {
            throw new IllegalStateException("no field '" + name + "'");
        }
        return value;
    }

    public boolean isEmpty() {
        return fields.isEmpty();
    }

    public int size() {
        return fields.size();
    }

    /// The names in order.
    public Set<String> names() {
        return Collections.unmodifiableSet(fields.keySet());
    }

    /// Whether RabbitMQ takes two arguments for the same when something is declared again.
    ///
    /// Whole numbers and timestamps compare by value whatever their width, single with double
    /// precision by value, strings with byte arrays by their bytes, and anything else by type and
    /// value; inside an array or a nested table everything, the order too, has to be the same. No
    /// argument is equivalent to none only, not to [FieldValue.Absent]. Found by asking RabbitMQ
    /// 3.10.8 for every pair of types.
    public static boolean equivalent(@Nullable FieldValue a, @Nullable FieldValue b) {
        if (a == null || b == null) {
            return a == b;
        }
        Long whole = ordinal(a);
        if (whole != null) {
            return whole.equals(ordinal(b));
        }
        Double real = real(a);
        if (real != null) {
            Double other = real(b);
            return other != null && real.doubleValue() == other.doubleValue();
        }
        return switch (a) {
            case FieldValue.Bytes x -> b instanceof FieldValue.Bytes y && x.sameBytes(y);
            case FieldValue.Array(List<FieldValue> values) when values.isEmpty() -> isHollow(b);
            case FieldValue.Table(FieldTable table) when table.isEmpty() -> isHollow(b);
            case FieldValue.Array x -> b instanceof FieldValue.Array y && sameInOrder(x, y);
            case FieldValue.Table x -> b instanceof FieldValue.Table y && sameInOrder(x, y);
            default -> a.equals(b);
        };
    }

    private static @Nullable Long ordinal(FieldValue value) {
        return value instanceof FieldValue.Timestamp(long seconds) ? seconds : value.asLong();
    }

    private static @Nullable Double real(FieldValue value) {
        return switch (value) {
            case FieldValue.Float32(float single) -> (double) single;
            case FieldValue.Float64(double number) -> number;
            default -> null;
        };
    }

    /// Empty arrays and empty tables are one thing to RabbitMQ.
    private static boolean isHollow(FieldValue value) {
        return switch (value) {
            case FieldValue.Array(List<FieldValue> values) -> values.isEmpty();
            case FieldValue.Table(FieldTable table) -> table.isEmpty();
            default -> false;
        };
    }

    private static boolean sameInOrder(FieldValue a, FieldValue b) {
        return switch (a) {
            case FieldValue.Array(List<FieldValue> x) ->
                    b instanceof FieldValue.Array(List<FieldValue> y) && sameInOrder(x, y);
            case FieldValue.Table(FieldTable x) ->
                    b instanceof FieldValue.Table(FieldTable y)
                            && List.copyOf(x.names()).equals(List.copyOf(y.names()))
                            && sameInOrder(
                                    List.copyOf(x.fields.values()), List.copyOf(y.fields.values()));
            default -> a.equals(b);
        };
    }

    private static boolean sameInOrder(List<FieldValue> a, List<FieldValue> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (!sameInOrder(a.get(i), b.get(i))) {
                return false;
            }
        }
        return true;
    }

    /// Reads a table with its leading length; where it throws [MalformedException] the position is
    /// anywhere in between.
    public static FieldTable read(ByteBuffer in) {
        return FieldCodec.readTable(in, 1);
    }

    /// Bytes that [#write] writes, the leading length included.
    public int encodedSize() {
        return FieldCodec.tableSize(this);
    }

    /// Writes the table with its leading length.
    ///
    /// @throws IllegalArgumentException if a name has more than 255 bytes
    public void write(ByteBuffer out) {
        FieldCodec.writeTable(this, out);
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
