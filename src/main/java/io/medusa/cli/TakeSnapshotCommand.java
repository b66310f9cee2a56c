package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.Snapshot;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa take-snapshot}. */
@Command(
        name = "take-snapshot",
        hidden = true,
        description = {
            "Take a snapshot and keep it on this node for the backup of that name.",
            "Called by backup-cluster on every node before the first upload. Prints a line of JSON."
        })
final class TakeSnapshotCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(TakeSnapshotCommand.class);

    @Option(names = "--backup-name", paramLabel = "NAME", required = true, description = "Name of the backup.")
    @Nullable
    String backupName;

    @Option(names = "--keep-snapshot", description = "The backup keeps the snapshot, so it must not expire.")
    boolean keepSnapshot;

    @Option(names = "--dry-run", description = "Print which snapshot would be taken; change nothing.")
    boolean dryRun;

    @Mixin
    NoQuestions noQuestions = new NoQuestions();

    @Override
    int run(Medusa medusa) {
        BackupName name = new BackupName(Objects.requireNonNull(backupName));
        if (dryRun) {
            boolean there = medusa.onNode().node().snapshotTags().contains(Snapshot.tagOf(name));
            LOG.info("{} snapshot {}", there ? "Would keep" : "Would take", Snapshot.tagOf(name));
            print(Json.document(Map.of("dry_run", true, "exists", there)));
            return 0;
        }
        CassandraNode.Left left = medusa.onNode().node().leaveSnapshot(name, keepSnapshot);
        LOG.info("Snapshot {} holds {}", Snapshot.tagOf(name), Count.of(left.files(), "file"));
        Map<String, Object> json = new TreeMap<>(SnapshotFields.of(left.snapshot()));
        json.put("files", left.files());
        print(Json.document(json));
        return 0;
    }
}
