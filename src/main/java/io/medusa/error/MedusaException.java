package io.medusa.error;

import org.jspecify.annotations.Nullable;

/**
 * An expected failure: one line that says what failed, on which object, why, and what to do. Any other exception is a bug and is
 * logged with its stack trace.
 */
public final class MedusaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final FailureKind kind;

    /** @param message one line without a final full stop, with a hint if there is one */
    public MedusaException(FailureKind kind, String message) {
        this(kind, message, null);
    }

    /** @param cause shown with {@code -vv} and more; the message must be complete without it */
    public MedusaException(FailureKind kind, String message, @Nullable Throwable cause) {
        super(message.replace('\n', ' ').replace('\r', ' '), cause);
        this.kind = kind;
    }

    /** The kind of failure. */
    public FailureKind kind() {
        return kind;
    }
}
