package io.medusa.cassandra;

import java.time.Duration;

/** Makes and clears snapshots of all tables of the running node. */
public interface SnapshotService {
    /**
     * Takes a snapshot of every table; returns when it is complete on disk.
     *
     * @throws io.medusa.error.MedusaException if the node did not make it
     */
    void take(String tag);

    /**
     * The same, of a snapshot that Cassandra removes by itself after that time, where its version can (4.1 and later): nobody else
     * would if this process died.
     */
    default void take(String tag, Duration expiry) {
        take(tag);
    }

    /** Removes the snapshots of that tag from every table; none is no error. */
    void clear(String tag);
}
