package io.medusa.cassandra;

import java.time.Instant;
import java.util.Map;

/** The history of tables, as the running node has recorded it. */
public interface SchemaHistory {
    /**
     * When tables were last truncated, according to the running node.
     *
     * @return by the tables' ids, 32 hex digits in lower case
     */
    Map<String, Instant> truncations();
}
