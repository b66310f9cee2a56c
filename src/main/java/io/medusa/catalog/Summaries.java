package io.medusa.catalog;

import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout.NodeAndName;
import io.medusa.repository.Run;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
        Map<BackupName, Map<NodeName, Run>> runs = runs(catalog, backups);
        List<BackupSummary> result = new ArrayList<>(backups.size());
        for (ClusterBackup backup : backups) {
            List<BackupSummary.Node> own = new ArrayList<>();
            for (NodeBackup node : backup.nodeBackups()) {
                BackupCatalog.Summary summary = summaries.next();
                own.add(new BackupSummary.Node(node, summary.stats(), summary.version(), summary.fresh()));
            }
            result.add(new BackupSummary(backup, own, runs.getOrDefault(backup.name(), Map.of())));
        }
        return result;
    }

    /** The runs of what is not finished; asks the store only if there is such. */
    private static Map<BackupName, Map<NodeName, Run>> runs(BackupCatalog catalog, List<ClusterBackup> backups) {
        Set<NodeAndName> unfinished = new HashSet<>();
        for (ClusterBackup backup : backups) {
            backup.missingNodes().forEach(node -> unfinished.add(new NodeAndName(node, backup.name())));
            backup.nodeBackups().stream()
                    .filter(node -> !node.isFinished())
                    .forEach(node -> unfinished.add(new NodeAndName(node.node(), backup.name())));
        }
        Map<BackupName, Map<NodeName, Run>> runs = new HashMap<>();
        if (!unfinished.isEmpty()) {
            catalog.runs(unfinished::contains)
                    .forEach((key, run) -> runs.computeIfAbsent(key.name(), absent -> new HashMap<>())
                            .put(key.node(), run));
        }
        return runs;
    }
}
