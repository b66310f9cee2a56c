package io.medusa.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The columns of a {@code CREATE TABLE} or {@code CREATE TYPE} statement, with unquoted names.
 *
 * @param columns or fields, by name, in their order
 * @param partitionKey and {@code clustering}: names, in their order
 * @param descending the clustering columns whose order is reversed
 */
public record CreateTable(
        Map<String, Column> columns,
        List<String> partitionKey,
        List<String> clustering,
        Set<String> descending,
        boolean compact) {
    private static final String NAME = "(\"(?:[^\"]|\"\")+\"|\\w+)";
    private static final Pattern KEY = Pattern.compile("(?is)PRIMARY\\s+KEY\\s*\\((.*)\\)");
    private static final Pattern COLUMN = Pattern.compile("(?is)" + NAME
            + "\\s+(.+?)(\\s+static)?(?:\\s+MASKED\\s+WITH\\s.+?)?(?:\\s+CHECK\\s.+?)?(\\s+PRIMARY\\s+KEY)?");
    private static final Pattern ORDER = Pattern.compile("(?is)CLUSTERING\\s+ORDER\\s+BY\\s*\\((.*?)\\)");
    private static final Pattern DESCENDING = Pattern.compile("(?is)" + NAME + "\\s+DESC");
    private static final Pattern ALTERATION = Pattern.compile(
            "(?is)\\s(DROP|ADD)\\s+" + NAME + "(?:\\s+USING\\s+TIMESTAMP\\s+(\\d+)|\\s+(.+?)(\\s+static)?)?\\s*$");

    /** A column's type as written. */
    public record Column(String type, boolean isStatic) {}

    /** The columns that an {@code ALTER TABLE} adds or drops. */
    public record Alteration(boolean drops, String column, Column added, long micros) {}

    /** Parses the statement. */
    public static CreateTable of(String cql) {
        int open = cql.indexOf('(');
        Map<String, Column> columns = new LinkedHashMap<>();
        List<String> partitionKey = new ArrayList<>();
        List<String> clustering = new ArrayList<>();
        for (String part : parts(cql, open + 1)) {
            Matcher key = KEY.matcher(part);
            Matcher column = COLUMN.matcher(part);
            if (key.matches()) {
                List<String> names = parts(key.group(1), 0);
                partitionKey.addAll(names.get(0).startsWith("(") ? parts(names.get(0), 1) : names.subList(0, 1));
                clustering.addAll(names.subList(1, names.size()));
            } else if (column.matches()) {
                String name = SchemaStatement.unquoted(column.group(1));
                columns.put(name, new Column(column.group(2), column.group(3) != null));
                if (column.group(4) != null) {
                    partitionKey.add(column.group(1));
                }
            }
        }
        partitionKey.replaceAll(SchemaStatement::unquoted);
        clustering.replaceAll(SchemaStatement::unquoted);
        String options = cql.substring(endOfColumns(cql)).replaceAll("'(?:[^']|'')*'", "''");
        Set<String> descending = new TreeSet<>();
        Matcher order = ORDER.matcher(options);
        if (order.find()) {
            Matcher each = DESCENDING.matcher(order.group(1));
            while (each.find()) {
                descending.add(SchemaStatement.unquoted(each.group(1)));
            }
        }
        boolean compact = options.toUpperCase(Locale.ROOT).matches("(?s).*\\bCOMPACT\\s+STORAGE\\b.*");
        return new CreateTable(columns, partitionKey, clustering, descending, compact);
    }

    /** The change that such a statement makes to the columns, if any. */
    public static List<Alteration> alterations(String alterTable) {
        Matcher matcher = ALTERATION.matcher(alterTable);
        if (!matcher.find()) {
            return List.of();
        }
        String name = SchemaStatement.unquoted(matcher.group(2));
        boolean drops = matcher.group(1).equalsIgnoreCase("DROP");
        String micros = matcher.group(3);
        return List.of(new Alteration(
                drops,
                name,
                new Column(drops || matcher.group(4) == null ? "" : matcher.group(4), matcher.group(5) != null),
                micros == null ? 0 : Long.parseLong(micros)));
    }

    /** After the parenthesis that closes the first one. */
    static int endOfColumns(String cql) {
        int depth = 0;
        int next;
        for (int at = 0; at < cql.length(); at = next) {
            next = Math.max(at + 1, Quotes.skip(cql, at));
            char c = cql.charAt(at);
            if (c == '(') {
                depth++;
            } else if (c == ')' && --depth == 0) {
                return next;
            }
        }
        return cql.length();
    }

    /** Splits at commas outside brackets and quotes, up to the bracket that closes the list, or the end. */
    private static List<String> parts(String text, int from) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = from;
        int i = from;
        for (; i < text.length(); i++) {
            char c = text.charAt(i);
            int quoted = Quotes.skip(text, i);
            if (quoted > i) {
                i = quoted - 1;
            } else if (c == '(' || c == '<') {
                depth++;
            } else if (c == '>' || (c == ')' && depth > 0)) {
                depth--;
            } else if (c == ')') {
                break;
            } else if (c == ',' && depth == 0) {
                parts.add(text.substring(start, i).strip());
                start = i + 1;
            }
        }
        parts.add(text.substring(start, i).strip());
        return parts;
    }
}
