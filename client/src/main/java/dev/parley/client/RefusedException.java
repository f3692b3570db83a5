package dev.parley.client;

/// The node was not reached, or refused; the message is one sentence for a person.
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    RefusedException(int status, String detail) {
        super(detail);
        this.status = status;
    }

    /// The HTTP status, or 0 where no answer came.
    public int status() {
        return status;
    }
}
