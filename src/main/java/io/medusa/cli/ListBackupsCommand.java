package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.ListBackups;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.report.Text;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa list-backups}. */
@Command(
        name = "list-backups",
        description = {"List the backups that include this node."},
        footer = {"  medusa list-backups --show-all", "  medusa list-backups --show-all --sizes --output json"})
final class ListBackupsCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ListBackupsCommand.class);

    @Option(names = "--show-all", negatable = true, description = "List the backups of all nodes.")
    boolean showAll;

    @Option(names = "--sizes", description = "Show each backup's unique bytes: what deleting it would free.")
    boolean sizes;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        ListBackups flow = medusa.listBackups();
        ListBackups.Request request = new ListBackups.Request(medusa.node(), showAll);
        Map<BackupName, String> pins = new HashMap<>();
        medusa.pins().all().forEach(pin -> pins.put(pin.name(), pin.reason()));
        Map<BackupName, Long> unique = new HashMap<>();
        if (sizes) {
            flow.shares().forEach((name, share) -> unique.put(name, share.unique()));
        }
        boolean empty;
        if (output == OutputFormat.json) {
            var summaries = flow.summaries(request);
            empty = summaries.isEmpty();
            Set<BackupName> damaged = medusa.foundDamaged();
            Json.printList(summaries.stream().map(summary -> json(summary, damaged, pins, unique)), out());
        } else {
            List<ClusterBackup> backups = flow.run(request);
            empty = backups.isEmpty();
            printText(backups, pins, unique);
        }
        if (empty && !flow.hasIndex()) {
            LOG.info("No backups found in index. Consider running \"medusa build-index\" if you have some backups");
        } else if (empty && !showAll) {
            LOG.info(
                    "No backup in the index includes node {}. --show-all lists the backups of other nodes",
                    medusa.node());
        }
        return 0;
    }

    private static Map<String, Object> json(
            BackupSummary summary,
            Set<BackupName> damaged,
            Map<BackupName, String> pins,
            Map<BackupName, Long> unique) {
        BackupName name = summary.backup().name();
        Map<String, Object> json = new HashMap<>(SummaryJson.of(summary, damaged.contains(name)));
        if (pins.containsKey(name)) {
            json.put("pinned", pins.get(name));
        }
        if (unique.containsKey(name)) {
            json.put("size_unique", unique.get(name));
        }
        return json;
    }

    private void printText(List<ClusterBackup> backups, Map<BackupName, String> pins, Map<BackupName, Long> unique) {
        for (ClusterBackup backup : backups) {
            String finished = backup.finished()
                    .map(Text::time)
                    .orElseGet(() -> "Incomplete [" + backup.completeNodes().size() + " of "
                            + backup.tokenMap().names().size() + " nodes finished]");
            print(backup.name() + " (started: " + Text.time(backup.started()) + ", finished: " + finished + ")"
                    + (backup.scope().isAll() ? "" : " [Partial: " + backup.scope() + "]")
                    + pinned(pins.get(backup.name()))
                    + (unique.containsKey(backup.name())
                            ? " [unique: " + Text.size(unique.getOrDefault(backup.name(), 0L)) + "]"
                            : ""));
        }
        if (backups.stream().anyMatch(backup -> !backup.isComplete())) {
            print("");
            print("Incomplete backups found. You can run \"medusa status --backup-name <name>\" for more details");
        }
    }

    private static String pinned(@Nullable String reason) {
        if (reason == null) {
            return "";
        }
        return reason.isEmpty() ? " [Pinned]" : " [Pinned: " + reason + "]";
    }
}
