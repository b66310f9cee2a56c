package io.medusa.model;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * All node backups of one name, seen against the rings of the datacenters that take part in it. Of each datacenter the token map
 * of the node that started first counts (docs/compatibility.md 7.8).
 *
 * @param nodeBackups by start, the first to start first; never empty
 * @param tokenMap of all datacenters any of whose nodes has begun the backup
 */
public record ClusterBackup(BackupName name, List<NodeBackup> nodeBackups, TokenMap tokenMap) {
    public ClusterBackup {
        nodeBackups = nodeBackups.stream()
                .sorted(Comparator.comparing(NodeBackup::started).thenComparing(NodeBackup::node))
                .toList();
    }

    /** The mode of the node backup that started first. */
    public BackupMode mode() {
        return nodeBackups.get(0).mode();
    }

    /** What it is limited to, as far as its token map tells; a partial backup is never taken for a whole one. */
    public TableScope scope() {
        return tokenMap.scope();
    }

    /** The first start. */
    public Instant started() {
        return nodeBackups.get(0).started();
    }

    /** Nodes of the ring without a backup of this name, in ring order. */
    public List<NodeName> missingNodes() {
        Map<NodeName, NodeBackup> byNode = byNode();
        return tokenMap.names().stream()
                .filter(node -> !byNode.containsKey(node))
                .toList();
    }

    /** Backups of nodes of the ring that are finished. */
    public List<NodeBackup> completeNodes() {
        return expected().stream().filter(NodeBackup::isFinished).toList();
    }

    /** Backups of nodes of the ring that have begun but are not finished. */
    public List<NodeBackup> incompleteNodes() {
        return expected().stream().filter(backup -> !backup.isFinished()).toList();
    }

    /** When the last node of the ring finished; nothing while any is missing or unfinished. */
    public Optional<Instant> finished() {
        if (!missingNodes().isEmpty() || !incompleteNodes().isEmpty()) {
            return Optional.empty();
        }
        return completeNodes().stream()
                .flatMap(backup -> backup.finished().stream())
                .max(Comparator.naturalOrder());
    }

    /** Whether every node of every datacenter that takes part has finished. */
    public boolean isComplete() {
        return finished().isPresent();
    }

    /**
     * Datacenters of the cluster none of whose nodes has begun the backup, as far as the backup recorded them. One backup for each
     * datacenter is a habit of many, so that they do not make it incomplete.
     */
    public Set<String> otherDatacenters() {
        return tokenMap.otherDatacenters();
    }

    /** The same backup as if only these datacenters had taken part. */
    public ClusterBackup in(Collection<String> datacenters) {
        TokenMap ring = tokenMap.in(datacenters);
        return new ClusterBackup(
                name,
                nodeBackups.stream()
                        .filter(backup -> ring.names().contains(backup.node()))
                        .toList(),
                ring);
    }

    private List<NodeBackup> expected() {
        return nodeBackups.stream()
                .filter(backup -> tokenMap.names().contains(backup.node()))
                .toList();
    }

    private Map<NodeName, NodeBackup> byNode() {
        return nodeBackups.stream()
                .collect(Collectors.toMap(NodeBackup::node, Function.identity(), (first, second) -> first));
    }
}
