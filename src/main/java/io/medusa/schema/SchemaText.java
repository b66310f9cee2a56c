package io.medusa.schema;

import io.medusa.model.SystemKeyspaces;
import java.util.List;
import java.util.regex.Pattern;

/** The two texts that a backup keeps of a schema (docs/compatibility.md 5), from the rows of the server's own DESCRIBE. */
public final class SchemaText {
    private static final Pattern VIRTUAL = Pattern.compile("\\s*/\\*\\s*Warning: \\w+ \\S+ is a virtual ");

    private SchemaText() {}

    /** A row of {@code DESCRIBE FULL SCHEMA}. */
    public record Row(String keyspace, String type, String statement) {
        /** Tables of compact storage are told in comments, too, and are the only definition that there is. */
        boolean isVirtual() {
            return VIRTUAL.matcher(statement).lookingAt();
        }
    }

    /** Everything that can be created again, keyspace by keyspace; what cannot (virtual tables, traces) is left out. */
    public static String full(List<Row> rows, List<String> triggers) {
        StringBuilder text = new StringBuilder();
        for (Row row : rows) {
            if (!row.isVirtual() && !row.keyspace().equals(SystemKeyspaces.TRACES)) {
                text.append(row.statement().strip()).append("\n\n");
            }
        }
        triggers.forEach(trigger -> text.append(trigger).append("\n\n"));
        return text.toString().strip();
    }

    /**
     * The same for readers that split at every semicolon: none is left inside a string, except in the bodies of functions,
     * which those readers pass over.
     */
    public static String shared(List<Row> rows, List<String> triggers) {
        List<Row> safe = rows.stream()
                .map(row -> row.type().equals("function")
                        ? row
                        : new Row(row.keyspace(), row.type(), withoutQuotedSemicolons(row.statement())))
                .toList();
        return full(safe, triggers);
    }

    static String withoutQuotedSemicolons(String statement) {
        StringBuilder text = new StringBuilder(statement.length());
        boolean quoted = false;
        for (int i = 0; i < statement.length(); i++) {
            char c = statement.charAt(i);
            if (c == '\'') {
                quoted = !quoted;
            }
            text.append(quoted && c == ';' ? ',' : c);
        }
        return text.toString();
    }
}
