package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.cql.Row;
import io.medusa.cassandra.CassandraSchema;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
    public void create(String schema, Collection<TableDirectory> tables) {
        List<SchemaStatement> statements = statements(schema);
        try (CqlNode node = CqlNode.connect(settings)) {
            Existing existing = new Existing(node);
            List<TableDirectory> views = new ArrayList<>();
            for (TableDirectory table : tables) {
                if (find(statements, Kind.VIEW, table).isPresent()) {
                    views.add(table);
                } else {
                    create(node, existing, statements, table);
                }
            }
            for (TableDirectory view : views) {
                SchemaStatement statement = find(statements, Kind.VIEW, view).orElseThrow();
                if (!existing.has(statement)) {
                    LOG.info("Creating view {} as it was", view.qualifiedName());
                    node.execute(statement.cql());
                }
            }
        }
    }

    private static List<SchemaStatement> statements(String schema) {
        return CqlScript.statements(schema).stream()
                .flatMap(cql -> SchemaStatement.of(cql).stream())
                .toList();
    }

    private static Optional<SchemaStatement> find(List<SchemaStatement> statements, Kind kind, TableDirectory table) {
        return statements.stream()
                .filter(statement -> statement.kind() == kind
                        && statement.keyspace().equals(table.keyspace())
                        && statement.name().equals(table.table()))
                .findFirst();
    }

    private static void create(
            CqlNode node, Existing existing, List<SchemaStatement> statements, TableDirectory table) {
        if (find(statements, Kind.TABLE, table).isEmpty()) {
            throw undefined(table);
        }
        LOG.info("Creating table {} as it was", table.qualifiedName());
        List<SchemaStatement> needed = new ArrayList<>();
        for (SchemaStatement statement : statements) {
            boolean ofTable = statement.table().equals(table.table());
            boolean wanted = statement.keyspace().equals(table.keyspace())
                    && switch (statement.kind()) {
                        case KEYSPACE, TYPE, FUNCTION, AGGREGATE -> !existing.has(statement);
                        case TABLE, ALTER_TABLE, INDEX, TRIGGER -> ofTable;
                        case VIEW -> ofTable && !existing.has(statement);
                    };
            if (wanted) {
                needed.add(statement);
            }
        }
        for (SchemaStatement statement : needed) {
            node.execute(statement.kind() == Kind.TABLE ? withId(statement.cql(), table) : statement.cql());
        }
        needed.forEach(existing::add);
    }

    @Override
    public Set<String> viewsOf(String schema, Collection<String> tables) {
        return statements(schema).stream()
                .filter(statement -> statement.kind() == Kind.VIEW
                        && tables.contains(statement.keyspace() + "." + statement.table()))
                .map(statement -> statement.keyspace() + "." + statement.name())
                .collect(Collectors.toSet());
    }

    @Override
    public void createAs(String schema, TableDirectory table, TableName as) {
        List<SchemaStatement> statements = statements(schema).stream()
                .filter(statement -> statement.keyspace().equals(table.keyspace()))
                .toList();
        if (find(statements, Kind.TABLE, table).isEmpty()) {
            throw undefined(table);
        }
        try (CqlNode node = CqlNode.connect(settings)) {
            Existing existing = new Existing(node);
            for (SchemaStatement statement : statements) {
                boolean ofTable = statement.table().equals(table.table());
                SchemaStatement renamed = statement.in(as);
                boolean wanted =
                        switch (statement.kind()) {
                            case KEYSPACE, TYPE -> !existing.has(renamed);
                            case TABLE, ALTER_TABLE, INDEX -> ofTable;
                            case FUNCTION, AGGREGATE, VIEW, TRIGGER -> false;
                        };
                if (wanted) {
                    if (statement.kind() == Kind.KEYSPACE) {
                        LOG.info(
                                "Creating keyspace {}, which does not exist, like {}", as.keyspace(), table.keyspace());
                    }
                    node.execute(statement.kind() == Kind.TABLE ? withoutId(renamed.cql()) : renamed.cql());
                }
            }
        }
    }

    private static MedusaException undefined(TableDirectory table) {
        return new MedusaException(
                FailureKind.BACKUP_DAMAGED,
                "table " + table.qualifiedName() + " does not exist and the backup's schema does not define it");
    }

    /** The statement without an id, so that the table gets a fresh one. */
    static String withoutId(String createTable) {
        int end = endOfColumns(createTable);
        String options = createTable
                .substring(end)
                .replaceFirst("(?i)WITH\\s+ID\\s*=\\s*[-0-9a-f]+\\s+AND\\s", "WITH ")
                .replaceFirst("(?i)\\s+AND\\s+ID\\s*=\\s*[-0-9a-f]+", "")
                .replaceFirst("(?i)\\s*WITH\\s+ID\\s*=\\s*[-0-9a-f]+\\s*$", "");
        return createTable.substring(0, end) + options;
    }

    @Override
    public Optional<String> misfit(String schema, TableDirectory table, TableName present) {
        List<SchemaStatement> all = statements(schema);
        Optional<SchemaStatement> then = find(all, Kind.TABLE, table);
        if (then.isEmpty()) {
            return Optional.empty();
        }
        TableColumns columns = TableColumns.of(then.get().cql());
        try (CqlNode node = CqlNode.connect(settings)) {
            return columns.without(columns.dropped(alterations(all, table)).keySet())
                    .misfit(describe(node, present));
        }
    }

    private static List<String> alterations(List<SchemaStatement> all, TableDirectory table) {
        return all.stream()
                .filter(statement -> statement.kind() == Kind.ALTER_TABLE
                        && statement.keyspace().equals(table.keyspace())
                        && statement.table().equals(table.table()))
                .map(SchemaStatement::cql)
                .toList();
    }

    @Override
    public void drop(TableName table) {
        try (CqlNode node = CqlNode.connect(settings)) {
            viewsOn(node, table)
                    .forEach(view -> node.execute("DROP MATERIALIZED VIEW " + quoted(TableName.parse(view))));
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
            return 1 + node.query("SELECT peer FROM system.peers_v2", Row::getColumnDefinitions)
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

    @Override
    public Set<String> viewsOn(TableName table) {
        try (CqlNode node = CqlNode.connect(settings)) {
            return viewsOn(node, table);
        }
    }

    private static Set<String> viewsOn(CqlNode node, TableName table) {
        return node
                .query(
                        "SELECT view_name, base_table_name FROM system_schema.views WHERE keyspace_name = '"
                                + table.keyspace() + "'",
                        Function.identity())
                .stream()
                .filter(row -> table.table().equals(row.getString("base_table_name")))
                .map(row -> table.keyspace() + "." + row.getString("view_name"))
                .collect(Collectors.toSet());
    }

    @Override
    public void rebuildView(TableName view) {
        try (CqlNode node = CqlNode.connect(settings)) {
            String definition = node.query(
                            "DESCRIBE MATERIALIZED VIEW " + quoted(view),
                            row -> String.valueOf(row.getString("create_statement")))
                    .get(0);
            node.execute("DROP MATERIALIZED VIEW " + quoted(view));
            node.execute(CqlScript.statements(definition).get(0));
            awaitBuilt(node, view);
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
        return statements(schema).stream()
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

    private static String quoted(TableName table) {
        return quoted(table.keyspace()) + "." + quoted(table.table());
    }

    @Override
    public void fit(String schema, TableDirectory table, TableName present) {
        List<SchemaStatement> all = statements(schema);
        Optional<SchemaStatement> then = find(all, Kind.TABLE, table);
        if (then.isEmpty()) {
            return;
        }
        TableColumns columns = TableColumns.of(then.get().cql());
        Map<String, String> dropped = columns.dropped(alterations(all, table));
        try (CqlNode node = CqlNode.connect(settings)) {
            TableColumns now = describe(node, present);
            columns.without(dropped.keySet()).misfit(now).ifPresent(difference -> {
                throw new MedusaException(
                        FailureKind.CASSANDRA_FAILED,
                        "table " + present + " is not as it was in the backup and its data would be unreadable: "
                                + difference + "; nothing was changed, drop the present table first, or restore into"
                                + " another one with restore-table --as");
            });
            Set<String> known = Set.copyOf(node.query(
                    "SELECT column_name FROM system_schema.dropped_columns WHERE keyspace_name = '" + present.keyspace()
                            + "' AND table_name = '" + present.table() + "'",
                    row -> String.valueOf(row.getString(0))));
            dropped.keySet()
                    .removeIf(column ->
                            now.types().containsKey(column) || known.contains(SchemaStatement.unquoted(column)));
            forgetAgain(node, present, columns, dropped);
        }
    }

    /**
     * Makes a table know columns that it never had: SSTables may still hold values of them, which are then passed over.
     *
     * @param dropped by column, the statement that drops it
     */
    private static void forgetAgain(
            CqlNode node, TableName present, TableColumns columns, Map<String, String> dropped) {
        if (!dropped.isEmpty() && !viewsOn(node, present).isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "table " + present + " must be told of columns that were dropped before the backup ("
                            + dropped.keySet()
                            + "), which Cassandra refuses while it has materialized views; nothing was changed, restore into"
                            + " another table with restore-table --as");
        }
        dropped.forEach((column, drop) -> {
            node.execute("ALTER TABLE " + quoted(present) + " ADD " + column + " "
                    + columns.types().get(column));
            SchemaStatement.of(drop)
                    .ifPresent(statement -> node.execute(statement.in(present).cql()));
        });
    }

    private static TableColumns describe(CqlNode node, TableName table) {
        String described = node.query(
                        "DESCRIBE TABLE " + quoted(table), row -> String.valueOf(row.getString("create_statement")))
                .get(0);
        return TableColumns.of(CqlScript.statements(described).get(0));
    }

    private static String quoted(String name) {
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
        for (SchemaStatement statement : statements(schema)) {
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
        int end = endOfColumns(createTable);
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

    /** After the parenthesis that closes the first one. */
    private static int endOfColumns(String cql) {
        int depth = 0;
        boolean quoted = false;
        for (int i = 0; i < cql.length(); i++) {
            char c = cql.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && c == '(') {
                depth++;
            } else if (!quoted && c == ')' && --depth == 0) {
                return i + 1;
            }
        }
        return cql.length();
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
    private static final class Existing {
        private final Set<String> names = new HashSet<>();

        Existing(CqlNode node) {
            names.addAll(node.query(
                    "SELECT keyspace_name FROM system_schema.keyspaces",
                    row -> name(Kind.KEYSPACE, row.getString(0), row.getString(0))));
            read(node, Kind.TYPE, "type_name", "types");
            read(node, Kind.FUNCTION, "function_name", "functions");
            read(node, Kind.AGGREGATE, "aggregate_name", "aggregates");
            read(node, Kind.VIEW, "view_name", "views");
        }

        private void read(CqlNode node, Kind kind, String column, String table) {
            names.addAll(node
                    .query(
                            "SELECT keyspace_name, " + column + " FROM system_schema." + table,
                            row -> name(kind, row.getString(0), row.getString(1)))
                    .stream()
                    .collect(Collectors.toSet()));
        }

        private static String name(
                Kind kind,
                @org.jspecify.annotations.Nullable String keyspace,
                @org.jspecify.annotations.Nullable String name) {
            return kind + " " + keyspace + "." + name;
        }

        boolean has(SchemaStatement statement) {
            return names.contains(name(statement.kind(), statement.keyspace(), statement.name()));
        }

        void add(SchemaStatement statement) {
            names.add(name(statement.kind(), statement.keyspace(), statement.name()));
        }
    }
}
