package io.medusa.cassandra;

import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.TableDirectory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The Cassandra node of this machine, as a backup sees it. */
public interface CassandraNode {
    /** Schema, token map and versions, as this node reports them. */
    NodeDescription describe();

    /**
     * Takes a snapshot of every table that shows one schema, or uses the one of that tag that was taken for the same purpose, is
     * complete and not too old.
     *
     * @throws io.medusa.error.MedusaException of kind CASSANDRA_FAILED if the schema changes during every attempt
     */
    Snapshot takeSnapshot(SnapshotRequest request, boolean keep);

    /**
     * Takes a snapshot for a later backup, and leaves it on the node.
     *
     * @param keep whether that backup keeps it, so that it must not expire
     */
    default Left leaveSnapshot(BackupName backup, boolean keep) {
        try (Snapshot snapshot = takeSnapshot(SnapshotRequest.toLeave(backup), keep)) {
            return new Left(snapshot.origin(), snapshot.size());
        }
    }

    /** A snapshot that was left on the node, and how many files it holds. */
    record Left(BackupSnapshot snapshot, int files) {}

    /**
     * Uses an existing snapshot.
     *
     * @throws io.medusa.error.MedusaException of kind SNAPSHOT_MISSING if there is none
     */
    Snapshot openSnapshot(String tag, boolean keep);

    /** The components of all live SSTables, by table: what a snapshot would contain, except for data in memory. */
    Map<TableDirectory, List<SnapshotFile>> liveFiles();

    /** The tags of all snapshots on the node. */
    Set<String> snapshotTags();

    /** Removes the snapshots of that tag. */
    void clearSnapshot(String tag);

    /** All data directories, that of the system keyspaces included. */
    List<Path> dataDirectories();
}
