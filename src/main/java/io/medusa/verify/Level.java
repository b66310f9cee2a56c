package io.medusa.verify;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

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

    /** The word that users write. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The level of that word. */
    public static Optional<Level> of(String word) {
        return Arrays.stream(values())
                .filter(level -> level.word().equals(word))
                .findFirst();
    }

    /** How deep it looks into the objects that it reads: into those of a sample as deep as into all. */
    Level depth() {
        return this == SAMPLE ? CONTENT : this;
    }

    /** Whether it looks at everything that the other level looks at. */
    boolean covers(Level other) {
        return this == SAMPLE ? other == EXISTS : compareTo(other) >= 0;
    }
}
