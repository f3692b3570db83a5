package dev.parley.front.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.parley.core.message.FieldValue;
import dev.parley.core.stream.Start;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlaceTest {
    private static final long NOW = 1_700_000_000_000L;

    @Test
    void wordsNumbersAndTimes() {
        assertThat(Place.of("first")).isEqualTo(new Start.First());
        assertThat(Place.of("earliest")).isEqualTo(new Start.First());
        assertThat(Place.of("last")).isEqualTo(new Start.Last());
        assertThat(Place.of("next")).isEqualTo(new Start.Next());
        assertThat(Place.of("latest")).isEqualTo(new Start.Next());
        assertThat(Place.of("0")).isEqualTo(new Start.At(0));
        assertThat(Place.of("123")).isEqualTo(new Start.At(123));
        assertThat(Place.of("time:1700000000000")).isEqualTo(new Start.Since(NOW));
        assertThat(Place.of("timestamp:2023-11-14T22:13:20Z")).isEqualTo(new Start.Since(NOW));
        assertThat(Place.of("timestamp:2023-11-14T23:13:20+01:00")).isEqualTo(new Start.Since(NOW));
    }

    @Test
    void microsecondsAreATimeAsInEmqx() {
        assertThat(Place.of("1700000000000000")).isEqualTo(new Start.Since(NOW));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-1",
                "1.5",
                "yesterday",
                "time:",
                "time:soon",
                "date:1",
                ":",
                "99999999999999999999",
                "timestamp:+1000000000-12-31T23:59:59Z"
            })
    void whatIsNoPlaceIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Place.of(text));
    }

    @Test
    void argumentsOfConsumers() {
        assertThat(Place.ofArgument(null, NOW)).isEqualTo(new Start.Next());
        assertThat(Place.ofArgument(FieldValue.text("first"), NOW)).isEqualTo(new Start.First());
        assertThat(Place.ofArgument(FieldValue.of(7L), NOW)).isEqualTo(new Start.At(7));
        assertThat(Place.ofArgument(FieldValue.of(-1L), NOW)).isEqualTo(new Start.At(0));
        assertThat(Place.ofArgument(new FieldValue.Timestamp(5), NOW))
                .isEqualTo(new Start.Since(5_000));
        assertThat(Place.ofArgument(FieldValue.text("1h"), NOW))
                .isEqualTo(new Start.Since(NOW - 3_600_000));
    }

    @Test
    void otherArgumentsAreRefusedInRabbitMqsWords() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Place.ofArgument(FieldValue.text("5"), NOW))
                .withMessage("{invalid_stream_offset_arg,{longstr,<<\"5\">>}}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Place.ofArgument(FieldValue.of(true), NOW));
    }
}
