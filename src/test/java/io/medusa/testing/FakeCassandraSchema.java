package io.medusa.testing;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.Fit;
import io.medusa.cassandra.SchemaFit;
import io.medusa.cassandra.SchemaProgress;
import io.medusa.cassandra.SchemaStep;
import io.medusa.model.Check;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.schema.BackupSchema;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The schema of a node of its own that has these tables as they were, and changes nothing: whatever comes fits. */
public class FakeCassandraSchema implements CassandraSchema {
    final Set<TableDirectory> tables;

    public FakeCassandraSchema(TableDirectory... tables) {
        this.tables = new HashSet<>(Set.of(tables));
    }

    @Override
    public Set<TableDirectory> tables() {
        return Set.copyOf(tables);
    }

    @Override
    public List<Fit> fits(BackupSchema schema, Collection<Fit.Incoming> incoming) {
        return incoming.stream()
                .map(one -> new Fit(
                        one.table(),
                        one.target(),
                        one.made(),
                        tables.stream().anyMatch(table -> TableName.of(table).equals(one.target())),
                        SchemaFit.Result.NONE,
                        SchemaFit.Result.NONE,
                        List.of()))
                .toList();
    }

    @Override
    public List<SchemaStep> creation(BackupSchema schema, Collection<Fit> missing) {
        return List.of();
    }

    @Override
    public List<SchemaStep> learning(Fit fit) {
        return List.of();
    }

    @Override
    public Map<TableName, SchemaStep> views(TableName table) {
        return Map.of();
    }

    @Override
    public void execute(List<SchemaStep> steps, SchemaProgress progress) {
        if (!steps.isEmpty()) {
            throw new AssertionError("changes the schema by " + steps);
        }
    }

    @Override
    public void complete(List<SchemaStep> steps, SchemaProgress progress) {
        execute(steps, progress);
    }

    @Override
    public void drop(TableName table) {
        throw new AssertionError("drops " + table);
    }

    @Override
    public void truncate(TableName table) {
        throw new AssertionError("truncates " + table);
    }

    @Override
    public List<Check> checks() {
        return List.of();
    }

    @Override
    public int clusterSize() {
        return 1;
    }

    @Override
    public Optional<Boolean> isAutoSnapshot() {
        return Optional.of(true);
    }

    @Override
    public boolean isView(TableName name) {
        return false;
    }

    @Override
    public Map<String, Set<String>> indexesBuiltOnce() {
        return Map.of();
    }

    @Override
    public Answer query(String cql) {
        throw new AssertionError("asks " + cql);
    }
}
