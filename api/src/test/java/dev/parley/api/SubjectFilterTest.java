package dev.parley.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubjectFilterTest {
    @ParameterizedTest
    @CsvSource({
        "orders/eu, orders/eu, true",
        "orders/+, orders/eu, true",
        "orders/+, orders/eu/x, false",
        "orders/+, orders, false",
        "orders/#, orders, true",
        "orders/#, orders/eu/x, true",
        "'#', orders, true",
        "'#', $sys/up, false",
        "+/up, $sys/up, false",
        "$sys/#, $sys/up, true",
        "+/+, /x, true",
        "orders/eu, orders/eu/, false",
    })
    void matchesLevelByLevel(String filter, String subject, boolean expected) {
        assertThat(new SubjectFilter(filter).matches(new Subject(subject))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "'#', a/+/b, true",
        "'#', '#', true",
        "'#', $sys/#, false",
        "'$sys/#', '$sys/+/#', true",
        "a/#, a, true",
        "a/#, a/#, true",
        "a/#, '#', false",
        "a/+, a/+, true",
        "a/+, a/b, true",
        "a/+, a/#, false",
        "a/+/#, a/#, false",
        "a/b, a/+, false",
        "+/b, a/b, true",
        "+, '#', false",
    })
    void coversWhatMatchesLess(String filter, String other, boolean expected) {
        assertThat(new SubjectFilter(filter).covers(new SubjectFilter(other))).isEqualTo(expected);
    }

    @Test
    void refusesMisplacedWildcards() {
        assertThatThrownBy(() -> new SubjectFilter("a/#/b")).hasMessageContaining("comes last");
        assertThatThrownBy(() -> new SubjectFilter("a/b+")).hasMessageContaining("fills its level");
        assertThatThrownBy(() -> new Subject("a/+")).hasMessageContaining("no wildcard");
    }

    @Test
    void refusesHalfOfASurrogatePair() {
        assertThat(new Subject("a/\uD83D\uDE00").name()).hasSize(4);
        assertThatThrownBy(() -> new Subject("a/\uD83D")).hasMessageContaining("half");
        assertThatThrownBy(() -> new SubjectFilter("\uDE00/#")).hasMessageContaining("half");
    }

    @Test
    void boundsLengthAndLevels() {
        assertThatThrownBy(() -> new Subject("x".repeat(1025))).hasMessageContaining("1024");
        assertThatThrownBy(() -> new Subject("/".repeat(256))).hasMessageContaining("256");
        assertThat(new Subject("/".repeat(255)).name()).hasSize(255);
    }
}
