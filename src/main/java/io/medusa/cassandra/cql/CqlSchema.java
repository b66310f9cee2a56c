package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.cql.Row;
import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.Fit;
import io.medusa.cassandra.Fit.Incoming;
import io.medusa.cassandra.SchemaStep;
import io.medusa.cassandra.TableDefinition;
import io.medusa.cassandra.cql.SchemaStatement.Kind;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Replication;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import java.time.Duration;
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
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The schema over CQL; one session for each call, since a restart lies between them. */
public final class CqlSchema implements CassandraSchema {
    private static final Logger LOG = LoggerFactory.getLogger(CqlSchema.class);

    private static final Pattern INDEX_CLASS = Pattern.compile("(?is)\\sUSING\\s+'([^']+)'");

    private static final Duration BUILD_AT_MOST = Duration.ofMinutes(10);

    private final CqlSettings settings;

    /** Nothing is connected before the first call. */
    public CqlSchema(CqlSettings settings) {
        this.settings = settings;
    }

    @Override
    public Set<TableDirectory> tables() {
        try (CqlNode node = CqlNode.connect(settings)) {
            return tables(node);
        }
    }

    static Set<TableDirectory> tables(CqlNode node) {
        Set<TableDirectory> tables = new HashSet<>(node.query(
                "SELECT keyspace_name, table_name, id FROM system_schema.tables", row -> directory(row, "table_name")));
        tables.addAll(node.query(
                "SELECT keyspace_name, view_name, id FROM system_schema.views", row -> directory(row, "view_name")));
        return tables;
    }

    private static TableDirectory directory(Row row, String nameColumn) {
        return new TableDirectory(
                String.valueOf(row.getString("keyspace_name")),
                row.getString(nameColumn) + "-"
                        + String.valueOf(row.getUuid("id")).replace("-", ""));
    }

    @Override
    public List<Fit> fits(String schema, Collection<Incoming> incoming) {
        if (incoming.isEmpty()) {
            return List.of();
        }
        BackupSchema then = new BackupSchema(schema);
        Set<String> keyspaces =
                incoming.stream().map(table -> table.target().keyspace()).collect(Collectors.toSet());
        try (CqlNode node = CqlNode.connect(settings)) {
            return new Fits(node, then, new PresentSchema(node, keyspaces)).of(incoming);
        }
    }

    @Override
    public List<Fit> fitsThen(String schema, Collection<Incoming> incoming) {
        BackupSchema then = new BackupSchema(schema);
        return incoming.stream().map(table -> Fits.withItself(then, table)).toList();
    }

    @Override
    public List<TableDirectory> undefined(String schema, Collection<TableDirectory> tables) {
        BackupSchema then = new BackupSchema(schema);
        return tables.stream()
                .filter(table -> then.find(Kind.TABLE, table).isEmpty()
                        && then.find(Kind.VIEW, table).isEmpty()
                        && !BackupSchema.isInComment(schema, table))
                .toList();
    }

