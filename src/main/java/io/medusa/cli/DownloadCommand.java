package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.report.Text;
import io.medusa.restore.DownloadBackup;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa download}. */
@Command(
        name = "download",
        description = {"Download this node's part of a backup into a directory."},
        footer = {"  medusa download --backup-name monday --download-destination /var/tmp/monday --table shop.orders"})
final class DownloadCommand extends NodeCommand implements Interruptible {
    @Option(names = "--backup-name", paramLabel = "NAME", required = true, description = "Name of the backup.")
    @Nullable
    String backupName;

    @Option(
            names = "--download-destination",
            paramLabel = "DIR",
            required = true,
            description = "Existing directory. Files that are already there and correct are kept.")
    @Nullable
    Path destination;

    @Mixin
    Selection selection = new Selection();

    @Option(
            names = "--ignore-system-keyspaces",
            description = "Skip the system keyspaces, which are otherwise included even with --keyspace or --table.")
    boolean ignoreSystemKeyspaces;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Option(names = "--dry-run", description = "Print what would be downloaded; change nothing.")
    boolean dryRun;

    @Mixin
    NoQuestions noQuestions = new NoQuestions();

    @Override
    public Optional<String> afterInterrupt() {
        return Optional.of(
                "What was downloaded stays in " + destination + ": run the same command again to resume, or remove it");
    }

    @Override
    int run(Medusa medusa) {
        DownloadBackup.Request request = new DownloadBackup.Request(
                medusa.node(),
                new BackupName(Objects.requireNonNull(backupName)),
                Objects.requireNonNull(destination),
                selection.tableSelection(),
                !ignoreSystemKeyspaces);
        DownloadBackup flow = medusa.downloadBackup();
        DownloadBackup.Result result = dryRun ? flow.plan(request) : flow.run(request);
        say(
                dryRun && output == OutputFormat.text,
                (dryRun ? "Would download " : "Downloaded ") + Count.of(result.fetched(), "file") + ", "
                        + Text.size(result.fetchedBytes()) + "; kept " + Count.of(result.kept(), "file") + ", "
                        + Text.size(result.keptBytes()));
        if (output == OutputFormat.json) {
            print(Json.document(Map.of(
                    "downloaded_objects",
                    result.fetched(),
                    "downloaded_bytes",
                    result.fetchedBytes(),
                    "kept_objects",
                    result.kept(),
                    "kept_bytes",
                    result.keptBytes())));
        }
        return 0;
    }
}
