package dev.parley.core.message;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Random tables and property lists, the same for the same seed.
final class Fields {
    private final Random random;

    Fields(long seed) {
        random = new Random(seed);
    }

    FieldTable table(int depth) {
        FieldTable.Builder table = FieldTable.builder();
        for (int i = random.nextInt(6); i > 0; i--) {
            table.put(text(40), value(depth));
        }
        return table.build();
    }

    FieldValue value(int depth) {
        int kinds = depth > 0 ? 18 : 16;
        return switch (random.nextInt(kinds)) {
            case 0 -> new FieldValue.Bool(random.nextBoolean());
            case 1 -> new FieldValue.Whole('b', (byte) random.nextInt());
            case 2 -> new FieldValue.Whole('B', random.nextInt(256));
            case 3 -> new FieldValue.Whole('s', (short) random.nextInt());
            case 4 -> new FieldValue.Whole('u', random.nextInt(65_536));
            case 5 -> new FieldValue.Whole('I', random.nextInt());
            case 6 -> new FieldValue.Whole('i', Integer.toUnsignedLong(random.nextInt()));
            case 7 -> new FieldValue.Whole('l', random.nextLong());
            case 8 -> new FieldValue.Whole('L', random.nextLong());
            case 9 -> new FieldValue.Float32(Float.intBitsToFloat(random.nextInt()));
            case 10 -> new FieldValue.Float64(Double.longBitsToDouble(random.nextLong()));
            case 11 -> new FieldValue.Decimal(random.nextInt(256), random.nextInt());
            case 12 -> FieldValue.text(bytes(300));
            case 13 -> FieldValue.binary(bytes(300));
            case 14 -> new FieldValue.Timestamp(random.nextLong());
            case 15 -> new FieldValue.Absent();
            case 16 -> new FieldValue.Table(table(depth - 1));
            default -> {
                List<FieldValue> values = new ArrayList<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    values.add(value(depth - 1));
                }
                yield new FieldValue.Array(values);
            }
        };
    }

    Properties properties() {
        return new Properties(
                maybe() ? text(60) : null,
                maybe() ? text(60) : null,
                maybe() ? table(2) : null,
                maybe() ? random.nextInt(256) : null,
                maybe() ? random.nextInt(256) : null,
                maybe() ? text(60) : null,
                maybe() ? text(60) : null,
                maybe() ? text(60) : null,
                maybe() ? text(60) : null,
                maybe() ? random.nextLong() : null,
                maybe() ? text(60) : null,
                maybe() ? text(60) : null,
                maybe() ? text(60) : null,
                maybe() ? text(60) : null);
    }

    /// Half of it plain, half of it any bytes.
    String text(int most) {
        byte[] bytes = bytes(most);
        if (random.nextBoolean()) {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (32 + (bytes[i] & 63));
            }
        }
        return ShortText.decoded(bytes);
    }

    byte[] bytes(int most) {
        byte[] bytes = new byte[random.nextInt(most + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    private boolean maybe() {
        return random.nextBoolean();
    }
}
