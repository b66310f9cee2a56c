package io.medusa.cluster;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.UnknownBackup;
import io.medusa.transfer.LimitedPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Backs up every node of a cluster: first a snapshot on all of them at once, so that they show the same moment, then the uploads, a
 * limited number at a time. Each node runs its own {@code backup}; if one fails, the others continue. The same request resumes an
 * unfinished backup.
 */
public final class BackupCluster {
    private static final Logger LOG = LoggerFactory.getLogger(BackupCluster.class);
    private static final int CLEAN_UP_AT_ONCE = 64;

    private final BackupCatalog catalog;
    private final NodeFanOut nodes;
    private final NodeAgents agents;

    /** The caller closes all of them. */
    public BackupCluster(BackupCatalog catalog, NodeFanOut nodes, NodeAgents agents) {
        this.catalog = catalog;
        this.nodes = nodes;
        this.agents = agents;
    }

    /**
     * The result.
     *
     * @param outcomes one per node, in ring order
     * @param snapshots the snapshots behind the finished backups, from the bucket; a node whose program does not record them has
     *     none
     * @param uncleared nodes whose snapshot could not be cleared, and why
     */
    public record Result(
            List<NodeOutcome> outcomes,
            Map<NodeName, BackupSnapshot> snapshots,
            Map<NodeName, String> uncleared,
            Duration duration) {
        /** The finished nodes, by the schema version of their snapshots; empty if unknown. */
        public Map<Optional<String>, List<NodeName>> bySchemaVersion() {
            Map<Optional<String>, List<NodeName>> byVersion = new LinkedHashMap<>();
            outcomes.stream().filter(NodeOutcome::isDone).map(NodeOutcome::node).forEach(node -> byVersion
                    .computeIfAbsent(
                            Optional.ofNullable(snapshots.get(node)).flatMap(BackupSnapshot::schemaVersion),
                            absent -> new ArrayList<>())
                    .add(node));
            return byVersion;
        }

        /** Whether every node is backed up. */
        public boolean isComplete() {
            return outcomes.stream().allMatch(NodeOutcome::isDone);
        }
    }

    /**
     * Backs up. Nodes that fail are in the result.
     *
     * @throws MedusaException if nothing could be started, or on an interruption, after the nodes were told to stop and their
     *     snapshots have been cleared
     */
    public Result run(ClusterBackupRequest request) {
        long began = System.nanoTime();
        Run run = new Run(request);
        List<NodeOutcome> outcomes = run.backup();
        return new Result(outcomes, run.recorded(), run.uncleared, Duration.ofNanos(System.nanoTime() - began));
    }

    /**
     * The nodes that {@link #run} would back up; changes nothing. Asks the bucket, not the nodes.
     *
     * @throws MedusaException if nothing could be begun
     */
    public List<NodeName> plan(ClusterBackupRequest request) {
        Run run = new Run(request);
        run.check();
        return run.pending();
    }

    /** One backup. */
    private final class Run {
        private final ClusterBackupRequest request;
        private final ClusterSnapshots snapshots;
        private final Map<NodeName, NodeOutcome> outcomes = new LinkedHashMap<>();
        private final Map<NodeName, String> uncleared = new ConcurrentHashMap<>();
        /** Nodes on which a job may be running, of this run or an earlier one. */
        private final Set<NodeName> atWork = ConcurrentHashMap.newKeySet();
        /** Whether an earlier run was interrupted before its nodes had finished. */
        private volatile boolean resumed;

        Run(ClusterBackupRequest request) {
            this.request = request;
            this.snapshots = new ClusterSnapshots(nodes, agents, request);
        }

        void check() {
            agents.check(request);
            if (request.ring().nodes().isEmpty()) {
                throw new MedusaException(FailureKind.CASSANDRA_FAILED, "the ring has no nodes");
            }
        }

        List<NodeOutcome> backup() {
            check();
            // before reading the bucket, because a node may finish in between
            findWorking(request.ring().byTokens());
            List<NodeName> pending = pending();
            try {
                List<NodeName> ready = snapshot(pending);
                upload(ready);
                confirm(ready);
            } catch (MedusaException failed) {
                if (failed.kind() == FailureKind.INTERRUPTED) {
                    stopAll(pending);
                }
                throw failed;
            }
            clear(pending.stream()
                    .filter(node -> !Objects.requireNonNull(outcomes.get(node)).isDone())
                    .toList());
            return inRingOrder();
        }

        /** The nodes without a finished backup. */
        private List<NodeName> pending() {
            // a staggered node waits for the previous one, which must not wait for it in turn
            List<NodeName> all = request.ring().byTokens();
            Optional<ClusterBackup> earlier = catalog.findClusterBackup(request.name());
            if (earlier.isEmpty()) {
                if (request.resume()) {
                    throw new MedusaException(
                            FailureKind.BACKUP_UNKNOWN,
                            "there is no backup " + request.name() + " to resume."
                                    + UnknownBackup.hint(catalog, request.name(), List.of()));
                }
                return all;
            }
            Set<NodeName> finished = finished(earlier);
            List<NodeName> pending =
                    all.stream().filter(node -> !finished.contains(node)).toList();
            if (pending.isEmpty() && !request.resume() && !resumed) {
                throw new MedusaException(
                        FailureKind.BACKUP_EXISTS,
                        "backup " + request.name() + " already exists and is finished on every node. Choose another"
                                + " name");
            }
            all.stream().filter(finished::contains).forEach(node -> outcomes.put(node, NodeOutcome.wasDone(node)));
            LOG.info(
                    "Resuming backup {}, which is finished on {} of {} nodes",
                    request.name(),
                    all.size() - pending.size(),
                    all.size());
            return pending;
        }

