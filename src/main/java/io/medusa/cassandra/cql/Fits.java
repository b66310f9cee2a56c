package io.medusa.cassandra.cql;

import io.medusa.cassandra.Fit;
import io.medusa.cassandra.Fit.Incoming;
import io.medusa.cassandra.Fit.Younger;
import io.medusa.cassandra.SchemaFit;
import io.medusa.cassandra.SchemaFit.Result;
import io.medusa.cassandra.SchemaStep;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableName;
import io.medusa.schema.BackupSchema;
import io.medusa.schema.Cql;
import io.medusa.schema.DataType;
import io.medusa.schema.SchemaStatement.Kind;
import io.medusa.schema.TableDefinition;
import io.medusa.schema.TableDefinition.KeyColumn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Compares tables of a backup with those of the cluster, or with those that its schema would create there. */
final class Fits {

    private final CqlNode node;
    private final BackupSchema then;
    private final PresentSchema present;

    Fits(CqlNode node, BackupSchema then, PresentSchema present) {
        this.node = node;
        this.then = then;
        this.present = present;
    }

    List<Fit> of(Collection<Incoming> tables) {
        return tables.stream().map(this::of).toList();
    }

    private Fit of(Incoming incoming) {
        Optional<TableDefinition> now = present.definition(incoming.target());
        if (now.isEmpty()) {
            return new Fit(
                    incoming.table(),
                    incoming.target(),
                    incoming.made(),
                    false,
                    created(incoming),
                    Result.NONE,
                    List.of());
        }
        boolean sameTable = now.get().id().equals(incoming.table().id());
        Result result = learnable(
                SchemaFit.compare(
                        incoming.sstables(), now.get(), then.readable(incoming.table()), sameTable, incoming.taken()),
                now.get(),
                !present.viewsOn(incoming.target()).isEmpty());
        return result.misfit().isEmpty()
                ? new Fit(incoming.table(), incoming.target(), incoming.made(), true, result, Result.NONE, List.of())
                : new Fit(
                        incoming.table(),
                        incoming.target(),
                        incoming.made(),
                        true,
                        result,
                        created(incoming),
                        younger(incoming));
    }

    /** Compares with the table that the backup's schema would create here with the present types. */
    private Result created(Incoming incoming) {
        if (then.find(Kind.VIEW, incoming.table()).isPresent()) {
            return Result.NONE;
        }
        try {
            return definition(incoming)
                    .map(made -> learnable(
                            SchemaFit.compare(
                                    incoming.sstables(),
                                    made,
                                    then.readable(incoming.table()),
                                    false,
                                    incoming.taken()),
                            made,
                            false))
                    .orElse(Result.misfit("the backup's schema does not define it"));
        } catch (IllegalArgumentException unreadable) {
            return Result.misfit("the backup's schema does not define it well: " + unreadable.getMessage());
        }
    }

    private Optional<TableDefinition> definition(Incoming incoming) {
        return then.definition(incoming.table(), incoming.target(), present::type);
    }

    /** The result, or why the dropped columns cannot be registered with the table. */
    private static Result learnable(Result result, TableDefinition table, boolean hasViews) {
        if (result.unknown().isEmpty()) {
            return result;
        }
        String columns = "its SSTables have columns that were dropped before the backup ("
                + String.join(
                        ", ",
                        result.unknown().stream()
                                .map(column -> column.name() + " " + column.type())
                                .toList())
                + "), which the table must be told of, and ";
        if (hasViews) {
            return Result.misfit(columns + "Cassandra refuses that while it has materialized views");
        }
        if (table.compact()) {
            return Result.misfit(columns + "Cassandra refuses that for compact storage");
        }
        if (SystemKeyspaces.isSystem(table.name().keyspace())) {
            return Result.misfit(columns + "tables of Cassandra's own cannot be altered");
        }
        boolean counts = columns(table).containsValue(DataType.of("counter"));
        if (result.unknown().stream().anyMatch(column -> counts != column.type().equals(DataType.of("counter")))) {
            return Result.misfit(columns + "Cassandra refuses to mix counters and other columns");
        }
        return result.unknown().stream().anyMatch(column -> column.type().cqlWithoutUserTypes() == null)
                ? Result.misfit(columns + "a type of them cannot be written without its user type")
                : result;
    }

    /** Views and indexes that would be dropped with the present table. */
    private List<Younger> younger(Incoming incoming) {
        Map<String, DataType> columns = new HashMap<>();
        try {
            definition(incoming).ifPresent(made -> columns.putAll(columns(made)));
        } catch (IllegalArgumentException unreadable) {
            // then it will not be created, either
            return List.of();
        }
        TableName table = incoming.target();
        List<Younger> younger = new ArrayList<>();
        for (String name : present.viewsOn(table)) {
            if (isNew(Kind.VIEW, table, name)) {
                TableName view = new TableName(table.keyspace(), name);
                Map<String, DataType> needed =
                        present.definition(view).map(Fits::columns).orElse(Map.of());
                younger.add(new Younger(
                        "view " + view,
                        step(incoming, "MATERIALIZED VIEW " + Cql.quoted(view)),
                        needed.entrySet().stream()
                                .filter(column -> !column.getValue().equals(columns.get(column.getKey())))
                                .map(Map.Entry::getKey)
                                .toList()));
            }
        }
        present.indexesOn(table).forEach((name, column) -> {
            if (isNew(Kind.INDEX, table, name)) {
                younger.add(new Younger(
                        "index " + table.keyspace() + "." + name,
                        step(incoming, "INDEX " + Cql.quoted(table.keyspace()) + "." + Cql.quoted(name)),
                        columns.containsKey(column) ? List.of() : List.of(column)));
            }
        });
        return List.copyOf(younger);
    }

    private SchemaStep step(Incoming incoming, String what) {
        return new SchemaStep(incoming.target(), incoming.table().id(), node.describe(what));
    }

    private boolean isNew(Kind kind, TableName table, String name) {
        return then.statements().stream()
                .noneMatch(statement -> statement.kind() == kind
                        && statement.keyspace().equals(table.keyspace())
                        && statement.name().equals(name));
    }

    private static Map<String, DataType> columns(TableDefinition table) {
        Map<String, DataType> columns = new HashMap<>(table.statics());
        columns.putAll(table.regulars());
        for (List<KeyColumn> key : List.of(table.key(), table.clustering())) {
            key.forEach(column -> columns.put(column.name(), column.type()));
        }
        return columns;
    }
}
