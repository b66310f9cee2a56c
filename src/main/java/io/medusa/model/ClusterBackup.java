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
 * All node backups of one name, compared with the rings of the participating datacenters. The ring of a datacenter is the token map
 * of its node that started first (docs/compatibility.md 7.8).
 *
 * @param nodeBackups in the order of their start; never empty
 * @param tokenMap covers every datacenter in which at least one node has started the backup
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

    /** The scope recorded in its token map, so that a partial backup is never mistaken for a whole one. */
    public TableScope scope() {
        return tokenMap.scope();
    }

    /** When the first node started. */
    public Instant started() {
        return nodeBackups.get(0).started();
    }

    /** The nodes of the ring without a backup of this name, in the order of the token map. */
    public List<NodeName> missingNodes() {
        Map<NodeName, NodeBackup> byNode = byNode();
        return tokenMap.names().stream()
                .filter(node -> !byNode.containsKey(node))
                .toList();
    }

    /** The finished backups of nodes of the ring. */
    public List<NodeBackup> completeNodes() {
        return expected().stream().filter(NodeBackup::isFinished).toList();
    }

    /** The backups of nodes of the ring that have started but not finished. */
    public List<NodeBackup> incompleteNodes() {
        return expected().stream().filter(backup -> !backup.isFinished()).toList();
    }

    /** When the last node of the ring finished; empty while a node is missing or unfinished. */
    public Optional<Instant> finished() {
        if (!missingNodes().isEmpty() || !incompleteNodes().isEmpty()) {
            return Optional.empty();
        }
        return completeNodes().stream()
                .flatMap(backup -> backup.finished().stream())
                .max(Comparator.naturalOrder());
    }

    /** Whether every node of every participating datacenter has finished. */
    public boolean isComplete() {
        return finished().isPresent();
    }

    /**
     * The datacenters, as recorded by the backup, in which no node has started it. They do not make the backup incomplete: many
     * operators back up each datacenter under its own name.
     */
    public Set<String> otherDatacenters() {
        return tokenMap.otherDatacenters();
    }

    /** The part of the backup in these datacenters. */
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
