package dev.parley.api;

/// A pattern over subjects: `+` stands for exactly one level, `#` at the end for any number of
/// levels, none included. The same bounds as for a [Subject].
///
/// A wildcard in the first level does not match system subjects (those that start with `$`).
public record SubjectFilter(String pattern) {
    public SubjectFilter {
        Subject.check(pattern);
        String[] levels = pattern.split("/", -1);
        for (int i = 0; i < levels.length; i++) {
            boolean last = i == levels.length - 1;
            if (levels[i].length() > 1
                    && (levels[i].indexOf('+') >= 0 || levels[i].indexOf('#') >= 0)) {
                throw new IllegalArgumentException("a wildcard fills its level: " + pattern);
            }
            if (levels[i].equals("#") && !last) {
                throw new IllegalArgumentException("'#' comes last: " + pattern);
            }
        }
    }

    public boolean matches(Subject subject) {
        return covers(subject.name());
    }

    /// Whether it matches every subject that another filter does.
    public boolean covers(SubjectFilter other) {
        return covers(other.pattern);
    }

    private boolean covers(String other) {
        String[] wanted = pattern.split("/", -1);
        String[] levels = other.split("/", -1);
        if (levels[0].startsWith("$") && !wanted[0].equals(levels[0])) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].equals("#")) {
                return true;
            }
            boolean same = i < levels.length && wanted[i].equals(levels[i]);
            boolean any = i < levels.length && wanted[i].equals("+") && !levels[i].equals("#");
            if (!same && !any) {
                return false;
            }
        }
        return wanted.length == levels.length;
    }
}
