package io.medusa.backup;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import java.util.List;
import java.util.OptionalLong;

/**
 * The actions of a backup of the node's current SSTables; memtables are not counted.
 *
 * @param tables the actions on each table's files
 * @param free space of the store in bytes, if known
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

    /** The total over all tables. */
    public BackupCounts total() {
        return tables.stream().map(Table::counts).reduce(BackupCounts.NONE, BackupCounts::plus);
    }
}
