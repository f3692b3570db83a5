package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a headers exchange compares a binding's arguments with a message's headers, made ready when
/// the binding is made.
///
/// `x-match` is `all` (the default), `any`, `all-with-x` or `any-with-x`; the first two pass over
/// arguments that begin with `x-`. An argument without a value asks only that the header is there.
final class HeaderMatch {
    private final boolean any;
    private final String[] names;
    private final FieldValue[] values;

    private HeaderMatch(boolean any, Map<String, FieldValue> wanted) {
        this.any = any;
        names = wanted.keySet().toArray(new String[0]);
        values = wanted.values().toArray(new FieldValue[0]);
    }

    static HeaderMatch of(FieldTable arguments) {
        FieldValue given = arguments.get("x-match");
        String text = given == null ? null : given.asText();
        String mode = text == null ? "all" : text;
        Map<String, FieldValue> wanted = new LinkedHashMap<>();
        for (String name : arguments.names()) {
            FieldValue value = arguments.get(name);
            boolean passedOver = name.startsWith("x-") && !mode.endsWith("-with-x");
            if (value != null && !name.equals("x-match") && !passedOver) {
                wanted.put(name, value);
            }
        }
        return new HeaderMatch(mode.startsWith("any"), wanted);
    }

    boolean matches(FieldTable headers) {
        for (int i = 0; i < names.length; i++) {
            if (agrees(values[i], headers.get(names[i])) == any) {
                return any;
            }
        }
        return !any;
    }

    private static boolean agrees(FieldValue wanted, @Nullable FieldValue found) {
        if (found == null || wanted instanceof FieldValue.Absent) {
            return found != null;
        }
        if (floating(wanted) && floating(found)) {
            return Double.compare(asDouble(wanted), asDouble(found)) == 0;
        }
        return FieldTable.equivalent(wanted, found);
    }

    private static boolean floating(FieldValue value) {
        return value instanceof FieldValue.Float32 || value instanceof FieldValue.Float64;
    }

    private static double asDouble(FieldValue value) {
        return value instanceof FieldValue.Float32(float single)
                ? single
                : value instanceof FieldValue.Float64(double number) ? number : Double.NaN;
    }

    /// What is wrong with `x-match`, or null.
    static @Nullable String fault(FieldTable arguments) {
        FieldValue mode = arguments.get("x-match");
        if (mode == null) {
            return null;
        }
        String text = mode.asText();
        if (text == null) {
            return "Invalid x-match field type %s (value %s); expected longstr"
                    .formatted(FieldValue.kind(mode), Equivalence.plain(mode));
        }
        return switch (text) {
            case "all", "any", "all-with-x", "any-with-x" -> null;
            default ->
                    ("Invalid x-match field value <<\"%s\">>;"
                                    + " expected all, any, all-with-x, or any-with-x")
                            .formatted(text);
        };
    }
}
