package io.medusa.backup;

import io.medusa.cassandra.SnapshotFile;
import io.medusa.model.ContentHash;
import io.medusa.repository.StoredFile;
import io.medusa.storage.HashCheck;
import io.medusa.storage.ObjectKey;
import java.util.Optional;
import java.util.function.Function;

/**
 * Decides whether a file of the node and a stored object have the same content.
 *
 * @param thorough whether objects are compared by the hash of what the store holds now, every one of them
 * @param local reads files of the node
 * @param storedHash reads an object of the store and gives the MD5 of its bytes; nothing if it is missing
 */
record Comparison(boolean thorough, LocalHashes local, Function<ObjectKey, Optional<ContentHash>> storedHash) {
    private static final long NANOS_OF_A_SECOND = 1_000_000_000L;
    /** A tag that contradicts a file of this size and less is not believed without a look at the object. */
    private static final long WORTH_A_LOOK = 64 * 1024;

    /** Reads files of the node, each at most once where that is possible. */
    interface LocalHashes {
        /** The MD5 of all bytes. */
        ContentHash md5(SnapshotFile file);

        /**
         * Compares a file with the hash of an object of the same size.
         *
         * @param partSize of a hash of parts; 0 where it is not known
         */
        HashCheck.Answer compare(SnapshotFile file, Optional<ContentHash> expected, long partSize);
    }

    /** The part size of a hash of the object, where an earlier backup recorded it; else 0. */
    static long partSize(StoredFile stored, Optional<ContentHash> hash) {
        return stored.named() != null && hash.isPresent() && hash.equals(stored.namedHash())
                ? stored.named().partSize()
                : 0;
    }

    /** Whether the object is there, whole, and has the content of the file. */
    boolean isSame(SnapshotFile file, StoredFile stored) {
        if (!stored.isIntact() || stored.listedSize() != file.size()) {
            return false;
        }
        if (!thorough && wasReadBefore(file, stored)) {
            return true;
        }
        return hasSameContent(
                file, stored, thorough && stored.tag().isEmpty() ? stored.listedHash() : stored.knownHash());
    }

    /** Whether file and object, which are of the same size, have the same content; the object is read if its hash does not say. */
    boolean hasSameContent(SnapshotFile file, StoredFile stored, Optional<ContentHash> known) {
        HashCheck.Answer answer = local.compare(file, known, partSize(stored, known));
        boolean settled = answer == HashCheck.Answer.SAME
                // some stores give tags that look like an MD5 and are none
                || (answer == HashCheck.Answer.DIFFERENT && file.size() > WORTH_A_LOOK);
        return settled
                ? answer == HashCheck.Answer.SAME
                : storedHash
                        .apply(stored.key())
                        .filter(hash -> hash.equals(local.md5(file)))
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
        Optional<ContentHash> hash = stored.namedHash();
        return stored.namedSize() == file.size()
                && local.compare(file, hash, partSize(stored, hash)) == HashCheck.Answer.SAME;
    }
}
