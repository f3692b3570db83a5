package dev.parley.cli;

/// Reads the value in `KEY=VALUE`: a number, true or false where it looks like one, otherwise text.
final class Values {
    private Values() {}

    static Object of(String text) {
        if (text.matches("-?\\d{1,18}")) {
            return Long.valueOf(text);
        }
        return text.equals("true") || text.equals("false") ? Boolean.valueOf(text) : text;
    }
}
