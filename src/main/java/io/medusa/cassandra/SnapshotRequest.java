package io.medusa.cassandra;

import io.medusa.model.BackupName;
import java.util.Set;

/**
 * What a snapshot is wanted for.
 *
 * @param purpose the backup; what another purpose has left under the same tag is not used
 * @param known ids of snapshots that this very backup is known to have been given; they are used however old they are
 * @param forLater whether it is left for a backup that follows; only such a snapshot may be used by somebody who does not know its id
 */
public record SnapshotRequest(String tag, String purpose, Set<String> known, boolean forLater) {
    /** For a backup that uploads it itself. */
    public static SnapshotRequest of(BackupName backup, Set<String> known) {
        return new SnapshotRequest(Snapshot.tagOf(backup), backup.value(), known, false);
    }

    /** To be left for a backup that follows. */
    public static SnapshotRequest toLeave(BackupName backup) {
        return new SnapshotRequest(Snapshot.tagOf(backup), backup.value(), Set.of(), true);
    }
}
