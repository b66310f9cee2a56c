package io.medusa.report;

import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.SpaceUsage;
import io.medusa.model.ClusterBackup;
import io.medusa.repository.VerificationState;
import java.time.Instant;
import java.util.Optional;

/**
 * One backup in the report.
 *
 * @param share its space usage among the backups shown; empty if there were too many to compare
 * @param leaves when retention will delete it; empty if not within the report's forecast
 */
public record Entry(
        BackupSummary summary,
        Optional<SpaceUsage> share,
        VerificationState.OfBackup verified,
        boolean pinned,
        Optional<Instant> leaves) {
    ClusterBackup backup() {
        return summary.backup();
    }
}
