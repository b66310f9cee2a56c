package io.medusa.catalog;

import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.repository.BackupCatalog;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Collects sizes, counts and versions of backups. */
final class Summaries {
    private Summaries() {}

    static List<BackupSummary> of(BackupCatalog catalog, List<ClusterBackup> backups) {
        List<NodeBackup> nodes = backups.stream()
                .flatMap(backup -> backup.nodeBackups().stream())
                .toList();
        Optional<BackupName> name =
                backups.size() == 1 ? Optional.of(backups.get(0).name()) : Optional.empty();
        Iterator<BackupCatalog.Summary> summaries =
                catalog.summaries(nodes, name).iterator();
        List<BackupSummary> result = new ArrayList<>(backups.size());
        for (ClusterBackup backup : backups) {
            List<BackupSummary.Node> own = new ArrayList<>();
            for (NodeBackup node : backup.nodeBackups()) {
                BackupCatalog.Summary summary = summaries.next();
                own.add(new BackupSummary.Node(node, summary.stats(), summary.version()));
            }
            result.add(new BackupSummary(backup, own));
        }
        return result;
    }
}
