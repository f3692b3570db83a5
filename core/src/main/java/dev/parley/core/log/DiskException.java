package dev.parley.core.log;

/// A disk operation that failed, with what was tried on which file at which offset.
public final class DiskException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// Why it failed, as far as the caller can act on it.
    public enum Kind {
        /// No space: known not written, may be tried again when there is room.
        FULL,
        /// Anything else: the outcome is unknown.
        FAILED
    }

    private final Kind kind;

    public DiskException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public DiskException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
