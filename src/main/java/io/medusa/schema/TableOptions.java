package io.medusa.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The options after {@code WITH} of a statement that creates a table or view, as far as another version of Cassandra may not know
 * them.
 *
 * @param cql the statement without those
 * @param unknown their names
 */
public record TableOptions(String cql, Set<String> unknown) {
    private static final String WITH = "WITH";
    private static final String AND = "AND";

    /**
     * Leaves out the options that are not known.
     *
     * @param known names in lower case, besides the id, which is known everywhere
     */
    public static TableOptions keep(String cql, Set<String> known) {
        List<String> parts = parts(cql);
        Set<String> unknown = new TreeSet<>();
        List<String> kept = new ArrayList<>();
        for (String part : parts.subList(1, parts.size())) {
            int equals = part.indexOf('=');
            String name = part.substring(0, Math.max(0, equals)).strip().toLowerCase(Locale.ROOT);
            // clustering order and compact storage are not settings
            if (!name.matches("\\w+") || name.equals("id") || known.contains(name)) {
                kept.add(part.strip());
            } else {
                unknown.add(name);
            }
        }
        if (unknown.isEmpty()) {
            return new TableOptions(cql, Set.of());
        }
        String columns = parts.get(0).stripTrailing();
        return new TableOptions(
                kept.isEmpty() ? columns : columns + " WITH " + String.join("\n    AND ", kept), unknown);
    }

    /** What stands before the options, then each option; strings, quoted names and brackets are whole. */
    private static List<String> parts(String cql) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < cql.length(); i++) {
            char c = cql.charAt(i);
            int quoted = Quotes.skip(cql, i);
            if (quoted > i) {
                i = quoted - 1;
            } else if ("({[".indexOf(c) >= 0) {
                depth++;
            } else if (")}]".indexOf(c) >= 0) {
                depth--;
            } else if (depth == 0) {
                String separator = parts.isEmpty() ? WITH : AND;
                if (isWord(cql, i, separator)) {
                    parts.add(cql.substring(start, i));
                    i += separator.length();
                    start = i;
                }
            }
        }
        parts.add(cql.substring(start));
        return parts;
    }

    private static boolean isWord(String cql, int at, String word) {
        int end = at + word.length();
        return cql.regionMatches(true, at, word, 0, word.length())
                && at > 0
                && !Character.isJavaIdentifierPart(cql.charAt(at - 1))
                && end < cql.length()
                && !Character.isJavaIdentifierPart(cql.charAt(end));
    }
}
