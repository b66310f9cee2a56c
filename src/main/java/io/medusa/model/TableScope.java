package io.medusa.model;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.ArrayList;
import java.util.List;

/**
 * Which tables a backup is limited to: patterns in an order, of which the last that matches a table decides. A table that none
 * matches is left out, unless the first pattern is an exclusion.
 *
 * @param patterns {@code keyspace} or {@code keyspace.table}, each part with {@code *} and {@code ?}, an exclusion with a leading
 *     {@code !}; none for everything
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
                                + " names no table; write KEYSPACE or KEYSPACE.TABLE with * and ? where wanted, and ! in"
                                + " front to leave out");
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

    /** Whether the text is a pattern, blanks around it aside. */
    public static boolean isPattern(String text) {
        return text.strip().matches("!?[\\w*?]+(\\.[\\w*?]+)?");
    }

    /** Whether nothing is left out. */
    public boolean isAll() {
        return patterns.isEmpty();
    }

    /** Whether the table of this directory belongs to the backup. */
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

    /** Without backtracking further than to the last star. */
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

    /** The patterns as people read them. */
    @Override
    public String toString() {
        return isAll() ? "everything" : String.join(", ", patterns);
    }
}
