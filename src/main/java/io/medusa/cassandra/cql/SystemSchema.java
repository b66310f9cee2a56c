package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import io.medusa.schema.SchemaText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Generates the statements of a schema from the tables of {@code system_schema}: a substitute for {@code DESCRIBE} on 3.x, which
 * lacks it.
 */
final class SystemSchema {
    private static final Set<String> NO_OPTIONS = Set.of(
            "keyspace_name",
            "table_name",
            "view_name",
            "id",
            "flags",
            // what other programs keep there has no form in CQL
            "extensions",
            "base_table_id",
            "base_table_name",
            "include_all_columns",
            "where_clause");

    private final Map<String, List<Map<String, Object>>> tables;
    private final boolean internals;

    /**
     * Reads the tables, for statements with ids and dropped columns.
     *
     * @param read all rows of a table of {@code system_schema}: values by column
     */
    SystemSchema(Function<String, List<Map<String, Object>>> read) {
        this(new HashMap<>(), true);
        for (String table : List.of(
                "keyspaces",
                "types",
                "tables",
                "columns",
                "dropped_columns",
                "indexes",
                "functions",
                "aggregates",
                "views")) {
            tables.put(table, read.apply(table));
        }
    }

    private SystemSchema(Map<String, List<Map<String, Object>>> tables, boolean internals) {
        this.tables = tables;
        this.internals = internals;
    }

    /** The same schema, for statements without ids and dropped columns. */
    SystemSchema withoutInternals() {
        return new SystemSchema(tables, false);
    }

    /** All statements, keyspace by keyspace, in executable order. */
    List<SchemaText.Row> rows() {
        List<SchemaText.Row> rows = new ArrayList<>();
        all("keyspaces")
                .sorted(Comparator.comparing(row -> text(row, "keyspace_name")))
                .forEach(row -> {
                    String keyspace = text(row, "keyspace_name");
                    rows.add(new SchemaText.Row(keyspace, "keyspace", keyspace(row)));
                    types(keyspace).forEach(type -> rows.add(new SchemaText.Row(keyspace, "type", type)));
                    add(rows, keyspace, "tables", "table", this::table);
                    add(rows, keyspace, "indexes", "index", this::index);
                    add(rows, keyspace, "functions", "function", SystemSchema::function);
                    add(rows, keyspace, "aggregates", "aggregate", SystemSchema::aggregate);
                    add(rows, keyspace, "views", "materialized_view", this::view);
                });
        return rows;
    }

    private void add(
            List<SchemaText.Row> rows,
            String keyspace,
            String table,
            String type,
            Function<Map<String, Object>, String> statement) {
        of(keyspace, table).forEach(row -> rows.add(new SchemaText.Row(keyspace, type, statement.apply(row))));
    }

    private Stream<Map<String, Object>> all(String table) {
        return tables.getOrDefault(table, List.of()).stream();
    }

    private Stream<Map<String, Object>> of(String keyspace, String table) {
        return all(table).filter(row -> text(row, "keyspace_name").equals(keyspace));
    }

    private static String keyspace(Map<String, Object> row) {
        return "CREATE KEYSPACE " + name(row, "keyspace_name") + " WITH replication = "
                + literal(row.get("replication")) + "  AND durable_writes = " + row.get("durable_writes") + ";";
    }

