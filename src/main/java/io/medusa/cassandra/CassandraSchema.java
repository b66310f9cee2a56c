package io.medusa.cassandra;

import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.schema.BackupSchema;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The schema of the running cluster, for restores of single tables. */
public interface CassandraSchema {
    /** The directories of all tables and views that exist now. */
    Set<TableDirectory> tables();

    /**
     * Compares SSTables with the tables that are to have them; changes nothing.
     *
     * @param schema of the backup
     * @return in the same order
     */
    List<Fit> fits(BackupSchema schema, Collection<Fit.Incoming> incoming);

    /**
     * What creates tables, with all that they need and lack (keyspaces, types), and makes them know the columns that their SSTables
     * have beside. A table of its own name gets the id of its directory, and the functions, indexes, triggers and views that it
     * had; one of another name a fresh id and the indexes. Views among the tables are created as they were.
     *
     * @param schema of the backup
     * @param tables that do not exist, or will not when the steps are made
     */
    List<SchemaStep> creation(BackupSchema schema, Collection<Fit> tables);

    /** What makes a present table know the columns that SSTables have beside its own, as dropped ones. */
    List<SchemaStep> learning(Fit fit);

    /** What creates the views on a table that exist now, by the view. */
    Map<TableName, SchemaStep> views(TableName table);

    /**
     * Makes these steps.
     *
     * @param remaining is told after each step which are left
     * @throws io.medusa.error.MedusaException of kind CASSANDRA_FAILED if Cassandra refuses one, which then is not left
     */
    void execute(List<SchemaStep> steps, Consumer<List<SchemaStep>> remaining);

    /**
     * The same for steps of which the first ones may have been made, on tables that may be others now: what is there already, or
     * belongs to a table that is gone, is passed over, and views are built anew.
     */
    void complete(List<SchemaStep> steps, Consumer<List<SchemaStep>> remaining);

    /** Drops a table, its views first; see {@link #isAutoSnapshot}. */
    void drop(TableName table);

    /** Removes all rows of a table and of its views on all nodes of the cluster; see {@link #isAutoSnapshot}. */
    void truncate(TableName table);

    /** How many nodes the cluster has in all datacenters, those that are down included: statements work on all of them. */
    int clusterSize();

    /**
     * Whether this node takes a snapshot of a table before it is truncated or dropped ({@code auto_snapshot} of cassandra.yaml);
     * nothing if it does not tell. Other nodes have settings of their own.
     */
    Optional<Boolean> isAutoSnapshot();

    /** Whether that is a materialized view now. */
    boolean isView(TableName name);

    /**
     * The names of the secondary indexes that exist now, by table, written {@code keyspace.table}; without those of Cassandra's own tables,
     * and without the kinds that look at each SSTable when it is opened and build what they lack (SAI, SASI).
     */
    Map<String, Set<String>> indexesBuiltOnce();

    /** The rows of a query: their number and, of the first, all values as text joined by commas. */
    Answer query(String cql);

    /** What a query gave. */
    record Answer(int rows, String firstRow) {}
}
