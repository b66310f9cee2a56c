package io.medusa.model;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Which tables a backup is limited to. The last pattern that matches a table decides. A table that no pattern matches is excluded,
 * unless the first pattern is an exclusion.
 *
 * @param patterns {@code keyspace} or {@code keyspace.table}, with {@code *} and {@code ?} in either part; a leading {@code !} marks
 *     an exclusion; empty for everything
 */
public record TableScope(List<String> patterns) {
    /** Everything. */
    public static final TableScope ALL = new TableScope(List.of());

    public TableScope {
        List<String> checked = new ArrayList<>();
        for (String pattern : patterns) {
            if (!isPattern(pattern)) {
                throw new MedusaException(
                        FailureKind.USAGE,
                        "pattern " + Segments.quoted(pattern)
                                + " is not valid. Write KEYSPACE or KEYSPACE.TABLE, with * and ? as wildcards and a leading !"
                                + " to exclude");
            }
            checked.add(pattern.strip());
        }
        patterns = List.copyOf(checked);
    }

    /** One pattern. */
    private record Parts(boolean excludes, String keyspace, String table) {
        static Parts of(String pattern) {
            String text = pattern.strip();
            boolean excludes = text.startsWith("!");
            String plain = excludes ? text.substring(1) : text;
            int dot = plain.indexOf('.');
            String keyspace = dot < 0 ? plain : plain.substring(0, dot);
            String table = dot < 0 ? "*" : plain.substring(dot + 1);
            return new Parts(excludes, keyspace, table);
        }

        boolean matches(TableDirectory directory) {
            return globMatches(keyspace, directory.keyspace()) && globMatches(table, directory.table());
        }
    }

    /** Whether the text is a pattern, ignoring blanks around it. */
    public static boolean isPattern(String text) {
        return text.strip().matches("!?[\\w*?]+(\\.[\\w*?]+)?");
    }

    /** Whether it includes every table. */
    public boolean isAll() {
        return patterns.isEmpty();
    }

    /** Whether the backup includes this table. */
    public boolean includes(TableDirectory directory) {
        boolean included = patterns.isEmpty() || patterns.get(0).startsWith("!");
        for (String pattern : patterns) {
            Parts parts = Parts.of(pattern);
            if (parts.matches(directory)) {
                included = !parts.excludes();
            }
        }
        return included;
    }

    /** The patterns that match none of these tables, without exclusions. */
    public List<String> unmatched(Collection<TableDirectory> tables) {
        return patterns.stream()
                .filter(pattern -> !pattern.startsWith("!"))
                .filter(pattern -> tables.stream().noneMatch(Parts.of(pattern)::matches))
                .toList();
    }

    /** Matches without backtracking beyond the last star, in quadratic time at worst. */
    private static boolean globMatches(String glob, String text) {
        int g = 0;
        int t = 0;
        int star = -1;
        int retry = 0;
        while (t < text.length()) {
            if (g < glob.length() && glob.charAt(g) == '*') {
                star = g++;
                retry = t;
            } else if (g < glob.length() && (glob.charAt(g) == '?' || glob.charAt(g) == text.charAt(t))) {
                g++;
                t++;
            } else if (star >= 0) {
                g = star + 1;
                t = ++retry;
            } else {
                return false;
            }
        }
        while (g < glob.length() && glob.charAt(g) == '*') {
            g++;
        }
        return g == glob.length();
    }

    /** The patterns, for messages. */
    @Override
    public String toString() {
        return isAll() ? "everything" : String.join(", ", patterns);
    }
}
