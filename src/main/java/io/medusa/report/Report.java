package io.medusa.report;

import io.medusa.app.Medusa;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.ListBackups;
import io.medusa.catalog.SpaceUsage;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.Coverage;
import io.medusa.purge.Forecast;
import io.medusa.repository.Pins;
import io.medusa.repository.VerificationState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The state of a cluster's backups, for display.
 *
 * @param where the backups are
 * @param entries the newest backups, newest first
 * @param older number of older backups that are not shown
 * @param coverage of the newest backup; empty if unknown
 * @param problems the worst first
 * @param rhythm the usual interval between backups
 * @param limited whether any retention rule is set
 */
public record Report(
        Instant made,
        String where,
        List<Entry> entries,
        int older,
        Optional<Coverage> coverage,
        List<Problem> problems,
        Optional<Duration> rhythm,
        boolean limited) {
    /** More manifests would take too long to read. */
    private static final int MOST_MANIFESTS = 5000;

    /**
     * Gathers the report.
     *
     * @param most the maximum number of backups to show
     */
    public static Report of(Medusa medusa, int most, Instant now) {
        ListBackups list = medusa.listBackups();
        List<BackupSummary> all = medusa.allBackups();
        List<BackupSummary> shown = all.subList(Math.max(0, all.size() - most), all.size());
        VerificationState verified = medusa.verifications();
        List<Pins.Pin> allPins = medusa.pins().all();
        Set<BackupName> pins = allPins.stream().map(Pins.Pin::name).collect(Collectors.toSet());
        Retention retention = Retention.of(medusa, all, allPins, now);
        Forecast forecast = retention.forecast();
        Map<BackupName, SpaceUsage> shares = shares(list, all, shown);
        List<Entry> entries = new ArrayList<>();
        for (BackupSummary summary : shown) {
            BackupName name = summary.backup().name();
            entries.add(new Entry(
                    summary,
                    Optional.ofNullable(shares.get(name)),
                    verified.of(summary.backup()),
                    pins.contains(name),
                    Optional.ofNullable(forecast.leaving().get(name))));
        }
        Collections.reverse(entries);
        Optional<Coverage> coverage = entries.isEmpty()
                ? Optional.empty()
                : medusa.backupStatus().coverage(entries.get(0).backup(), 1);
        Problems problems = new Problems(
                entries,
                coverage,
                forecast.rhythm(),
                medusa.lastBackup().due(all.stream().map(BackupSummary::backup).toList()),
                list.notBegun(all.stream().map(BackupSummary::backup).toList()),
                retention.isLimited(),
                now);
        return new Report(
                now,
                medusa.bucket(),
                List.copyOf(entries),
                all.size() - shown.size(),
                coverage,
                problems.find(),
                forecast.rhythm(),
                retention.isLimited());
    }

    private static Map<BackupName, SpaceUsage> shares(
            ListBackups list, List<BackupSummary> all, List<BackupSummary> shown) {
        // one more, so that its data does not count as new in the first backup shown
        List<ClusterBackup> compared = all.subList(Math.max(0, all.size() - shown.size() - 1), all.size()).stream()
                .map(BackupSummary::backup)
                .toList();
        int manifests = compared.stream()
                .mapToInt(backup -> backup.nodeBackups().size())
                .sum();
        return manifests > MOST_MANIFESTS ? Map.of() : list.shares(compared);
    }

    /** The newest backup that all nodes have finished. */
    Optional<Entry> newestComplete() {
        return entries.stream().filter(entry -> entry.backup().isComplete()).findFirst();
    }
}
