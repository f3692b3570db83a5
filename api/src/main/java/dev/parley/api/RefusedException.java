package dev.parley.api;

/// Something was refused; [#reason] says why, as a case to switch over.
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Reason reason;

    public RefusedException(Reason reason) {
        super(reason.getClass().getSimpleName() + ": " + reason.detail());
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
