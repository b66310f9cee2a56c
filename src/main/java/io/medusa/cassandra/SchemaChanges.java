package io.medusa.cassandra;

import io.medusa.error.MedusaException;
import io.medusa.model.TableName;
import io.medusa.schema.Cql;
import io.medusa.schema.SchemaStatement;
import io.medusa.schema.SchemaStatement.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the schema in several steps without losing anything if the process dies between them: remaining steps are
 * journaled first, and executed by the next run. That run never drops a table.
 */
public final class SchemaChanges {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaChanges.class);
    private static final String DROP = "DROP TABLE ";

    private final CassandraSchema schema;
    private final SchemaJournal journal;
    private final List<SchemaStep> made = new ArrayList<>();
    private Optional<SchemaStep> refused = Optional.empty();

    /** Only one process at a time may use the journal. */
    public SchemaChanges(CassandraSchema schema, SchemaJournal journal) {
        this.schema = schema;
        this.journal = journal;
    }

    /** Executes the steps that an earlier run has left, or that were announced. */
    public void resume() {
        List<SchemaStep> steps = journal.read();
        if (steps.isEmpty()) {
            return;
        }
        LOG.info("Completing {} schema changes of a restore", steps.size());
        try {
            schema.complete(afterDrops(steps), new Journaled(false));
        } catch (MedusaException failed) {
            if (journal.read().isEmpty()) {
                throw failed;
            }
            throw new MedusaException(
                    failed.kind(),
                    failed.getMessage() + "; the statements that a restore has still to make are kept in " + journal
                            + ", and the next restore makes them",
                    failed);
        }
        journal.write(List.of());
    }

    /**
     * The remaining steps around the drop of a table: if it was dropped, the steps after that; if it still exists, only recreating
     * its views.
     */
    private List<SchemaStep> afterDrops(List<SchemaStep> steps) {
        Optional<SchemaStep> drop =
                steps.stream().filter(step -> step.cql().startsWith(DROP)).findFirst();
        if (drop.isEmpty()) {
            return steps;
        }
        int at = steps.indexOf(drop.get());
        return exists(drop.get().table()) ? steps.subList(0, at) : steps.subList(at + 1, steps.size());
    }

    /** Executes the steps in order. */
    public void apply(List<SchemaStep> steps) {
        if (!steps.isEmpty()) {
            journal.write(steps);
            refused = Optional.empty();
            schema.execute(steps, new Journaled(true));
            journal.write(List.of());
        }
    }

    /**
     * Whether the last {@link #apply} failed because others created a table that it was about to create. Then it has left nothing that
     * depends on that table.
     */
    public boolean wasOvertaken() {
        return refused.filter(step -> kind(step).equals(Optional.of(Kind.TABLE)))
                .map(SchemaStep::table)
                .filter(this::exists)
                .isPresent();
    }

    private boolean exists(TableName table) {
        return schema.tables().stream()
                .anyMatch(present -> TableName.of(present).equals(table));
    }

    /** The tables that were created by {@link #apply}, not by others. */
    public List<TableName> created() {
        return made.stream()
                .filter(step -> kind(step).equals(Optional.of(Kind.TABLE)))
                .map(SchemaStep::table)
                .toList();
    }

    /** The statements that remove those tables: their views first. */
    public List<String> removal() {
        List<TableName> tables = created();
        List<String> statements = new ArrayList<>();
        for (SchemaStep step : made) {
            SchemaStatement.of(step.cql())
                    .filter(statement -> statement.kind() == Kind.VIEW && tables.contains(step.table()))
                    .ifPresent(view -> statements.add(
                            "DROP MATERIALIZED VIEW " + Cql.quoted(new TableName(view.keyspace(), view.name()))));
        }
        tables.forEach(table -> statements.add(DROP + Cql.quoted(table)));
        return statements;
    }

    private static Optional<Kind> kind(SchemaStep step) {
        return SchemaStatement.of(step.cql()).map(SchemaStatement::kind);
    }

    /** Keeps the remaining steps in the journal. */
    private final class Journaled implements SchemaProgress {
        private final boolean executing;

        /** @param executing whether every step that is done was executed here */
        Journaled(boolean executing) {
            this.executing = executing;
        }

        @Override
        public void done(SchemaStep step, List<SchemaStep> remaining) {
            if (executing) {
                made.add(step);
            }
            journal.write(remaining);
        }

        @Override
        public void refused(SchemaStep step, List<SchemaStep> remaining) {
            refused = Optional.of(step);
            journal.write(
                    remaining.stream().filter(other -> !dependsOn(other, step)).toList());
        }

        /** Such a step would be refused as well, or is for the one who creates what it depends on. */
        private static boolean dependsOn(SchemaStep other, SchemaStep step) {
            Optional<Kind> kind = kind(step);
            return kind.equals(Optional.of(Kind.KEYSPACE))
                    ? other.table().keyspace().equals(step.table().keyspace())
                    : kind.equals(Optional.of(Kind.TABLE)) && other.table().equals(step.table());
        }
    }

    /**
     * Drops a table with its views and executes the steps that replace it.
     *
     * @param steps the new table with its views and indexes
     */
    public void replace(TableName table, List<SchemaStep> steps) {
        List<SchemaStep> all = new ArrayList<>(schema.views(table).values());
        all.add(new SchemaStep(table, Optional.empty(), DROP + table));
        all.addAll(steps);
        journal.write(all);
        schema.drop(table);
        journal.write(steps);
        schema.execute(steps, new Journaled(true));
        journal.write(List.of());
    }

    /**
     * Records that views of a table must be rebuilt from its rows, which {@link #resume} does.
     *
     * @param which of its views
     */
    public void announceBuilding(TableName table, Predicate<TableName> which) {
        List<SchemaStep> steps = new ArrayList<>(journal.read());
        schema.views(table).forEach((view, step) -> {
            if (which.test(view) && !steps.contains(step)) {
                steps.add(step);
            }
        });
        journal.write(steps);
    }
}
