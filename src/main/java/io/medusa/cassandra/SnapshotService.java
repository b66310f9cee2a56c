package io.medusa.cassandra;

import java.time.Duration;
import java.util.Optional;

/** Takes and clears snapshots of all tables of the running node. */
public interface SnapshotService {
    /**
     * Takes a snapshot of every table; returns when it is complete on disk.
     *
     * @throws io.medusa.error.MedusaException if the node did not take it
     */
    void take(String tag);

    /**
     * The same, with a time to live after which Cassandra removes the snapshot (4.1 and later): nobody else
     * would if this process died.
     */
    default void take(String tag, Duration expiry) {
        take(tag);
    }

    /**
     * Cassandra's own dump of its cluster's metadata (6.0 and later), from which a cluster that lost its metadata service can be started;
     * empty if this service cannot get it.
     *
     * @throws io.medusa.error.MedusaException if the node does not dump it, or its file cannot be read
     */
    default Optional<byte[]> clusterMetadata() {
        return Optional.empty();
    }

    /** Removes the snapshots of that tag from every table, if there are any. */
    void clear(String tag);
}
