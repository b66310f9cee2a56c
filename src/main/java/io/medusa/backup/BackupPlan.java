package io.medusa.backup;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a backup would do with the SSTables that the node has now; memtables are not counted.
 *
 * @param tables what happens to the files of each table
 * @param free space of the store in bytes, if it is known
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
