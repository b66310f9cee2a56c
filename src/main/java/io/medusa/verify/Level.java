package io.medusa.verify;

/** How deep a backup is looked into; each level does what those before it do. */
public enum Level {
    /** Names and sizes as the listing has them, and hashes where the listing has them. */
    EXISTS,
    /** Objects of which the listing has no hash are read and compared, too. */
    HASHES,
    /** Some objects, chosen at random, are read and compared. */
    SAMPLE,
    /** Every object is read and compared. */
    CONTENT,
    /** Every SSTable has all its components, and its data matches the checksum that Cassandra gave it. */
    SSTABLE;

    /** Whether objects are read at all. */
    boolean reads() {
        return this != EXISTS;
    }
}
