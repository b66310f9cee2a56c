package io.medusa.cassandra.cql;

import io.medusa.cassandra.SchemaHistory;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The history of tables, read from the running node over CQL. */
public final class CqlSchemaHistory implements SchemaHistory {
    private final CqlSettings settings;

    /** Does not connect before the first call. */
    public CqlSchemaHistory(CqlSettings settings) {
        this.settings = settings;
    }

    @Override
    public Map<String, Instant> truncations() {
        Map<String, Instant> truncations = new HashMap<>();
        try (CqlNode node = CqlNode.connect(settings)) {
            node
                    .query(
                            "SELECT truncated_at FROM system.local",
                            row -> Optional.ofNullable(row.getMap("truncated_at", UUID.class, ByteBuffer.class)))
                    .stream()
                    .flatMap(Optional::stream)
                    .forEach(tables -> tables.forEach((id, record) ->
                            truncations.put(id.toString().replace("-", ""), Instant.ofEpochMilli(lastLong(record)))));
        }
        return truncations;
    }

    /** A position in the commit log, which is not needed, and the time in milliseconds. */
    private static long lastLong(ByteBuffer record) {
        return record.remaining() < Long.BYTES ? 0 : record.getLong(record.limit() - Long.BYTES);
    }
}
