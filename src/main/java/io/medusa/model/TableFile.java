package io.medusa.model;

import java.util.Optional;

/** A file of a table, in a snapshot or in a backup. */
public interface TableFile {
    /** The directory of the table. */
    TableDirectory table();

    /** The directory of a secondary index below the table's, such as {@code .orders_status}, or empty. */
    String subdirectory();

    /** The last part of its path. */
    String fileName();

    /** In bytes. */
    long size();

    /** Its path below the table's directory. */
    default String relativePath() {
        return subdirectory().isEmpty() ? fileName() : subdirectory() + "/" + fileName();
    }

    /** Its parsed name; empty if it is not a component of an SSTable. */
    default Optional<SSTableName> sstable() {
        return SSTableName.parse(fileName());
    }

    /** Which component of an SSTable it is; {@link Component#UNKNOWN} if it is none. */
    default Component component() {
        return sstable().map(SSTableName::component).orElse(Component.UNKNOWN);
    }
}
