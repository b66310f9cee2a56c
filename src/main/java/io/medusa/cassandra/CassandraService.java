package io.medusa.cassandra;

import io.medusa.model.Check;
import io.medusa.model.TableName;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Stops and starts the node of this machine; every method blocks until the node is in the state it promises. */
public interface CassandraService {
    /** Whether the node answers clients or other nodes. */
    boolean isUp();

    /** Whether this user may stop and start the node, as far as that can be told without doing it; none if a restore does neither. */
    List<Check> checks();

    /**
     * Where a running node keeps its files.
     *
     * @param data every directory that holds tables
     * @param storage the parent of the directories that the settings do not name, if known
     */
    record Locations(Set<Path> data, Path commitLog, Path savedCaches, Optional<Path> storage) {}

    /**
     * The identity of a node.
     *
     * @param hostId empty if unknown
     * @param tokens that it owns; empty if unknown
     * @param releaseVersion such as {@code 5.0.9}; empty if unknown
     * @param logDirectory where {@code system.log} is, if known
     */
    record Identity(String hostId, List<BigInteger> tokens, String releaseVersion, Optional<Path> logDirectory) {
        public Identity {
            tokens = List.copyOf(tokens);
        }
    }

    /** The identity of the node, if it runs and reports it. */
    Optional<Identity> identity();

    /** Cassandra's storage directory, from the running process or its command line. */
    Optional<Path> storageDirectory();

    /** Whether the node runs, but was drained: it serves no requests until it is restarted. */
    boolean isDrained();

    /**
     * The process of this machine that works below these directories, if there is one, as the system shows it whatever Cassandra's
     * ports say.
     *
     * @return a human-readable description, such as {@code process 4711 (CassandraDaemon)}
     */
    Optional<String> user(Collection<Path> directories);

    /** Where the node keeps its files, if it runs and reports it. */
    Optional<Locations> locations();

    /** Builds a secondary index from its table's data. */
    void rebuildIndex(String keyspace, String table, String index);

    /**
     * Has the running node import the SSTables of a directory, which it moves into the table; secondary indexes are built on the
     * way.
     *
     * @param directory holds components of SSTables only, belongs to Cassandra's user, and is called {@code <word>/<word>} or
     *     {@code <word>/<word>-<id>}: Cassandra silently ignores others
     * @param ownOnly whether SSTables with rows of tokens that the node does not own are refused
     * @throws io.medusa.error.MedusaException if the node refuses any of them; they stay where they are
     */
    void importSSTables(TableName table, Path directory, boolean ownOnly);

    /**
     * Has the running node link the SSTables that are live now, and nothing that is only in memory, into a snapshot. An SSTable that
     * is being compacted is live until the compaction is done.
     *
     * @param tables that exist; empty for all
     * @throws io.medusa.error.MedusaException if the node cannot be reached, or refuses
     */
    void linkLive(String tag, Set<TableName> tables);

    /** Removes the snapshots of a tag, if there are any. */
    void clearSnapshot(String tag);

    /** The file that the running node logs to, if it runs on this machine and reports it. */
    Optional<Path> log();

    /** Has the running node rewrite a table's SSTables without the rows of tokens that it does not own. */
    void cleanUp(TableName table);

    /** Flushes everything in memory to SSTables, so that the commit log is no longer needed. */
    void drain();

    /**
     * Stops the node and waits until its process has ended. Returns if it is already down.
     *
     * @throws io.medusa.error.MedusaException if it does not stop; the message says in which state it is
     */
    void stop();

    /**
     * Starts the node and waits until it answers.
     *
     * @throws io.medusa.error.MedusaException if it does not come up, or a process uses its directories already: a second one is
     *     never started
     */
    void start();
}
