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
@Command(name = "clear-snapshots", description = "Remove snapshots that backups have left on this node, after asking.")
final class ClearSnapshotsCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ClearSnapshotsCommand.class);

    @Option(names = "--backup-name", paramLabel = "NAME", description = "Only that of this backup; can be repeated.")
    List<String> backupNames = List.of();

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask.")
    boolean yes;

    @Option(names = "--output", paramLabel = "text|json", description = "Print the result as JSON.")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        CassandraNode node = medusa.cassandraNode();
        List<String> left = node.snapshotTags().stream()
                .filter(tag -> tag.startsWith(Snapshot.TAG_PREFIX))
                .filter(tag ->
                        backupNames.isEmpty() || backupNames.contains(tag.substring(Snapshot.TAG_PREFIX.length())))
                .toList();
        List<String> cleared = new ArrayList<>();
        for (String tag : left) {
            if (yes || isConfirmed("Clear snapshot " + tag + "?")) {
                node.clearSnapshot(tag);
                LOG.info("Cleared snapshot {}", tag);
                cleared.add(tag);
            }
        }
        if (output == OutputFormat.json) {
            Map<String, Object> json = new HashMap<>();
            json.put("found", left);
            json.put("cleared", cleared);
            print(Json.line(json));
        } else if (left.isEmpty()) {
            print("No snapshots of backups on this node");
        } else {
            left.forEach(tag -> print(tag + (cleared.contains(tag) ? " cleared" : " left; add -y to clear it")));
        }
        return 0;
    }
}
