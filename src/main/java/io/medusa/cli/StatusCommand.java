package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.catalog.BackupSummary;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.Count;
import io.medusa.model.Coverage;
import io.medusa.model.NodeBackup;
import io.medusa.report.RunText;
import io.medusa.report.Text;
import io.medusa.repository.Run;
import io.medusa.repository.VerificationState;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa status}. */
@Command(
        name = "status",
        description = {"Show a backup's state on every node."},
        footer = {"  medusa status --backup-name monday", "  medusa status --backup-name monday --replicas 2"})
final class StatusCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(StatusCommand.class);

    @Option(names = "--backup-name", paramLabel = "NAME", required = true, description = "Name of the backup.")
    @Nullable
    String backupName;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json",
            description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Option(
            names = "--replicas",
            paramLabel = "N",
            description = "Show whether each token range has N backed-up replicas.")
    @Nullable
    Integer replicas;

    @Override
    int run(Medusa medusa) {
        BackupName name = new BackupName(Objects.requireNonNull(backupName));
        BackupSummary found;
        try {
            found = medusa.backupStatus().known(name);
        } catch (MedusaException unknown) {
            if (unknown.kind() != FailureKind.BACKUP_UNKNOWN) {
                throw unknown;
            }
            if (output == OutputFormat.json) {
                print("{}");
            }
            LOG.error("{}", unknown.getMessage());
            medusa.backupStatus().notBegun(name).forEach(run -> LOG.error("Node {} {}", run.node(), RunText.of(run)));
            return 1;
        }
        Optional<Coverage> coverage = replicas == null
                ? Optional.empty()
                : medusa.backupStatus().coverage(found.backup(), atLeastOne(replicas, "--replicas"));
        VerificationState.OfBackup verified = medusa.verifications().of(found.backup());
        if (output == OutputFormat.json) {
            Map<String, Object> json = SummaryJson.of(found, verified.open() > 0);
            json.putAll(VerifyJson.of(verified));
            coverage.ifPresent(ranges -> json.put("coverage", CoverageText.json(ranges)));
            print(Json.line(json));
        } else {
            printText(found);
            VerifyText.known(verified).forEach(this::print);
            coverage.ifPresent(ranges -> CoverageText.lines(ranges).forEach(this::print));
        }
        if (!found.backup().otherDatacenters().isEmpty()) {
            LOG.warn(
                    "- Not in this backup: datacenter {}",
                    String.join(", ", found.backup().otherDatacenters()));
        }
        noteStaged(medusa);
        if (replicas == null && !found.backup().isComplete()) {
            // beside what other readers of the output know
            medusa.backupStatus().coverage(found.backup(), 1).ifPresent(ranges -> CoverageText.lines(ranges)
                    .forEach(LOG::warn));
        }
        return 0;
    }

    /** Space on this node that nobody may remember. */
    private static void noteStaged(Medusa medusa) {
        try {
            long staged = medusa.onNode().abortRestore().stagedBytes();
            if (staged > 0) {
                LOG.warn(
                        "Interrupted restores have staged {} on this node: run them again to resume, or medusa"
                                + " restore-node --abort",
                        Text.size(staged));
            }
        } catch (MedusaException notOnANode) {
            LOG.debug("", notOnANode);
        }
    }

    private void printText(BackupSummary summary) {
        ClusterBackup backup = summary.backup();
        print(backup.isComplete() ? backup.name().value() : backup.name() + " [Incomplete!]");
        print("- Started: " + Text.time(backup.started()) + ", Finished: "
                + backup.finished().map(Text::time).orElse("never"));
        print("- " + backup.completeNodes().size() + " nodes completed, "
                + backup.incompleteNodes().size() + " nodes incomplete, "
                + backup.missingNodes().size() + " nodes missing");
        if (!backup.incompleteNodes().isEmpty()) {
            print("- Incomplete nodes:");
            backup.incompleteNodes().stream().map(NodeBackup::node).forEach(node -> print("    " + node));
        }
        if (!backup.missingNodes().isEmpty()) {
            print("- Missing nodes:");
            backup.missingNodes().forEach(node -> print("    " + node));
        }
        print("- " + summary.objects() + " files, " + Text.size(summary.size()));
        summary.runs().values().stream()
                .sorted(Comparator.comparing(Run::node))
                .forEach(run -> print("- Node " + run.node() + ": " + RunText.of(run)));
        summary.scopes().forEach(scope -> print("- Partial: only " + scope));
        if (!summary.damaged().isEmpty()) {
            print("- Damaged on the node before they were backed up: "
                    + Count.of(summary.damaged().size(), "file"));
            summary.damaged().forEach(entry -> print("    " + entry.key() + ": " + entry.damage()));
        }
    }
}
