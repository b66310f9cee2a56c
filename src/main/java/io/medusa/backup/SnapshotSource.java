package io.medusa.backup;

import io.medusa.cassandra.SnapshotFile;
import io.medusa.model.Component;
import io.medusa.storage.ObjectSource;

/** The bytes of a snapshot's files. */
final class SnapshotSource {
    private SnapshotSource() {}

    /**
     * The bytes that a file had when the snapshot was listed. Building a secondary index appends to the list of components in place,
     * which the snapshot shares with the live SSTable by a hard link; any other change to a file while it is read is an error.
     */
    static ObjectSource of(SnapshotFile file) {
        return file.component() == Component.TOC
                ? new ObjectSource.OfFileRange(file.path(), 0, file.size())
                : new ObjectSource.OfFile(file.path(), file.size());
    }
}
