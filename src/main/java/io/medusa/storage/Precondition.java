package io.medusa.storage;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What must be at a key so that an object may be stored there. If it is not met, nothing is stored, and the call fails with kind
 * {@code BUSY}.
 */
public final class Precondition {
    /** Replaces whatever is there. */
    public static final Precondition NONE = new Precondition(true, null);
    /** Only where no object has the key. */
    public static final Precondition ABSENT = new Precondition(false, null);

    private final boolean isNone;
    private final @Nullable StoredObject expected;

    private Precondition(boolean isNone, @Nullable StoredObject expected) {
        this.isNone = isNone;
        this.expected = expected;
    }

    /** Only where the object is still the one that was seen, as far as size and hash tell. */
    public static Precondition unchanged(StoredObject seen) {
        return new Precondition(false, seen);
    }

    /** Only where things are still as they were seen: the same object, or none. */
    public static Precondition unchanged(Optional<StoredObject> seen) {
        return seen.map(Precondition::unchanged).orElse(ABSENT);
    }

    /** Whether anything is replaced. */
    public boolean isNone() {
        return isNone;
    }

    /** Whether there must be no object. */
    public boolean isAbsent() {
        return !isNone && expected == null;
    }

    /**
     * Compares with what is there now.
     *
     * @param what is being done, for the message
     * @throws MedusaException of kind BUSY if it is not as expected
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

    /** The same, with what the store's client threw. */
    public static MedusaException notMet(String what, @Nullable Throwable cause) {
        return new MedusaException(
                FailureKind.BUSY,
                what
                        + ": another program has stored or removed an object of that key meanwhile; nothing was replaced. Check"
                        + " which hosts back up to this bucket under the same node name",
                cause);
    }
}
