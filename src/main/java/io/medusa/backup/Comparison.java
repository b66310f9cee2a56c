package io.medusa.backup;

import io.medusa.cassandra.SnapshotFile;
import io.medusa.model.ContentHash;
import io.medusa.repository.StoredFile;
import io.medusa.storage.ObjectKey;
import java.util.Optional;
import java.util.function.Function;

/**
 * Decides whether a file of the node and a stored object have the same content.
 *
 * @param thorough whether objects are compared by the hash of what the store holds now, every one of them
 * @param localHash reads a file of the node
 * @param storedHash reads an object of the store; nothing if it is missing
 */
record Comparison(
        boolean thorough,
        Function<SnapshotFile, ContentHash> localHash,
        Function<ObjectKey, Optional<ContentHash>> storedHash) {
    private static final long NANOS_OF_A_SECOND = 1_000_000_000L;

    /** Whether the object is there, whole, and has the content of the file. */
    boolean isSame(SnapshotFile file, StoredFile stored) {
        if (!stored.isIntact() || stored.listedSize() != file.size()) {
            return false;
        }
        if (!thorough && wasReadBefore(file, stored)) {
            return true;
        }
        ContentHash local = localHash.apply(file);
        Optional<ContentHash> known = thorough ? stored.listedHash() : stored.knownHash();
        return known.filter(hash -> hash.comparableWith(local))
                .or(() -> storedHash.apply(stored.key()))
                .filter(local::equals)
                .isPresent();
    }

    /**
     * Whether the object was made from this very file: same size and same modification time to the nanosecond. Whole seconds
     * are not believed: copies and coarse file systems make them.
     */
    private static boolean wasReadBefore(SnapshotFile file, StoredFile stored) {
        return file.modifiedNanos() % NANOS_OF_A_SECOND != 0
                && stored.named() != null
                && stored.named().modified().isPresent()
                && stored.named().modified().getAsLong() == file.modifiedNanos();
    }

    /** Whether the file has the content that a finished backup expects of an object that is no longer whole. */
    boolean isWhatWasNamed(SnapshotFile file, StoredFile stored) {
        return stored.namedSize() == file.size()
                && stored.namedHash()
                        .filter(hash -> hash.equals(localHash.apply(file)))
                        .isPresent();
    }
}
