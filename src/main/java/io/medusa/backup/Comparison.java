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
 * @param thorough whether every object is compared by the hash of what the store holds now
 * @param local reads files of the node
 * @param storedHash reads an object of the store and returns the MD5 of its bytes; empty if it is missing
 */
record Comparison(boolean thorough, LocalHashes local, Function<ObjectKey, Optional<ContentHash>> storedHash) {
    private static final long NANOS_OF_A_SECOND = 1_000_000_000L;
    /** Up to this file size, a tag that contradicts the file is verified by reading the object. */
    private static final long WORTH_A_LOOK = 64 * 1024;

    /** Reads files of the node, each at most once if possible. */
    interface LocalHashes {
        /** The MD5 of all bytes. */
        ContentHash md5(SnapshotFile file);

        /**
         * Compares a file with the hash of an object of the same size.
         *
         * @param partSize of a hash of parts; 0 if unknown
         */
        HashCheck.Answer compare(SnapshotFile file, Optional<ContentHash> expected, long partSize);
    }

    /** The part size of the object's hash, if an earlier backup recorded it; otherwise 0. */
    static long partSize(StoredFile stored, Optional<ContentHash> hash) {
        return stored.named() != null && hash.isPresent() && hash.equals(stored.namedHash())
                ? stored.named().partSize()
                : 0;
    }

    /** Whether the object exists, is complete, and has the content of the file. */
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

    /** Whether file and object, of the same size, have the same content; reads the object if its hash cannot tell. */
    boolean hasSameContent(SnapshotFile file, StoredFile stored, Optional<ContentHash> known) {
        HashCheck.Answer answer = local.compare(file, known, partSize(stored, known));
        boolean settled = answer == HashCheck.Answer.SAME
                // some stores return tags that look like an MD5 but are not
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
     * are not trusted: copies and coarse file systems produce them.
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
