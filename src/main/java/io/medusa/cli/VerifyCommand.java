package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.verify.Finding;
import io.medusa.verify.VerifyBackup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa verify}. */
@Command(name = "verify", description = "Compare a backup's manifests with what the storage holds.")
final class VerifyCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(VerifyCommand.class);

    @Option(names = "--backup-name", paramLabel = "NAME", required = true, description = "Name of the backup.")
    @Nullable
    String backupName;

    @Option(names = "--enable-md5-checks", description = "Read every object and compare its content, too.")
    boolean enableMd5Checks;

    @Option(names = "--output", paramLabel = "text|json", description = "Print as JSON.")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        BackupName name = new BackupName(Objects.requireNonNull(backupName));
        VerifyBackup.Result result =
                medusa.verifyBackup().run(new VerifyBackup.Request(name, enableMd5Checks || medusa.hashByDefault()));
        if (output == OutputFormat.json) {
            print(Json.line(json(result)));
        } else {
            printText(result);
        }
        if (!result.isComplete()) {
            LOG.error("Backup is incomplete");
        } else if (!result.isGood()) {
            LOG.error("Manifest validation failed");
        }
        if (!result.backup().scope().isAll()) {
            LOG.warn("Backup {} is partial: only {}", name, result.backup().scope());
        }
        return !result.isGood() ? 1 : result.damaged().isEmpty() ? 0 : FINISHED_WITH_DAMAGE;
    }

    private void printText(VerifyBackup.Result result) {
        print("Validating " + result.backup().name() + " ...");
        if (!result.isComplete()) {
            print("- Completion: Not complete!");
            result.backup()
                    .incompleteNodes()
                    .forEach(node -> print("  - [" + node.node() + "] Backup started at "
                            + node.started().getEpochSecond() + ", but not finished yet"));
            result.backup().missingNodes().forEach(node -> print("  - [" + node + "] Backup missing"));
            return;
        }
        print("- Completion: OK!");
        if (result.findings().isEmpty()) {
            print("- Manifest validated: OK!!");
        } else {
            print("- Manifest validation: Failed!");
            result.findings()
                    .forEach(finding -> print(
                            "  - [" + finding.key() + "] " + finding.kind().words()));
        }
        if (!result.damaged().isEmpty()) {
            print("- Damaged on the node before they were backed up:");
            result.damaged().forEach(entry -> print("  - [" + entry.key() + "] " + entry.damage()));
        }
    }

    private static Map<String, Object> json(VerifyBackup.Result result) {
        Map<String, Object> json = new HashMap<>();
        json.put("name", result.backup().name().value());
        json.put("complete", result.isComplete());
        json.put("good", result.isGood());
        json.put("num_objects", result.objects());
        json.put("size", result.bytes());
        json.put(
                "incomplete_nodes_list",
                result.backup().incompleteNodes().stream()
                        .map(NodeBackup::node)
                        .map(NodeName::value)
                        .toList());
        json.put(
                "missing_nodes_list",
                result.backup().missingNodes().stream().map(NodeName::value).toList());
        json.put("findings", findings(result.findings()));
        json.put("damaged", DamageJson.of(result.damaged()));
        return json;
    }

    private static List<Map<String, Object>> findings(List<Finding> findings) {
        return findings.stream()
                .map(finding -> Map.<String, Object>of(
                        "fqdn",
                        finding.node().value(),
                        "path",
                        finding.key(),
                        "problem",
                        finding.kind().name().toLowerCase(java.util.Locale.ROOT)))
                .toList();
    }
}
