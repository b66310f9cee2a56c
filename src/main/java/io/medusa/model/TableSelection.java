package io.medusa.model;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The tables that a command applies to: all, or those of some keyspaces and some single tables.
 *
 * @param keyspaces names of whole keyspaces
 * @param tables {@code keyspace.table}, without ids
 */
public record TableSelection(Set<String> keyspaces, Set<String> tables) {
    /** Everything. */
    public static final TableSelection ALL = new TableSelection(Set.of(), Set.of());

    public TableSelection {
        keyspaces = Set.copyOf(keyspaces);
        tables = Set.copyOf(tables);
        for (String table : tables) {
            int dot = table.indexOf('.');
            if (dot <= 0 || dot == table.length() - 1) {
                throw new MedusaException(
                        FailureKind.USAGE,
                        "table " + Segments.quoted(table) + " has no keyspace. Write --table KEYSPACE.TABLE");
            }
        }
    }

    /** Whether it selects every table. */
    public boolean isAll() {
        return keyspaces.isEmpty() && tables.isEmpty();
    }

    /** Whether it selects this table. */
    public boolean includes(TableDirectory table) {
        return isAll() || keyspaces.contains(table.keyspace()) || tables.contains(table.qualifiedName());
    }

    /** The selected keyspaces and tables that are not present, worded for messages. */
    public List<String> unmatched(Collection<TableDirectory> present) {
        return unmatched(
                present.stream().map(TableDirectory::keyspace).collect(Collectors.toSet()),
                present.stream().map(TableDirectory::qualifiedName).collect(Collectors.toSet()));
    }

    /** The same, by the names of keyspaces and of tables with their keyspaces. */
    public List<String> unmatched(Set<String> presentKeyspaces, Set<String> presentTables) {
        return Stream.concat(
                        keyspaces.stream()
                                .filter(keyspace -> !presentKeyspaces.contains(keyspace))
                                .map(keyspace -> "keyspace " + keyspace + like(keyspace, presentKeyspaces)),
                        tables.stream()
                                .filter(table -> !presentTables.contains(table))
                                .map(table -> "table " + table + like(table, presentTables)))
                .sorted()
                .toList();
    }

    private static String like(String typo, Set<String> names) {
        return Nearest.word(typo, names)
                .map(name -> " (did you mean " + name + "?)")
                .orElse("");
    }
}
