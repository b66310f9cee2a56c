package io.medusa.cassandra;

import io.medusa.model.TableDirectory;
import io.medusa.model.TableFile;
import java.nio.file.Path;

/**
 * A file of a snapshot.
 *
 * @param subdirectory of the table's directory for secondary indexes, such as {@code .orders_status}, or empty
 * @param fileName the last part of its path
 * @param size in bytes
 * @param modifiedNanos modification time, nanoseconds since the epoch
 */
public record SnapshotFile(
        Path path, TableDirectory table, String subdirectory, String fileName, long size, long modifiedNanos)
        implements TableFile {}
