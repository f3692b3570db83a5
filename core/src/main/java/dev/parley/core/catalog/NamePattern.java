package dev.parley.core.catalog;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A regular expression that names must match somewhere, as RabbitMQ reads it: Perl's, unanchored;
/// an empty one matches the empty name only.
///
/// Both its length and the work of one match are bounded; what takes longer does not match.
final class NamePattern {
    static final int LENGTH_MAX = 1024;

    /// Characters that one match may look at: far more than any honest expression needs.
    private static final int STEPS_MAX = 100_000;

    /// A brace that opens neither a count nor a named thing is a character of its own in Perl's
    /// expressions and an error in Java's.
    private static final Pattern BRACE =
            Pattern.compile("(?<!\\\\)(?<!\\\\[pPxkN])\\{(?!\\d+(,\\d*)?\\})");

    private static final Pattern POSIX_CLASS =
            Pattern.compile(
                    "\\[:(alnum|alpha|blank|cntrl|digit|graph"
                            + "|lower|print|punct|space|upper|xdigit):\\]");

    /// As [#BRACE] left it.
    private static final Pattern VARIABLE = Pattern.compile("\\\\\\{(username|vhost)\\}");

    private final String text;
    private final Pattern pattern;

    /// What most permissions are, asked for every message.
    private final boolean everything;

    private NamePattern(String text, Pattern pattern) {
        this.text = text;
        this.pattern = pattern;
        this.everything = text.equals(".*");
    }

    /// @throws PatternSyntaxException if it is no regular expression, or too long
    static NamePattern of(String text) {
        return of(text, inJava(checked(text)));
    }

    /// An expression in which `{vhost}` and `{username}` stand for those names, literally.
    ///
    /// @throws PatternSyntaxException if it is no regular expression, or too long
    static NamePattern expanded(String text, String user, String host) {
        String expression =
                VARIABLE.matcher(inJava(checked(text)))
                        .replaceAll(found ->
                                Matcher.quoteReplacement(
                                        Pattern.quote(
                                                found.group(1).equals("vhost") ? host : user)));
        return of(text, expression);
    }

    private static NamePattern of(String text, String expression) {
        return new NamePattern(text, Pattern.compile(expression, Pattern.UNIX_LINES));
    }

    private static String checked(String text) {
        if (text.length() > LENGTH_MAX) {
            throw new PatternSyntaxException(
                    "longer than " + LENGTH_MAX + " characters", text, LENGTH_MAX);
        }
        return text;
    }

    private static String inJava(String expression) {
        if (expression.isEmpty()) {
            return "^$";
        }
        String classes =
                POSIX_CLASS
                        .matcher(expression)
                        .replaceAll(found -> Matcher.quoteReplacement(property(found.group(1))));
        return BRACE.matcher(classes).replaceAll("\\\\{");
    }

    private static String property(String posix) {
        return posix.equals("xdigit")
                ? "\\p{XDigit}"
                : "\\p{" + Character.toUpperCase(posix.charAt(0)) + posix.substring(1) + "}";
    }

    String text() {
        return text;
    }

    boolean matches(String name) {
        if (everything) {
            return true;
        }
        try {
            return pattern.matcher(new Watched(name)).find();
        } catch (TooLong e) {
            return false;
        }
    }

    /// The work of a match ran over its bound.
    private static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLong() {
            super("too many steps", null, false, false);
        }
    }

    /// A name that counts how often it is looked at.
    private static final class Watched implements CharSequence {
        private final String name;
        private int steps;

        Watched(String name) {
            this.name = name;
        }

        @Override
        public char charAt(int index) {
            if (++steps > STEPS_MAX) {
                throw new TooLong();
            }
            return name.charAt(index);
        }

        @Override
        public int length() {
            return name.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return name.subSequence(start, end);
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
