package io.medusa.schema;

import io.medusa.model.TableName;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement of a schema and what it creates.
 *
 * @param keyspace unquoted
 * @param name unquoted; of an ALTER the table's; of a keyspace the same as {@code keyspace}; of an index the index's
 * @param table unquoted; what an index, a view or a trigger belongs to, else as {@code name}
 */
public record SchemaStatement(Kind kind, String keyspace, String name, String table, String cql) {
    /** The kinds of objects that a statement creates or alters. */
    public enum Kind {
        KEYSPACE,
        TYPE,
        FUNCTION,
        AGGREGATE,
        TABLE,
        ALTER_TABLE,
        INDEX,
        VIEW,
        TRIGGER
    }

    private static final String NAME = "(\"(?:[^\"]|\"\")+\"|[A-Za-z_][A-Za-z0-9_]*)";
    private static final String MODIFIERS = "(?:IF\\s+NOT\\s+EXISTS\\s+)?";
    private static final Pattern KEYSPACE = pattern("CREATE\\s+KEYSPACE\\s+" + MODIFIERS + NAME);
    private static final Pattern QUALIFIED = pattern("CREATE\\s+(?:OR\\s+REPLACE\\s+)?"
            + "(TABLE|TYPE|FUNCTION|AGGREGATE|MATERIALIZED\\s+VIEW)\\s+" + MODIFIERS + NAME + "\\s*\\.\\s*" + NAME);
    private static final Pattern ALTER = pattern("ALTER\\s+TABLE\\s+" + NAME + "\\s*\\.\\s*" + NAME);
    private static final Pattern ON_TABLE = pattern("CREATE\\s+(?:CUSTOM\\s+)?(INDEX|TRIGGER)\\s+" + MODIFIERS + NAME
            + "\\s+ON\\s+" + NAME + "\\s*\\.\\s*" + NAME);
    private static final Pattern BASE_OF_VIEW =
            Pattern.compile("\\sFROM\\s+" + NAME + "\\s*\\.\\s*" + NAME, Pattern.CASE_INSENSITIVE);

    private static Pattern pattern(String regex) {
        return Pattern.compile("^\\s*" + regex, Pattern.CASE_INSENSITIVE);
    }

    /** Parses a statement; empty if it is not a schema statement. */
    public static Optional<SchemaStatement> of(String cql) {
        Matcher keyspace = KEYSPACE.matcher(cql);
        if (keyspace.find()) {
            String name = unquoted(keyspace.group(1));
            return Optional.of(new SchemaStatement(Kind.KEYSPACE, name, name, name, cql));
        }
        Matcher qualified = QUALIFIED.matcher(cql);
        if (qualified.find()) {
            return Optional.of(qualified(qualified, cql));
        }
        Matcher alter = ALTER.matcher(cql);
        if (alter.find()) {
            String table = unquoted(alter.group(2));
            return Optional.of(new SchemaStatement(Kind.ALTER_TABLE, unquoted(alter.group(1)), table, table, cql));
        }
        Matcher onTable = ON_TABLE.matcher(cql);
        if (onTable.find()) {
            return Optional.of(new SchemaStatement(
                    Kind.valueOf(onTable.group(1).toUpperCase(Locale.ROOT)),
                    unquoted(onTable.group(3)),
                    unquoted(onTable.group(2)),
                    unquoted(onTable.group(4)),
                    cql));
        }
        return Optional.empty();
    }

    /**
     * The same statement for a table of another name. An index gets a new name
     * too, since index names are unique in a keyspace.
     */
    public SchemaStatement in(TableName as) {
        String newKeyspace = quoted(as.keyspace());
        String newTable = quoted(as.table());
        return switch (kind) {
            case KEYSPACE -> replaced(KEYSPACE, as.keyspace(), as, List.of(newKeyspace), 1);
            case TYPE, FUNCTION, AGGREGATE -> replaced(QUALIFIED, name, as, List.of(newKeyspace), 2);
            case TABLE, VIEW -> replaced(QUALIFIED, as.table(), as, List.of(newKeyspace, newTable), 2);
            case ALTER_TABLE -> replaced(ALTER, as.table(), as, List.of(newKeyspace, newTable), 1);
            case INDEX, TRIGGER -> {
                String newName = as.table() + "_" + name;
                yield replaced(ON_TABLE, newName, as, List.of(quoted(newName), newKeyspace, newTable), 2);
            }
        };
    }

    /** The statement with the names in these groups of the pattern replaced, the first group first. */
    private SchemaStatement replaced(
            Pattern pattern, String newName, TableName as, List<String> names, int firstGroup) {
        Matcher matcher = pattern.matcher(cql);
        if (!matcher.find()) {
            throw new IllegalStateException(cql);
        }
        StringBuilder text = new StringBuilder(cql);
        for (int i = names.size() - 1; i >= 0; i--) {
            text.replace(matcher.start(firstGroup + i), matcher.end(firstGroup + i), names.get(i));
        }
        return new SchemaStatement(kind, as.keyspace(), newName, as.table(), text.toString());
    }

    private static String quoted(String name) {
        return "\"" + name + "\"";
    }

    private static SchemaStatement qualified(Matcher matcher, String cql) {
        String word = matcher.group(1).toUpperCase(Locale.ROOT);
        Kind kind = word.startsWith("MATERIALIZED") ? Kind.VIEW : Kind.valueOf(word);
        String name = unquoted(matcher.group(3));
        String table = name;
        if (kind == Kind.VIEW) {
            Matcher base = BASE_OF_VIEW.matcher(cql);
            table = base.find() ? unquoted(base.group(2)) : name;
        }
        return new SchemaStatement(kind, unquoted(matcher.group(2)), name, table, cql);
    }

    /** A name as in the schema tables, unquoted. */
    static String unquoted(String name) {
        return name.startsWith("\"")
                ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
                : name.toLowerCase(Locale.ROOT);
    }
}
