package io.medusa.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A section of the file while its options are being defined. */
final class Section {
    private final String name;
    private final List<Option<?>> options = new ArrayList<>();

    Section(String name) {
        this.name = name;
    }

    <T> Option<T> option(String option, OptionType<T> type, @Nullable String fallback, String help) {
        return option(option, type, fallback, help, null);
    }

    <T> Option<T> option(
            String option, OptionType<T> type, @Nullable String fallback, String help, @Nullable String example) {
        Option<T> row = new Option<>(name, option, type, fallback, help, example);
        options.add(row);
        return row;
    }

    /** In the order of their definition. */
    List<Option<?>> options() {
        return List.copyOf(options);
    }
}
