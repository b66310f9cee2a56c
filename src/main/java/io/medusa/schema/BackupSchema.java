package io.medusa.schema;

import io.medusa.model.Replication;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TableScope;
import io.medusa.model.TableSelection;
import io.medusa.schema.SchemaStatement.Kind;
import io.medusa.schema.TableDefinition.KeyColumn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The schema of a backup, parsed from its CQL. */
public final class BackupSchema {
    private static final Logger LOG = LoggerFactory.getLogger(BackupSchema.class);
    private static final Pattern INDEX_CLASS = Pattern.compile("(?is)\\sUSING\\s+'([^']+)'");
    private static final Pattern GRACE =
            Pattern.compile("\\bgc_grace_seconds\\s*=\\s*(\\d{1,10})", Pattern.CASE_INSENSITIVE);

    private final String text;
    private final List<SchemaStatement> statements;
    private final List<SchemaComment> comments;

    private BackupSchema(String text) {
        this.text = text;
        List<String> script = CqlScript.statements(text);
        this.statements =
                script.stream().flatMap(cql -> SchemaStatement.of(cql).stream()).toList();
        this.comments =
                script.stream().flatMap(cql -> SchemaComment.of(cql).stream()).toList();
    }

    /** Some Thrift tables appear only in comments, as do all tables with compact storage in older backups. */
    static boolean isInComment(String schema, TableDirectory table) {
        return Pattern.compile("(?i)CREATE\\s+TABLE\\s+(IF\\s+NOT\\s+EXISTS\\s+)?\"?" + Pattern.quote(table.keyspace())
                        + "\"?\\.\"?" + Pattern.quote(table.table()) + "\"?\\s*\\(")
                .matcher(schema)
                .find();
    }

    /** Parses the CQL text of a backup, or the output of a running cluster's DESCRIBE. */
    public static BackupSchema parse(String text) {
        return new BackupSchema(text);
    }

    /** Its statements, in order. */
    public List<SchemaStatement> statements() {
        return statements;
    }

    /** The comments and security labels that belong to an object which a statement creates. */
    public List<SchemaComment> comments(SchemaStatement statement) {
        return comments.stream().filter(comment -> comment.isOf(statement)).toList();
    }

    /** The statement that creates a table or view. */
    public Optional<SchemaStatement> find(Kind kind, TableDirectory table) {
        return statements.stream()
                .filter(statement -> statement.kind() == kind
                        && statement.keyspace().equals(table.keyspace())
                        && statement.name().equals(table.table()))
                .findFirst();
    }

    /**
     * The table as it was; not a view.
     *
     * @throws IllegalArgumentException if its columns cannot be read
     */
    public Optional<TableDefinition> definition(TableDirectory table) {
        return definition(table, TableName.of(table), (keyspace, type) -> null);
    }

    /**
     * The table as this schema makes it in a cluster.
     *
     * @param as the name that it gets
     * @param present the types that the cluster already has and keeps; by keyspace and name
     * @throws IllegalArgumentException if its columns cannot be read
     */
    public Optional<TableDefinition> definition(
            TableDirectory table, TableName as, BiFunction<String, String, @Nullable DataType> present) {
        return find(Kind.TABLE, table).map(create -> {
            Function<String, @Nullable DataType> types = new Types(table.keyspace(), as.keyspace(), present);
            return define(CreateTable.of(create.cql()), table, as, name -> CqlType.parse(name, types));
        });
    }

    /** The table as it was; empty also if its columns cannot be read. */
    public Optional<TableDefinition> readable(TableDirectory table) {
        try {
            return definition(table);
        } catch (IllegalArgumentException unreadable) {
            LOG.debug("The backup's definition of {} cannot be read: {}", table, unreadable.getMessage());
            return Optional.empty();
        }
    }

    /** The replication of its keyspaces, by name; without node-local and virtual keyspaces. */
    public Map<String, Replication> replications() {
        return SchemaReplication.read(statements);
    }

    /** The same schema with the given replication of these keyspaces; an empty name stands for all others. */
    public BackupSchema withReplications(Map<String, Replication> keyspaces) {
        return keyspaces.isEmpty() ? this : parse(SchemaReplication.replaced(text, keyspaces));
    }

    /** The materialized views of these tables; all names as {@code keyspace.table}. */
    public Set<String> viewsOf(Collection<String> tables) {
        return statements.stream()
                .filter(statement -> statement.kind() == Kind.VIEW
                        && tables.contains(statement.keyspace() + "." + statement.table()))
                .map(statement -> statement.keyspace() + "." + statement.name())
                .collect(Collectors.toSet());
    }

