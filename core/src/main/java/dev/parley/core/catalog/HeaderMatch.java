package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import org.jspecify.annotations.Nullable;

/// How a headers exchange compares a binding's arguments with a message's headers.
///
/// `x-match` is `all` (the default), `any`, `all-with-x` or `any-with-x`; the first two pass over
/// arguments that begin with `x-`. An argument without a value asks only that the header is there.
final class HeaderMatch {
    private HeaderMatch() {}

    static boolean matches(FieldTable wanted, FieldTable headers) {
        String mode = mode(wanted);
        boolean withX = mode.endsWith("-with-x");
        boolean any = mode.startsWith("any");
        for (String name : wanted.names()) {
            if (name.equals("x-match") || (!withX && name.startsWith("x-"))) {
                continue;
            }
            boolean same = agrees(wanted.get(name), headers.get(name));
            if (any && same) {
                return true;
            }
            if (!any && !same) {
                return false;
            }
        }
        return !any;
    }

    private static boolean agrees(@Nullable FieldValue wanted, @Nullable FieldValue found) {
        if (found == null) {
            return false;
        }
        return wanted instanceof FieldValue.Absent || FieldTable.equivalent(wanted, found);
    }

    static String mode(FieldTable wanted) {
        FieldValue mode = wanted.get("x-match");
        String text = mode == null ? null : mode.asText();
        return text == null ? "all" : text;
    }

    /// Whether `x-match`, where it is given, is one of the four.
    static boolean valid(FieldTable wanted) {
        FieldValue mode = wanted.get("x-match");
        if (mode == null) {
            return true;
        }
        String text = mode.asText();
        return "all".equals(text)
                || "any".equals(text)
                || "all-with-x".equals(text)
                || "any-with-x".equals(text);
    }
}
