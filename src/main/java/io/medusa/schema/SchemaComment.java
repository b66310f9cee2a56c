package io.medusa.schema;

import io.medusa.model.TableName;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A comment on an object of the schema, or its security label, as Cassandra 6 describes it: {@code COMMENT ON TABLE ks.t IS '…'}.
 *
 * @param verb {@code COMMENT} or {@code SECURITY LABEL}
 * @param names unquoted: the keyspace; then a table and a column, or a type and a field, as far as the element has them
 * @param text the literal
 */
public record SchemaComment(String verb, Element element, List<String> names, String text) {
    /** What it is on. */
    public enum Element {
        KEYSPACE,
        TABLE,
        COLUMN,
        TYPE,
        FIELD
    }

    private static final Pattern STATEMENT = Pattern.compile(
            "^(COMMENT|SECURITY\\s+LABEL)\\s+ON\\s+(KEYSPACE|TABLE|COLUMN|TYPE|FIELD)\\s+(.+?)\\s+IS\\s+('(?:[^']|'')*')$",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    /** 6.0-alpha2 writes most names without the quotes that they need. */
    private static final Pattern NAME = Pattern.compile("\"((?:[^\"]|\"\")+)\"|([^.\"]+)");

    public SchemaComment {
        names = List.copyOf(names);
    }

    /** Parses a statement; empty if it is another one. */
    public static Optional<SchemaComment> of(String cql) {
        Matcher statement = STATEMENT.matcher(cql.strip());
        if (!statement.matches()) {
            return Optional.empty();
        }
        List<String> names = NAME.matcher(statement.group(3))
                .results()
                .map(name ->
                        name.group(1) == null ? name.group(2) : name.group(1).replace("\"\"", "\""))
                .toList();
        Element element = Element.valueOf(statement.group(2).toUpperCase(Locale.ROOT));
        return names.size() == depth(element)
                ? Optional.of(new SchemaComment(
                        statement.group(1).toUpperCase(Locale.ROOT).replaceAll("\\s+", " "),
                        element,
                        names,
                        statement.group(4)))
                : Optional.empty();
    }

    private static int depth(Element element) {
        return switch (element) {
            case KEYSPACE -> 1;
            case TABLE, TYPE -> 2;
            case COLUMN, FIELD -> 3;
        };
    }

    /** Whether it is created with this object: a table's with its columns', a type's with its fields'. */
    boolean isOf(SchemaStatement statement) {
        boolean ofKind =
                switch (statement.kind()) {
                    case KEYSPACE -> element == Element.KEYSPACE;
                    case TABLE -> element == Element.TABLE || element == Element.COLUMN;
                    case TYPE -> element == Element.TYPE || element == Element.FIELD;
                    default -> false;
                };
        return ofKind
                && names.get(0).equals(statement.keyspace())
                && (element == Element.KEYSPACE || names.get(1).equals(statement.name()));
    }

    /** The same on the object of another name. */
    public SchemaComment in(TableName as) {
        List<String> renamed =
                switch (element) {
                    case KEYSPACE -> List.of(as.keyspace());
                    case TABLE -> List.of(as.keyspace(), as.table());
                    case COLUMN -> List.of(as.keyspace(), as.table(), names.get(2));
                    case TYPE -> List.of(as.keyspace(), names.get(1));
                    case FIELD -> List.of(as.keyspace(), names.get(1), names.get(2));
                };
        return new SchemaComment(verb, element, renamed, text);
    }

    /** The statement. */
    public String cql() {
        return verb + " ON " + element + " " + names.stream().map(Cql::quoted).collect(Collectors.joining(".")) + " IS "
                + text;
    }
}
