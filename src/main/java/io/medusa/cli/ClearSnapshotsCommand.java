package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa clear-snapshots}. */
@Command(
        name = "clear-snapshots",
        description = {"Clear snapshots left on this node by backups.", "Asks for confirmation."},
        footer = {"  medusa clear-snapshots --yes"})
final class ClearSnapshotsCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ClearSnapshotsCommand.class);

    @Option(
            names = "--backup-name",
            paramLabel = "NAME",
            description = "Clear only the snapshot of this backup; repeatable.")
    List<String> backupNames = List.of();

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask for confirmation.")
    boolean yes;

    @Option(names = "--dry-run", description = "Print what would be cleared; change nothing.")
    boolean dryRun;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        CassandraNode node = medusa.onNode().node();
        List<String> left = node.snapshotTags().stream()
                .filter(tag -> tag.startsWith(Snapshot.TAG_PREFIX))
                .filter(tag ->
                        backupNames.isEmpty() || backupNames.contains(tag.substring(Snapshot.TAG_PREFIX.length())))
                .toList();
        List<String> cleared = new ArrayList<>();
        for (String tag : left) {
            if (!dryRun && (yes || confirm("Clear snapshot " + tag + "?"))) {
                node.clearSnapshot(tag);
                LOG.info("Cleared snapshot {}", tag);
                cleared.add(tag);
            }
        }
        if (output == OutputFormat.json) {
            Map<String, Object> json = new HashMap<>();
            json.put("found", left);
            json.put("cleared", cleared);
            print(Json.document(json));
        } else if (left.isEmpty()) {
            print("No backup snapshots on this node");
        } else {
            left.forEach(tag -> print(tag + (cleared.contains(tag) ? " cleared" : " kept; add --yes to clear it")));
        }
        return 0;
    }
}
