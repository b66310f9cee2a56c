package io.medusa.cassandra;

import io.medusa.model.Replication;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The schema of the running cluster, for restores of single tables. */
public interface CassandraSchema {
    /** The directories of all tables and views that exist now. */
    Set<TableDirectory> tables();

    /**
     * Creates tables that do not exist, with the ids of their directories, and whatever they need: keyspaces, types,
     * functions, and their own indexes, triggers and views. What exists is left as it is.
     *
     * @param schema the CQL text that a backup keeps
     */
    void create(String schema, Collection<TableDirectory> tables);

    /**
     * Creates a table of another name, with a fresh id, and its secondary indexes; and where they are missing the keyspace, like
     * that of the original, and the types. Views and triggers are not copied.
     *
     * @param schema the CQL text that a backup keeps
     * @param as the new name; must not exist
     */
    void createAs(String schema, TableDirectory table, TableName as);

    /**
     * How the data of a backup's table could not be read in a present table, if so; changes nothing.
     *
     * @param schema the CQL text that a backup keeps
     */
    Optional<String> misfit(String schema, TableDirectory table, TableName present);

    /** Drops a table, its views first; see {@link #isAutoSnapshot}. */
    void drop(TableName table);

    /** How the keyspaces of a schema are replicated, without those that each node keeps for itself. */
    Map<String, Replication> replications(String schema);

    /** The same schema, with keyspaces that are replicated otherwise. */
    String withReplications(String schema, Map<String, Replication> keyspaces);

    /** Removes all rows of a table and of its views on all nodes of the cluster; see {@link #isAutoSnapshot}. */
    void truncate(TableName table);

    /** How many nodes the cluster has in all datacenters, those that are down included: statements work on all of them. */
    int clusterSize();

    /**
     * Whether this node takes a snapshot of a table before it is truncated or dropped ({@code auto_snapshot} of cassandra.yaml);
     * nothing if it does not tell. Other nodes have settings of their own.
     */
    Optional<Boolean> isAutoSnapshot();

    /** The materialized views on a table that exist now; all names as {@code keyspace.table}. */
    Set<String> viewsOn(TableName table);

    /** Drops a view and creates it again as it is, so that it is built from its table's rows; waits for that for a while. */
    void rebuildView(TableName view);

    /** The table that a view is built from, if the name is that of a view in a schema. */
    Optional<TableName> baseOfView(String schema, TableName view);

    /** Whether that is a materialized view now. */
    boolean isView(TableName name);

    /** The materialized views that a schema defines on these tables; all names as {@code keyspace.table}. */
    Set<String> viewsOf(String schema, Collection<String> tables);

    /**
     * Makes sure that a table's data can be read in a present table: refuses another primary key or other
     * column types, and makes columns known that were dropped before the backup.
     *
     * @param schema the CQL text that a backup keeps
     * @param present the table that exists now
     * @throws io.medusa.error.MedusaException naming the first difference
     */
    void fit(String schema, TableDirectory table, TableName present);

    /**
     * The names of the secondary indexes that exist now, by table, written {@code keyspace.table}; without those of Cassandra's own tables,
     * and without the kinds that look at each SSTable when it is opened and build what they lack (SAI, SASI).
     */
    Map<String, Set<String>> indexesBuiltOnce();

    /**
     * The same of a schema's text.
     *
     * @param schema the CQL text that a backup keeps
     */
    Map<String, Set<String>> indexesBuiltOnce(String schema);

    /** The rows of a query: their number and, of the first, all values as text joined by commas. */
    Answer query(String cql);

    /** What a query gave. */
    record Answer(int rows, String firstRow) {}
}
