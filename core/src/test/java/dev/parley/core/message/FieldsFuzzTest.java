package dev.parley.core.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.Seeds;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What the fuzzer does with field tables and property lists: whatever comes is read or refused as
/// malformed, the walk says the same as the decoder, and what was read is written again.
class FieldsFuzzTest {
    /// The first byte says whether a table or a property list follows.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length > 0) {
            ByteBuffer in = ByteBuffer.wrap(input, 1, input.length - 1).slice();
            if ((input[0] & 1) == 0) {
                readTable(in);
            } else {
                readList(in);
            }
        }
    }

    private static void readTable(ByteBuffer in) {
        int end = -1;
        try {
            end = FieldCodec.skipTable(in, 0, in.limit(), 1);
        } catch (MalformedException e) {
            // The decoder has to think so too.
        }
        ByteBuffer read = in.duplicate();
        FieldTable table;
        try {
            table = FieldTable.read(read);
        } catch (MalformedException e) {
            check(end < 0, "the walk took what the decoder refuses");
            return;
        }
        check(end == read.position(), "the walk ended elsewhere");
        byte[] written = written(table);
        check(written.length <= end, "it grew");
        FieldTable again = FieldTable.read(ByteBuffer.wrap(written));
        check(again.equals(table), "another table came back");
        check(Arrays.equals(written(again), written), "other bytes came back");
        check(
                written.length < end || sameButBooleans(in, written),
                "other bytes without a name that stands twice");
    }

    private static byte[] written(FieldTable table) {
        ByteBuffer out = ByteBuffer.allocate(table.encodedSize());
        table.write(out);
        check(!out.hasRemaining(), "it is shorter than it says");
        return out.array();
    }

    /// Any byte but 0 is true, and true is written as 1; names of the same length may stand twice.
    private static boolean sameButBooleans(ByteBuffer in, byte[] written) {
        for (int i = 0; i < written.length; i++) {
            if (written[i] != in.get(i) && !(written[i] == 1 && in.get(i - 1) == 't')) {
                return false;
            }
        }
        return true;
    }

    private static void readList(ByteBuffer in) {
        boolean valid = true;
        try {
            Properties.validate(in);
        } catch (MalformedException e) {
            valid = false;
        }
        check(in.position() == 0, "the walk moved");
        Properties properties;
        try {
            properties = Properties.read(in.duplicate());
        } catch (MalformedException e) {
            check(!valid, "the walk took what the decoder refuses");
            return;
        }
        check(valid, "the walk refused what the decoder takes");
        peek(in, properties);
        ByteBuffer written = properties.encoded();
        check(written.limit() <= in.limit(), "it grew");
        Properties again = Properties.read(written.duplicate());
        check(again.equals(properties), "another list came back");
        check(again.encoded().equals(written), "other bytes came back");
    }

    private static void peek(ByteBuffer in, Properties properties) {
        Integer mode = properties.deliveryMode();
        Integer priority = properties.priority();
        check(Properties.deliveryMode(in) == (mode == null ? 0 : mode), "mode");
        check(Properties.priority(in) == (priority == null ? -1 : priority), "priority");
        check(Properties.hasHeaders(in) == (properties.headers() != null), "headers");
        check(Properties.hasExpiration(in) == (properties.expiration() != null), "expiration");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    @Test
    void theSeedsAreTaken() {
        Map<String, byte[]> made = new TreeMap<>();
        for (int seed = 0; seed < 8; seed++) {
            made.put("table-" + seed, seed(0, written(new Fields(seed).table(3))));
            made.put("list-" + seed, seed(1, new Fields(seed).properties().encoded().array()));
        }
        FieldTable deep = FieldTable.EMPTY;
        for (int depth = 1; depth < FieldTable.DEPTH_MAX; depth++) {
            deep = FieldTable.builder().put("", new FieldValue.Table(deep)).build();
        }
        made.put("table-deep", seed(0, written(deep)));
        Map<String, byte[]> seeds = Seeds.of("fields", made);
        seeds.values().forEach(FieldsFuzzTest::fuzzerTestOneInput);
        assertThat(seeds).hasSizeGreaterThanOrEqualTo(17);
    }

    private static byte[] seed(int kind, byte[] bytes) {
        return ByteBuffer.allocate(1 + bytes.length).put((byte) kind).put(bytes).array();
    }
}
