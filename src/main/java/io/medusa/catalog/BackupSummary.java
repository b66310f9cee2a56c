package io.medusa.catalog;

import io.medusa.model.ClusterBackup;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableScope;
import io.medusa.repository.BackupStats;
import java.util.List;

/**
 * A cluster backup with its size, counts and versions.
 *
 * @param nodes every node backup of the name, by start
 */
public record BackupSummary(ClusterBackup backup, List<Node> nodes) {
    /**
     * One node's part.
     *
     * @param stats of its manifest; of nothing while unfinished
     */
    public record Node(NodeBackup backup, BackupStats stats, ServerVersion version) {}

    /** Bytes of all finished nodes. */
    public long size() {
        return nodes.stream().mapToLong(node -> node.stats().size()).sum();
    }

    /** Objects of all finished nodes. */
    public int objects() {
        return nodes.stream().mapToInt(node -> node.stats().objects()).sum();
    }

    /** What the backups of the nodes are limited to, each scope once; empty for a whole backup. */
    public List<TableScope> scopes() {
        return nodes.stream()
                .map(node -> node.stats().scope())
                .filter(scope -> !scope.isAll())
                .distinct()
                .toList();
    }

    /** The objects of all nodes whose source files were damaged already. */
    public List<ManifestEntry> damaged() {
        return nodes.stream().flatMap(node -> node.stats().damaged().stream()).toList();
    }
}
