package io.medusa.cassandra;

import io.medusa.model.TableDirectory;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file of a snapshot.
 *
 * @param subdirectory of the table's directory for secondary indexes, such as {@code .orders_status}, or empty
 * @param fileName the last part of its path
 * @param size in bytes
 * @param modifiedNanos modification time, nanoseconds since the epoch
 */
public record SnapshotFile(
        Path path, TableDirectory table, String subdirectory, String fileName, long size, long modifiedNanos) {
    /** Where it belongs below the table's directory. */
    public String relativePath() {
        return subdirectory.isEmpty() ? fileName : subdirectory + "/" + fileName;
    }

    /** Its name's parts, if it is a component of an SSTable. */
    public Optional<SSTableName> sstable() {
        return SSTableName.parse(fileName);
    }
}
