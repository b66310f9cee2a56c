package io.medusa.cassandra;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Stops and starts the node of this machine; every method blocks until the node is in the state it promises. */
public interface CassandraService {
    /** Whether the node answers clients or other nodes. */
    boolean isUp();

    /**
     * Where a running node keeps its files.
     *
     * @param data every directory that holds tables
     */
    record Locations(Set<Path> data, Path commitLog, Path savedCaches) {}

    /** Where the node keeps its files, if it runs and tells. */
    Optional<Locations> locations();

    /** Builds a secondary index from its table's data. */
    void rebuildIndex(String keyspace, String table, String index);

    /** Writes everything that is in memory to SSTables, so that the commit log holds nothing that is needed. */
    void drain();

    /** Stops the node and waits until its process is gone. A node that is down already is no error. */
    void stop();

    /** Starts the node and waits until it answers. */
    void start();
}
