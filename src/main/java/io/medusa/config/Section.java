package io.medusa.config;

import io.medusa.model.Secret;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A section of the file while its options are being defined. */
final class Section {
    /** Ends the name of the option that names a file with a secret. */
    static final String FILE = "_file";
    /** The same for a program that prints it. */
    static final String COMMAND = "_command";

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

    /** An option for a secret, and those that name a file or a command that has it instead. */
    Option<Secret> secret(String option, String help, String example) {
        Option<Secret> row = option(option, OptionType.SECRET, null, help, example);
        var unusedFile = option(
                option + FILE,
                OptionType.PATH,
                null,
                "File whose only line is " + option + ", which it replaces.",
                "/etc/medusa/" + option);
        var unusedCommand = option(
                option + COMMAND,
                OptionType.WORDS,
                null,
                "Program that prints " + option
                        + " as its only line, which it replaces. Runs without a shell, for at most "
                        + "30 seconds, whenever the configuration is read.",
                "/usr/local/bin/medusa-secret " + option);
        return row;
    }

    /** In the order of their definition. */
    List<Option<?>> options() {
        return List.copyOf(options);
    }
}
