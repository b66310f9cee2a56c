package io.medusa.catalog;

import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import java.util.List;
import java.util.Map;

/** Lists the cluster backups in the bucket. */
public final class ListBackups {
    private final BackupCatalog catalog;

    /** The caller closes the catalog. */
    public ListBackups(BackupCatalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Which backups to list.
     *
     * @param all whether those count too in which this node has no part
     */
    public record Request(NodeName node, boolean all) {}

    /** Names, times and completeness only, by start. */
    public List<ClusterBackup> run(Request request) {
        return catalog.clusterBackups().stream()
                .filter(backup -> request.all()
                        || backup.nodeBackups().stream()
                                .anyMatch(node -> node.node().equals(request.node())))
                .toList();
    }

    /** The same with sizes and versions. */
    public List<BackupSummary> summaries(Request request) {
        return Summaries.of(catalog, run(request));
    }

    /** What each backup shares with the others, by name; over all backups, whatever a request lists. */
    public Map<BackupName, SpaceUsage> shares() {
        return shares(catalog.clusterBackups());
    }

    /** The same for some, by start. */
    public Map<BackupName, SpaceUsage> shares(List<ClusterBackup> backups) {
        return new SpaceUsages(catalog).of(backups);
    }

    /** Whether the bucket has an index at all. */
    public boolean hasIndex() {
        return catalog.indexExists();
    }
}
