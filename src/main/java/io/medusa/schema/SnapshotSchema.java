package io.medusa.schema;

import io.medusa.model.BackupMetadata;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.schema.SchemaStatement.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The definitions in a schema's CQL, and in the {@code schema.cql} that Cassandra writes into a snapshot for each table: its types, the
 * table or view itself with its id, its dropped columns and its indexes.
 */
public final class SnapshotSchema {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotSchema.class);

    private static final Pattern ID = Pattern.compile("(?i)\\sID\\s*=\\s*([-0-9a-f]{36})");
    private static final Pattern ORDER = Pattern.compile("(?i)CLUSTERING\\s+ORDER\\s+BY\\s*\\([^)]*\\)");
    private static final Pattern DROPPED = Pattern.compile("(?is)\\sDROP\\s+(\"(?:[^\"]|\"\")+\"|\\w+)");

    private SnapshotSchema() {}

    /**
     * The tables and views among these that one of the two texts of a schema does not define, in order. Node-local tables
     * need no definition: Cassandra has them built in, and 3.x has some that {@code system_schema} does not list.
     */
    public static Set<TableDirectory> undefined(BackupMetadata metadata, Collection<TableDirectory> tables) {
        Set<TableDirectory> undefined = new TreeSet<>();
        for (String text : List.of(metadata.fullSchema(), metadata.schema())) {
            Map<String, SchemaStatement> defined = new TreeMap<>();
            parsed(text).stream()
                    .filter(statement -> statement.kind() == Kind.TABLE || statement.kind() == Kind.VIEW)
                    .forEach(statement -> defined.put(statement.keyspace() + "." + statement.name(), statement));
            tables.stream()
                    .filter(table -> !SystemKeyspaces.isLocal(table.keyspace()))
                    .filter(table -> defined.containsKey(table.qualifiedName())
                            ? !defines(defined.get(table.qualifiedName()), table)
                            : !BackupSchema.isInComment(text, table))
                    .forEach(undefined::add);
        }
        return undefined;
    }

    private static boolean defines(@Nullable SchemaStatement statement, TableDirectory table) {
        if (statement == null) {
            return false;
        }
        Optional<String> id = id(statement);
        return id.isEmpty() || table.id().isEmpty() || id.equals(table.id());
    }

    private static Optional<String> id(SchemaStatement statement) {
        Matcher matcher = ID.matcher(statement.cql());
        return matcher.find()
                ? Optional.of(matcher.group(1).replace("-", "").toLowerCase(java.util.Locale.ROOT))
                : Optional.empty();
    }

    private static List<SchemaStatement> parsed(String text) {
        return CqlScript.statements(text).stream()
                .flatMap(cql -> SchemaStatement.of(cql).stream())
                .toList();
    }

    /**
     * The schema as it was at the time of a snapshot: the present one, with the definitions of the snapshot where they differ. A
     * table whose keyspace has been dropped stays undefined.
     *
     * @param now with the present schema
     * @param ofSnapshot by table, the text of the {@code schema.cql} that Cassandra wrote beside its files
     * @return {@code now} itself if nothing differs
     */
    public static BackupMetadata asOfSnapshot(BackupMetadata now, Map<TableDirectory, String> ofSnapshot) {
        List<SchemaStatement> present = parsed(now.fullSchema());
        Text full = new Text(now.fullSchema());
        Text shared = new Text(now.schema());
        Set<String> replaced = new TreeSet<>();
        for (Map.Entry<TableDirectory, String> entry : ofSnapshot.entrySet()) {
            TableDirectory table = entry.getKey();
            List<SchemaStatement> then =
                    parsed(SchemaText.uncommented(entry.getValue().replace("IF NOT EXISTS ", "")));
            if (essence(then, table).equals(essence(present, table))) {
                continue;
            }
            boolean usable = full.hasKeyspace(table.keyspace())
                    && then.stream().anyMatch(statement -> isOf(statement, table) && isTableOrView(statement));
            if (!usable) {
                // treat it as missing: the current schema's definition is used, or reported as missing
                continue;
            }
            replaced.add(table.qualifiedName());
            full.replace(table, then);
            shared.replace(table, forAllReaders(then));
        }
        if (!replaced.isEmpty()) {
            LOG.warn(
                    "Backing up changed definitions as they were when the snapshot was taken: {}",
                    String.join(", ", replaced));
        }
        return replaced.isEmpty()
                ? now
                : new BackupMetadata(shared.toString(), full.toString(), now.tokenMap(), now.version());
    }

    private static boolean isTableOrView(SchemaStatement statement) {
        return statement.kind() == Kind.TABLE || statement.kind() == Kind.VIEW;
    }

    /** Whether the statement belongs to the table or view, so that it is removed when that is replaced. */
    private static boolean isOf(SchemaStatement statement, TableDirectory table) {
        if (!statement.keyspace().equals(table.keyspace())) {
            return false;
        }
        return switch (statement.kind()) {
            case TABLE, VIEW -> statement.name().equals(table.table());
            case ALTER_TABLE, INDEX -> statement.table().equals(table.table());
            default -> false;
        };
    }

    /** Everything that determines the bytes of a table's SSTables: columns, key, order, dropped columns, id and its types. */
    private static Set<String> essence(List<SchemaStatement> statements, TableDirectory table) {
        Set<String> essence = new HashSet<>();
        StringBuilder own = new StringBuilder();
        for (SchemaStatement statement : statements) {
            if (isOf(statement, table) && statement.kind() != Kind.INDEX) {
                own.append(statement.cql());
                essence.add(withoutOptions(statement));
            }
        }
        List<SchemaStatement> types = statements.stream()
                .filter(statement ->
                        statement.kind() == Kind.TYPE && statement.keyspace().equals(table.keyspace()))
                .toList();
        // a type may use earlier ones
        for (int i = types.size() - 1; i >= 0; i--) {
            SchemaStatement type = types.get(i);
            if (mentions(own, type.name())) {
                own.append(type.cql());
                essence.add(compact(type.cql()));
            }
        }
        return essence;
    }

    private static boolean mentions(CharSequence text, String name) {
        return Pattern.compile("(?<![\\w])" + Pattern.quote(name) + "(?![\\w])")
                .matcher(text)
                .find();
    }

    private static String withoutOptions(SchemaStatement statement) {
        String cql = compact(statement.cql());
        if (statement.kind() == Kind.ALTER_TABLE) {
            return cql;
        }
        Matcher order = ORDER.matcher(cql);
        String end = (order.find() ? " " + order.group() : "") + (cql.contains("COMPACT STORAGE") ? " COMPACT" : "");
        int options = cql.indexOf(" WITH ");
        return (options < 0 ? cql : cql.substring(0, options)) + " "
                + id(statement).orElse("") + end;
    }

    private static String compact(String cql) {
        return cql.replaceAll("\\s+", " ");
    }

    /** The statement without the parts that only {@code DESCRIBE … WITH INTERNALS} prints: ids and dropped columns. */
    private static List<SchemaStatement> forAllReaders(List<SchemaStatement> statements) {
        Set<String> dropped = new HashSet<>();
        for (SchemaStatement statement : statements) {
            Matcher column = DROPPED.matcher(statement.cql());
            if (statement.kind() == Kind.ALTER_TABLE && column.find()) {
                dropped.add(column.group(1));
            }
        }
        List<SchemaStatement> plain = new ArrayList<>();
        for (SchemaStatement statement : statements) {
            if (statement.kind() == Kind.ALTER_TABLE) {
                continue;
            }
            String cql = statement.kind() == Kind.TABLE || statement.kind() == Kind.VIEW
                    ? Cql.withoutId(statement.cql())
                    : statement.cql();
            for (String column : dropped) {
                cql = cql.replaceFirst("(?m)^\\s+" + Pattern.quote(column) + " .*,\\n", "");
            }
            plain.add(
                    SchemaStatement.of(SchemaText.withoutQuotedSemicolons(cql)).orElse(statement));
        }
        return plain;
    }

    /** A schema's text whose statements can be replaced; unchanged to the letter if none is. */
    private static final class Text {
        private final List<String> statements;

        Text(String text) {
            this.statements = new ArrayList<>(CqlScript.statements(text));
        }

        /** A snapshot does not record the replication of keyspaces, so dropped ones cannot be recreated. */
        boolean hasKeyspace(String keyspace) {
            return lastOf(keyspace, Kind.KEYSPACE) >= 0;
        }

        void replace(TableDirectory table, List<SchemaStatement> then) {
            boolean isView = then.stream().anyMatch(statement -> statement.kind() == Kind.VIEW);
            int place = -1;
            for (int i = 0; i < statements.size(); i++) {
                Optional<SchemaStatement> statement = SchemaStatement.of(statements.get(i));
                if (statement.filter(found -> isOf(found, table)).isPresent()) {
                    place = place < 0 ? i : place;
                    statements.remove(i--);
                }
            }
            for (SchemaStatement statement : then) {
                if (statement.kind() == Kind.TYPE) {
                    int before = statements.size();
                    type(statement);
                    place = place < 0 ? place : place + statements.size() - before;
                }
            }
            if (place < 0) {
                int end = lastOf(table.keyspace(), Kind.KEYSPACE);
                for (Kind kind : Kind.values()) {
                    boolean after = isView || (kind != Kind.VIEW && kind != Kind.TRIGGER);
                    end = after ? Math.max(end, lastOf(table.keyspace(), kind)) : end;
                }
                place = end + 1;
            }
            for (SchemaStatement statement : then) {
                if (isOf(statement, table)) {
                    statements.add(place++, statement.cql());
                }
            }
        }

        /** Replaces the current type, or adds it after the others. */
        private void type(SchemaStatement type) {
            for (int i = 0; i < statements.size(); i++) {
                Optional<SchemaStatement> present = SchemaStatement.of(statements.get(i));
                if (present.filter(found -> found.kind() == Kind.TYPE
                                && found.keyspace().equals(type.keyspace())
                                && found.name().equals(type.name()))
                        .isPresent()) {
                    statements.set(i, type.cql());
                    return;
                }
            }
            int last = Math.max(lastOf(type.keyspace(), Kind.TYPE), lastOf(type.keyspace(), Kind.KEYSPACE));
            statements.add(last + 1, type.cql());
        }

        private int lastOf(String keyspace, Kind kind) {
            for (int i = statements.size() - 1; i >= 0; i--) {
                if (SchemaStatement.of(statements.get(i))
                        .filter(found ->
                                found.kind() == kind && found.keyspace().equals(keyspace))
                        .isPresent()) {
                    return i;
                }
            }
            return -1;
        }

        @Override
        public String toString() {
            return String.join(";\n\n", statements) + ";";
        }
    }
}
