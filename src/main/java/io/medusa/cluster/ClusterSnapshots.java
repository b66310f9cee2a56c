package io.medusa.cluster;

import io.medusa.error.Failures;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.NodeName;
import io.medusa.transfer.LimitedPool;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of one cluster backup: taken on all nodes at once, and again where they show another schema or ring than the others'.
 * Thread-safe, but one call of {@link #take} only.
 */
final class ClusterSnapshots {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterSnapshots.class);
    private static final int CLEAN_UP_AT_ONCE = 64;
    private static final int RETAKE = 3;
    /** The pause before snapshots are taken again, so that a schema change reaches all nodes. */
    private static final Duration BEFORE_RETAKING = Duration.ofSeconds(1);

    private final NodeFanOut nodes;
    private final NodeAgents agents;
    private final ClusterBackupRequest request;
    /** Nodes that were asked for a snapshot and have not said that they have none. */
    private final Set<NodeName> asked = ConcurrentHashMap.newKeySet();
    /** The snapshots that nodes reported. */
    private final Map<NodeName, BackupSnapshot> taken = new ConcurrentHashMap<>();
    /** The schema version reported last, which is probably the current one. */
    private final AtomicReference<Optional<String>> schemaVersion = new AtomicReference<>(Optional.empty());

    ClusterSnapshots(NodeFanOut nodes, NodeAgents agents, ClusterBackupRequest request) {
        this.nodes = nodes;
        this.agents = agents;
        this.request = request;
    }

    /** Takes the snapshots. Returns the outcomes of the nodes that have none. */
    Map<NodeName, NodeOutcome> take(List<NodeName> these) {
        Map<NodeName, NodeOutcome> without = new LinkedHashMap<>(takeOnce(these));
        for (int again = 0; again < RETAKE; again++) {
            List<NodeName> behind = these.stream()
                    .filter(node -> isBehind(node) || isOlder(node))
                    .toList();
            if (behind.isEmpty()) {
                break;
            }
            LOG.info("The schema or the ring changed between the snapshots: taking those of {} again", behind);
            Failures.pause(BEFORE_RETAKING);
            Map<NodeName, String> uncleared = clear(behind);
            warn(uncleared);
            without.putAll(takeOnce(
                    behind.stream().filter(node -> !uncleared.containsKey(node)).toList()));
        }
        these.stream().filter(this::isOlder).forEach(node -> without.put(node, tooOld(node)));
        if (!these.isEmpty()) {
            LOG.info("Took snapshots on {} of {} nodes", these.size() - without.size(), these.size());
        }
        return without;
    }

    private Map<NodeName, NodeOutcome> takeOnce(List<NodeName> these) {
        Map<NodeName, NodeOutcome> without = new LinkedHashMap<>();
        nodes
                .run(
                        "Snapshot",
                        these,
                        new LimitedPool<>(request.parallelSnapshots()),
                        node -> new NodeFanOut.Work(() -> takeOne(node)))
                .stream()
                .filter(outcome -> !outcome.isDone())
                .forEach(outcome -> {
                    without.put(outcome.node(), outcome);
                    taken.remove(outcome.node());
                });
        return without;
    }

    private Optional<String> takeOne(NodeName node) {
        // until the result is known, so that an interruption does not forget it
        asked.add(node);
        NodeAgents.Taken snapshot = agents.takeSnapshot(node, request.name(), request.keepSnapshot());
        if (!snapshot.mayBeThere()) {
            asked.remove(node);
        }
        snapshot.snapshot().ifPresent(told -> {
            taken.put(node, told);
            if (told.schemaVersion().isPresent()) {
                schemaVersion.set(told.schemaVersion());
            }
        });
        return snapshot.failure().map(cause -> "snapshot: " + cause);
    }

    private boolean isBehind(NodeName node) {
        return Optional.ofNullable(taken.get(node))
                .flatMap(BackupSnapshot::schemaVersion)
                .filter(version -> !schemaVersion.get().equals(Optional.of(version)))
                .isPresent();
    }

    /** The newest epoch of the cluster's metadata that a snapshot shows. */
    private OptionalLong newestEpoch() {
        return taken.values().stream()
                .flatMapToLong(snapshot -> snapshot.epoch().stream())
                .max();
    }

    /** Whether a node's snapshot shows an older epoch than another's: restored together, the nodes would contradict each other. */
    private boolean isOlder(NodeName node) {
        OptionalLong epoch = epoch(node);
        return epoch.isPresent() && !epoch.equals(newestEpoch());
    }

    private OptionalLong epoch(NodeName node) {
        return Optional.ofNullable(taken.get(node)).map(BackupSnapshot::epoch).orElse(OptionalLong.empty());
    }

    private NodeOutcome tooOld(NodeName node) {
        return NodeOutcome.failed(
                node,
                "snapshot: it shows the cluster's metadata (schema, members, tokens) at epoch "
                        + epoch(node).orElseThrow() + ", that of another node at epoch "
                        + newestEpoch().orElseThrow()
                        + ", after " + (RETAKE + 1)
                        + " attempts. Try again when nobody changes the schema or the ring",
                Duration.ZERO);
    }

    /** The id of a node's snapshot, if it reported one. */
    Optional<String> id(NodeName node) {
        return Optional.ofNullable(taken.get(node)).flatMap(BackupSnapshot::id);
    }

    /** Those of the nodes that possibly have a snapshot of this run. */
    List<NodeName> among(List<NodeName> these) {
        return these.stream().filter(asked::contains).toList();
    }

    /** Clears snapshots. Returns why some could not be. */
    Map<NodeName, String> clear(List<NodeName> these) {
        Map<NodeName, String> failures = new ConcurrentHashMap<>();
        var unused = new LimitedPool<NodeName>(CLEAN_UP_AT_ONCE).mapAll(these, node -> {
            Optional<String> failure = agents.clearSnapshot(node, request.name());
            failure.ifPresent(cause -> failures.put(node, cause));
            return failure.isEmpty();
        });
        return failures;
    }

    /** Logs which snapshots could not be cleared. */
    void warn(Map<NodeName, String> uncleared) {
        uncleared.forEach(
                (node, cause) -> LOG.warn("Cannot clear the snapshot of {} on {}: {}", request.name(), node, cause));
    }
}
