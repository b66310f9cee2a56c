package io.medusa.backup;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a backup would do, by the SSTables that the node has now; what is only in its memory is not counted.
 *
 * @param tables what happens to the files of each table
 * @param free room in the store, in bytes, where it can tell
 */
public record BackupPlan(BackupName name, BackupMode mode, List<Table> tables, OptionalLong free) {
    public BackupPlan {
        tables = List.copyOf(tables);
    }

    /**
     * One table.
     *
     * @param name {@code keyspace.table}
     */
    public record Table(String name, BackupCounts counts) {}

    /** All tables together. */
    public BackupCounts total() {
        return tables.stream().map(Table::counts).reduce(BackupCounts.NONE, BackupCounts::plus);
    }
}