    /** The table that a view is built from; empty if there is no view of that name. */
    public Optional<TableName> baseOfView(TableName view) {
        return statements.stream()
                .filter(statement -> statement.kind() == Kind.VIEW
                        && statement.keyspace().equals(view.keyspace())
                        && statement.name().equals(view.table()))
                .map(statement -> new TableName(statement.keyspace(), statement.table()))
                .findFirst();
    }

    /**
     * The selected keyspaces and tables that the backup has not, worded for messages; a table without data on this node is one that
     * the backup has.
     *
     * @param tables with data
     * @param scope of the backup
     */
    public List<String> unknown(TableSelection selection, Collection<TableDirectory> tables, TableScope scope) {
        Set<String> keyspaces = tables.stream().map(TableDirectory::keyspace).collect(Collectors.toSet());
        Set<String> names = tables.stream().map(TableDirectory::qualifiedName).collect(Collectors.toSet());
        for (SchemaStatement statement : statements) {
            TableDirectory table = new TableDirectory(statement.keyspace(), statement.name());
            if (statement.kind() == Kind.KEYSPACE && scope.isAll()) {
                keyspaces.add(statement.keyspace());
            } else if ((statement.kind() == Kind.TABLE || statement.kind() == Kind.VIEW) && scope.includes(table)) {
                keyspaces.add(statement.keyspace());
                names.add(table.qualifiedName());
            }
        }
        return selection.unmatched(keyspaces, names);
    }

    /** The tables and views among these that the schema does not define, not even in a comment. */
    public List<TableDirectory> undefined(Collection<TableDirectory> tables) {
        return tables.stream()
                .filter(table -> find(Kind.TABLE, table).isEmpty()
                        && find(Kind.VIEW, table).isEmpty()
                        && !isInComment(text, table))
                .toList();
    }

    /**
     * The names of the secondary indexes, by table, written {@code keyspace.table}; without those of Cassandra's own tables, and without
     * the kinds that look at each SSTable when it is opened and build what they lack (SAI, SASI).
     */
    public Map<String, Set<String>> indexesBuiltOnce() {
        Map<String, Set<String>> indexes = new HashMap<>();
        for (SchemaStatement statement : statements) {
            Matcher custom = INDEX_CLASS.matcher(statement.cql());
            if (statement.kind() == Kind.INDEX
                    && isBuiltOnce(statement.keyspace(), custom.find() ? custom.group(1) : "")) {
                indexes.computeIfAbsent(statement.keyspace() + "." + statement.table(), absent -> new HashSet<>())
                        .add(statement.name());
            }
        }
        return indexes;
    }

    /** Whether an index is one of those in {@link #indexesBuiltOnce}. */
    public static boolean isBuiltOnce(String keyspace, String className) {
        boolean byFile =
                className.substring(className.lastIndexOf('.') + 1).matches("(?i)sai|StorageAttachedIndex|SASIIndex");
        return !byFile && !SystemKeyspaces.isSystem(keyspace);
    }

    /** The {@code gc_grace_seconds} of user tables: how long they keep tombstones. */
    public Map<TableName, Duration> grace() {
        Map<TableName, Duration> grace = new HashMap<>();
        userTables().forEach(statement -> {
            Matcher seconds = GRACE.matcher(statement.cql());
            if (seconds.find()) {
                grace.put(
                        new TableName(statement.keyspace(), statement.name()),
                        Duration.ofSeconds(Long.parseLong(seconds.group(1))));
            }
        });
        return grace;
    }

    /** User tables with counters. */
    public Set<TableName> counters() {
        return userTables()
                .filter(statement -> CreateTable.of(statement.cql()).columns().values().stream()
                        .anyMatch(column -> column.type().equalsIgnoreCase("counter")))
                .map(statement -> new TableName(statement.keyspace(), statement.name()))
                .collect(Collectors.toSet());
    }

    private Stream<SchemaStatement> userTables() {
        return statements.stream()
                .filter(statement -> statement.kind() == Kind.TABLE && !SystemKeyspaces.isSystem(statement.keyspace()));
    }

