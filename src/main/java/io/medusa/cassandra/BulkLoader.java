package io.medusa.cassandra;

import java.nio.file.Path;

/** Cassandra's own loader: streams SSTables to whichever nodes of the running cluster own their rows. */
public interface BulkLoader {
    /**
     * Checks that the loader can run, before anything is downloaded for it.
     *
     * @throws io.medusa.error.MedusaException if not
     */
    default void check() {}

    /**
     * Loads the SSTables of one table.
     *
     * @param tableDirectory called {@code <keyspace>/<table>} or {@code <keyspace>/<table>-<id>}
     * @throws io.medusa.error.MedusaException if any of them could not be loaded
     */
    void load(Path tableDirectory);
}
