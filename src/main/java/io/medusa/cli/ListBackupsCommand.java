package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.ListBackups;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.Count;
import io.medusa.report.Text;
import io.medusa.repository.VerificationState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
        VerificationState verified = medusa.verifications();
        boolean empty;
        if (output == OutputFormat.json) {
            var summaries = flow.summaries(request);
            empty = summaries.isEmpty();
            Json.printList(summaries.stream().map(summary -> json(summary, pins, unique, verified)), out());
        } else {
            List<ClusterBackup> backups = flow.run(request);
            empty = backups.isEmpty();
            printText(backups, pins, unique, verified);
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
            Map<BackupName, String> pins,
            Map<BackupName, Long> unique,
            VerificationState verified) {
        BackupName name = summary.backup().name();
        VerificationState.OfBackup known = verified.of(summary.backup());
        Map<String, Object> json = new HashMap<>(SummaryJson.of(summary, known.open() > 0));
        json.putAll(VerifyJson.of(known));
        if (pins.containsKey(name)) {
            json.put("pinned", pins.get(name));
        }
        if (unique.containsKey(name)) {
            json.put("size_unique", unique.get(name));
        }
        return json;
    }

    private void printText(
            List<ClusterBackup> backups,
            Map<BackupName, String> pins,
            Map<BackupName, Long> unique,
            VerificationState verified) {
        for (ClusterBackup backup : backups) {
            String finished = backup.finished()
                    .map(Text::time)
                    .orElseGet(() -> "Incomplete [" + backup.completeNodes().size() + " of "
                            + backup.tokenMap().names().size() + " nodes finished]");
            print(backup.name() + " (started: " + Text.time(backup.started()) + ", finished: " + finished + ")"
                    + (backup.scope().isAll() ? "" : " [Partial: " + backup.scope() + "]")
                    + damaged(verified.of(backup).open())
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

    private static String damaged(long findings) {
        return findings == 0 ? "" : " [Damaged: " + Count.of(findings, "finding") + "]";
    }

    private static String pinned(@Nullable String reason) {
        if (reason == null) {
            return "";
        }
        return reason.isEmpty() ? " [Pinned]" : " [Pinned: " + reason + "]";
    }
}
