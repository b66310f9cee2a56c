package io.medusa.schema;

import io.medusa.model.SystemKeyspaces;
import io.medusa.schema.SchemaStatement.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Compares two schemas: the objects that one defines and a later one does not. */
final class DroppedObjects {
    private DroppedObjects() {}

    /** Each in a few words, such as {@code table shop.orders}, in alphabetical order; without system keyspaces. */
    static List<String> between(List<SchemaStatement> then, List<SchemaStatement> now) {
        List<SchemaStatement> before = ofUsers(then);
        List<SchemaStatement> after = ofUsers(now);
        Set<String> present = after.stream().map(DroppedObjects::words).collect(Collectors.toSet());
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

    /** Whether it was dropped with its table, so that naming the table is enough. */
    private static boolean belongsTo(SchemaStatement statement) {
        return switch (statement.kind()) {
            case INDEX, TRIGGER, VIEW -> true;
            case KEYSPACE, TYPE, FUNCTION, AGGREGATE, TABLE, ALTER_TABLE -> false;
        };
    }

    private static List<SchemaStatement> ofUsers(List<SchemaStatement> schema) {
        return schema.stream()
                .filter(statement -> !SystemKeyspaces.isSystem(statement.keyspace()))
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
}
