package io.medusa.cassandra;

import io.medusa.error.MedusaException;
import io.medusa.model.TableName;
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
            schema.complete(afterDrops(steps), journal::write);
        } catch (MedusaException failed) {
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
        boolean isThere = schema.tables().stream()
                .anyMatch(table -> TableName.of(table).equals(drop.get().table()));
        return isThere ? steps.subList(0, at) : steps.subList(at + 1, steps.size());
    }

    /** Executes the steps in order. */
    public void apply(List<SchemaStep> steps) {
        if (!steps.isEmpty()) {
            journal.write(steps);
            schema.execute(steps, journal::write);
            journal.write(List.of());
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
        schema.execute(steps, journal::write);
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
