package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.catalog.LastBackup;
import io.medusa.error.MedusaException;
import io.medusa.model.ClusterBackup;
import io.medusa.report.Text;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa report-last-backup}: log lines, as monitoring scripts expect; always status 0. */
@Command(
        name = "report-last-backup",
        description = {"Log when this node and the cluster were last backed up."},
        footer = {"  medusa report-last-backup --push-metrics"})
final class ReportLastBackupCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ReportLastBackupCommand.class);

    @Option(names = "--push-metrics", description = "Also send the values to monitoring.")
    boolean pushMetrics;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        LastBackup flow = medusa.lastBackup();
        try {
            LastBackup.Result result =
                    pushMetrics ? medusa.measured().lastBackup(flow, medusa.node()) : flow.run(medusa.node());
            log(medusa, flow, result);
            if (output == OutputFormat.json) {
                print(Json.document(json(flow, result)));
            }
        } catch (MedusaException failed) {
            LOG.error("Cannot determine the last backup: {}", failed.getMessage());
        }
        return 0;
    }

    private static void log(Medusa medusa, LastBackup flow, LastBackup.Result result) {
        result.node()
                .ifPresentOrElse(
                        backup -> LOG.info(
                                "Latest node backup finished {} seconds ago",
                                flow.secondsSince(backup.finished().orElseThrow())),
                        () -> LOG.info("The node {} has no backup yet", medusa.node()));
        result.complete()
                .ifPresentOrElse(
                        backup -> {
                            LOG.info("Latest complete backup:");
                            LOG.info("- Name: {}", backup.name());
                            LOG.info(
                                    "- Finished: {} seconds ago",
                                    flow.secondsSince(backup.finished().orElseThrow()));
                        },
                        () -> LOG.info("The cluster this node belongs to has no complete backup yet"));
        if (result.latest().isEmpty()) {
            LOG.info("The cluster this node belongs to has not started a backup yet");
            return;
        }
        ClusterBackup latest = result.latest().get().backup();
        LOG.info("Latest backup:");
        LOG.info("- Name: {}", latest.name());
        LOG.info("- Finished: {}", latest.isComplete() ? "True" : "False");
        LOG.info("- Details - Node counts");
        LOG.info(
                "- Complete backup: {} nodes have completed the backup",
                latest.completeNodes().size());
        if (!latest.incompleteNodes().isEmpty()) {
            LOG.info(
                    "- Incomplete backup: {} nodes have not completed the backup yet",
                    latest.incompleteNodes().size());
            LOG.info("  These nodes are:");
            latest.incompleteNodes().forEach(node -> LOG.info("     {}", node.node()));
        }
        if (!latest.missingNodes().isEmpty()) {
            LOG.info(
                    "- Missing backup: {} nodes are not running backups",
                    latest.missingNodes().size());
            LOG.info("  These nodes are:");
            latest.missingNodes().forEach(node -> LOG.info("     {}", node));
        }
        LOG.info("- Total size: {}", Text.size(result.latest().get().size()).replaceFirst("([KMGT])B", "$1iB"));
        LOG.info("- Total files: {}", result.latest().get().objects());
    }

    private static Map<String, Object> json(LastBackup flow, LastBackup.Result result) {
        Map<String, Object> json = new HashMap<>();
        json.put("latest", result.latest().map(SummaryJson::of).orElse(null));
        result.due().ifPresent(due -> json.put("next_complete_due", due.getEpochSecond()));
        json.put(
                "latest_complete",
                result.complete().map(backup -> backup.name().value()).orElse(null));
        json.put(
                "seconds_since_complete_backup",
                result.complete()
                        .map(backup -> flow.secondsSince(backup.finished().orElseThrow()))
                        .orElse(null));
        json.put(
                "latest_of_node",
                result.node().map(backup -> backup.name().value()).orElse(null));
        json.put(
                "seconds_since_node_backup",
                result.node()
                        .map(backup -> flow.secondsSince(backup.finished().orElseThrow()))
                        .orElse(null));
        return json;
    }
}
