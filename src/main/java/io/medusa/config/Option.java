package io.medusa.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An option of the configuration file. From these rows the file is read, and the example file and the reference are made.
 *
 * @param fallback the value when no source sets the option; {@code null} for none
 * @param help one or more sentences, imperative where the option does something
 * @param example a value for the example file; {@code null} where the fallback is one
 */
public record Option<T>(
        String section,
        String name,
        OptionType<T> type,
        @Nullable String fallback,
        String help,
        @Nullable String example) {
    /** The name as the file's reader sees it: in lower case. */
    public String lookupName() {
        return name.toLowerCase(Locale.ROOT);
    }
}
