package io.medusa.cassandra;

import java.time.Instant;
import java.util.Map;

/** What the running node remembers of its tables. */
public interface SchemaHistory {
    /**
     * When tables were last truncated, as far as the running node remembers.
     *
     * @return by the tables' ids, 32 hex digits in lower case
     */
    Map<String, Instant> truncations();
}