    /**
     * The objects that a later schema no longer defines: keyspaces, types, functions, tables, views, indexes and columns that were
     * dropped, each in a few words such as {@code table shop.orders}. System keyspaces are left out.
     */
    public List<String> droppedUntil(BackupSchema later) {
        return droppedUntil(later, keyspace -> true);
    }

    /** The same for some keyspaces. */
    public List<String> droppedUntil(BackupSchema later, Predicate<String> keyspaces) {
        return DroppedObjects.between(
                statements.stream()
                        .filter(statement -> keyspaces.test(statement.keyspace()))
                        .toList(),
                later.statements);
    }

    private TableDefinition define(
            CreateTable create, TableDirectory table, TableName as, Function<String, DataType> typeOf) {
        Map<String, CreateTable.Column> columns = new LinkedHashMap<>(create.columns());
        Map<String, Long> dropped = new LinkedHashMap<>();
        for (SchemaStatement statement : statements) {
            if (statement.kind() == Kind.ALTER_TABLE
                    && statement.keyspace().equals(table.keyspace())
                    && statement.table().equals(table.table())) {
                for (CreateTable.Alteration change : CreateTable.alterations(statement.cql())) {
                    CreateTable.Column before = columns.remove(change.column());
                    if (!change.drops()) {
                        columns.put(change.column(), change.added());
                    } else if (before != null) {
                        dropped.put(change.column(), change.micros());
                    }
                }
            }
        }
        if (!columns.keySet().containsAll(create.partitionKey())
                || !columns.keySet().containsAll(create.clustering())
                || create.partitionKey().isEmpty()) {
            throw new IllegalArgumentException("its primary key names no columns");
        }
        List<KeyColumn> clustering = new ArrayList<>();
        Function<String, DataType> typeOfColumn =
                name -> typeOf.apply(Objects.requireNonNull(columns.get(name)).type());
        create.clustering()
                .forEach(name -> clustering.add(new KeyColumn(
                        name, typeOfColumn.apply(name), create.descending().contains(name))));
        List<KeyColumn> key = create.partitionKey().stream()
                .map(name -> new KeyColumn(name, typeOfColumn.apply(name), false))
                .toList();
        create.partitionKey().forEach(columns::remove);
        create.clustering().forEach(columns::remove);
        Map<String, DataType> statics = new LinkedHashMap<>();
        Map<String, DataType> regulars = new LinkedHashMap<>();
        columns.forEach(
                (name, column) -> (column.isStatic() ? statics : regulars).put(name, typeOf.apply(column.type())));
        if (create.compact()) {
            compact(clustering, statics, regulars);
        }
        return new TableDefinition(as, table.id(), "", key, clustering, statics, regulars, dropped, create.compact());
    }

    /** How Cassandra stores a table with compact storage internally. */
    private static void compact(
            List<KeyColumn> clustering, Map<String, DataType> statics, Map<String, DataType> regulars) {
        if (clustering.isEmpty()) {
            statics.putAll(regulars);
            regulars.clear();
            clustering.add(new KeyColumn("column1", DataType.of("text"), false));
            boolean counters = statics.containsValue(DataType.of("counter"));
            regulars.put("value", DataType.of(counters ? "counter" : "blob"));
        } else if (regulars.isEmpty()) {
            regulars.put("value", DataType.of("empty"));
        }
    }

    /** The user types that the table's columns will have. */
    private final class Types implements Function<String, @Nullable DataType> {
        private final String keyspace;
        private final String as;
        private final BiFunction<String, String, @Nullable DataType> present;
        private final Set<String> open = new HashSet<>();

        Types(String keyspace, String as, BiFunction<String, String, @Nullable DataType> present) {
            this.keyspace = keyspace;
            this.as = as;
            this.present = present;
        }

        @Override
        public @Nullable DataType apply(String name) {
            DataType there = present.apply(as, name);
            if (there != null) {
                return there;
            }
            Optional<SchemaStatement> statement = statements.stream()
                    .filter(type -> type.kind() == Kind.TYPE
                            && type.keyspace().equals(keyspace)
                            && type.name().equals(name))
                    .findFirst();
            if (statement.isEmpty() || !open.add(name)) {
                return null;
            }
            List<String> fields = new ArrayList<>();
            List<DataType> parts = new ArrayList<>();
            CreateTable.of(statement.get().cql()).columns().forEach((field, column) -> {
                fields.add(field);
                parts.add(CqlType.parse(column.type(), this).freeze());
            });
            open.remove(name);
            return new DataType(name, parts, fields, false);
        }
    }
}
