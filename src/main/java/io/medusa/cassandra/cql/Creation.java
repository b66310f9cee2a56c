package io.medusa.cassandra.cql;

import io.medusa.cassandra.Fit;
import io.medusa.cassandra.SchemaFit;
import io.medusa.cassandra.SchemaStep;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.schema.BackupSchema;
import io.medusa.schema.Cql;
import io.medusa.schema.SchemaStatement;
import io.medusa.schema.SchemaStatement.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The statements that create tables of a backup, in executable order. */
final class Creation {
    private final BackupSchema then;
    private final Set<String> existing;
    private final Map<TableName, TableDirectory> directories = new HashMap<>();
    private final List<SchemaStep> steps = new ArrayList<>();

    /** @param existing the cluster's objects among those that are created only if missing, by {@link #key} */
    Creation(BackupSchema then, Set<String> existing) {
        this.then = then;
        this.existing = new HashSet<>(existing);
    }

    static String key(Kind kind, String keyspace, String name) {
        return kind + " " + keyspace + "." + name;
    }

    /** The statements for all these tables, views after tables. */
    List<SchemaStep> of(Collection<Fit> tables) {
        tables.stream().map(Fit::table).forEach(table -> directories.putIfAbsent(TableName.of(table), table));
        List<TableDirectory> views = new ArrayList<>();
        for (Fit fit : tables) {
            if (then.find(Kind.TABLE, fit.table()).isPresent()) {
                create(fit);
            } else if (then.find(Kind.VIEW, fit.table()).isPresent()) {
                views.add(fit.table());
            } else {
                throw new MedusaException(
                        FailureKind.BACKUP_DAMAGED,
                        "table " + fit.target() + " does not exist and the backup's schema does not define it");
            }
        }
        for (TableDirectory view : views) {
            SchemaStatement statement = then.find(Kind.VIEW, view).orElseThrow();
            addView(statement, new TableName(view.keyspace(), statement.table()), Optional.empty());
        }
        return List.copyOf(steps);
    }

    private void create(Fit fit) {
        TableName as = fit.target();
        boolean renamed = !as.equals(TableName.of(fit.table()));
        TableDirectory directory = fit.made();
        List<SchemaStatement> own = then.statements().stream()
                .filter(statement -> statement.keyspace().equals(fit.table().keyspace()))
                .filter(statement -> !renamed || isCopied(statement.kind()))
                .toList();
        for (SchemaStatement statement : own) {
            switch (statement.kind()) {
                case KEYSPACE, TYPE, FUNCTION, AGGREGATE -> {
                    if (addMissing(renamed ? statement.in(as) : statement, as, Optional.empty())) {
                        addComments(statement, as, renamed, Optional.empty());
                    }
                }
                default -> {}
            }
        }
        List<SchemaStatement> ofTable = own.stream()
                .filter(statement -> statement.table().equals(fit.table().table()))
                .map(statement -> renamed ? statement.in(as) : statement)
                .toList();
        for (SchemaStatement statement : ofTable) {
            switch (statement.kind()) {
                case TABLE -> {
                    String cql = renamed ? Cql.withoutId(statement.cql()) : statement.cql();
                    add(as, Optional.empty(), Cql.withId(cql, directory));
                }
                case ALTER_TABLE -> add(as, directory.id(), statement.cql());
                default -> {}
            }
        }
        steps.addAll(learning(as, directory.id(), (fit.exists() ? fit.created() : fit.present()).unknown()));
        then.find(Kind.TABLE, fit.table()).ifPresent(statement -> addComments(statement, as, renamed, directory.id()));
        for (SchemaStatement statement : ofTable) {
            switch (statement.kind()) {
                case INDEX, TRIGGER -> add(as, directory.id(), statement.cql());
                case VIEW -> addView(statement, as, directory.id());
                default -> {}
            }
        }
    }

    private static boolean isCopied(Kind kind) {
        return switch (kind) {
            case KEYSPACE, TYPE, TABLE, ALTER_TABLE, INDEX -> true;
            case FUNCTION, AGGREGATE, VIEW, TRIGGER -> false;
        };
    }

    private void addComments(SchemaStatement statement, TableName as, boolean renamed, Optional<String> id) {
        then.comments(statement).forEach(comment -> add(as, id, (renamed ? comment.in(as) : comment).cql()));
    }

    /** Whether it was missing. */
    private boolean addMissing(SchemaStatement statement, TableName table, Optional<String> id) {
        boolean missing = existing.add(key(statement.kind(), statement.keyspace(), statement.name()));
        if (missing) {
            add(table, id, statement.cql());
        }
        return missing;
    }

    /** A view that is restored gets the id it had, so that all nodes create the same one. */
    private void addView(SchemaStatement statement, TableName table, Optional<String> id) {
        if (existing.add(key(Kind.VIEW, statement.keyspace(), statement.name()))) {
            TableDirectory directory = directories.get(new TableName(statement.keyspace(), statement.name()));
            add(table, id, directory == null ? statement.cql() : Cql.viewWithId(statement.cql(), directory));
        }
    }

    private void add(TableName table, Optional<String> id, String cql) {
        steps.add(new SchemaStep(table, id, cql));
    }

    /** Registers dropped columns with a table: adds and drops each, with the original drop time if known. */
    static List<SchemaStep> learning(TableName table, Optional<String> id, List<SchemaFit.Unknown> columns) {
        List<SchemaStep> steps = new ArrayList<>();
        for (SchemaFit.Unknown column : columns) {
            String alter = "ALTER TABLE " + Cql.quoted(table);
            String name = Cql.quoted(column.name());
            steps.add(new SchemaStep(
                    table,
                    id,
                    alter + " ADD " + name + " " + column.type().cqlWithoutUserTypes()
                            + (column.isStatic() ? " static" : "")));
            steps.add(new SchemaStep(
                    table,
                    id,
                    alter + " DROP " + name
                            + (column.droppedMicros().isPresent()
                                    ? " USING TIMESTAMP "
                                            + column.droppedMicros().getAsLong()
                                    : "")));
        }
        return steps;
    }
}
