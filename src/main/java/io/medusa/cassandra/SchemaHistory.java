package io.medusa.cassandra;

import io.medusa.model.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What has become of the tables of a backup since, and what their definitions say of deleted rows. */
public interface SchemaHistory {
    /**
     * When tables were last truncated, as far as the running node remembers.
     *
     * @return by the tables' ids, 32 hex digits in lower case
     */
    Map<String, Instant> truncations();

    /**
     * What one schema defines and a later one does not: keyspaces, types, functions, tables, views, indexes and columns that
     * have been dropped, each in a few words such as {@code table shop.orders}. System keyspaces are left out.
     *
     * @param then the CQL text that a backup keeps
     * @param now the CQL text of the running cluster
     */
    List<String> dropped(String then, String now);

    /** How long the tables of a schema keep the marks of deleted rows ({@code gc_grace_seconds}). */
    Map<TableName, Duration> grace(String schema);

    /** The tables of a schema that hold counters. */
    Set<TableName> counters(String schema);
}
