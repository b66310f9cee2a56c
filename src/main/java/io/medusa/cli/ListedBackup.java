package io.medusa.cli;

import io.medusa.catalog.BackupState;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.SpaceUsage;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.report.Text;
import io.medusa.repository.VerificationState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A backup in a list, with what is known of it.
 *
 * @param share what it shares with others; only if that was compared
 */
record ListedBackup(BackupSummary summary, VerificationState.OfBackup verified, Optional<SpaceUsage> share) {
    static ListedBackup of(BackupSummary summary, VerificationState verified, Optional<SpaceUsage> share) {
        return new ListedBackup(summary, verified.of(summary.backup()), share);
    }

    ClusterBackup backup() {
        return summary.backup();
    }

    boolean foundDamaged() {
        return verified.open() > 0;
    }

    BackupState state() {
        return summary.state(foundDamaged());
    }

    Optional<Instant> verifiedAt() {
        return verified.last().map(last -> last.getValue().at());
    }

    /** What verification knows, in a few words. */
    String verified(Instant now) {
        return (verified.open() > 0 ? verified.open() + " bad, " : "")
                + verified.last()
                        .map(last -> last.getKey() + " "
                                + Text.about(Duration.between(last.getValue().at(), now)) + " ago")
                        .orElse("never");
    }

    /** Bytes stored for it, as compared, or as recorded. */
    OptionalLong fresh() {
        return share.map(compared -> OptionalLong.of(compared.fresh())).orElseGet(summary::fresh);
    }

    /** The lines of a table for people. */
    static List<String> table(List<ListedBackup> rows, Map<BackupName, String> pins, boolean withUnique, Instant now) {
        if (rows.isEmpty()) {
            return List.of();
        }
        TextTable table = withUnique
                ? new TextTable(
                        "NAME",
                        "STATE",
                        "TYPE",
                        "NODES",
                        "STARTED",
                        "TOOK>",
                        "SIZE>",
                        "NEW>",
                        "UNIQUE>",
                        "AGE>",
                        "VERIFIED")
                : new TextTable(
                        "NAME", "STATE", "TYPE", "NODES", "STARTED", "TOOK>", "SIZE>", "NEW>", "AGE>", "VERIFIED");
        for (ListedBackup row : rows) {
            ClusterBackup backup = row.backup();
            String name = backup.name().value();
            String state = row.state().word() + (pins.containsKey(backup.name()) ? ", pinned" : "");
            String nodes = backup.completeNodes().size() + "/"
                    + backup.tokenMap().names().size();
            String started = Text.time(backup.started());
            String took = row.summary().duration().map(Text::duration).orElse("-");
            String size = Text.size(row.summary().size());
            String fresh = row.fresh().isPresent() ? Text.size(row.fresh().getAsLong()) : "-";
            String age = Text.about(Duration.between(backup.started(), now));
            String mode = backup.mode().word();
            if (withUnique) {
                String unique =
                        row.share().map(share -> Text.size(share.unique())).orElse("-");
                table.row(name, state, mode, nodes, started, took, size, fresh, unique, age, row.verified(now));
            } else {
                table.row(name, state, mode, nodes, started, took, size, fresh, age, row.verified(now));
            }
        }
        return table.lines();
    }
}
