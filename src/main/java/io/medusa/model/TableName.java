package io.medusa.model;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;

/**
 * The name of a table, without quotes and without a table id.
 *
 * @param keyspace case-sensitive
 * @param table case-sensitive
 */
public record TableName(String keyspace, String table) {
    public TableName {
        if (!keyspace.matches("\\w+") || !table.matches("\\w+")) {
            throw refused(keyspace + "." + table);
        }
    }

    private static MedusaException refused(String text) {
        return new MedusaException(
                FailureKind.USAGE,
                Segments.quoted(text)
                        + " is not the name of a table. Write KEYSPACE.TABLE in their exact case, without quotes");
    }

    /** Parses {@code keyspace.table}. */
    public static TableName parse(String text) {
        int dot = text.indexOf('.');
        if (dot < 0) {
            throw refused(text);
        }
        return new TableName(text.substring(0, dot), text.substring(dot + 1));
    }

    /** The name of the directory's table. */
    public static TableName of(TableDirectory directory) {
        return new TableName(directory.keyspace(), directory.table());
    }

    /** {@code keyspace.table}. */
    @Override
    public String toString() {
        return keyspace + "." + table;
    }
}
