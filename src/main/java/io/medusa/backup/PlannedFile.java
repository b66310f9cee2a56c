package io.medusa.backup;

import io.medusa.cassandra.SnapshotFile;
import io.medusa.model.ContentHash;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The planned action for one file of the snapshot.
 *
 * @param key under which the backup will name it
 * @param copyFrom for COPY only
 * @param hash of the content, if known without reading the file
 * @param tag the store's tag, if it lists one instead of the hash
 * @param partSize of a hash of parts, if an earlier backup recorded it, otherwise 0
 * @param damage that an earlier backup found in the reused or copied file
 * @param seen the object at the key that is replaced; {@code null} if there is none
 */
record PlannedFile(
        SnapshotFile file,
        Action action,
        ObjectKey key,
        @Nullable ObjectKey copyFrom,
        @Nullable ContentHash hash,
        @Nullable String tag,
        long partSize,
        @Nullable String damage,
        @Nullable StoredObject seen) {
    /** The same file for another key, which must be free. */
    PlannedFile at(ObjectKey other) {
        return new PlannedFile(file, action, other, copyFrom, hash, tag, partSize, damage, null);
    }

    /** The same file, replacing a wrong object. */
    PlannedFile replacing(StoredObject wrong) {
        return new PlannedFile(file, action, key, copyFrom, hash, tag, partSize, damage, wrong);
    }

    /** The condition under which the file may be stored. */
    Precondition when() {
        return Precondition.unchanged(Optional.ofNullable(seen));
    }

    /** The actions. */
    enum Action {
        /** Read from the node and stored under an unused key. */
        UPLOAD,
        /** Read from the node to replace an object that finished backups name but that is missing or truncated. */
        REPAIR,
        /** Copied inside the store. */
        COPY,
        /** Already in the store. */
        REUSE
    }
}
