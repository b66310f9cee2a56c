package io.medusa.repository;

import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is known of the verifications of a bucket's backups.
 *
 * @param results the last one of each backup by level, with the words that users write
 * @param open the problems that nothing has cleared
 * @param rounds the last complete verification of all backups, by level
 */
public record VerificationState(
        Map<BackupName, Map<String, Result>> results, List<OpenFinding> open, Map<String, Round> rounds) {
    /** Nothing is known. */
    public static final VerificationState NONE = new VerificationState(Map.of(), List.of(), Map.of());

    /**
     * One verification of one backup.
     *
     * @param at when it began
     * @param findings number of problems that it found
     */
    public record Result(Instant at, long findings) {}

    /**
     * One verification of all backups.
     *
     * @param at when it began
     * @param host where it ran
     */
    public record Round(Instant at, String host, long backups) {}

    /**
     * What is known of one backup.
     *
     * @param levels the last result of each level
     * @param open number of problems that nothing has cleared
     */
    public record OfBackup(Map<String, Result> levels, long open) {
        /** The last one, with its level. */
        public Optional<Map.Entry<String, Result>> last() {
            return levels.entrySet().stream()
                    .max(Comparator.comparing(level -> level.getValue().at()));
        }
    }

    /** What is known of a backup; what was noted for an earlier one of the same name is left out. */
    public OfBackup of(ClusterBackup backup) {
        // times are in seconds
        Instant from = Instant.ofEpochSecond(backup.started().getEpochSecond());
        Map<String, Result> levels = new TreeMap<>(results.getOrDefault(backup.name(), Map.of()));
        levels.values().removeIf(result -> result.at().isBefore(from));
        long count = open.stream()
                .filter(finding -> finding.backups().contains(backup.name())
                        && !(finding.isOfItsOwn(backup.name()) && finding.seen().isBefore(from)))
                .mapToLong(OpenFinding::count)
                .sum();
        return new OfBackup(levels, count);
    }

    /** The number of problems that nothing has cleared, each counted once. */
    public long findings() {
        return open.stream().mapToLong(OpenFinding::count).sum();
    }
}
