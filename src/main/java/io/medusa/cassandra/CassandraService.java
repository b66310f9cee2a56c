package io.medusa.cassandra;

import io.medusa.model.TableName;
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

    /**
     * Has the running node take in the SSTables of a directory, which it moves into the table; secondary indexes are built on the
     * way.
     *
     * @param directory holds components of SSTables only, belongs to Cassandra's user, and is called {@code <word>/<word>} or
     *     {@code <word>/<word>-<id>}: Cassandra passes over others without a word
     * @param ownOnly whether SSTables with rows of tokens that the node does not own are refused
     * @throws io.medusa.error.MedusaException if the node refuses any of them; they stay where they are
     */
    void importSSTables(TableName table, Path directory, boolean ownOnly);

    /**
     * Has the running node link the SSTables that are live now, and nothing that is only in memory, into a snapshot. An SSTable that
     * is being compacted is live until that is done.
     *
     * @param tables that exist; none for all
     * @throws io.medusa.error.MedusaException if the node cannot be asked, or refuses
     */
    void linkLive(String tag, Set<TableName> tables);

    /** Removes the snapshots of a tag; none is no error. */
    void clearSnapshot(String tag);

    /** The file that the running node logs to, if it runs on this machine and tells. */
    Optional<Path> log();

    /** Has the running node rewrite a table's SSTables without the rows of tokens that it does not own. */
    void cleanUp(TableName table);

    /** Writes everything that is in memory to SSTables, so that the commit log holds nothing that is needed. */
    void drain();

    /** Stops the node and waits until its process is gone. A node that is down already is no error. */
    void stop();

    /** Starts the node and waits until it answers. */
    void start();
}
