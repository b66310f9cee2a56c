package io.medusa.model;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a table with one particular id, below a data directory, such as {@code shop/orders-6f2c…}.
 *
 * @param keyspace the keyspace's directory
 * @param directory the table's directory: its name, a dash and its id in 32 hex digits; tables of very old versions lack the id
 */
public record TableDirectory(String keyspace, String directory) implements Comparable<TableDirectory> {
    private static final Pattern WITH_ID = Pattern.compile("(.+)-([0-9a-fA-F]{32})");

    public TableDirectory {
        for (String segment : new String[] {keyspace, directory}) {
            if (!Segments.isSafe(segment) || segment.startsWith(".")) {
                throw new MedusaException(
                        FailureKind.BACKUP_DAMAGED,
                        "table directory " + Segments.quoted(keyspace + "/" + directory)
                                + " is not one that Cassandra makes; nothing was changed");
            }
        }
    }

    /** The name of the table, without its id. */
    public String table() {
        Matcher matcher = WITH_ID.matcher(directory);
        return matcher.matches() ? matcher.group(1) : directory.replaceFirst("-[^-]*$", "");
    }

    /** The table's id in 32 lower-case hex digits; empty if the directory has none. */
    public Optional<String> id() {
        Matcher matcher = WITH_ID.matcher(directory);
        return matcher.matches() ? Optional.of(matcher.group(2).toLowerCase(java.util.Locale.ROOT)) : Optional.empty();
    }

    /** Whether this directory holds that table: the same directory, or one without an id, which Cassandra keeps using where it has one. */
    public boolean standsFor(TableDirectory table) {
        return equals(table) || (id().isEmpty() && qualifiedName().equals(table.qualifiedName()));
    }

    /** The tables that none of the directories stands for, in order. */
    public static Set<TableDirectory> missing(Collection<TableDirectory> tables, Set<TableDirectory> directories) {
        Set<TableDirectory> missing = new TreeSet<>(tables);
        missing.removeAll(directories);
        directories.stream()
                .filter(directory -> directory.id().isEmpty())
                .forEach(directory -> missing.removeIf(directory::standsFor));
        return missing;
    }

    /** {@code keyspace.table}, as users write it. */
    public String qualifiedName() {
        return keyspace + "." + table();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TableDirectory table
                && directory.equals(table.directory)
                && keyspace.equals(table.keyspace);
    }

    @Override
    public int hashCode() {
        return 31 * keyspace.hashCode() + directory.hashCode();
    }

    @Override
    public int compareTo(TableDirectory other) {
        int byKeyspace = keyspace.compareTo(other.keyspace);
        return byKeyspace != 0 ? byKeyspace : directory.compareTo(other.directory);
    }

    @Override
    public String toString() {
        return keyspace + "/" + directory;
    }
}
