package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.model.BackupName;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code medusa pin}. */
@Command(
        name = "pin",
        description = {"Protect a backup from retention on all nodes until it is unpinned."},
        footer = {"  medusa pin monday --reason 'before the upgrade'"})
final class PinCommand extends NodeCommand {
    @Parameters(paramLabel = "NAME", description = "Name of the backup.")
    @Nullable
    String name;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why the backup is pinned; shown by list-backups.")
    String reason = "";

    @Option(names = "--dry-run", description = "Print whether the backup would be pinned; change nothing.")
    boolean dryRun;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Mixin
    NoQuestions noQuestions = new NoQuestions();

    @Override
    int run(Medusa medusa) {
        BackupName backup = new BackupName(java.util.Objects.requireNonNull(name));
        var unused = medusa.backupStatus().known(backup);
        if (dryRun) {
            medusa.pins().refuseIfBeingDeleted(backup);
        } else {
            medusa.pins().pin(backup, reason);
        }
        say(dryRun && output == OutputFormat.text, (dryRun ? "Would pin" : "Pinned") + " backup " + backup);
        if (output == OutputFormat.json) {
            print(Json.document(Map.of("name", backup.value(), "pinned", true, "reason", reason, "dry_run", dryRun)));
        }
        return 0;
    }
}
