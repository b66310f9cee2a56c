package io.medusa.storage;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Segments;
import org.jspecify.annotations.Nullable;

/**
 * The key of an object: safe segments, joined by single slashes.
 *
 * @param value without leading or trailing slash
 */
public record ObjectKey(String value) implements Comparable<ObjectKey> {
    public ObjectKey {
        if (!isValid(value)) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    "object key " + Segments.quoted(value)
                            + " must not be used: it could point outside its directory; nothing was changed");
        }
    }

    /** Whether the text is a valid key. */
    public static boolean isValid(String value) {
        int start = 0;
        while (true) {
            int slash = value.indexOf('/', start);
            if (!Segments.isSafe(value.substring(start, slash < 0 ? value.length() : slash))) {
                return false;
            }
            if (slash < 0) {
                return true;
            }
            start = slash + 1;
        }
    }

    /** The last segment. */
    public String fileName() {
        return value.substring(value.lastIndexOf('/') + 1);
    }

    // explicit, as in the other keys of large maps: the generated methods of records are slow until the JIT has
    // compiled them

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ObjectKey key && value.equals(key.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public int compareTo(ObjectKey other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
