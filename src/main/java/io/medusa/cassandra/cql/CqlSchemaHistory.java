package io.medusa.cassandra.cql;

import io.medusa.cassandra.SchemaHistory;
import io.medusa.cassandra.cql.SchemaStatement.Kind;
import io.medusa.model.TableName;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Compares schemas by their CQL, and asks the running node over CQL. */
public final class CqlSchemaHistory implements SchemaHistory {
    private static final Pattern GRACE =
            Pattern.compile("\\bgc_grace_seconds\\s*=\\s*(\\d{1,10})", Pattern.CASE_INSENSITIVE);

    private final CqlSettings settings;

    /** Nothing is connected before the first call. */
    public CqlSchemaHistory(CqlSettings settings) {
        this.settings = settings;
    }

    @Override
    public Map<String, Instant> truncations() {
        Map<String, Instant> truncations = new HashMap<>();
        try (CqlNode node = CqlNode.connect(settings)) {
            node
                    .query(
                            "SELECT truncated_at FROM system.local",
                            row -> Optional.ofNullable(row.getMap("truncated_at", UUID.class, ByteBuffer.class)))
                    .stream()
                    .flatMap(Optional::stream)
                    .forEach(tables -> tables.forEach((id, record) ->
                            truncations.put(id.toString().replace("-", ""), Instant.ofEpochMilli(lastLong(record)))));
        }
        return truncations;
    }

    /** A position in the commit log, of which nothing is needed, and the time in milliseconds. */
    private static long lastLong(ByteBuffer record) {
        return record.remaining() < Long.BYTES ? 0 : record.getLong(record.limit() - Long.BYTES);
    }

    @Override
    public List<String> dropped(String then, String now) {
        List<SchemaStatement> before = ofUsers(then);
        List<SchemaStatement> after = ofUsers(now);
        Set<String> present = after.stream().map(CqlSchemaHistory::words).collect(Collectors.toSet());
        Set<String> dropped = new TreeSet<>();
        for (SchemaStatement statement : before) {
            if (present.contains(words(statement))) {
                if (statement.kind() == Kind.TABLE) {
                    dropped.addAll(droppedColumns(statement, before, after));
                }
            } else if (present.contains("keyspace " + statement.keyspace())
                    ? !belongsTo(statement)
                            || present.contains("table " + statement.keyspace() + "." + statement.table())
                    : statement.kind() == Kind.KEYSPACE) {
                dropped.add(words(statement));
            }
        }
        return List.copyOf(dropped);
    }

    /** Whether it goes with its table, so that the table says it all. */
    private static boolean belongsTo(SchemaStatement statement) {
        return switch (statement.kind()) {
            case INDEX, TRIGGER, VIEW -> true;
            case KEYSPACE, TYPE, FUNCTION, AGGREGATE, TABLE, ALTER_TABLE -> false;
        };
    }

    private static List<SchemaStatement> ofUsers(String schema) {
        return CqlScript.statements(schema).stream()
                .flatMap(cql -> SchemaStatement.of(cql).stream())
                .filter(statement -> !statement.keyspace().equals("system")
                        && !statement.keyspace().startsWith("system_"))
                .toList();
    }

    private static String words(SchemaStatement statement) {
        String name = statement.keyspace() + "." + statement.name();
        return switch (statement.kind()) {
            case KEYSPACE -> "keyspace " + statement.keyspace();
            case TYPE -> "type " + name;
            case FUNCTION -> "function " + name;
            case AGGREGATE -> "aggregate " + name;
            case TABLE, ALTER_TABLE -> "table " + name;
            case INDEX -> "index " + name;
            case VIEW -> "materialized view " + name;
            case TRIGGER -> "trigger " + statement.name() + " on " + statement.keyspace() + "." + statement.table();
        };
    }

    private static List<String> droppedColumns(
            SchemaStatement table, List<SchemaStatement> before, List<SchemaStatement> after) {
        Set<String> now = columns(table, after);
        List<String> dropped = new ArrayList<>();
        for (String column : columns(table, before)) {
            if (!now.contains(column)) {
                dropped.add("column " + column + " of table " + table.keyspace() + "." + table.name());
            }
        }
        return dropped;
    }

    private static Set<String> columns(SchemaStatement table, List<SchemaStatement> schema) {
        List<SchemaStatement> own = schema.stream()
                .filter(statement -> statement.keyspace().equals(table.keyspace())
                        && statement.name().equals(table.name()))
                .toList();
        Set<String> columns = new HashSet<>();
        own.stream()
                .filter(statement -> statement.kind() == Kind.TABLE)
                .forEach(statement ->
                        columns.addAll(CreateTable.of(statement.cql()).columns().keySet()));
        own.stream()
                .filter(statement -> statement.kind() == Kind.ALTER_TABLE)
                .flatMap(statement -> CreateTable.alterations(statement.cql()).stream())
                .forEach(alteration -> {
                    if (alteration.drops()) {
                        columns.remove(alteration.column());
                    } else {
                        columns.add(alteration.column());
                    }
                });
        return columns;
    }

    @Override
    public Map<TableName, Duration> grace(String schema) {
        Map<TableName, Duration> grace = new HashMap<>();
        for (SchemaStatement statement : ofUsers(schema)) {
            Matcher seconds = GRACE.matcher(statement.cql());
            if (statement.kind() == Kind.TABLE && seconds.find()) {
                grace.put(
                        new TableName(statement.keyspace(), statement.name()),
                        Duration.ofSeconds(Long.parseLong(seconds.group(1))));
            }
        }
        return grace;
    }

    @Override
    public Set<TableName> counters(String schema) {
        return ofUsers(schema).stream()
                .filter(statement -> statement.kind() == Kind.TABLE
                        && CreateTable.of(statement.cql()).columns().values().stream()
                                .anyMatch(column -> column.type().equalsIgnoreCase("counter")))
                .map(statement -> new TableName(statement.keyspace(), statement.name()))
                .collect(Collectors.toSet());
    }
}
