package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.cql.Row;
import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.Fit;
import io.medusa.cassandra.Fit.Incoming;
import io.medusa.cassandra.SchemaProgress;
import io.medusa.cassandra.SchemaStep;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.schema.BackupSchema;
import io.medusa.schema.Cql;
import io.medusa.schema.SchemaStatement.Kind;
import io.medusa.schema.TableDefinition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The schema over CQL; opens a session for each call, since the node restarts between them. */
public final class CqlSchema implements CassandraSchema {
    private static final Logger LOG = LoggerFactory.getLogger(CqlSchema.class);

    private static final String CERTIFICATES = "restore: certificates";

    private final CqlSettings settings;

    /** Does not connect before the first call. */
    public CqlSchema(CqlSettings settings) {
        this.settings = settings;
    }

    @Override
    public List<Check> checks() {
        return settings.certificates().stream()
                .map(files -> {
                    try {
                        return files.requireUsable()
                                .map(expired -> new Check(
                                        CERTIFICATES,
                                        Outcome.WARNING,
                                        "every certificate in " + files.ca().orElseThrow()
                                                + " has expired, the last on " + expired))
                                .orElseGet(() -> new Check(CERTIFICATES, Outcome.OK, files.options() + " are usable"));
                    } catch (MedusaException unusable) {
                        return new Check(CERTIFICATES, Outcome.FAILED, String.valueOf(unusable.getMessage()));
                    }
                })
                .toList();
    }

    @Override
    public Set<TableDirectory> tables() {
        try (CqlNode node = CqlNode.connect(settings)) {
            return tables(node);
        }
    }

    static Set<TableDirectory> tables(CqlNode node) {
        Set<TableDirectory> tables = new HashSet<>();
        node.query(
                        "SELECT keyspace_name, table_name, id FROM system_schema.tables",
                        row -> directory(row, "table_name"))
                .forEach(table -> table.ifPresent(tables::add));
        node.query("SELECT keyspace_name, view_name, id FROM system_schema.views", row -> directory(row, "view_name"))
                .forEach(view -> view.ifPresent(tables::add));
        return tables;
    }

    /** Empty for what is left of a row of a dropped table, such as a column that was written after the drop. */
    static Optional<TableDirectory> directory(Row row, String nameColumn) {
        return Optional.ofNullable(row.getUuid("id"))
                .map(id -> new TableDirectory(
                        String.valueOf(row.getString("keyspace_name")),
                        row.getString(nameColumn) + "-" + id.toString().replace("-", "")));
    }

    @Override
    public List<Fit> fits(BackupSchema schema, Collection<Incoming> incoming) {
        if (incoming.isEmpty()) {
            return List.of();
        }
        Set<String> keyspaces =
                incoming.stream().map(table -> table.target().keyspace()).collect(Collectors.toSet());
        try (CqlNode node = CqlNode.connect(settings)) {
            return new Fits(node, schema, new PresentSchema(node, keyspaces)).of(incoming);
        }
    }

    @Override
    public List<SchemaStep> creation(BackupSchema schema, Collection<Fit> tables) {
        if (tables.isEmpty()) {
            return List.of();
        }
        try (CqlNode node = CqlNode.connect(settings)) {
            Set<String> existing = existing(node);
            tables.stream().filter(Fit::exists).map(Fit::target).forEach(table -> {
                // they are dropped with it
                new PresentSchema(node, Set.of(table.keyspace()))
                        .viewsOn(table)
                        .forEach(view -> existing.remove(Creation.key(Kind.VIEW, table.keyspace(), view)));
            });
            return KnownOptions.of(node).fitted(new Creation(schema, existing).of(tables));
        }
    }

    @Override
    public List<SchemaStep> learning(Fit fit) {
        if (fit.present().unknown().isEmpty()) {
            return List.of();
        }
        try (CqlNode node = CqlNode.connect(settings)) {
            Optional<String> id = new PresentSchema(node, Set.of(fit.target().keyspace()))
                    .definition(fit.target())
                    .flatMap(TableDefinition::id);
            return Creation.learning(fit.target(), id, fit.present().unknown());
        }
    }

    @Override
    public Map<TableName, SchemaStep> views(TableName table) {
        try (CqlNode node = CqlNode.connect(settings)) {
            PresentSchema present = new PresentSchema(node, Set.of(table.keyspace()));
            Optional<String> id = present.definition(table).flatMap(TableDefinition::id);
            Map<TableName, SchemaStep> views = new TreeMap<>(Comparator.comparing(TableName::toString));
            for (String name : present.viewsOn(table)) {
                TableName view = new TableName(table.keyspace(), name);
                views.put(view, new SchemaStep(table, id, node.describe("MATERIALIZED VIEW " + Cql.quoted(view))));
            }
            return views;
        }
    }

