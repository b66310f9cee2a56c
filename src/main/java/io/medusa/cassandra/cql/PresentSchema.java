package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.cql.Row;
import io.medusa.model.TableName;
import io.medusa.schema.CqlType;
import io.medusa.schema.DataType;
import io.medusa.schema.TableDefinition;
import io.medusa.schema.TableDefinition.KeyColumn;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The present tables, views and types of some keyspaces, from {@code system_schema}. */
final class PresentSchema {
    private final String partitioner;
    private final Map<String, Row> types = new HashMap<>();
    private final Map<String, List<Row>> columns = new HashMap<>();
    private final Map<String, List<Row>> dropped = new HashMap<>();
    private final Map<String, Row> tables = new HashMap<>();
    private final Map<String, List<Row>> views = new HashMap<>();
    private final Map<String, List<Row>> indexes = new HashMap<>();

    PresentSchema(CqlNode node, Set<String> keyspaces) {
        this.partitioner = String.valueOf(
                node.query("SELECT partitioner FROM system.local", row -> String.valueOf(row.getString(0)))
                        .get(0));
        for (String keyspace : keyspaces) {
            rows(node, "types", keyspace).forEach(row -> types.put(keyspace + "." + row.getString("type_name"), row));
            rows(node, "tables", keyspace).forEach(row -> tables.put(name(row, "table_name"), row));
            rows(node, "views", keyspace).forEach(row -> {
                tables.put(name(row, "view_name"), row);
                add(views, name(row, "base_table_name"), row);
            });
            rows(node, "columns", keyspace).forEach(row -> add(columns, name(row, "table_name"), row));
            rows(node, "indexes", keyspace).forEach(row -> add(indexes, name(row, "table_name"), row));
            rows(node, "dropped_columns", keyspace).forEach(row -> add(dropped, name(row, "table_name"), row));
        }
    }

    private static List<Row> rows(CqlNode node, String table, String keyspace) {
        return node.query(
                "SELECT * FROM system_schema." + table + " WHERE keyspace_name = '" + keyspace + "'",
                Function.identity());
    }

    private static String name(Row row, String column) {
        return row.getString("keyspace_name") + "." + row.getString(column);
    }

    private static void add(Map<String, List<Row>> rows, String name, Row row) {
        rows.computeIfAbsent(name, absent -> new java.util.ArrayList<>()).add(row);
    }

    /** The type of that name, not frozen, if there is one. */
    @Nullable
    DataType type(String keyspace, String name) {
        return type(keyspace, name, new HashSet<>());
    }

    private @Nullable DataType type(String keyspace, String name, Set<String> open) {
        Row row = types.get(keyspace + "." + name);
        if (row == null || !open.add(name)) {
            return null;
        }
        List<String> fields = Objects.requireNonNull(row.getList("field_names", String.class));
        List<DataType> parts = Objects.requireNonNull(row.getList("field_types", String.class)).stream()
                .map(text -> CqlType.parse(text, inner -> type(keyspace, inner, open))
                        .freeze())
                .toList();
        open.remove(name);
        return new DataType(name, parts, fields, false);
    }

    /** The names of the views on a table. */
    List<String> viewsOn(TableName table) {
        return views.getOrDefault(table.toString(), List.of()).stream()
                .map(row -> String.valueOf(row.getString("view_name")))
                .toList();
    }

    /** The indexes on a table: the column of each, by name. */
    Map<String, String> indexesOn(TableName table) {
        Map<String, String> columns = new LinkedHashMap<>();
        for (Row row : indexes.getOrDefault(table.toString(), List.of())) {
            Map<String, String> options =
                    Objects.requireNonNullElse(row.getMap("options", String.class, String.class), Map.of());
            // such as "Name" or values(name)
            String target = options.getOrDefault("target", "").replaceFirst("^\\w+\\((.*)\\)$", "$1");
            columns.put(
                    String.valueOf(row.getString("index_name")),
                    target.replaceFirst("^\"(.*)\"$", "$1").replace("\"\"", "\""));
        }
        return columns;
    }

    /** The table or view of that name, if there is one. */
    Optional<TableDefinition> definition(TableName table) {
        Row row = tables.get(table.toString());
        if (row == null) {
            return Optional.empty();
        }
        Map<String, DataType> statics = new LinkedHashMap<>();
        Map<String, DataType> regulars = new LinkedHashMap<>();
        for (Row column : columns.getOrDefault(table.toString(), List.of())) {
            String name = String.valueOf(column.getString("column_name"));
            switch (String.valueOf(column.getString("kind"))) {
                case "static" -> statics.put(name, type(table, column));
                case "regular" -> regulars.put(name, type(table, column));
                default -> {}
            }
        }
        Map<String, Long> forgotten = new LinkedHashMap<>();
        for (Row column : dropped.getOrDefault(table.toString(), List.of())) {
            Instant time = Objects.requireNonNullElse(column.getInstant("dropped_time"), Instant.EPOCH);
            forgotten.put(
                    String.valueOf(column.getString("column_name")), ChronoUnit.MICROS.between(Instant.EPOCH, time));
        }
        Set<String> flags = row.getColumnDefinitions().contains("flags")
                ? Objects.requireNonNullElse(row.getSet("flags", String.class), Set.of())
                : Set.of("compound");
        return Optional.of(new TableDefinition(
                table,
                Optional.ofNullable(row.getUuid("id")).map(PresentSchema::hex),
                partitioner,
                keyColumns(table, "partition_key"),
                keyColumns(table, "clustering"),
                statics,
                regulars,
                forgotten,
                !flags.contains("compound") || flags.contains("dense") || flags.contains("super")));
    }

    static String hex(UUID id) {
        return id.toString().replace("-", "");
    }

    private List<KeyColumn> keyColumns(TableName table, String kind) {
        return columns.getOrDefault(table.toString(), List.of()).stream()
                .filter(column -> kind.equals(column.getString("kind")))
                .sorted(Comparator.comparingInt(column -> column.getInt("position")))
                .map(column -> new KeyColumn(
                        String.valueOf(column.getString("column_name")),
                        type(table, column),
                        "desc".equals(column.getString("clustering_order"))))
                .toList();
    }

    private DataType type(TableName table, Row column) {
        return CqlType.parse(
                String.valueOf(column.getString("type")), name -> type(table.keyspace(), name, new HashSet<>()));
    }
}
