package io.medusa.cassandra;

import io.medusa.model.TableDirectory;
import java.util.Collection;
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

    /** The materialized views that a schema defines on these tables; all names as {@code keyspace.table}. */
    Set<String> viewsOf(String schema, Collection<String> tables);

    /**
     * Makes sure that a table's data can be read in the present table of the same name: refuses another primary key or other
     * column types, and makes columns known that were dropped before the backup.
     *
     * @param schema the CQL text that a backup keeps
     * @throws io.medusa.error.MedusaException naming the first difference
     */
    void fit(String schema, TableDirectory table);

    /** The secondary indexes of a table that Cassandra does not rebuild by itself. */
    Set<String> indexesOf(TableDirectory table);

    /** The rows of a query: their number and, of the first, all values as text joined by commas. */
    Answer query(String cql);

    /** What a query gave. */
    record Answer(int rows, String firstRow) {}
}
