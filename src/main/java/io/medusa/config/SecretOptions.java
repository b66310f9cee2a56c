package io.medusa.config;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.os.SecretProgram;
import io.medusa.os.SmallFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Secrets that the configuration has itself, or in a file, or from a program: {@code NAME}, {@code NAME_file}, {@code NAME_command}. */
final class SecretOptions {
    private static final List<Trio> ALL = Options.ALL.stream()
            .filter(option -> option.type().equals(OptionType.SECRET))
            .flatMap(option -> Trio.of(option).stream())
            .toList();

    private SecretOptions() {}

    private record Trio(Option<?> secret, Option<?> file, Option<?> command) {
        static Optional<Trio> of(Option<?> secret) {
            return Options.find(secret.section(), secret.lookupName() + Section.FILE)
                    .map(file -> new Trio(
                            secret,
                            file,
                            Options.find(secret.section(), secret.lookupName() + Section.COMMAND)
                                    .orElseThrow()));
        }

        List<Option<?>> options() {
            return List.of(secret, file, command);
        }

        /** Without a cause, which might quote the secret. */
        static MedusaException unusable(Option<?> by, String why) {
            return new MedusaException(FailureKind.CONFIG_UNREADABLE, by.name() + " in [" + by.section() + "]: " + why);
        }
    }

    /**
     * Makes room for an option that is about to be set: a secret that a weaker source gives in another way no longer counts.
     *
     * @throws MedusaException if the same source gives it in two ways
     */
    static void prepare(Values values, Option<?> option) {
        for (Trio trio : ALL) {
            if (trio.options().contains(option)) {
                for (Option<?> other : trio.options()) {
                    if (!other.equals(option) && values.isSetInLayer(other)) {
                        throw new MedusaException(
                                FailureKind.CONFIG_INVALID,
                                other.name() + " and " + option.name() + " in [" + option.section()
                                        + "] exclude each other: keep one");
                    }
                    values.unset(other);
                }
            }
        }
    }

    /**
     * Reads the files.
     *
     * @param watch is told each of them before it is read
     */
    static void readFiles(Values values, Consumer<Path> watch) {
        for (Trio trio : ALL) {
            Optional<Path> named = values.find(trio.file()).map(Path.class::cast);
            named.ifPresent(file -> {
                watch.accept(file);
                try {
                    put(values, trio, trio.file(), SmallFiles.text(file), "file " + file);
                } catch (IOException failed) {
                    throw Trio.unusable(
                            trio.file(), file + " cannot be read by user " + System.getProperty("user.name"));
                }
            });
        }
    }

    /** Runs the programs. */
    static void runCommands(Values values) {
        for (Trio trio : ALL) {
            if (values.isSet(trio.command())) {
                List<String> words = values.parse(trio.command(), OptionType.WORDS);
                try {
                    put(values, trio, trio.command(), SecretProgram.output(words), "command " + words.get(0));
                } catch (IOException failed) {
                    throw Trio.unusable(trio.command(), String.valueOf(failed.getMessage()));
                }
            }
        }
    }

    private static void put(Values values, Trio trio, Option<?> by, String text, String source) {
        List<String> lines = text.lines().toList();
        if (lines.size() != 1 || lines.get(0).isBlank()) {
            throw Trio.unusable(
                    by, "the secret must be the only line, but there is " + (lines.isEmpty() ? "none" : "another"));
        }
        values.set(trio.secret().section(), trio.secret().name(), lines.get(0).strip(), source);
    }
}
