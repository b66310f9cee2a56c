package io.medusa.restore;

import io.medusa.model.BackupName;
import java.nio.file.Path;
import java.util.List;

/**
 * What a restore would do.
 *
 * @param everything whether the whole node is restored, so that tables that the backup does not know go away
 * @param stopsNode whether Cassandra runs and would be stopped
 * @param inOneStep whether old and new data are exchanged in a single step
 * @param tables what happens to each table, those that go away included
 * @param files all files of the restored tables
 * @param bytes of all of them
 * @param filesToFetch files that come from the store
 * @param cleared directories whose content is set aside
 */
public record RestorePlan(
        BackupName name,
        boolean everything,
        boolean stopsNode,
        boolean inOneStep,
        List<Table> tables,
        int files,
        long bytes,
        int filesToFetch,
        long bytesToFetch,
        List<Space> spaces,
        List<Path> cleared) {

    /** What happens to a table. */
    public enum TableAction {
        /** It is there and gets the content of the backup. */
        REPLACED,
        /** It is not there and is created. */
        CREATED,
        /** It has no rows in the backup; what is there now goes away. */
        EMPTIED,
        /** The backup does not know it; it goes away. */
        REMOVED
    }

    /**
     * One table.
     *
     * @param name {@code keyspace.table}
     * @param bytes of all its files in the backup
     * @param bytesToFetch of those that come from the store; the rest is on this node already
     */
    public record Table(String name, TableAction action, int files, long bytes, long bytesToFetch) {}

    /**
     * Space on a file system.
     *
     * @param where a directory of it
     * @param needed in bytes
     * @param free in bytes, for this user
     */
    public record Space(Path where, long needed, long free) {
        /** Whether the plan fits. */
        public boolean isEnough() {
            return free >= needed;
        }
    }
}