    @Override
    public List<SchemaStep> creation(String schema, Collection<Fit> tables) {
        if (tables.isEmpty()) {
            return List.of();
        }
        try (CqlNode node = CqlNode.connect(settings)) {
            Set<String> existing = existing(node);
            tables.stream().filter(Fit::exists).map(Fit::target).forEach(table -> {
                // they go with it
                new PresentSchema(node, Set.of(table.keyspace()))
                        .viewsOn(table)
                        .forEach(view -> existing.remove(Creation.key(Kind.VIEW, table.keyspace(), view)));
            });
            return new Creation(new BackupSchema(schema), existing).of(tables);
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
                views.put(view, new SchemaStep(table, id, describe(node, "MATERIALIZED VIEW " + quoted(view))));
            }
            return views;
        }
    }

    /** What creates it, as it is. */
    static String describe(CqlNode node, String what) {
        String described = node.query("DESCRIBE " + what, row -> String.valueOf(row.getString("create_statement")))
                .get(0);
        return CqlScript.statements(described).get(0);
    }

    @Override
    public void execute(List<SchemaStep> steps, Consumer<List<SchemaStep>> remaining) {
        if (steps.isEmpty()) {
            return;
        }
        try (CqlNode node = CqlNode.connect(settings)) {
            for (int i = 0; i < steps.size(); i++) {
                List<SchemaStep> rest = steps.subList(i + 1, steps.size());
                say(steps.get(i));
                run(node, steps.get(i), rest, remaining);
                remaining.accept(rest);
            }
        }
    }

    private static void say(SchemaStep step) {
        SchemaStatement.of(step.cql()).ifPresent(statement -> {
            switch (statement.kind()) {
                case KEYSPACE -> LOG.info("Creating keyspace {}, which does not exist", statement.keyspace());
                case TABLE -> LOG.info("Creating table {} as it was", step.table());
                case VIEW -> LOG.info("Creating view {}.{}", statement.keyspace(), statement.name());
                case ALTER_TABLE -> LOG.info("Altering table {}: {}", step.table(), step.cql());
                default -> LOG.debug("{}", step.cql());
            }
        });
    }

    /** What Cassandra refuses now it would refuse again; it must not be in the way of every later restore. */
    private static void run(
            CqlNode node, SchemaStep step, List<SchemaStep> rest, Consumer<List<SchemaStep>> remaining) {
        try {
            node.execute(step.cql());
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.CASSANDRA_FAILED) {
                LOG.error("Cassandra refuses this statement, which is not tried again: {}", step.cql());
                remaining.accept(rest);
            }
            throw failed;
        }
    }

    @Override
    public void complete(List<SchemaStep> steps, Consumer<List<SchemaStep>> remaining) {
        if (steps.isEmpty()) {
            return;
        }
        try (CqlNode node = CqlNode.connect(settings)) {
            for (int i = 0; i < steps.size(); i++) {
                List<SchemaStep> rest = steps.subList(i + 1, steps.size());
                complete(node, steps.get(i), rest, remaining);
                remaining.accept(rest);
            }
        }
    }

    private static void complete(
            CqlNode node, SchemaStep step, List<SchemaStep> rest, Consumer<List<SchemaStep>> remaining) {
        Optional<TableDefinition> table =
                new PresentSchema(node, Set.of(step.table().keyspace())).definition(step.table());
        Optional<SchemaStatement> statement =
                SchemaStatement.of(step.cql()).filter(known -> isStillToBeMade(known, step, table));
        if (statement.isEmpty()) {
            return;
        }
        if (statement.get().kind() != Kind.VIEW) {
            say(step);
            run(node, new SchemaStep(step.table(), step.id(), ifNotExists(step.cql())), rest, remaining);
            return;
        }
        TableName view =
                new TableName(statement.get().keyspace(), statement.get().name());
        LOG.info("Building view {} from its table", view);
        node.execute("DROP MATERIALIZED VIEW IF EXISTS " + quoted(view));
        run(node, step, rest, remaining);
        awaitBuilt(node, view);
    }

    private static boolean isStillToBeMade(
            SchemaStatement statement, SchemaStep step, Optional<TableDefinition> table) {
        boolean isOfTable = table.isPresent()
                && (step.id().isEmpty() || step.id().equals(table.get().id()));
        return switch (statement.kind()) {
            case KEYSPACE, TYPE, FUNCTION, AGGREGATE -> true;
            case TABLE -> table.isEmpty();
            case INDEX, TRIGGER, VIEW -> isOfTable;
            case ALTER_TABLE ->
                isOfTable
                        && CreateTable.alterations(step.cql()).stream()
                                .allMatch(change -> isStillToBeMade(change, table.get()));
        };
    }

    private static boolean isStillToBeMade(CreateTable.Alteration change, TableDefinition table) {
        return change.drops()
                ? table.has(change.column()) && !table.dropped().containsKey(change.column())
                : !table.has(change.column());
    }

    static String ifNotExists(String create) {
        return create.replaceFirst(
                "(?i)^(\\s*CREATE\\s+(?:CUSTOM\\s+)?(?:KEYSPACE|TYPE|TABLE|FUNCTION|AGGREGATE|INDEX|TRIGGER)\\s+)(?!IF\\s)",
                "$1IF NOT EXISTS ");
    }

    @Override
    public Set<String> viewsOf(String schema, Collection<String> tables) {
        return new BackupSchema(schema)
                .statements().stream()
                        .filter(statement -> statement.kind() == Kind.VIEW
                                && tables.contains(statement.keyspace() + "." + statement.table()))
                        .map(statement -> statement.keyspace() + "." + statement.name())
                        .collect(Collectors.toSet());
    }

    /** The statement without an id, so that the table gets a fresh one. */
    static String withoutId(String createTable) {
        int end = CreateTable.endOfColumns(createTable);
        String options = createTable
                .substring(end)
                .replaceFirst("(?i)WITH\\s+ID\\s*=\\s*[-0-9a-f]+\\s+AND\\s", "WITH ")
                .replaceFirst("(?i)\\s+AND\\s+ID\\s*=\\s*[-0-9a-f]+", "")
                .replaceFirst("(?i)\\s*WITH\\s+ID\\s*=\\s*[-0-9a-f]+\\s*$", "");
        return createTable.substring(0, end) + options;
    }

    @Override
    public void drop(TableName table) {
        try (CqlNode node = CqlNode.connect(settings)) {
            new PresentSchema(node, Set.of(table.keyspace()))
                    .viewsOn(table)
                    .forEach(view ->
                            node.execute("DROP MATERIALIZED VIEW " + quoted(new TableName(table.keyspace(), view))));
            node.execute("DROP TABLE " + quoted(table));
        }
    }

    @Override
    public Map<String, Replication> replications(String schema) {
        return SchemaReplication.read(schema);
    }

    @Override
    public String withReplications(String schema, Map<String, Replication> keyspaces) {
        return SchemaReplication.replaced(schema, keyspaces);
    }

    @Override
    public void truncate(TableName table) {
        try (CqlNode node = CqlNode.connect(settings)) {
            node.execute("TRUNCATE TABLE " + quoted(table));
        }
    }

    @Override
    public int clusterSize() {
        try (CqlNode node = CqlNode.connect(settings)) {
            return 1
                    + node.query("SELECT peer FROM system.peers_v2", Row::getColumnDefinitions)
                            .size();
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

    private static void awaitBuilt(CqlNode node, TableName view) {
        long end = System.nanoTime() + BUILD_AT_MOST.toNanos();
        String built = "SELECT view_name FROM system.built_views WHERE keyspace_name = '" + view.keyspace()
                + "' AND view_name = '" + view.table() + "'";
        while (node.query(built, Row::getColumnDefinitions).isEmpty()) {
            if (System.nanoTime() > end) {
                LOG.warn("View {} is still being built; Cassandra goes on with it", view);
                return;
            }
            Failures.pause(Duration.ofMillis(200));
        }
    }

    @Override
    public Optional<TableName> baseOfView(String schema, TableName view) {
        return new BackupSchema(schema)
                .statements().stream()
                        .filter(statement -> statement.kind() == Kind.VIEW
                                && statement.keyspace().equals(view.keyspace())
                                && statement.name().equals(view.table()))
                        .map(statement -> new TableName(statement.keyspace(), statement.table()))
                        .findFirst();
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

    static String quoted(TableName table) {
        return quoted(table.keyspace()) + "." + quoted(table.table());
    }

    static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    @Override
    public Map<String, Set<String>> indexesBuiltOnce() {
        Map<String, Set<String>> indexes = new HashMap<>();
        try (CqlNode node = CqlNode.connect(settings)) {
            for (Row row : node.query(
                    "SELECT keyspace_name, table_name, index_name, options FROM system_schema.indexes",
                    Function.identity())) {
                Map<String, String> options = row.getMap("options", String.class, String.class);
                addUnlessBuiltByFile(
                        indexes,
                        String.valueOf(row.getString("keyspace_name")),
                        String.valueOf(row.getString("table_name")),
                        String.valueOf(row.getString("index_name")),
                        options == null ? "" : options.getOrDefault("class_name", ""));
            }
        }
        return indexes;
    }

    @Override
    public Map<String, Set<String>> indexesBuiltOnce(String schema) {
        return indexesBuiltOnceIn(schema);
    }

    static Map<String, Set<String>> indexesBuiltOnceIn(String schema) {
        Map<String, Set<String>> indexes = new HashMap<>();
        for (SchemaStatement statement : new BackupSchema(schema).statements()) {
            if (statement.kind() == Kind.INDEX) {
                Matcher custom = INDEX_CLASS.matcher(statement.cql());
                addUnlessBuiltByFile(
                        indexes,
                        statement.keyspace(),
                        statement.table(),
                        statement.name(),
                        custom.find() ? custom.group(1) : "");
            }
        }
        return indexes;
    }

    private static void addUnlessBuiltByFile(
            Map<String, Set<String>> indexes, String keyspace, String table, String index, String className) {
        boolean byFile =
                className.substring(className.lastIndexOf('.') + 1).matches("(?i)sai|StorageAttachedIndex|SASIIndex");
        if (!byFile && !keyspace.startsWith("system")) {
            indexes.computeIfAbsent(keyspace + "." + table, absent -> new HashSet<>())
                    .add(index);
        }
    }

    /** The statement with the id of the table's directory, unless it has one. */
    static String withId(String createTable, TableDirectory table) {
        Optional<String> id = table.id();
        int end = CreateTable.endOfColumns(createTable);
        String options = createTable.substring(end);
        if (id.isEmpty() || options.matches("(?is)\\s*WITH\\s+(.*\\sAND\\s+)?ID\\s*=.*")) {
            return createTable;
        }
        String uuid = id.get().replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5");
        String columns = createTable.substring(0, end);
        return options.isBlank()
                ? columns + " WITH ID = " + uuid
                : columns + options.replaceFirst("(?i)WITH", "WITH ID = " + uuid + " AND");
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

    /** What the cluster has of the things that are created only where they are missing. */
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
