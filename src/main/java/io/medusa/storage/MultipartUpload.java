package io.medusa.storage;

/**
 * An object that goes up in parts, in any order and by several threads at once. Nothing is asked of the store before the first
 * part, and nothing is visible before {@link #complete}.
 */
public interface MultipartUpload {
    /** How many parts there are, at least 1. */
    int parts();

    /** The bytes of a part, counted from 0. */
    long size(int part);

    /** Stores a part; one that is stored again replaces the first. */
    void put(int part);

    /** Makes the object of its parts, all of which must be stored. */
    StoredObject complete();

    /** Stores all parts, one after the other, and makes the object; what fails is let go of. */
    default StoredObject all() {
        boolean complete = false;
        try {
            for (int part = 0; part < parts(); part++) {
                put(part);
            }
            StoredObject stored = complete();
            complete = true;
            return stored;
        } finally {
            if (!complete) {
                abort();
            }
        }
    }

    /** Lets go of the parts that are stored, as far as the store can be reached; nobody may use this object afterwards. */
    void abort();
}
