package dev.parley.core.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MaxAgeTest {
    @Test
    void numberAndUnit() {
        assertThat(MaxAge.millis("1s")).isEqualTo(1_000);
        assertThat(MaxAge.millis("90m")).isEqualTo(90 * 60_000);
        assertThat(MaxAge.millis("12h")).isEqualTo(12 * 3_600_000);
        assertThat(MaxAge.millis("7D")).isEqualTo(7 * 86_400_000L);
        assertThat(MaxAge.millis("2M")).isEqualTo(60 * 86_400_000L);
        assertThat(MaxAge.millis("1Y")).isEqualTo(365 * 86_400_000L);
        assertThat(MaxAge.millis("99999999Y")).isEqualTo(99_999_999L * 365 * 86_400_000);
    }

    @Test
    void anythingElseIsNone() {
        for (String text :
                new String[] {"", "h", "1", "0h", "1w", "1 h", "-1h", "1hh", "x1h", "123456789s"}) {
            assertThat(MaxAge.millis(text)).as(text).isNull();
        }
    }
}
