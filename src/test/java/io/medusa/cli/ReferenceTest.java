package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.config.Option;
import io.medusa.config.Options;
import io.medusa.error.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The reference of options and keys, and the example file, are made from the code; {@code -Dmedusa.docs.write=true} writes them. */
final class ReferenceTest {
    private static final Path FILE = Path.of("docs/reference.md");
    private static final Path EXAMPLE = Path.of("src/main/dist/conf/medusa-example.ini");
    /** Options that somebody who copies the example needs. */
    private static final Set<String> ACTIVE = Set.of("storage_provider", "bucket_name", "base_path");

    /** Sections that make the Python Medusa fail, even if they are empty. */
    private static final Set<String> FOREIGN = Set.of("hooks");

    @Test
    void theReferenceIsThatOfTheCode() throws IOException {
        String made = make();
        if (Boolean.getBoolean("medusa.docs.write")) {
            Files.writeString(FILE, made);
        }
        assertThat(Files.readString(FILE)).isEqualTo(made);
    }

    @Test
    void theExampleFileHasEverySectionAndEveryOption() throws IOException {
        String made = makeExample();
        if (Boolean.getBoolean("medusa.docs.write")) {
            Files.writeString(EXAMPLE, made);
        }
        assertThat(Files.readString(EXAMPLE)).isEqualTo(made);
    }

    private static String makeExample() {
        StringBuilder out =
                new StringBuilder("; Copy to /etc/medusa/medusa.ini and adapt. Options that are commented out show"
                        + " their defaults, or an\n; example where there is none. Lines that begin with ; or # are comments; there are"
                        + " no comments after values.\n");
        for (String section : Options.sections()) {
            out.append(FOREIGN.contains(section) ? "\n; The Python Medusa fails on this section.\n;[" : "\n[")
                    .append(section)
                    .append("]\n");
            for (Option<?> option : Options.of(section)) {
                if (option.help().startsWith("Accepted and ignored")) {
                    continue;
                }
                wrapped(out, option.help());
                String value = option.example() == null ? option.fallback() : option.example();
                out.append(ACTIVE.contains(option.name()) ? "" : ";")
                        .append((option.name() + " = " + (value == null ? "" : value)).strip())
                        .append("\n");
            }
        }
        return out.toString();
    }

    private static void wrapped(StringBuilder out, String text) {
        int length = 0;
        for (String word : text.split(" ")) {
            if (length == 0 || length + word.length() > 110) {
                out.append(length == 0 ? "; " : "\n; ");
                length = 2;
            } else {
                out.append(' ');
            }
            out.append(word);
            length += word.length() + 1;
        }
        out.append("\n");
    }

    private static boolean isEmpty(@Nullable String text) {
        return text == null || text.isEmpty();
    }

    private static String make() {
        StringBuilder out = new StringBuilder();
        out.append(
                "# Reference\n\nGenerated from the code by `ReferenceTest`; do not edit by hand.\n\n## Options of every command\n\n");
        CommandLine root = new MedusaCommand(Map.of()).commandLine();
        options(out, root.getCommandSpec().options());
        out.append("\n## Commands\n");
        Set<CommandLine> rest = new LinkedHashSet<>(root.getSubcommands().values());
        HelpPage.GROUPS.forEach((group, names) -> {
            out.append("\n### ").append(group).append("\n");
            for (String name : names) {
                CommandLine command = root.getSubcommands().get(name);
                command(out, command);
                rest.remove(command);
            }
        });
        out.append("\n### Called by other commands\n");
        rest.forEach(command -> command(out, command));
        out.append("\n## Configuration keys\n");
        for (String section : Options.sections()) {
            out.append("\n### [")
                    .append(section)
                    .append("]\n\n| key | type | default | meaning |\n|---|---|---|---|\n");
            Options.of(section).forEach(option -> out.append("| `")
                    .append(option.name())
                    .append("` | ")
                    .append(option.type().label())
                    .append(" | ")
                    .append(isEmpty(option.fallback()) ? "" : "`" + option.fallback() + "`")
                    .append(" | ")
                    .append(option.help())
                    .append(" |\n"));
        }
        out.append("\n## Exit statuses\n\n| status | meaning | kinds of failure |\n|---|---|---|\n");
        for (ExitStatus status : ExitStatus.values()) {
            String kinds = Arrays.stream(FailureKind.values())
                    .filter(kind -> ExitStatus.of(kind) == status)
                    .map(kind -> "`" + kind.name().toLowerCase(java.util.Locale.ROOT) + "`")
                    .collect(Collectors.joining(", "));
            out.append("| ")
                    .append(status.number())
                    .append(" | ")
                    .append(status.meaning())
                    .append(" | ")
                    .append(kinds)
                    .append(" |\n");
        }
        out.append(
                "\n`verify` exits with 1 if it finds a problem, `report-last-backup` always with 0. A command that is"
                        + " killed by a second signal has the status that the shell gives it. Statuses other than 0, 1 and 2 are Medusa's own; the"
                        + " Python Medusa exits with 1 there. Where its scripts rely on 1 for any failure, 12 and 13 are not used:"
                        + " in `backup`, `backup-cluster`, `restore-cluster`, `purge`, `purge-decommissioned` and"
                        + " `build-index`.\n\nWith `--output json`, a command that fails prints one line on stdout,"
                        + " in addition to the log on stderr:\n\n    {\"error\": {\"exit_status\": 12, \"kind\": \"storage_unavailable\","
                        + " \"message\": \"...\"}, \"version\": 1}\n\nThe kind is one from the table, or `internal` for an error in Medusa itself."
                        + " `status` of a backup that does not exist prints `{}`, as the Python Medusa does.\n\n"
                        + "## JSON\n\n`--output json` prints one line. [schemas](schemas) has a JSON Schema for each command. Every document"
                        + " has `\"version\": 1`, which rises when a field is removed or changes its meaning. New fields may appear in"
                        + " the same version: ignore those that you do not know. `list-backups`, `status` and `fetch-tokenmap` have no version:"
                        + " they print what the Python Medusa prints, or a map by node, with fields of our own beside.\n");
        return out.toString();
    }

    private static void command(StringBuilder out, CommandLine command) {
        List<String> names = new ArrayList<>(List.of(command.getCommandName()));
        names.addAll(Arrays.asList(command.getCommandSpec().aliases()));
        out.append("\n#### ").append(String.join(", ", names)).append("\n\n");
        out.append(String.join(" ", command.getCommandSpec().usageMessage().description()))
                .append("\n\n");
        options(
                out,
                command.getCommandSpec().options().stream()
                        .filter(option -> !option.inherited())
                        .toList());
    }

    private static void options(StringBuilder out, List<OptionSpec> options) {
        out.append("| option | meaning |\n|---|---|\n");
        options.stream().filter(option -> !option.hidden()).forEach(option -> {
            String label = option.arity().max() == 0 ? "" : " " + option.paramLabel();
            out.append("| `")
                    .append(String.join("`, `", option.names()))
                    .append(label.replace("|", "\\|"))
                    .append("`")
                    .append(option.required() ? " (required)" : "")
                    .append(" | ")
                    .append(String.join(" ", option.description()))
                    .append(" |\n");
        });
    }
}
