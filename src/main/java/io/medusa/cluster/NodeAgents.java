package io.medusa.cluster;

import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.NodeName;
import java.util.Optional;

/** Asks the nodes of a cluster to do their part of a backup. Failures of a node are results, not exceptions. Thread-safe. */
public interface NodeAgents {
    /** The state of an earlier run of the same backup on a node. */
    enum Earlier {
        /** There is none. */
        NOTHING,
        /** It is running. */
        RUNS,
        /** It has ended, but the coordinator died before it learned the result. */
        ENDED
    }

    /**
     * The result of taking a snapshot.
     *
     * @param failure why it was not taken; empty if it was
     * @param mayBeThere whether it was or may have been taken
     * @param snapshot the node's description of it; empty if its program is too old or nodetool took it
     */
    record Taken(Optional<String> failure, boolean mayBeThere, Optional<BackupSnapshot> snapshot) {}

    /**
     * Checks that this side supports the request, before any node is asked.
     *
     * @throws io.medusa.error.MedusaException if it cannot
     */
    void check(ClusterBackupRequest request);

    /** Looks for an earlier run, and clears one that has ended. */
    Earlier look(NodeName node, ClusterBackupRequest request);

    /** Takes the snapshot of a backup. */
    Taken takeSnapshot(NodeName node, BackupName backup, boolean keep);

    /** Clears the snapshot of a backup. A missing one is not a failure. Returns why it failed; empty if it did not. */
    Optional<String> clearSnapshot(NodeName node, BackupName backup);

    /**
     * Makes a node upload, or waits for the upload already running there.
     *
     * @param snapshot the id of the snapshot on the node, if known
     */
    NodeFanOut.Work upload(NodeName node, ClusterBackupRequest request, Optional<String> snapshot);

    /** Stops the node's work for the backup. */
    void stop(NodeName node, ClusterBackupRequest request);
}
