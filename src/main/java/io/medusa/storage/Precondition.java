package io.medusa.storage;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What must be at a key for an object to be stored there. If the precondition is not met, nothing is stored and the call fails with
 * kind {@code BUSY}.
 */
public final class Precondition {
    /** Anything: the object is replaced. */
    public static final Precondition NONE = new Precondition(true, null);
    /** No object. */
    public static final Precondition ABSENT = new Precondition(false, null);

    private final boolean isNone;
    private final @Nullable StoredObject expected;

    private Precondition(boolean isNone, @Nullable StoredObject expected) {
        this.isNone = isNone;
        this.expected = expected;
    }

    /** The object seen before, judged by size and hash. */
    public static Precondition unchanged(StoredObject seen) {
        return new Precondition(false, seen);
    }

    /** The object seen before, or none if none was seen. */
    public static Precondition unchanged(Optional<StoredObject> seen) {
        return seen.map(Precondition::unchanged).orElse(ABSENT);
    }

    /** Whether any object is replaced. */
    public boolean isNone() {
        return isNone;
    }

    /** Whether there must not be an object. */
    public boolean isAbsent() {
        return !isNone && expected == null;
    }

    /**
     * Checks the precondition.
     *
     * @param what the activity, for the message
     * @throws MedusaException of kind BUSY if the precondition is not met
     */
    public void check(String what, Optional<StoredObject> there) {
        if (isNone) {
            return;
        }
        StoredObject seen = expected;
        boolean met = seen == null
                ? there.isEmpty()
                : there.filter(object -> object.isSameAs(seen)).isPresent();
        if (!met) {
            throw notMet(what);
        }
    }

    /** The failure of a request whose precondition was not met. */
    public static MedusaException notMet(String what) {
        return notMet(what, null);
    }

    /** The same, with the exception of the store's client. */
    public static MedusaException notMet(String what, @Nullable Throwable cause) {
        return new MedusaException(
                FailureKind.BUSY,
                what
                        + ": another program has stored or removed an object of that key meanwhile; nothing was replaced. Check"
                        + " which hosts back up to this bucket under the same node name",
                cause);
    }
}
