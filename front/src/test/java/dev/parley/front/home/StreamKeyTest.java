package dev.parley.front.home;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.message.FieldValue;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a header's value is as the key of a stream's message.
class StreamKeyTest {
    @Test
    void everyPlainValueIsAKeyOfItsOwn() {
        assertThat(Streams.text(FieldValue.text("a"))).isEqualTo("a");
        assertThat(Streams.text(new FieldValue.Whole('l', 7))).isEqualTo("7");
        assertThat(Streams.text(new FieldValue.Bool(true))).isEqualTo("true");
        assertThat(Streams.text(new FieldValue.Float32(1.5f))).isEqualTo("1.5");
        assertThat(Streams.text(new FieldValue.Float64(2.5))).isEqualTo("2.5");
        assertThat(Streams.text(new FieldValue.Decimal(2, 314))).isEqualTo("3.14");
        assertThat(Streams.text(new FieldValue.Timestamp(60))).isEqualTo("60");
    }

    @Test
    void whatHasPartsIsNone() {
        assertThat(Streams.text(new FieldValue.Array(List.of()))).isNull();
        assertThat(Streams.text(new FieldValue.Absent())).isNull();
    }
}
