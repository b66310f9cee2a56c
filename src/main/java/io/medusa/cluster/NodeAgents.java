package io.medusa.cluster;

import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.NodeName;
import java.util.Optional;

/** How the nodes of a cluster are told to do their part of a backup. Thread-safe; whatever happens to a node is a result. */
public interface NodeAgents {
    /** What a node knows of an earlier run of the same backup. */
    enum Earlier {
        /** Nothing that anybody has to know. */
        NOTHING,
        /** Somebody works on it right now. */
        RUNS,
        /** It has ended, and whoever asked for it did not live to see it. */
        ENDED
    }

    /**
     * What came of taking a snapshot.
     *
     * @param failure why it was not taken, if so
     * @param mayBeThere whether it was taken, or nobody knows
     * @param snapshot what the node says of it; nothing where its program is too old, or where nodetool took it
     */
    record Taken(Optional<String> failure, boolean mayBeThere, Optional<BackupSnapshot> snapshot) {}

    /**
     * Looks whether this side can do what is wanted, before any node is asked.
     *
     * @throws io.medusa.error.MedusaException if it cannot
     */
    void check(ClusterBackupRequest request);

    /** Looks for an earlier run; what has ended is cleared away. */
    Earlier look(NodeName node, ClusterBackupRequest request);

    /** Takes the snapshot of a backup. */
    Taken takeSnapshot(NodeName node, BackupName backup);

    /** Clears the snapshot of a backup; one that is not there is no failure. Returns why it failed, if it did. */
    Optional<String> clearSnapshot(NodeName node, BackupName backup);

    /**
     * Has a node upload, or waits for the run that is on its way there.
     *
     * @param snapshot the id of the snapshot that was taken there, where that is known
     */
    NodeFanOut.Work upload(NodeName node, ClusterBackupRequest request, Optional<String> snapshot);

    /** Ends what runs there for the backup. */
    void stop(NodeName node, ClusterBackupRequest request);
}
