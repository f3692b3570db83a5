package dev.parley.core.message;

/// Bytes that are not what they claim to be; says what was read and what is wrong with it.
public final class MalformedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedException(String message) {
        super(message);
    }
}
