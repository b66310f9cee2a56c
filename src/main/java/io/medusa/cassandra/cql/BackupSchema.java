package io.medusa.cassandra.cql;

import io.medusa.cassandra.DataType;
import io.medusa.cassandra.TableDefinition;
import io.medusa.cassandra.TableDefinition.KeyColumn;
import io.medusa.cassandra.cql.SchemaStatement.Kind;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The schema that a backup keeps as CQL. */
final class BackupSchema {
    private final List<SchemaStatement> statements;

    BackupSchema(String text) {
        this.statements = CqlScript.statements(text).stream()
                .flatMap(cql -> SchemaStatement.of(cql).stream())
                .toList();
    }

    /** Tables of compact storage are told in comments only. */
    static boolean isInComment(String schema, TableDirectory table) {
        return Pattern.compile("(?i)CREATE\\s+TABLE\\s+(IF\\s+NOT\\s+EXISTS\\s+)?\"?" + Pattern.quote(table.keyspace())
                        + "\"?\\.\"?" + Pattern.quote(table.table()) + "\"?\\s*\\(")
                .matcher(schema)
                .find();
    }

    List<SchemaStatement> statements() {
        return statements;
    }

    Optional<SchemaStatement> find(Kind kind, TableDirectory table) {
        return statements.stream()
                .filter(statement -> statement.kind() == kind
                        && statement.keyspace().equals(table.keyspace())
                        && statement.name().equals(table.table()))
                .findFirst();
    }

    /**
     * The table as it was; not a view.
     *
     * @throws IllegalArgumentException if its columns cannot be read
     */
    Optional<TableDefinition> definition(TableDirectory table) {
        return definition(table, TableName.of(table), (keyspace, type) -> null);
    }

    /**
     * The table as this schema makes it in a cluster.
     *
     * @param as the name that it gets
     * @param present the types that the cluster has, which stay as they are; by keyspace and name
     * @throws IllegalArgumentException if its columns cannot be read
     */
    Optional<TableDefinition> definition(
            TableDirectory table, TableName as, BiFunction<String, String, @Nullable DataType> present) {
        return find(Kind.TABLE, table).map(create -> {
            Function<String, @Nullable DataType> types = new Types(table.keyspace(), as.keyspace(), present);
            return define(CreateTable.of(create.cql()), table, as, name -> DataType.ofCql(name, types));
        });
    }

    private TableDefinition define(
            CreateTable create, TableDirectory table, TableName as, Function<String, DataType> typeOf) {
        Map<String, CreateTable.Column> columns = new LinkedHashMap<>(create.columns());
        Map<String, Long> dropped = new LinkedHashMap<>();
        for (SchemaStatement statement : statements) {
            if (statement.kind() == Kind.ALTER_TABLE
                    && statement.keyspace().equals(table.keyspace())
                    && statement.table().equals(table.table())) {
                for (CreateTable.Alteration change : CreateTable.alterations(statement.cql())) {
                    CreateTable.Column before = columns.remove(change.column());
                    if (!change.drops()) {
                        columns.put(change.column(), change.added());
                    } else if (before != null) {
                        dropped.put(change.column(), change.micros());
                    }
                }
            }
        }
        if (!columns.keySet().containsAll(create.partitionKey())
                || !columns.keySet().containsAll(create.clustering())
                || create.partitionKey().isEmpty()) {
            throw new IllegalArgumentException("its primary key names no columns");
        }
        List<KeyColumn> clustering = new ArrayList<>();
        Function<String, DataType> typeOfColumn =
                name -> typeOf.apply(Objects.requireNonNull(columns.get(name)).type());
        create.clustering()
                .forEach(name -> clustering.add(new KeyColumn(
                        name, typeOfColumn.apply(name), create.descending().contains(name))));
        List<KeyColumn> key = create.partitionKey().stream()
                .map(name -> new KeyColumn(name, typeOfColumn.apply(name), false))
                .toList();
        create.partitionKey().forEach(columns::remove);
        create.clustering().forEach(columns::remove);
        Map<String, DataType> statics = new LinkedHashMap<>();
        Map<String, DataType> regulars = new LinkedHashMap<>();
        columns.forEach(
                (name, column) -> (column.isStatic() ? statics : regulars).put(name, typeOf.apply(column.type())));
        if (create.compact()) {
            compact(clustering, statics, regulars);
        }
        return new TableDefinition(as, table.id(), "", key, clustering, statics, regulars, dropped, create.compact());
    }

    /** What Cassandra makes of a table of compact storage beneath its CQL. */
    private static void compact(
            List<KeyColumn> clustering, Map<String, DataType> statics, Map<String, DataType> regulars) {
        if (clustering.isEmpty()) {
            statics.putAll(regulars);
            regulars.clear();
            clustering.add(new KeyColumn("column1", DataType.of("text"), false));
            boolean counters = statics.containsValue(DataType.of("counter"));
            regulars.put("value", DataType.of(counters ? "counter" : "blob"));
        } else if (regulars.isEmpty()) {
            regulars.put("value", DataType.of("empty"));
        }
    }

    /** The user types that the table's columns will have. */
    private final class Types implements Function<String, @Nullable DataType> {
        private final String keyspace;
        private final String as;
        private final BiFunction<String, String, @Nullable DataType> present;
        private final Set<String> open = new HashSet<>();

        Types(String keyspace, String as, BiFunction<String, String, @Nullable DataType> present) {
            this.keyspace = keyspace;
            this.as = as;
            this.present = present;
        }

        @Override
        public @Nullable DataType apply(String name) {
            DataType there = present.apply(as, name);
            if (there != null) {
                return there;
            }
            Optional<SchemaStatement> statement = statements.stream()
                    .filter(type -> type.kind() == Kind.TYPE
                            && type.keyspace().equals(keyspace)
                            && type.name().equals(name))
                    .findFirst();
            if (statement.isEmpty() || !open.add(name)) {
                return null;
            }
            List<String> fields = new ArrayList<>();
            List<DataType> parts = new ArrayList<>();
            CreateTable.of(statement.get().cql()).columns().forEach((field, column) -> {
                fields.add(field);
                parts.add(DataType.ofCql(column.type(), this).freeze());
            });
            open.remove(name);
            return new DataType(name, parts, fields, false);
        }
    }
}
