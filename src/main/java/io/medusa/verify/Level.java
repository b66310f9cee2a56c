package io.medusa.verify;

/** How thoroughly a backup is checked; each level includes those before it. */
public enum Level {
    /** Compares names and sizes from the listing, and hashes if it has them. */
    EXISTS,
    /** Also reads and compares objects for which the listing has no hash. */
    HASHES,
    /** Also reads and compares some objects, chosen at random. */
    SAMPLE,
    /** Reads and compares every object. */
    CONTENT,
    /** Also checks that every SSTable has all its components, and that its data matches Cassandra's checksum. */
    SSTABLE;

    /** Whether objects are read at all. */
    boolean reads() {
        return this != EXISTS;
    }
}