        private static Set<NodeName> finished(Optional<ClusterBackup> backup) {
            return backup.stream()
                    .flatMap(found -> found.nodeBackups().stream())
                    .filter(NodeBackup::isFinished)
                    .map(NodeBackup::node)
                    .collect(Collectors.toSet());
        }

        /** An earlier run may have died while its jobs kept running. The result of a job that has ended must not count for this run. */
        private void findWorking(List<NodeName> all) {
            var unused = new LimitedPool<NodeName>(request.parallelSnapshots()).mapAll(all, node -> {
                NodeAgents.Earlier earlier = agents.look(node, request);
                if (earlier != NodeAgents.Earlier.NOTHING) {
                    resumed = true;
                }
                if (earlier == NodeAgents.Earlier.RUNS) {
                    LOG.info("{} is already working on this backup", node);
                    atWork.add(node);
                }
                return earlier;
            });
        }

        /** The snapshots behind the finished backups, from the bucket. */
        Map<NodeName, BackupSnapshot> recorded() {
            Map<NodeName, BackupSnapshot> recorded = new ConcurrentHashMap<>();
            List<NodeName> done = inRingOrder().stream()
                    .filter(NodeOutcome::isDone)
                    .map(NodeOutcome::node)
                    .toList();
            var unused = new LimitedPool<NodeName>(CLEAN_UP_AT_ONCE).mapAll(done, node -> {
                catalog.snapshot(node, request.name()).ifPresent(found -> recorded.put(node, found));
                return node;
            });
            return recorded;
        }

        /** Takes the snapshots; returns the nodes that have one. */
        private List<NodeName> snapshot(List<NodeName> pending) {
            List<NodeName> wanting = request.useExistingSnapshot()
                    ? List.of()
                    : pending.stream().filter(node -> !atWork.contains(node)).toList();
            Map<NodeName, NodeOutcome> without = snapshots.take(wanting);
            outcomes.putAll(without);
            return pending.stream().filter(node -> !without.containsKey(node)).toList();
        }

        private void upload(List<NodeName> ready) {
            nodes.run(
                            "Uploading",
                            ready,
                            uploads(),
                            node -> tracked(node, agents.upload(node, request, snapshots.id(node))))
                    .forEach(outcome -> outcomes.put(outcome.node(), outcome));
        }

        private NodeFanOut.Work tracked(NodeName node, NodeFanOut.Work work) {
            return new NodeFanOut.Work(work.says(), () -> {
                atWork.add(node);
                Optional<String> failure = work.task().run();
                // a node that failed may go on
                if (failure.isEmpty()) {
                    atWork.remove(node);
                }
                return failure;
            });
        }

        private LimitedPool<NodeName> uploads() {
            Map<Function<NodeName, String>, Integer> groups = new HashMap<>();
            request.perRack()
                    .ifPresent(most -> groups.put(node -> "rack " + datacenter(node) + " " + rack(node), most));
            request.perDatacenter().ifPresent(most -> groups.put(node -> "datacenter " + datacenter(node), most));
            return new LimitedPool<>(request.parallelUploads(), groups);
        }

        private String rack(NodeName node) {
            return String.valueOf(
                    Objects.requireNonNull(request.ring().nodes().get(node)).rack());
        }

        private String datacenter(NodeName node) {
            return String.valueOf(
                    Objects.requireNonNull(request.ring().nodes().get(node)).datacenter());
        }

        /** The bucket decides, not the answer of a host. */
        private void confirm(List<NodeName> ready) {
            Set<NodeName> finished = finished(catalog.findClusterBackup(request.name()));
            for (NodeName node : ready) {
                NodeOutcome outcome = Objects.requireNonNull(outcomes.get(node));
                if (!outcome.isDone() && finished.contains(node)) {
                    LOG.warn("{} finished its backup despite an error: {}", node, outcome.cause());
                    outcomes.put(node, NodeOutcome.done(node, outcome.duration()));
                } else if (outcome.isDone() && !finished.contains(node)) {
                    outcomes.put(
                            node,
                            NodeOutcome.failed(
                                    node,
                                    "the command succeeded there, but the bucket has no finished backup of node " + node
                                            + ". Check that fqdn in [storage] on that node is its name in the ring, and"
                                            + " that it uses the same bucket",
                                    outcome.duration()));
                }
            }
        }

        private List<NodeOutcome> inRingOrder() {
            return request.ring().names().stream()
                    .flatMap(node -> Optional.ofNullable(outcomes.get(node)).stream())
                    .toList();
        }

        /** Stops the jobs and clears this run's snapshots on all nodes. */
        private void stopAll(List<NodeName> pending) {
            boolean wasInterrupted = Thread.interrupted();
            LOG.info("Stopping the work on all nodes");
            try {
                List<NodeName> working =
                        pending.stream().filter(atWork::contains).toList();
                var unused = new LimitedPool<NodeName>(CLEAN_UP_AT_ONCE).mapAll(working, node -> {
                    agents.stop(node, request);
                    return node;
                });
                clear(pending);
                snapshots.warn(uncleared);
            } finally {
                if (wasInterrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private void clear(List<NodeName> nodes) {
            List<NodeName> these = snapshots.among(nodes);
            if (these.isEmpty() || request.keepSnapshot() || request.useExistingSnapshot()) {
                return;
            }
            uncleared.putAll(snapshots.clear(these));
            LOG.info("Cleared snapshots on {} of {} nodes", these.size() - uncleared.size(), these.size());
        }
    }
}
