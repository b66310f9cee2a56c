package io.medusa.catalog;

import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TokenMap;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout.NodeAndName;
import io.medusa.repository.Run;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

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
        List<ClusterBackup> all = catalog.clusterBackups();
        return request.all() ? all : including(request.node(), all);
    }

    /** Those of some backups in which the node has a part. */
    public static List<ClusterBackup> including(NodeName node, List<ClusterBackup> backups) {
        return backups.stream()
                .filter(backup -> backup.nodeBackups().stream()
                        .anyMatch(part -> part.node().equals(node)))
                .toList();
    }

    /** The same with sizes and versions. */
    public List<BackupSummary> summaries(Request request) {
        return summaries(run(request));
    }

    /** Some backups with sizes and versions. */
    public List<BackupSummary> summaries(List<ClusterBackup> backups) {
        return Summaries.of(catalog, backups);
    }

    /** What each of these backups shares with the others, by name. They are in the order of their start. */
    public Map<BackupName, SpaceUsage> shares(List<ClusterBackup> backups) {
        return new SpaceUsages(catalog).of(backups);
    }

    /**
     * Recently failed runs of backups that never began on the node, the latest of each node if no backup of the node has finished since
     * and the node has not left the ring.
     *
     * @param backups all backups
     */
    public List<Run> notBegun(List<ClusterBackup> backups) {
        Set<NodeAndName> begun = new HashSet<>();
        Map<NodeName, Instant> finished = new HashMap<>();
        backups.stream().flatMap(backup -> backup.nodeBackups().stream()).forEach(node -> {
            begun.add(new NodeAndName(node.node(), node.name()));
            node.finished().ifPresent(end -> finished.merge(node.node(), end, (a, b) -> a.isAfter(b) ? a : b));
        });
        Instant oldest = catalog.bucket().clock().instant().minus(Run.REMEMBERED_FOR);
        Map<NodeName, Run> latest = new TreeMap<>();
        catalog.runs(key -> !begun.contains(key)).values().stream()
                .filter(run -> run.state() == Run.State.FAILED
                        && run.seen().isAfter(oldest)
                        && !hasLeft(run.node(), backups)
                        // the index knows seconds only
                        && run.seen()
                                .truncatedTo(ChronoUnit.SECONDS)
                                .isAfter(finished.getOrDefault(run.node(), Instant.MIN)))
                .forEach(run -> latest.merge(run.node(), run, (a, b) -> a.seen().isAfter(b.seen()) ? a : b));
        return List.copyOf(latest.values());
    }

    /** Whether the newest ring of its datacenter is without the node. */
    private static boolean hasLeft(NodeName node, List<ClusterBackup> byStart) {
        Set<String> newer = new HashSet<>();
        for (int i = byStart.size() - 1; i >= 0; i--) {
            TokenMap ring = byStart.get(i).tokenMap();
            if (ring.names().contains(node)) {
                return ring.datacenters().stream()
                        .filter(newer::contains)
                        .anyMatch(datacenter ->
                                ring.in(Set.of(datacenter)).names().contains(node));
            }
            newer.addAll(ring.datacenters());
        }
        return false;
    }

    /** Whether the bucket has an index at all. */
    public boolean hasIndex() {
        return catalog.indexExists();
    }
}
