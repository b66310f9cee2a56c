package io.medusa.cassandra;

import io.medusa.model.TableDirectory;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/** Reads what the CQL texts of a schema define. */
public interface SchemaDefinitions {
    /** Those of these tables and views that one of the two texts of a description does not define, in order. */
    Set<TableDirectory> undefined(NodeDescription description, Collection<TableDirectory> tables);

    /**
     * The schema as it was at the time of a snapshot: that of now, with the definitions that the snapshot has where they differ.
     * A table whose keyspace is gone stays undefined.
     *
     * @param ofSnapshot by table, the text of the {@code schema.cql} that Cassandra put beside its files
     */
    NodeDescription asOfSnapshot(NodeDescription now, Map<TableDirectory, String> ofSnapshot);
}
