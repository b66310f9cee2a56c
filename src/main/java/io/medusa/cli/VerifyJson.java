package io.medusa.cli;

import io.medusa.app.Verification;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.VerificationState;
import io.medusa.verify.Finding;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The JSON of {@code medusa verify}, and of what is known of a backup's verifications. */
final class VerifyJson {
    private VerifyJson() {}

    /** All backups. */
    static Map<String, Object> ofAll(Verification.Outcome outcome, Level level) {
        VerifyBackup.Report report = outcome.report();
        Map<String, Object> json = run(outcome, level);
        json.put(
                "backups",
                report.results().stream().map(result -> of(result, report)).toList());
        json.put("num_orphans", report.orphans().objects());
        json.put("size_orphans", report.orphans().bytes());
        return json;
    }

    /** The only backup. */
    static Map<String, Object> ofOne(Verification.Outcome outcome, Level level) {
        Map<String, Object> json = of(outcome.report().results().get(0), outcome.report());
        json.putAll(run(outcome, level));
        return json;
    }

    private static Map<String, Object> run(Verification.Outcome outcome, Level level) {
        Map<String, Object> json = new HashMap<>();
        json.put("level", level.word());
        json.put("duration_seconds", outcome.took().toMillis() / 1000.0);
        json.put("objects_read", outcome.report().read());
        json.put("bytes_read", outcome.report().bytesRead());
        json.put("recorded", outcome.recorded());
        return json;
    }

    private static Map<String, Object> of(VerifyBackup.Result result, VerifyBackup.Report report) {
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
                result.findings().stream().map(finding -> of(finding, report)).toList());
        if (result.counted() > 0) {
            json.put("unlisted_findings", result.counted());
        }
        json.put("objects_read", report.read());
        json.put("damaged", DamageJson.of(result.damaged()));
        return json;
    }

    private static Map<String, Object> of(Finding finding, VerifyBackup.Report report) {
        Map<String, Object> json = new HashMap<>();
        json.put("fqdn", finding.node().value());
        json.put("path", finding.key());
        json.put("problem", finding.kind().word());
        json.put("level", finding.level().word());
        json.put("confirmed", finding.isConfirmed());
        json.put("since", finding.since().map(Instant::getEpochSecond).orElse(null));
        json.put(
                "also_in",
                report.sharing().getOrDefault(finding.key(), Set.of()).stream()
                        .filter(name -> !name.equals(finding.name()))
                        .map(BackupName::value)
                        .sorted()
                        .toList());
        return json;
    }

    /** What is known of one backup, for lists: empty if it was never verified. */
    static Map<String, Object> of(VerificationState.OfBackup known) {
        Map<String, Object> json = new HashMap<>();
        if (!known.levels().isEmpty()) {
            Map<String, Object> levels = new TreeMap<>();
            known.levels()
                    .forEach((level, result) -> levels.put(
                            level, Map.of("at", result.at().getEpochSecond(), "findings", result.findings())));
            json.put("verified", levels);
        }
        if (known.open() > 0) {
            json.put("open_findings", known.open());
        }
        return json;
    }
}
