package io.medusa.cassandra;

import io.medusa.model.TableName;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What a running node can be asked and told from outside; connects anew for every call. */
public interface NodeControl {
    /** Writes everything that is in memory to SSTables and stops taking requests; the node must be restarted after it. */
    void drain();

    /** The process of the node, if it runs on this machine and says so. */
    OptionalLong processId();

    /** Where the node keeps its files, if it runs and says so. */
    Optional<CassandraService.Locations> locations();

    /** Who the node is, if it runs and says so. */
    Optional<CassandraService.Identity> identity();

    /** Whether the node says that it was drained. */
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
