package io.medusa.schema;

import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Edits CQL statements. */
public final class Cql {
    private static final Pattern PRIMARY_KEY = Pattern.compile("(?i)\\bPRIMARY\\s+KEY\\s*(?=\\()");

    private Cql() {}

    /** The quoted name of a table. */
    public static String quoted(TableName table) {
        return quoted(table.keyspace()) + "." + quoted(table.table());
    }

    /** A quoted name. */
    public static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    /** Removes the id, so that the table gets a fresh one. */
    public static String withoutId(String createTable) {
        int end = CreateTable.endOfColumns(createTable);
        String options = createTable
                .substring(end)
                .replaceFirst("(?i)WITH\\s+ID\\s*=\\s*[-0-9a-f]+\\s+AND\\s", "WITH ")
                .replaceFirst("(?i)\\s+AND\\s+ID\\s*=\\s*[-0-9a-f]+", "")
                .replaceFirst("(?i)\\s*WITH\\s+ID\\s*=\\s*[-0-9a-f]+\\s*$", "");
        return createTable.substring(0, end) + options;
    }

    /** Adds the id of the table's directory, unless the statement has an id. */
    public static String withId(String createTable, TableDirectory table) {
        return withId(createTable, CreateTable.endOfColumns(createTable), table);
    }

    /** The same for a materialized view. */
    public static String viewWithId(String createView, TableDirectory view) {
        Matcher key = PRIMARY_KEY.matcher(createView);
        return key.find()
                ? withId(createView, key.end() + CreateTable.endOfColumns(createView.substring(key.end())), view)
                : createView;
    }

    /** @param end where the options begin */
    private static String withId(String createTable, int end, TableDirectory table) {
        Optional<String> id = table.id();
        String options = createTable.substring(end);
        if (id.isEmpty() || options.matches("(?is)\\s*WITH\\s+(.*\\sAND\\s+)?ID\\s*=.*")) {
            return createTable;
        }
        String uuid = id.get().replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5");
        String columns = createTable.substring(0, end);
        return options.isBlank()
                ? columns + " WITH ID = " + uuid
                : columns + options.replaceFirst("(?i)WITH", "WITH ID = " + uuid + " AND");
    }

    /** The same statement with {@code IF NOT EXISTS}. */
    public static String ifNotExists(String create) {
        return create.replaceFirst(
                "(?i)^(\\s*CREATE\\s+(?:CUSTOM\\s+)?(?:KEYSPACE|TYPE|TABLE|MATERIALIZED\\s+VIEW|FUNCTION|AGGREGATE|INDEX|TRIGGER)\\s+)(?!IF\\s)",
                "$1IF NOT EXISTS ");
    }
}
