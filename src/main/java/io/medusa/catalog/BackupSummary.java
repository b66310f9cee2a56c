package io.medusa.catalog;

import io.medusa.model.ClusterBackup;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableScope;
import io.medusa.repository.BackupStats;
import io.medusa.repository.Run;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A cluster backup with its size, counts, versions and state.
 *
 * @param nodes every node backup of the name, by start
 * @param runs the latest run of nodes that have not finished, as far as known
 */
public record BackupSummary(ClusterBackup backup, List<Node> nodes, Map<NodeName, Run> runs) {
    public BackupSummary {
        runs = Map.copyOf(runs);
    }

    /**
     * One node's part.
     *
     * @param stats of its manifest; of nothing while unfinished
     * @param fresh how many bytes were stored for it; empty if unknown
     */
    public record Node(NodeBackup backup, BackupStats stats, ServerVersion version, OptionalLong fresh) {}

    /** Bytes of all finished nodes. */
    public long size() {
        return nodes.stream().mapToLong(node -> node.stats().size()).sum();
    }

    /** How many bytes were stored for it; empty without a finished node, or if it is unknown for one. */
    public OptionalLong fresh() {
        List<Node> finished =
                nodes.stream().filter(node -> node.backup().isFinished()).toList();
        return !finished.isEmpty()
                        && finished.stream().allMatch(node -> node.fresh().isPresent())
                ? OptionalLong.of(finished.stream()
                        .mapToLong(node -> node.fresh().orElse(0))
                        .sum())
                : OptionalLong.empty();
    }

    /** From the start of the first node to the end of the last; empty while it is incomplete. */
    public Optional<Duration> duration() {
        return backup.finished().map(finished -> Duration.between(backup.started(), finished));
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

    /** The state of every node that has begun the backup, or is in its ring. */
    public Map<NodeName, NodeState> states() {
        Map<NodeName, NodeState> states = new LinkedHashMap<>();
        nodes.forEach(node -> states.put(
                node.backup().node(),
                node.backup().isFinished()
                        ? NodeState.FINISHED
                        : stateOfRun(node.backup().node()).orElse(NodeState.UNFINISHED)));
        backup.missingNodes().forEach(node -> states.put(node, stateOfRun(node).orElse(NodeState.MISSING)));
        return states;
    }

    /** The nodes in one of these states. */
    public List<NodeName> nodesIn(NodeState... wanted) {
        Set<NodeState> any = Set.of(wanted);
        return states().entrySet().stream()
                .filter(node -> any.contains(node.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private Optional<NodeState> stateOfRun(NodeName node) {
        return Optional.ofNullable(runs.get(node))
                .map(run -> NodeState.valueOf(run.state().name()));
    }

    /**
     * The state of the whole.
     *
     * @param foundDamaged whether its last verification found damage, or a manifest cannot be read
     */
    public BackupState state(boolean foundDamaged) {
        if (backup.isComplete()) {
            if (foundDamaged || !damaged().isEmpty()) {
                return BackupState.DAMAGED;
            }
            return backup.scope().isAll() ? BackupState.FINISHED : BackupState.PARTIAL;
        }
        Set<NodeState> states = Set.copyOf(states().values());
        for (NodeState urgent : List.of(NodeState.RUNNING, NodeState.WAITING, NodeState.FAILED, NodeState.DIED)) {
            if (states.contains(urgent)) {
                return BackupState.valueOf(urgent.name());
            }
        }
        return BackupState.INCOMPLETE;
    }
}
