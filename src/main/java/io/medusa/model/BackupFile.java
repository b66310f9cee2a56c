package io.medusa.model;

/**
 * A data file of a backup.
 *
 * @param subdirectory of a secondary index below the table's directory, such as {@code .orders_status}, or empty
 * @param entry that the manifest has of it
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
