package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.Count;
import io.medusa.model.ImportPlan;
import io.medusa.report.Text;
import io.medusa.restore.ImportSSTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa import-sstables}. */
@Command(
        name = "import-sstables",
        hidden = true,
        description = {
            "Import SSTables from several nodes' backups into this running node.",
            "Called by restore-cluster on every node of a cluster whose shape differs from the backup."
        })
final class ImportSSTablesCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ImportSSTablesCommand.class);

    @Option(names = "--plan", paramLabel = "FILE", required = true, description = "File with the import plan.")
    @Nullable
    Path plan;

    @Option(
            names = "--stage-only",
            description = "Download and verify only. The same command without this option resumes from there.")
    boolean stageOnly;

    @Option(names = "--temp-dir", paramLabel = "DIR", description = "Directory for the lock.")
    @Nullable
    Path tempDir;

    @Option(names = "--dry-run", description = "Print what would be imported; change nothing.")
    boolean dryRun;

    @Mixin
    NoQuestions noQuestions = new NoQuestions();

    @Override
    int run(Medusa medusa) {
        ImportSSTables.Request request = medusa.requests()
                .importSSTables(read(Objects.requireNonNull(plan)))
                .stageOnly(stageOnly);
        request = tempDir == null ? request : request.lockedIn(tempDir);
        ImportSSTables flow = medusa.onNode().importSSTables();
        ImportSSTables.Result result = dryRun ? flow.plan(request) : flow.run(request);
        LOG.info(
                "{} {}: {}, {} ({} downloaded), in {}",
                (dryRun ? "Would have " : "")
                        + (stageOnly ? dryRun ? "staged" : "Staged" : dryRun ? "imported" : "Imported"),
                Count.of(result.sstables(), "SSTable"),
                Count.of(result.files(), "file"),
                Text.size(result.bytes()),
                Text.size(result.fetchedBytes()),
                Text.duration(result.duration()));
        return 0;
    }

    private static ImportPlan read(Path file) {
        try {
            return ImportPlan.parse(Files.readAllLines(file));
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
        }
    }
}
