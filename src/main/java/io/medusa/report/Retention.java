package io.medusa.report;

import io.medusa.app.Medusa;
import io.medusa.catalog.BackupSummary;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.purge.Forecast;
import io.medusa.purge.RetentionRules;
import io.medusa.purge.Verdict;
import io.medusa.repository.Pins;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What retention will do with the backups of a cluster. The rules are per node; backups taken together expire together.
 *
 * @param forecast when backups expire if they continue as before
 * @param verdicts what the next purge does with each, by name
 * @param isLimited whether any retention rule is set
 */
public record Retention(Forecast forecast, Map<BackupName, Verdict> verdicts, boolean isLimited) {
    /** How far the forecast looks ahead. */
    public static final int DAYS_AHEAD = 60;

    /**
     * By the rules of the configuration.
     *
     * @param all all backups, by start
     */
    public static Retention of(Medusa medusa, List<BackupSummary> all, List<Pins.Pin> pins, Instant now) {
        RetentionRules rules = medusa.requests().retention();
        List<NodeBackup> asOfOneNode = all.stream()
                .map(BackupSummary::backup)
                .map(backup -> new NodeBackup(
                        backup.nodeBackups().get(0).node(),
                        backup.name(),
                        backup.mode(),
                        backup.started(),
                        backup.finished().orElse(null)))
                .toList();
        Map<BackupName, ClusterBackup> byName = all.stream()
                .map(BackupSummary::backup)
                .collect(Collectors.toMap(ClusterBackup::name, backup -> backup));
        Map<BackupName, String> kept = new HashMap<>();
        medusa.lastBackup()
                .lastComplete()
                .ifPresent(backup -> kept.put(backup.name(), "the newest backup that all nodes have"));
        pins.forEach(pin -> kept.put(pin.name(), pin.reason().isEmpty() ? "pinned" : "pinned: " + pin.reason()));
        Map<BackupName, Verdict> verdicts = new HashMap<>();
        rules.verdicts(
                        asOfOneNode,
                        backup -> Objects.requireNonNull(byName.get(backup.name()))
                                .scope()
                                .isAll(),
                        kept,
                        now)
                .forEach(verdict -> verdicts.put(verdict.backup().name(), verdict));
        Set<BackupName> pinned = pins.stream().map(Pins.Pin::name).collect(Collectors.toSet());
        return new Retention(Forecast.of(asOfOneNode, rules, pinned, now, DAYS_AHEAD), verdicts, rules.isActive());
    }

    /** What becomes of a backup, in a few words. */
    public String words(BackupName name) {
        Verdict verdict = verdicts.get(name);
        if (verdict == null) {
            return "unknown";
        }
        if (verdict.expires()) {
            return "the next purge deletes it: " + verdict.reason();
        }
        Instant leaves = forecast.leaving().get(name);
        return "kept: " + verdict.reason()
                + (leaves == null ? "" : "; expires about " + Text.day(leaves) + " if backups continue as before");
    }
}
