package io.medusa.report;

import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.SpaceUsage;
import io.medusa.model.ClusterBackup;
import io.medusa.repository.Verifications.Verification;
import java.time.Instant;
import java.util.Optional;

/**
 * One backup in the report.
 *
 * @param share with the others shown; nothing if there were too many to compare
 * @param leaves when retention will let it go; nothing if not within the days that the report looks ahead
 */
public record Entry(
        BackupSummary summary,
        Optional<SpaceUsage> share,
        Optional<Verification> verified,
        boolean pinned,
        Optional<Instant> leaves) {
    ClusterBackup backup() {
        return summary.backup();
    }
}
