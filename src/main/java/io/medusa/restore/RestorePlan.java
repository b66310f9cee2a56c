package io.medusa.restore;

import io.medusa.model.BackupName;
import java.nio.file.Path;
import java.util.List;

/**
 * What a restore will do.
 *
 * @param everything whether the whole node is restored, so that tables which are not in the backup are removed
 * @param stopsNode whether Cassandra runs and would be stopped
 * @param inOneStep whether old and new data are swapped in a single step
 * @param tables what happens to each table, including those that are removed
 * @param files all files of the restored tables
 * @param bytes of all of them
 * @param filesToFetch files to download
 * @param cleared directories whose files are set aside
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
        /** Exists, and gets the content of the backup. */
        REPLACED,
        /** Is missing, and is created. */
        CREATED,
        /** Is empty in the backup, and is emptied. */
        EMPTIED,
        /** Is not in the backup, and is removed. */
        REMOVED
    }

    /**
     * One table.
     *
     * @param name {@code keyspace.table}
     * @param bytes of all its files in the backup
     * @param bytesToFetch of the files to download; the others are on this node already
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
