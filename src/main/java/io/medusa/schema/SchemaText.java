package io.medusa.schema;

import io.medusa.model.SystemKeyspaces;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The two texts of a schema in a backup (docs/compatibility.md 5), made from the rows of the server's own DESCRIBE. */
public final class SchemaText {
    private static final Pattern VIRTUAL = Pattern.compile("\\s*/\\*\\s*Warning: \\w+ \\S+ is a virtual ");

    /** What Cassandra prints before the commented-out statement of a table with compact storage. */
    private static final Pattern COMPACT = Pattern.compile(
            "^\\s*/\\*\\s*Warning: \\w+ .* omitted because .*?(?=^CREATE TABLE )", Pattern.DOTALL | Pattern.MULTILINE);
    /** The hidden column of a table without clustering columns; it is not in its CQL. */
    private static final Pattern HIDDEN_ORDER =
            Pattern.compile("\\s+AND CLUSTERING ORDER BY \\(column1 (?:ASC|DESC)\\)");

    /** How Cassandra 6 writes the id of such a table: a hexadecimal number, with which its UUID ends. */
    private static final Pattern NUMBERED_ID = Pattern.compile("(?<=\\sID = )tid:([0-9a-f]{1,16})(?=\\s)");

    private static final String NUMBERED = "1b255f4d-ef25-40a6-";

    private SchemaText() {}

    /** A row of {@code DESCRIBE FULL SCHEMA}. */
    public record Row(String keyspace, String type, String statement) {
        boolean isVirtual() {
            return VIRTUAL.matcher(statement).lookingAt();
        }
    }

    /** Everything that can be recreated, keyspace by keyspace, so without virtual tables and traces. */
    public static String full(List<Row> rows, List<String> triggers) {
        StringBuilder text = new StringBuilder();
        for (Row row : rows) {
            if (!row.isVirtual() && !row.keyspace().equals(SystemKeyspaces.TRACES)) {
                text.append(uncommented(row.statement()).strip()).append("\n\n");
            }
        }
        triggers.forEach(trigger -> text.append(trigger).append("\n\n"));
        return text.toString().strip();
    }

    /**
     * The same for readers that split at every semicolon: none is left inside a string, except in the bodies of functions,
     * which those readers ignore.
     */
    public static String shared(List<Row> rows, List<String> triggers) {
        List<Row> safe = rows.stream()
                .map(row -> row.type().equals("function")
                        ? row
                        : new Row(row.keyspace(), row.type(), withoutQuotedSemicolons(uncommented(row.statement()))))
                .toList();
        return full(safe, triggers);
    }

    /**
     * The statement that creates a table with compact storage, which Cassandra comments out; other statements unchanged. Thrift
     * tables that CQL cannot create at all, with unnamed columns, stay comments.
     */
    static String uncommented(String statement) {
        Matcher comment = COMPACT.matcher(statement);
        int end = statement.lastIndexOf("*/");
        if (!comment.lookingAt() || end < comment.end()) {
            return statement;
        }
        String create = NUMBERED_ID
                .matcher(statement.substring(comment.end(), end).strip())
                .replaceFirst(id -> uuid(id.group(1)));
        if (!create.contains("COMPACT STORAGE") || create.contains("\n    \"\" ")) {
            return statement;
        }
        return CreateTable.of(create).clustering().isEmpty()
                ? HIDDEN_ORDER.matcher(create).replaceFirst("")
                : create;
    }

    private static String uuid(String number) {
        return NUMBERED + ("0".repeat(16 - number.length()) + number).replaceFirst("(.{4})", "$1-");
    }

    static String withoutQuotedSemicolons(String statement) {
        StringBuilder text = new StringBuilder(statement.length());
        int next;
        for (int at = 0; at < statement.length(); at = next) {
            next = Math.max(at + 1, Quotes.skip(statement, at));
            String part = statement.substring(at, next);
            text.append(part.startsWith("'") ? part.replace(';', ',') : part);
        }
        return text.toString();
    }
}