    /** Sorts types after those that they use. */
    private List<String> types(String keyspace) {
        List<Map<String, Object>> left = new ArrayList<>(of(keyspace, "types").toList());
        List<String> statements = new ArrayList<>();
        while (!left.isEmpty()) {
            Map<String, Object> next = left.stream()
                    .filter(type -> left.stream().noneMatch(other -> other != type && uses(type, other)))
                    .findFirst()
                    .orElse(left.get(0));
            left.remove(next);
            List<?> fields = list(next, "field_names");
            List<?> fieldTypes = list(next, "field_types");
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < fields.size(); i++) {
                lines.add("    " + quoted(fields.get(i)) + " " + fieldTypes.get(i));
            }
            statements.add("CREATE TYPE " + qualified(next, "type_name") + " (\n" + String.join(",\n", lines) + "\n);");
        }
        return statements;
    }

    private static boolean uses(Map<String, Object> type, Map<String, Object> other) {
        String name = name(other, "type_name");
        return list(type, "field_types").stream()
                .anyMatch(field ->
                        List.of(String.valueOf(field).split("[<>, ]+", -1)).contains(name));
    }

    private String table(Map<String, Object> row) {
        Set<?> flags = row.get("flags") instanceof Set<?> set ? set : Set.of();
        boolean compact = !flags.contains("compound") || flags.contains("dense") || flags.contains("super");
        boolean hidden = compact && !flags.contains("dense") && !flags.contains("super");
        List<Map<String, Object>> columns = columns(row, "table_name");
        List<Map<String, Object>> key = ofKind(columns, "partition_key");
        List<Map<String, Object>> clustering = hidden ? List.of() : ofKind(columns, "clustering");
        Map<String, String> lines = new TreeMap<>();
        List<String> changes = new ArrayList<>();
        for (Map<String, Object> column : columns) {
            String kind = text(column, "kind");
            boolean isStatic = kind.equals("static");
            boolean shown = hidden ? isStatic : isStatic || kind.equals("regular");
            if (shown && !text(column, "type").equals("empty")) {
                lines.put(name(column, "column_name"), text(column, "type") + (isStatic && !hidden ? " static" : ""));
            }
        }
        if (internals) {
            dropped(row, lines, changes);
        }
        List<String> all = new ArrayList<>();
        Stream.concat(key.stream(), clustering.stream())
                .forEach(column -> all.add("    " + name(column, "column_name") + " " + text(column, "type")));
        lines.forEach((column, type) -> all.add("    " + column + " " + type));
        all.add("    " + primaryKey(key, clustering));
        List<String> options = new ArrayList<>();
        if (compact) {
            options.add("COMPACT STORAGE");
        }
        options.addAll(options(row, clustering));
        String create = "CREATE TABLE " + qualified(row, "table_name") + " (\n" + String.join(",\n", all) + "\n) WITH "
                + String.join("\n    AND ", options) + ";";
        if (flags.contains("super")) {
            return "/*\nWarning: Table " + qualified(row, "table_name")
                    + " omitted because it has constructs not compatible with CQL (was created via legacy API).\n\n"
                    + create.replace("*/", "* /") + "\n*/";
        }
        return changes.isEmpty() ? create : create + "\n" + String.join("\n", changes);
    }

    /** A dropped column is created with the table, then dropped, then added again if it exists. */
    private void dropped(Map<String, Object> table, Map<String, String> lines, List<String> changes) {
        all("dropped_columns")
                .filter(column -> isOf(column, table, "table_name"))
                .forEach(column -> {
                    String name = name(column, "column_name");
                    String alter = "ALTER TABLE " + qualified(table, "table_name");
                    String isStatic = "static".equals(column.get("kind")) ? " static" : "";
                    String present = lines.put(name, text(column, "type") + isStatic);
                    if (column.get("dropped_time") instanceof Instant time) {
                        changes.add(alter + " DROP " + name + " USING TIMESTAMP " + time.toEpochMilli() * 1000 + ";");
                    }
                    if (present != null) {
                        changes.add(alter + " ADD " + name + " " + present + ";");
                    }
                });
    }

    private List<Map<String, Object>> columns(Map<String, Object> table, String nameColumn) {
        return all("columns").filter(column -> isOf(column, table, nameColumn)).toList();
    }

    private static boolean isOf(Map<String, Object> row, Map<String, Object> table, String nameColumn) {
        return text(row, "keyspace_name").equals(text(table, "keyspace_name"))
                && text(row, "table_name").equals(text(table, nameColumn));
    }

    private static List<Map<String, Object>> ofKind(List<Map<String, Object>> columns, String kind) {
        return columns.stream()
                .filter(column -> text(column, "kind").equals(kind))
                .sorted(Comparator.comparing(column -> (Integer) Objects.requireNonNull(column.get("position"))))
                .toList();
    }

    private static String primaryKey(List<Map<String, Object>> key, List<Map<String, Object>> clustering) {
        String partition = names(key);
        String first = key.size() > 1 ? "(" + partition + ")" : partition;
        return "PRIMARY KEY (" + first + (clustering.isEmpty() ? "" : ", " + names(clustering)) + ")";
    }

    private static String names(List<Map<String, Object>> columns) {
        return columns.stream().map(column -> name(column, "column_name")).collect(Collectors.joining(", "));
    }

    private List<String> options(Map<String, Object> row, List<Map<String, Object>> clustering) {
        List<String> options = new ArrayList<>();
        if (internals && row.get("id") instanceof UUID id) {
            options.add("ID = " + id);
        }
        if (!clustering.isEmpty()) {
            options.add("CLUSTERING ORDER BY ("
                    + clustering.stream()
                            .map(column -> name(column, "column_name")
                                    + ("desc".equals(column.get("clustering_order")) ? " DESC" : " ASC"))
                            .collect(Collectors.joining(", "))
                    + ")");
        }
        new TreeMap<>(row).forEach((name, value) -> {
            if (value != null && !NO_OPTIONS.contains(name)) {
                options.add(name + " = " + literal(value));
            }
        });
        return options;
    }

    private String index(Map<String, Object> row) {
        Map<Object, Object> options = new TreeMap<>(row.get("options") instanceof Map<?, ?> map ? map : Map.of());
        Object target = options.remove("target");
        Object custom = options.remove("class_name");
        return "CREATE " + (custom == null ? "" : "CUSTOM ") + "INDEX " + name(row, "index_name") + " ON "
                + qualified(row, "table_name") + " (" + target + ")"
                + (custom == null ? "" : " USING " + literal(custom))
                + (options.isEmpty() ? "" : " WITH OPTIONS = " + literal(options)) + ";";
    }

    private String view(Map<String, Object> row) {
        List<Map<String, Object>> columns = columns(row, "view_name");
        List<Map<String, Object>> key = ofKind(columns, "partition_key");
        List<Map<String, Object>> clustering = ofKind(columns, "clustering");
        String selected = Boolean.TRUE.equals(row.get("include_all_columns")) ? "*" : names(columns);
        return "CREATE MATERIALIZED VIEW " + qualified(row, "view_name") + " AS\n    SELECT " + selected
                + "\n    FROM " + qualified(row, "base_table_name") + "\n    WHERE " + row.get("where_clause")
                + "\n    " + primaryKey(key, clustering) + "\n WITH "
                + String.join("\n    AND ", options(row, clustering)) + ";";
    }

    private static String function(Map<String, Object> row) {
        List<?> names = list(row, "argument_names");
        List<?> types = list(row, "argument_types");
        List<String> arguments = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            arguments.add(quoted(names.get(i)) + " " + types.get(i));
        }
        return "CREATE FUNCTION " + qualified(row, "function_name") + "(" + String.join(", ", arguments) + ")\n    "
                + (Boolean.TRUE.equals(row.get("called_on_null_input")) ? "CALLED" : "RETURNS NULL")
                + " ON NULL INPUT\n    RETURNS " + row.get("return_type") + "\n    LANGUAGE " + row.get("language")
                + "\n    AS $$" + row.get("body") + "$$;";
    }

    private static String aggregate(Map<String, Object> row) {
        String types = list(row, "argument_types").stream().map(String::valueOf).collect(Collectors.joining(", "));
        return "CREATE AGGREGATE " + qualified(row, "aggregate_name") + "(" + types + ")\n    SFUNC "
                + quoted(row.get("state_func")) + "\n    STYPE " + row.get("state_type")
                + (row.get("final_func") == null ? "" : "\n    FINALFUNC " + quoted(row.get("final_func")))
                + (row.get("initcond") == null ? "" : "\n    INITCOND " + row.get("initcond")) + ";";
    }

    private static String qualified(Map<String, Object> row, String column) {
        return name(row, "keyspace_name") + "." + name(row, column);
    }

    private static String name(Map<String, Object> row, String column) {
        return quoted(row.get(column));
    }

    private static String quoted(@Nullable Object name) {
        return CqlIdentifier.fromInternal(String.valueOf(name)).asCql(true);
    }

    private static String text(Map<String, Object> row, String column) {
        return String.valueOf(row.get(column));
    }

    private static List<?> list(Map<String, Object> row, String column) {
        return row.get(column) instanceof List<?> list ? list : List.of();
    }

    private static String literal(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return new TreeMap<>(map)
                    .entrySet().stream()
                            .map(entry -> literal(entry.getKey()) + ": " + literal(entry.getValue()))
                            .collect(Collectors.joining(", ", "{", "}"));
        }
        return value instanceof String text ? "'" + text.replace("'", "''") + "'" : String.valueOf(value);
    }
}
