package io.medusa.purge;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.Rhythm;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * When each backup of a node will expire, if backups continue as before.
 *
 * @param rhythm the usual interval between backups; empty if unknown
 * @param leaving the day on which each backup expires; without those that expire later
 */
public record Forecast(Optional<Duration> rhythm, Map<BackupName, Instant> leaving) {
    /**
     * Forecasts expirations.
     *
     * @param byStart the node's backups
     * @param kept backups that never expire, such as pinned ones
     * @param days how far to look ahead
     */
    public static Forecast of(
            List<NodeBackup> byStart, RetentionRules rules, Set<BackupName> kept, Instant now, int days) {
        Optional<Duration> rhythm =
                Rhythm.of(byStart.stream().map(List::of).toList()).map(Rhythm::usual);
        Map<BackupName, Instant> leaving = new HashMap<>();
        Set<NodeBackup> known = Set.copyOf(byStart);
        for (int day = 0; day <= days && rules.isActive(); day++) {
            Instant then = now.plus(Duration.ofDays(day));
            List<NodeBackup> all = new ArrayList<>(byStart);
            rhythm.ifPresent(every -> addExpected(all, every, then));
            rules.expired(all, backup -> true, kept, then).stream()
                    .filter(known::contains)
                    .forEach(backup -> leaving.putIfAbsent(backup.name(), then));
        }
        return new Forecast(rhythm, leaving);
    }

    private static void addExpected(List<NodeBackup> all, Duration every, Instant until) {
        NodeBackup last = all.get(all.size() - 1);
        // a month of hourly backups is enough to exceed any count
        int most = 1000;
        Instant next = last.started().plus(every);
        for (int i = 0; i < most && next.isBefore(until); i++) {
            all.add(new NodeBackup(last.node(), new BackupName("expected-" + i), BackupMode.DIFFERENTIAL, next, next));
            next = next.plus(every);
        }
    }
}
