package io.medusa.config;

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
    /** Every option that a configuration file may hold (docs/compatibility.md 2.3). */
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
}
