package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.restore.RestoreNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa restore-node}. */
@Command(
        name = "restore-node",
        description =
                "Restore this node in place: fetch and check everything, then stop Cassandra, exchange the data and"
                        + " start it. With --keyspace or --table all other tables stay as they are.")
final class RestoreNodeCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreNodeCommand.class);

    @Option(names = "--backup-name", paramLabel = "NAME", required = true, description = "Name of the backup.")
    @Nullable
    String backupName;

    @Option(
            names = "--temp-dir",
            paramLabel = "DIRECTORY",
            description = "Directory for the lock; data is staged beside the data directories.")
    @Nullable
    Path tempDir;

    @Option(names = "--in-place", description = "Restore the node that was backed up (the default).")
    boolean inPlace;

    @Option(
            names = "--version-target",
            paramLabel = "VERSION",
            description = "Accepted for scripts; the version is that of the node.")
    @Nullable
    String versionTarget;

    @Option(
            names = {"--remote", "--use-sstableloader"},
            hidden = true,
            description = "Not in this version.")
    boolean elsewhere;

    @Option(names = "--keep-auth", hidden = true, description = "Not in this version.")
    boolean keepAuth;

    @Option(
            names = "--seeds",
            paramLabel = "HOST,HOST",
            description = "Wait for one of these hosts before Cassandra is started.")
    @Nullable
    String seeds;

    @Option(names = "--verify", negatable = true, description = "Run the query of [checks] on the restored node.")
    boolean verify;

    @Mixin
    Selection selection = new Selection();

    @Option(names = "--output", paramLabel = "text|json", description = "Print the result as JSON.")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        if (elsewhere || keepAuth) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "this version restores in place only: leave out --remote, --keep-auth and --use-sstableloader");
        }
        RestoreNode.Result result = medusa.restoreNode()
                .run(new RestoreNode.Request(
                        medusa.node(),
                        new BackupName(Objects.requireNonNull(backupName)),
                        selection.tableSelection(),
                        seedList(),
                        verify ? Optional.of(medusa.restoreCheck()) : Optional.empty(),
                        medusa.sudoAllowed(),
                        tempDir == null ? medusa.temporaryDirectory() : tempDir));
        if (result.tables() > 0) {
            LOG.info(
                    "Restored {} tables from {}: {} files, {} in {}",
                    result.tables(),
                    backupName,
                    result.files(),
                    Text.size(result.bytes()),
                    Text.duration(result.duration()));
        }
        if (output == OutputFormat.json) {
            print(Json.line(Map.of(
                    "name",
                    Objects.requireNonNull(backupName),
                    "restored_tables",
                    result.tables(),
                    "num_objects",
                    result.files(),
                    "size",
                    result.bytes(),
                    "duration_seconds",
                    result.duration().toMillis() / 1000.0)));
        }
        return 0;
    }

    private List<String> seedList() {
        return seeds == null
                ? List.of()
                : Arrays.stream(seeds.split(",", -1))
                        .map(String::strip)
                        .filter(seed -> !seed.isEmpty())
                        .toList();
    }
}
