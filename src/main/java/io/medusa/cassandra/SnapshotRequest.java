package io.medusa.cassandra;

import io.medusa.model.BackupName;
import java.util.Set;

/**
 * The request for a snapshot.
 *
 * @param purpose the backup; a snapshot for another purpose with the same tag is not used
 * @param known ids of snapshots that were taken for this backup; they are used regardless of their age
 * @param forLater whether it is left for a later backup; only such a snapshot may be used without knowing its id
 */
public record SnapshotRequest(String tag, String purpose, Set<String> known, boolean forLater) {
    /** The request of a backup that uploads the snapshot itself. */
    public static SnapshotRequest of(BackupName backup, Set<String> known) {
        return new SnapshotRequest(Snapshot.tagOf(backup), backup.value(), known, false);
    }

    /** The request for a snapshot to leave for a later backup. */
    public static SnapshotRequest toLeave(BackupName backup) {
        return new SnapshotRequest(Snapshot.tagOf(backup), backup.value(), Set.of(), true);
    }
}
