package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.repository.Pins;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code medusa unpin}. */
@Command(
        name = "unpin",
        description = {"Unpin a backup, so that retention can delete it."},
        footer = {"  medusa unpin monday"})
final class UnpinCommand extends NodeCommand {
    @Parameters(paramLabel = "NAME", description = "Name of the backup.")
    @Nullable
    String name;

    @Option(names = "--dry-run", description = "Print whether the backup would be unpinned; change nothing.")
    boolean dryRun;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Mixin
    NoQuestions noQuestions = new NoQuestions();

    @Override
    int run(Medusa medusa) {
        BackupName backup = new BackupName(java.util.Objects.requireNonNull(name));
        Pins pins = medusa.pins();
        if (!(dryRun ? pins.names().contains(backup) : pins.unpin(backup))) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "Backup " + backup + " is not pinned. Run medusa list-backups to see which are");
        }
        say(dryRun && output == OutputFormat.text, (dryRun ? "Would unpin" : "Unpinned") + " backup " + backup);
        if (output == OutputFormat.json) {
            print(Json.document(Map.of("name", backup.value(), "pinned", false, "dry_run", dryRun)));
        }
        return 0;
    }
}
