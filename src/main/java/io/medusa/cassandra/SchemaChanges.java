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
 * Changes the schema in several steps, so that a run that dies between two of them loses nothing: what is still to be made is
 * written down first, and made by the next run. That run never drops a table.
 */
public final class SchemaChanges {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaChanges.class);
    private static final String DROP = "DROP TABLE ";

    private final CassandraSchema schema;
    private final SchemaJournal journal;

    /** One at a time may use the journal. */
    public SchemaChanges(CassandraSchema schema, SchemaJournal journal) {
        this.schema = schema;
        this.journal = journal;
    }

    /** Makes the steps that an earlier run has left, or that were announced. */
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
     * What is left to do around the drop of a table: if it was dropped, what follows on it; if it still is there, only the views
     * come back that it had.
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

    /** Makes them in order. */
    public void apply(List<SchemaStep> steps) {
        if (!steps.isEmpty()) {
            journal.write(steps);
            schema.execute(steps, journal::write);
            journal.write(List.of());
        }
    }

    /**
     * Drops a table with its views and makes what takes its place.
     *
     * @param steps the new table, and what is on it
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
     * Writes down that views of a table are to be built anew from its rows, which {@link #resume} does.
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
