package io.medusa.error;

import org.jspecify.annotations.Nullable;

/**
 * An expected failure: one line that says what was tried, on what, and what to do about it. Anything else that is thrown
 * is a bug and shows its stack trace.
 */
public final class MedusaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final FailureKind kind;

    /** @param message one line without a final full stop, with what to do where that is known */
    public MedusaException(FailureKind kind, String message) {
        this(kind, message, null);
    }

    /** @param cause kept for {@code -vv} only; the message must stand without it */
    public MedusaException(FailureKind kind, String message, @Nullable Throwable cause) {
        super(message.replace('\n', ' ').replace('\r', ' '), cause);
        this.kind = kind;
    }

    /** What kind of failure this is. */
    public FailureKind kind() {
        return kind;
    }
}
