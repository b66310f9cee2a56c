package io.medusa.cassandra;

/** Makes and clears snapshots of all tables of the running node. */
public interface SnapshotService {
    /**
     * Takes a snapshot of every table; returns when it is complete on disk.
     *
     * @throws io.medusa.error.MedusaException if the node did not make it
     */
    void take(String tag);

    /** Removes the snapshots of that tag from every table; none is no error. */
    void clear(String tag);
}
