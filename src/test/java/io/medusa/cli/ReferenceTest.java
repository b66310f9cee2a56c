package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.config.KnownOption;
import io.medusa.error.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The reference of options and keys is made from the code; {@code -Dmedusa.docs.write=true} writes it anew. */
final class ReferenceTest {
    private static final Path FILE = Path.of("docs/reference.md");

    @Test
    void theReferenceIsThatOfTheCode() throws IOException {
        String made = make();
        if (Boolean.getBoolean("medusa.docs.write")) {
            Files.writeString(FILE, made);
        }
        assertThat(Files.readString(FILE)).isEqualTo(made);
    }

    private static String make() {
        StringBuilder out = new StringBuilder();
        out.append(
                "# Reference\n\nMade from the code by `ReferenceTest`; do not edit by hand.\n\n## Options of every command\n\n");
        CommandLine root = new MedusaCommand().commandLine();
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
        for (String section : KnownOption.sections()) {
            out.append("\n### [").append(section).append("]\n\n| key | default | meaning |\n|---|---|---|\n");
            KnownOption.ALL.stream()
                    .filter(option -> option.section().equals(section))
                    .forEach(option -> out.append("| `")
                            .append(option.name())
                            .append("` | ")
                            .append(
                                    option.fallback() == null
                                                    || option.fallback().isEmpty()
                                            ? ""
                                            : "`" + option.fallback() + "`")
                            .append(" | ")
                            .append(option.meaning())
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
                "\n`verify` ends with 1 if it finds anything wrong, `report-last-backup` always with 0. A command that is"
                        + " stopped by a second signal ends as the shell says. Statuses other than 0, 1 and 2 are Medusa's own; the"
                        + " Python Medusa ends with 1 there.\n\nWith `--output json`, a command that fails prints one line on stdout,"
                        + " beside the log on stderr:\n\n    {\"error\": {\"exit_status\": 12, \"kind\": \"storage_unavailable\","
                        + " \"message\": \"...\"}}\n\nThe kind is one of the table, or `internal` for an error in Medusa itself."
                        + " `status` of a backup that does not exist prints `{}`, as the Python Medusa does.\n");
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
