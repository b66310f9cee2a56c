package io.medusa.testing;

import io.medusa.cassandra.Fit;
import io.medusa.cassandra.SchemaFit;
import io.medusa.cassandra.SchemaProgress;
import io.medusa.cassandra.SchemaStep;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.schema.BackupSchema;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A schema in which tables are created, each with an index and a view, by this program and by others. */
public final class ChangingCassandraSchema extends FakeCassandraSchema {
    private final Map<TableName, TableDirectory> made = new HashMap<>();
    private final List<String> executed = new ArrayList<>();
    private Runnable beforeNext = () -> {};
    private Optional<String> misfit = Optional.empty();

    public ChangingCassandraSchema(TableDirectory... tables) {
        super(tables);
    }

    /** Somebody else creates that table. */
    public void create(TableDirectory table) {
        tables.add(table);
    }

    /** Somebody else drops that table. */
    public void drop(TableDirectory table) {
        tables.remove(table);
    }

    /** Present tables no longer take the SSTables. */
    public void alter(String why) {
        misfit = Optional.of(why);
    }

    /** What happens just before the next statement. */
    public void beforeNext(Runnable then) {
        beforeNext = then;
    }

    /** The statements that were executed, without those that were refused. */
    public List<String> executed() {
        return executed;
    }

    @Override
    public List<Fit> fits(BackupSchema schema, Collection<Fit.Incoming> incoming) {
        return super.fits(schema, incoming).stream()
                .map(fit -> fit.exists() && misfit.isPresent()
                        ? new Fit(
                                fit.table(),
                                fit.target(),
                                fit.made(),
                                true,
                                SchemaFit.Result.misfit(misfit.get()),
                                SchemaFit.Result.NONE,
                                List.of())
                        : fit)
                .toList();
    }

    @Override
    public List<SchemaStep> creation(BackupSchema schema, Collection<Fit> missing) {
        List<SchemaStep> steps = new ArrayList<>();
        for (Fit fit : missing) {
            made.put(fit.target(), fit.made());
            Optional<String> id = fit.made().id();
            String name = fit.target().toString();
            steps.add(new SchemaStep(fit.target(), Optional.empty(), "CREATE TABLE " + name + " (id int PRIMARY KEY)"));
            steps.add(new SchemaStep(fit.target(), id, "CREATE INDEX i ON " + name + " (id)"));
            steps.add(new SchemaStep(
                    fit.target(),
                    id,
                    "CREATE MATERIALIZED VIEW " + name + "_v AS SELECT * FROM " + name + " PRIMARY KEY (id)"));
        }
        return steps;
    }

    @Override
    public void execute(List<SchemaStep> steps, SchemaProgress progress) {
        for (int i = 0; i < steps.size(); i++) {
            Runnable before = beforeNext;
            beforeNext = () -> {};
            before.run();
            SchemaStep step = steps.get(i);
            List<SchemaStep> rest = steps.subList(i + 1, steps.size());
            if (step.cql().startsWith("CREATE TABLE")) {
                if (tables.stream().anyMatch(table -> TableName.of(table).equals(step.table()))) {
                    progress.refused(step, rest);
                    throw new MedusaException(FailureKind.CASSANDRA_FAILED, "table exists: " + step.table());
                }
                tables.add(made.get(step.table()));
            }
            executed.add(step.cql());
            progress.done(step, rest);
        }
    }
}
