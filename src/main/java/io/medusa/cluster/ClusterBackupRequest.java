package io.medusa.cluster;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.TokenMap;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which nodes to back up under which name, and how.
 *
 * @param ring the nodes to back up
 * @param stagger how long each node waits for the previous node in the ring to finish, if at all
 * @param hashEverything whether to compare stored objects by content, even where a node's configuration does not
 * @param useExistingSnapshot whether the nodes already have a snapshot named after the backup
 * @param parallelSnapshots nodes that take their snapshot at the same time
 * @param parallelUploads nodes that upload at the same time
 * @param perRack maximum concurrent uploads per rack
 * @param perDatacenter maximum concurrent uploads per datacenter
 * @param temporaryDirectory on the nodes, for their logs; used over SSH only
 * @param resume whether an unfinished backup of that name must exist
 */
public record ClusterBackupRequest(
        BackupName name,
        BackupMode mode,
        TokenMap ring,
        Optional<Duration> stagger,
        boolean hashEverything,
        boolean keepSnapshot,
        boolean useExistingSnapshot,
        int parallelSnapshots,
        int parallelUploads,
        OptionalInt perRack,
        OptionalInt perDatacenter,
        Path temporaryDirectory,
        boolean resume) {}
