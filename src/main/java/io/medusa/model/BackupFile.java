package io.medusa.model;

/**
 * A data file of a backup.
 *
 * @param subdirectory the directory of a secondary index below the table's, such as {@code .orders_status}, or empty
 * @param entry its entry in the manifest
 */
public record BackupFile(TableDirectory table, String subdirectory, ManifestEntry entry) implements TableFile {
    @Override
    public String fileName() {
        return entry.fileName();
    }

    @Override
    public long size() {
        return entry.size();
    }
}
