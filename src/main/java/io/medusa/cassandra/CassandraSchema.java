package io.medusa.cassandra;

import io.medusa.model.Check;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.schema.BackupSchema;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The schema of the running cluster, for restores of single tables. */
public interface CassandraSchema {
    /** The directories of all tables and views that exist now. */
    Set<TableDirectory> tables();

    /**
     * Compares SSTables with their target tables; changes nothing.
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

    /** The steps that register with a present table, as dropped columns, those that only its new SSTables have. */
    List<SchemaStep> learning(Fit fit);

    /** The statements that create the present views on a table, by view. */
    Map<TableName, SchemaStep> views(TableName table);

    /**
     * Executes these steps. Keyspaces, types, functions, aggregates and views that others have created meanwhile are left alone; a
     * table is refused, since it may be another one.
     *
     * @throws io.medusa.error.MedusaException of kind CASSANDRA_FAILED if Cassandra refuses one
     */
    void execute(List<SchemaStep> steps, SchemaProgress progress);

    /**
     * Completes steps of which some may have been executed already, on tables that may have been replaced since: what exists, or
     * belongs to a table that no longer exists, is skipped, and views are rebuilt.
     */
    void complete(List<SchemaStep> steps, SchemaProgress progress);

    /** Drops a table, its views first; see {@link #isAutoSnapshot}. */
    void drop(TableName table);

    /** Removes all rows of a table and of its views on all nodes of the cluster; see {@link #isAutoSnapshot}. */
    void truncate(TableName table);

    /** The number of nodes in all datacenters, including those that are down: statements affect all of them. */
    int clusterSize();

    /**
     * Whether this node takes a snapshot of a table before it is truncated or dropped ({@code auto_snapshot} of cassandra.yaml);
     * empty if unknown. Other nodes may have different settings.
     */
    Optional<Boolean> isAutoSnapshot();

    /** Whether that is a materialized view now. */
    boolean isView(TableName name);

    /**
     * The names of the secondary indexes that exist now, by table, written {@code keyspace.table}; without those of Cassandra's own tables,
     * and without SAI and SASI indexes, which build what they lack when an SSTable is opened.
     */
    Map<String, Set<String>> indexesBuiltOnce();

    /** Whether the files that reaching CQL needs are usable, whether or not the node is up. */
    List<Check> checks();

    /** The rows of a query: their number and, of the first, all values as text joined by commas. */
    Answer query(String cql);

    /** The result of a query. */
    record Answer(int rows, String firstRow) {}
}
