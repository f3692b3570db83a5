package dev.parley.core.catalog;

import org.jspecify.annotations.Nullable;

/// A length of time as RabbitMQ writes it for streams: a number and one of `Y`, `M`, `D`, `h`, `m`
/// and `s`.
public final class MaxAge {
    private static final String UNITS = "smhDMY";
    private static final long[] SECONDS = {1, 60, 3_600, 86_400, 30 * 86_400, 365 * 86_400};

    /// Digits that do not overflow, whatever the unit.
    private static final int DIGITS_MAX = 8;

    private MaxAge() {}

    /// In milliseconds, or null if the text is none.
    public static @Nullable Long millis(String text) {
        int digits = text.length() - 1;
        int unit = digits < 1 ? -1 : UNITS.indexOf(text.charAt(digits));
        if (unit < 0 || digits > DIGITS_MAX) {
            return null;
        }
        long number = 0;
        for (int i = 0; i < digits; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return null;
            }
            number = number * 10 + digit;
        }
        return number == 0 ? null : number * SECONDS[unit] * 1_000;
    }
}
