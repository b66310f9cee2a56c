package io.medusa.cassandra.cql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The columns of a CREATE TABLE statement, as far as they decide whether its SSTables can be read.
 *
 * @param types of all columns, by name as written
 * @param primaryKey the parts of the key as written, without blanks
 */
record TableColumns(Map<String, String> types, String primaryKey) {
    private static final Pattern KEY = Pattern.compile("(?is)PRIMARY\\s+KEY\\s*\\((.*)\\)");
    private static final Pattern COLUMN =
            Pattern.compile("(?is)(\"(?:[^\"]|\"\")+\"|\\w+)\\s+(.+?)(\\s+static)?(\\s+PRIMARY\\s+KEY)?");

    private static final Pattern ALTERATION = Pattern.compile("(?is)\\s(DROP|ADD)\\s+(\"(?:[^\"]|\"\")+\"|\\w+)");

    static TableColumns of(String createTable) {
        int open = createTable.indexOf('(');
        Map<String, String> types = new LinkedHashMap<>();
        String key = "";
        for (String part : parts(createTable, open + 1)) {
            Matcher keyPart = KEY.matcher(part);
            Matcher column = COLUMN.matcher(part);
            if (keyPart.matches()) {
                key = keyPart.group(1).replaceAll("\\s", "");
            } else if (column.matches()) {
                types.put(column.group(1), type(column.group(2), column.group(3)));
                if (column.group(4) != null) {
                    key = column.group(1);
                }
            }
        }
        return new TableColumns(types, key);
    }

    private static String type(String text, @org.jspecify.annotations.Nullable String isStatic) {
        return text.replaceAll("\\s", "").toLowerCase(Locale.ROOT) + (isStatic == null ? "" : " static");
    }

    /** The parts between commas that stand in no brackets or quotes, until the bracket that closes the list. */
    private static List<String> parts(String text, int from) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        boolean quoted = false;
        int start = from;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (c == '(' || c == '<')) {
                depth++;
            } else if (!quoted && (c == '>' || (c == ')' && depth > 0))) {
                depth--;
            } else if (!quoted && ((c == ',' && depth == 0) || c == ')')) {
                parts.add(text.substring(start, i).strip());
                start = i + 1;
                if (c == ')') {
                    break;
                }
            }
        }
        return parts;
    }

    /**
     * The columns that these statements drop and do not add again, each with the statement that drops it.
     *
     * @param alterations ALTER TABLE statements in their order
     */
    Map<String, String> dropped(List<String> alterations) {
        Map<String, String> dropped = new LinkedHashMap<>();
        for (String alteration : alterations) {
            Matcher matcher = ALTERATION.matcher(alteration);
            if (!matcher.find()) {
                continue;
            }
            if (matcher.group(1).equalsIgnoreCase("DROP")) {
                dropped.put(matcher.group(2), alteration);
            } else {
                dropped.remove(matcher.group(2));
            }
        }
        return dropped;
    }

    /** The same columns without some. */
    TableColumns without(Set<String> names) {
        Map<String, String> kept = new LinkedHashMap<>(types);
        kept.keySet().removeAll(names);
        return new TableColumns(kept, primaryKey);
    }

    /** Why data written with these columns cannot be read with the others, if it cannot. */
    Optional<String> misfit(TableColumns now) {
        if (!primaryKey.equals(now.primaryKey)) {
            return Optional.of("its primary key was (" + primaryKey + ") and is (" + now.primaryKey + ")");
        }
        for (Map.Entry<String, String> column : types.entrySet()) {
            String type = now.types.get(column.getKey());
            if (type == null) {
                return Optional.of("it has no column " + column.getKey() + " any more");
            }
            if (!type.equals(column.getValue())) {
                return Optional.of("column " + column.getKey() + " was " + column.getValue() + " and is " + type);
            }
        }
        return Optional.empty();
    }
}
