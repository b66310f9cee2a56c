package io.medusa.schema;

import io.medusa.model.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A table or view as far as the bytes of its SSTables depend on it, as {@code system_schema} holds it: a table of compact storage
 * has the columns there that its SSTables have.
 *
 * @param id 32 lower-case hex digits, if there is one yet
 * @param partitioner its class name; empty if unknown
 * @param statics and {@code regulars}: by name
 * @param dropped when each column was dropped, in microseconds since the epoch, by name, even if it was added again later:
 *     values written until then are ignored
 * @param compact whether its columns cannot be changed
 */
public record TableDefinition(
        TableName name,
        Optional<String> id,
        String partitioner,
        List<KeyColumn> key,
        List<KeyColumn> clustering,
        Map<String, DataType> statics,
        Map<String, DataType> regulars,
        Map<String, Long> dropped,
        boolean compact) {
    /** A column of the primary key; only clustering columns can be reversed. */
    public record KeyColumn(String name, DataType type, boolean reversed) {}

    /** Whether there is a static or regular column of that name. */
    public boolean has(String column) {
        return statics.containsKey(column) || regulars.containsKey(column);
    }
}