    @Override
    public void execute(List<SchemaStep> steps, SchemaProgress progress) {
        if (!steps.isEmpty()) {
            try (CqlNode node = CqlNode.connect(settings)) {
                new StatementRunner(node).execute(steps, progress);
            }
        }
    }

    @Override
    public void complete(List<SchemaStep> steps, SchemaProgress progress) {
        if (!steps.isEmpty()) {
            try (CqlNode node = CqlNode.connect(settings)) {
                new StatementRunner(node).complete(steps, progress);
            }
        }
    }

    @Override
    public void drop(TableName table) {
        try (CqlNode node = CqlNode.connect(settings)) {
            new PresentSchema(node, Set.of(table.keyspace()))
                    .viewsOn(table)
                    .forEach(view -> node.execute(
                            "DROP MATERIALIZED VIEW " + Cql.quoted(new TableName(table.keyspace(), view))));
            node.execute("DROP TABLE " + Cql.quoted(table));
        }
    }

    @Override
    public void truncate(TableName table) {
        try (CqlNode node = CqlNode.connect(settings)) {
            node.execute("TRUNCATE TABLE " + Cql.quoted(table));
        }
    }

    @Override
    public int clusterSize() {
        try (CqlNode node = CqlNode.connect(settings)) {
            return 1 + Peers.of(node).size();
        }
    }

    @Override
    public Optional<Boolean> isAutoSnapshot() {
        try (CqlNode node = CqlNode.connect(settings)) {
            return node
                    .query(
                            "SELECT value FROM system_views.settings WHERE name = 'auto_snapshot'",
                            row -> Boolean.parseBoolean(row.getString("value")))
                    .stream()
                    .findFirst();
        } catch (MedusaException untold) {
            LOG.debug("The node does not tell its setting of auto_snapshot", untold);
            return Optional.empty();
        }
    }

    @Override
    public boolean isView(TableName name) {
        try (CqlNode node = CqlNode.connect(settings)) {
            return !node.query(
                            "SELECT view_name FROM system_schema.views WHERE keyspace_name = '" + name.keyspace()
                                    + "' AND view_name = '" + name.table() + "'",
                            Row::getColumnDefinitions)
                    .isEmpty();
        }
    }

    @Override
    public Map<String, Set<String>> indexesBuiltOnce() {
        Map<String, Set<String>> indexes = new HashMap<>();
        try (CqlNode node = CqlNode.connect(settings)) {
            for (Row row : node.query(
                    "SELECT keyspace_name, table_name, index_name, options FROM system_schema.indexes",
                    Function.identity())) {
                Map<String, String> options = row.getMap("options", String.class, String.class);
                String keyspace = String.valueOf(row.getString("keyspace_name"));
                if (BackupSchema.isBuiltOnce(keyspace, options == null ? "" : options.getOrDefault("class_name", ""))) {
                    indexes.computeIfAbsent(keyspace + "." + row.getString("table_name"), absent -> new HashSet<>())
                            .add(String.valueOf(row.getString("index_name")));
                }
            }
        }
        return indexes;
    }

    @Override
    public Answer query(String cql) {
        try (CqlNode node = CqlNode.connect(settings)) {
            List<Row> rows = node.query(cql, Function.identity());
            return new Answer(rows.size(), rows.isEmpty() ? "" : text(rows.get(0)));
        }
    }

    private static String text(Row row) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            Object value = row.getObject(i);
            values.add(value == null ? "None" : value.toString());
        }
        return String.join(",", values);
    }

    /** The existing objects among those that are created only if missing. */
    private static Set<String> existing(CqlNode node) {
        Set<String> existing = new HashSet<>(node.query(
                "SELECT keyspace_name FROM system_schema.keyspaces",
                row -> Creation.key(
                        Kind.KEYSPACE, String.valueOf(row.getString(0)), String.valueOf(row.getString(0)))));
        Map.of(Kind.TYPE, "type", Kind.FUNCTION, "function", Kind.AGGREGATE, "aggregate", Kind.VIEW, "view")
                .forEach((kind, word) -> existing.addAll(node.query(
                        "SELECT keyspace_name, " + word + "_name FROM system_schema." + word + "s",
                        row -> Creation.key(
                                kind, String.valueOf(row.getString(0)), String.valueOf(row.getString(1))))));
        return existing;
    }
}
