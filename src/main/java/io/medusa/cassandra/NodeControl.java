package io.medusa.cassandra;

import io.medusa.model.TableName;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Queries and controls a running node; opens a new connection for every call. */
public interface NodeControl {
    /** Flushes everything in memory to SSTables and stops accepting requests; afterwards the node must be restarted. */
    void drain();

    /** The process of the node, if it runs on this machine and reports it. */
    OptionalLong processId();

    /** Where the node keeps its files, if it runs and reports it. */
    Optional<CassandraService.Locations> locations();

    /** The identity of the node, if it runs and reports it. */
    Optional<CassandraService.Identity> identity();

    /** Whether the node reports that it was drained. */
    boolean isDrained();

    /** See {@link CassandraService#importSSTables}. */
    void importSSTables(TableName table, Path directory, boolean ownOnly);

    /** See {@link CassandraService#cleanUp}. */
    void cleanUp(TableName table);

    /** See {@link CassandraService#linkLive}. */
    void linkLive(String tag, Set<TableName> tables);

    /** Removes the snapshots of a tag. */
    void clear(String tag);

    /** See {@link CassandraService#log}. */
    Optional<Path> log();

    /** Builds a secondary index from its table's data. */
    void rebuildIndex(String keyspace, String table, String index);
}
