package dev.parley.core.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.core.message.FieldValue.Whole;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldTableTest {
    private static final HexFormat HEX = HexFormat.of();

    /// Each line: the value's bytes, and its name as RabbitMQ prints it.
    @ParameterizedTest
    @CsvSource({
        "7401, bool",
        "7400, bool",
        "62ff, byte",
        "42ff, unsignedbyte",
        "738000, short",
        "75ffff, unsignedshort",
        "4980000000, signedint",
        "69ffffffff, unsignedint",
        "6c8000000000000000, long",
        "4cffffffffffffffff, long",
        "663f800000, float",
        "667f800001, float",
        "667fc00001, float",
        "643ff0000000000000, double",
        "647ff0000000000001, double",
        "44ff80000001, decimal",
        "530000000361ff62, longstr",
        "5300000000, longstr",
        "4100000000, array",
        "410000000456740156, array",
        "54ffffffffffffffff, timestamp",
        "4600000000, table",
        "46000000040161740146000000050162730001, ",
        "56, void",
        "780000000200ff, binary",
    })
    void everyTypeComesBackByteForByte(String value, String kind) {
        byte[] field = HEX.parseHex("016b" + value);
        ByteBuffer in = ByteBuffer.allocate(4 + field.length).putInt(field.length).put(field);
        in.flip();
        if (kind == null) {
            // Two values where one belongs: the second one is no field.
            assertThatThrownBy(() -> FieldTable.read(in)).isInstanceOf(MalformedException.class);
            return;
        }
        FieldTable table = FieldTable.read(in.duplicate());
        assertThat(encoded(table)).isEqualTo(in);
        assertThat(FieldValue.kind(table.field("k"))).isEqualTo(kind);
    }

    @Test
    void randomTablesComeBackByteForByte() {
        for (long seed = 0; seed < 3_000; seed++) {
            FieldTable table = new Fields(seed).table(4);
            ByteBuffer bytes = encoded(table);
            assertThat(bytes.remaining()).as("seed %d", seed).isEqualTo(table.encodedSize());
            FieldTable read = FieldTable.read(bytes.duplicate());
            assertThat(encoded(read)).as("seed %d", seed).isEqualTo(bytes);
            assertThat(read).as("seed %d", seed).isEqualTo(table);
            assertThat(FieldCodec.skipTable(bytes, 0, bytes.limit(), 1)).isEqualTo(bytes.limit());
        }
    }

    @Test
    void whatIsCutOffAnywhereIsMalformed() {
        for (long seed = 0; seed < 200; seed++) {
            ByteBuffer whole = encoded(new Fields(seed).table(3));
            for (int length = 0; length < whole.limit(); length++) {
                ByteBuffer part = whole.duplicate().limit(length);
                assertThatThrownBy(() -> FieldTable.read(part.duplicate()))
                        .isInstanceOf(MalformedException.class);
                assertThatThrownBy(() -> FieldCodec.skipTable(part, 0, part.limit(), 1))
                        .isInstanceOf(MalformedException.class);
            }
        }
    }

    @Test
    void readingAndWalkingAgreeOnDamagedTables() {
        java.util.Random random = new java.util.Random(11);
        int good = 0;
        for (int i = 0; i < 20_000; i++) {
            ByteBuffer bytes = encoded(new Fields(i % 100).table(3));
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bytes.put(random.nextInt(bytes.limit()), (byte) random.nextInt());
            }
            boolean read = passes(() -> FieldTable.read(bytes.duplicate()));
            boolean walked = passes(() -> FieldCodec.skipTable(bytes, 0, bytes.limit(), 1));
            assertThat(walked).as("round %d", i).isEqualTo(read);
            good += read ? 1 : 0;
        }
        assertThat(good).isBetween(1_000, 19_000);
    }

    private static boolean passes(Runnable decoder) {
        try {
            decoder.run();
            return true;
        } catch (MalformedException e) {
            return false;
        }
    }

    @Test
    void nestingHasABound() {
        for (char kind : new char[] {'F', 'A'}) {
            ByteBuffer deepest = nested(kind, FieldTable.DEPTH_MAX);
            assertThat(FieldTable.read(deepest.duplicate()).isEmpty()).isFalse();
            ByteBuffer deeper = nested(kind, FieldTable.DEPTH_MAX + 1);
            assertThatThrownBy(() -> FieldTable.read(deeper.duplicate()))
                    .isInstanceOf(MalformedException.class)
                    .hasMessageContaining("deeper");
            assertThatThrownBy(() -> FieldTable.read(nested(kind, 20_000)))
                    .isInstanceOf(MalformedException.class);
            assertThatThrownBy(
                            () -> FieldCodec.skipTable(nested(kind, 20_000), 0, 4 + 20_000 * 6, 1))
                    .isInstanceOf(MalformedException.class);
        }
    }

    /// A table with `levels - 1` tables or arrays inside each other.
    private static ByteBuffer nested(char kind, int levels) {
        int name = kind == 'F' ? 1 : 0;
        int size = name + 5;
        ByteBuffer out = ByteBuffer.allocate(16 + levels * size);
        int inner = levels - 1;
        out.putInt(1 - name + inner * size);
        if (kind == 'A') {
            out.put((byte) 0);
        }
        for (int left = inner - 1; left >= 0; left--) {
            if (kind == 'F') {
                out.put((byte) 0);
            }
            out.put((byte) kind).putInt(left * size);
        }
        return out.flip();
    }

    @Test
    void giantLengthsAllocateNothing() {
        for (String hex :
                List.of(
                        "ffffffff",
                        "7fffffff016b7401",
                        "00000007016b53ffffffff",
                        "00000007016b787fffffff",
                        "00000007016b41fffffff0",
                        "00000007016b4680000000")) {
            ByteBuffer in = ByteBuffer.wrap(HEX.parseHex(hex));
            assertThatThrownBy(() -> FieldTable.read(in.duplicate()))
                    .isInstanceOf(MalformedException.class);
            assertThatThrownBy(() -> FieldCodec.skipTable(in, 0, in.limit(), 1))
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void ofOneNameTheLastValueStays() {
        ByteBuffer in = ByteBuffer.wrap(HEX.parseHex("0000000c016174010162740101617400"));
        FieldTable table = FieldTable.read(in);
        assertThat(table.names()).containsExactly("a", "b");
        assertThat(table.get("a")).isEqualTo(FieldValue.of(false));
    }

    @Test
    void numbersOutOfTheirTypesRangeAreRefused() {
        for (Object[] one :
                new Object[][] {{'b', 128L}, {'B', -1L}, {'u', 65_536L}, {'i', -1L}, {'q', 0L}}) {
            assertThatThrownBy(() -> new Whole((char) one[0], (long) one[1]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    /// The classes in which RabbitMQ 3.10.8 takes one argument for another; a value is equivalent
    /// to those in its own line and to no others.
    @Test
    void argumentsAreEquivalentAsInRabbitMq() {
        FieldValue one = FieldValue.of(1L);
        FieldTable ab = FieldTable.builder().put("a", one).put("b", one).build();
        FieldTable ba = FieldTable.builder().put("b", one).put("a", one).build();
        FieldTable narrow = ab.with().put("b", FieldValue.of(1)).build();
        List<List<FieldValue>> classes =
                List.of(
                        List.of(
                                new Whole('b', 5),
                                new Whole('B', 5),
                                new Whole('s', 5),
                                new Whole('u', 5),
                                new Whole('I', 5),
                                new Whole('i', 5),
                                new Whole('l', 5),
                                new Whole('L', 5),
                                new FieldValue.Timestamp(5)),
                        List.of(new Whole('l', 6), new FieldValue.Timestamp(6)),
                        List.of(new FieldValue.Float32(5), new FieldValue.Float64(5)),
                        List.of(new FieldValue.Float64(0.0), new FieldValue.Float64(-0.0)),
                        List.of(new FieldValue.Float64(0.1)),
                        List.of(new FieldValue.Float32(0.1f)),
                        List.of(new FieldValue.Decimal(0, 5)),
                        List.of(FieldValue.text("5"), FieldValue.binary(new byte[] {'5'})),
                        List.of(FieldValue.of(true)),
                        List.of(FieldValue.of(false)),
                        List.of(new FieldValue.Absent()),
                        List.of(new FieldValue.Array(List.of(one))),
                        List.of(new FieldValue.Array(List.of(FieldValue.of(1)))),
                        List.of(
                                new FieldValue.Array(List.of()),
                                new FieldValue.Table(FieldTable.EMPTY)),
                        List.of(new FieldValue.Table(ab)),
                        List.of(new FieldValue.Table(ba)),
                        List.of(new FieldValue.Table(narrow)));
        for (List<FieldValue> left : classes) {
            for (List<FieldValue> right : classes) {
                for (FieldValue a : left) {
                    assertThat(FieldTable.equivalent(a, null)).isFalse();
                    assertThat(FieldTable.equivalent(null, a)).isFalse();
                    for (FieldValue b : right) {
                        assertThat(FieldTable.equivalent(a, b))
                                .as("%s and %s", a, b)
                                .isEqualTo(left == right);
                    }
                }
            }
        }
        assertThat(FieldTable.equivalent(null, null)).isTrue();
    }

    private static ByteBuffer encoded(FieldTable table) {
        ByteBuffer out = ByteBuffer.allocate(table.encodedSize());
        table.write(out);
        return out.flip();
    }
}
