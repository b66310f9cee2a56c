package io.medusa.config;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An option of the configuration file: the table from which defaults, the hint for a typo and the reference are made.
 *
 * @param fallback the value when the file does not name the option; {@code null} for none
 * @param meaning one sentence for the operator
 */
public record KnownOption(
        String section, String name, @Nullable String fallback, String meaning) {
    /** Every option that a configuration file may hold (compat.md 2.3). */
    public static final List<KnownOption> ALL = KnownOptions.all();

    /** The sections, in the order of the reference. */
    public static List<String> sections() {
        return ALL.stream().map(KnownOption::section).distinct().toList();
    }

    /** The option of that section and name. */
    public static Optional<KnownOption> find(String section, String name) {
        return ALL.stream()
                .filter(option ->
                        option.section().equals(section) && option.lookupName().equals(name))
                .findFirst();
    }

    /** The name as the file's reader sees it: in lower case. */
    public String lookupName() {
        return name.toLowerCase(java.util.Locale.ROOT);
    }

    /** The word of the list that is nearest to a mistyped one, if any is near at all. */
    static Optional<String> nearest(String typo, List<String> words) {
        int tolerated = Math.max(2, typo.length() / 3);
        return words.stream()
                .min(Comparator.comparingInt(word -> distance(typo, word)))
                .filter(word -> distance(typo, word) <= tolerated);
    }

    /** Edits (insert, delete, replace) from one word to the other. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
