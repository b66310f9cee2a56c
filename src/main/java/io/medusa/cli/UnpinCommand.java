package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.model.BackupName;
import io.medusa.repository.Pins;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
    private static final Logger LOG = LoggerFactory.getLogger(UnpinCommand.class);

    @Parameters(paramLabel = "NAME", description = "Name of the backup.")
    @Nullable
    String name;

    @Option(names = "--dry-run", description = "Print whether the backup would be unpinned; change nothing.")
    boolean dryRun;

    @Mixin
    NoQuestions noQuestions = new NoQuestions();

    @Override
    int run(Medusa medusa) {
        BackupName backup = new BackupName(java.util.Objects.requireNonNull(name));
        Pins pins = medusa.pins();
        if (!(dryRun ? pins.names().contains(backup) : pins.unpin(backup))) {
            LOG.error("Backup {} is not pinned. Run medusa list-backups to see which are", backup);
            return 1;
        }
        LOG.info("{} backup {}", dryRun ? "Would unpin" : "Unpinned", backup);
        return 0;
    }
}
