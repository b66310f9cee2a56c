package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.report.Text;
import io.medusa.verify.Finding;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa verify}. */
@Command(
        name = "verify",
        description = {
            "Compare backups with the objects in the bucket. Records the result in the bucket; changes no backup.",
            "Levels: exists compares names and sizes; sample also reads some objects, content all of them; "
                    + "sstable also checks data against Cassandra's own checksums. Exits with 1 if it finds a problem."
        },
        footer = {
            "  medusa verify --backup-name monday",
            "  medusa verify --all --level content --checkpoint /var/tmp/medusa-verify"
        })
final class VerifyCommand extends NodeCommand {
    private static final int SAMPLE = 10;
    private static final Logger LOG = LoggerFactory.getLogger(VerifyCommand.class);

    @Option(names = "--backup-name", paramLabel = "NAME", description = "Name of the backup.")
    @Nullable
    String backupName;

    @Option(
            names = "--all",
            description = "Verify all backups of all nodes, checking each object once, and count orphaned objects.")
    boolean all;

    @Option(
            names = "--level",
            paramLabel = "exists|sample|content|sstable",
            description = "How thoroughly to check (default: exists).")
    @Nullable
    Depth level;

    @Option(
            names = "--percent",
            paramLabel = "N",
            description = "Percentage of objects that --level sample reads (default: 10).")
    @Nullable
    Integer percent;

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description = "Record progress in FILE, and resume from it if it exists.")
    @Nullable
    Path checkpoint;

    @Option(
            names = "--enable-md5-checks",
            description = "Also read and compare every object whose hash the listing does not show.")
    boolean enableMd5Checks;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    /** The levels by the names that users write. */
    enum Depth {
        exists(Level.EXISTS),
        sample(Level.SAMPLE),
        content(Level.CONTENT),
        sstable(Level.SSTABLE);

        private final Level level;

        Depth(Level level) {
            this.level = level;
        }
    }

    @Override
    int run(Medusa medusa) {
        if (all == (backupName != null)) {
            throw usage(
                    all ? "--all and --backup-name cannot be combined" : "Missing option '--backup-name' (or --all).");
        }
        if (percent != null && (percent < 1 || percent > 100)) {
            throw usage("--percent must be from 1 to 100");
        }
        if (percent != null && level != Depth.sample) {
            throw usage("--percent needs --level sample");
        }
        VerifyBackup.Report report = medusa.verification()
                .run(medusa.requests()
                        .verify()
                        .of(Optional.ofNullable(backupName).map(BackupName::new))
                        .at(levelOf(medusa))
                        .sampling(percent == null ? SAMPLE : percent)
                        .recordedIn(Optional.ofNullable(checkpoint)));
        if (output == OutputFormat.json) {
            print(Json.line(all ? json(report) : json(report.results().get(0), report)));
        } else {
            report.results().forEach(result -> printText(result, report));
        }
        if (report.read() > 0) {
            LOG.info("Read and verified {}, {}", Count.of(report.read(), "object"), Text.size(report.bytesRead()));
        }
        if (report.orphans().objects() > 0) {
            LOG.info(
                    "{} ({}) belong to no backup in the index. medusa purge deletes orphans once they are past"
                            + " the grace period",
                    Count.of(report.orphans().objects(), "data object"),
                    Text.size(report.orphans().bytes()));
        }
        int status = 0;
        for (VerifyBackup.Result result : report.results()) {
            status = worse(status, tell(result));
        }
        return status;
    }

    private Level levelOf(Medusa medusa) {
        Level wanted = level == null ? Level.EXISTS : level.level;
        boolean hashes = enableMd5Checks || (level == null && medusa.requests().compareHashes());
        return hashes && wanted == Level.EXISTS ? Level.HASHES : wanted;
    }

    /** Says what is wrong and gives the status. Among all backups one that still runs is no failure. */
    private int tell(VerifyBackup.Result result) {
        if (!result.backup().scope().isAll()) {
            LOG.warn(
                    "Backup {} is partial: only {}",
                    result.backup().name(),
                    result.backup().scope());
        }
        if (!result.isComplete() && !(all && result.findings().isEmpty())) {
            LOG.error("Backup is incomplete");
            return 1;
        }
        if (!result.findings().isEmpty()) {
            LOG.error("Manifest validation failed");
            return 1;
        }
        return result.damaged().isEmpty() ? 0 : FINISHED_WITH_DAMAGE;
    }

    private static int worse(int a, int b) {
        return a == 1 || b == 1 ? 1 : Math.max(a, b);
    }

    private void printText(VerifyBackup.Result result, VerifyBackup.Report report) {
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
            result.findings().forEach(finding -> tellSharing(finding, report));
        }
        if (!result.damaged().isEmpty()) {
            print("- Damaged on the node before they were backed up:");
            result.damaged().forEach(entry -> print("  - [" + entry.key() + "] " + entry.damage()));
        }
    }

    /** Which other backups are damaged by the same object. */
    private static void tellSharing(Finding finding, VerifyBackup.Report report) {
        List<BackupName> others = sharing(finding, report);
        if (!others.isEmpty()) {
            LOG.warn("{} also belongs to backups {}", finding.key(), others);
        }
    }

    private static List<BackupName> sharing(Finding finding, VerifyBackup.Report report) {
        return report.sharing().getOrDefault(finding.key(), Set.of()).stream()
                .filter(name -> !name.equals(finding.name()))
                .toList();
    }

    private static Map<String, Object> json(VerifyBackup.Report report) {
        return Map.of(
                "backups",
                report.results().stream().map(result -> json(result, report)).toList(),
                "num_orphans",
                report.orphans().objects(),
                "size_orphans",
                report.orphans().bytes());
    }

    private static Map<String, Object> json(VerifyBackup.Result result, VerifyBackup.Report report) {
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
        json.put(
                "findings",
                result.findings().stream().map(finding -> json(finding, report)).toList());
        json.put("objects_read", report.read());
        json.put("damaged", DamageJson.of(result.damaged()));
        return json;
    }

    private static Map<String, Object> json(Finding finding, VerifyBackup.Report report) {
        return Map.of(
                "fqdn",
                finding.node().value(),
                "path",
                finding.key(),
                "problem",
                finding.kind().name().toLowerCase(Locale.ROOT),
                "also_in",
                sharing(finding, report).stream().map(BackupName::value).toList());
    }
}
