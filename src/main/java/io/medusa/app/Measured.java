package io.medusa.app;

import io.medusa.backup.BackupNode;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.LastBackup;
import io.medusa.catalog.NodeState;
import io.medusa.cluster.BackupCluster;
import io.medusa.cluster.ClusterBackupRequest;
import io.medusa.cluster.ClusterRestoreRequest;
import io.medusa.cluster.PreparedRestore;
import io.medusa.cluster.RestoreCluster;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeName;
import io.medusa.monitoring.Measurement;
import io.medusa.monitoring.Metric;
import io.medusa.monitoring.Monitor;
import io.medusa.purge.PurgeBackups;
import io.medusa.purge.RetentionRules;
import io.medusa.repository.PurgeProgress;
import io.medusa.repository.ReadLease;
import io.medusa.repository.VerificationState;
import io.medusa.storage.Traffic;
import io.medusa.verify.VerifyBackup;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs flows and sends what they took, or that they failed, to monitoring. The flows themselves know no metrics. What the Python Medusa
 * sends comes in its order (docs/compatibility.md 21).
 */
public final class Measured {
    /** Seconds since the last backup where the bucket cannot be read: ten years. */
    private static final long TRACKING_ERROR = 315_365_400L;

    private static final String NO_LABEL = "";
    private static final String VERSION = Optional.ofNullable(
                    Measured.class.getPackage().getImplementationVersion())
            .orElse("development");

    private static final Logger LOG = LoggerFactory.getLogger(Measured.class);

    private final Monitor monitor;
    private final Hooked hooked;
    private final Clock clock;
    private boolean hasChangedBackups;

    Measured(Monitor monitor, Hooked hooked, Clock clock) {
        this.monitor = monitor;
        this.hooked = hooked;
        this.clock = clock;
    }

    /** Backs up a node; that the flow cannot be made is a failure of the backup, too. */
    public BackupNode.Result backup(Supplier<BackupNode> flow, BackupNode.Request request) {
        return backup(flow, request, () -> {});
    }

    /** The same, for a caller that must know when the backup has begun. */
    public BackupNode.Result backup(Supplier<BackupNode> flow, BackupNode.Request request, Runnable begun) {
        return hooked.backup(request.name(), () -> measured(flow, request, begun));
    }

    private BackupNode.Result measured(Supplier<BackupNode> flow, BackupNode.Request request, Runnable begun) {
        String name = request.name().value();
        try {
            BackupNode.Result result = flow.get().run(request, begun);
            send(Metric.NODE_BACKUP_DURATION, name, seconds(result.duration()));
            send(Metric.NODE_BACKUP_SIZE, name, result.counts().bytes());
            send(Metric.NODE_BACKUP_ERROR, name, 0);
            send(Metric.NODE_BACKUP_UPLOADED, NO_LABEL, result.counts().uploadedBytes());
            send(Metric.NODE_BACKUP_COPIED, NO_LABEL, result.counts().copiedBytes());
            send(Metric.NODE_BACKUP_REUSED, NO_LABEL, result.counts().reusedBytes());
            send(
                    Metric.NODE_BACKUP_FINISHED,
                    NO_LABEL,
                    result.backup().finished().orElseThrow().getEpochSecond());
            send(Metric.NODE_BACKUP_FAILED, "none", 0);
            if (monitor.keepsValues() || !result.damaged().isEmpty()) {
                send(Metric.NODE_BACKUP_DAMAGED_FILES, name, result.damaged().size());
            }
            hasChangedBackups = true;
            return result;
        } catch (RuntimeException failed) {
            // a second attempt that is refused says nothing of the one that runs
            if (!(failed instanceof MedusaException busy) || busy.kind() != FailureKind.BUSY) {
                send(Metric.NODE_BACKUP_ERROR, name, 1);
                send(
                        Metric.NODE_BACKUP_FAILED,
                        failed instanceof MedusaException known ? known.kind().name() : "bug",
                        1);
            }
            throw failed;
        }
    }

    /** Backs up a cluster. */
    public BackupCluster.Result backup(BackupCluster flow, ClusterBackupRequest request) {
        String name = request.name().value();
        boolean complete = false;
        try {
            BackupCluster.Result result = hooked.backupCluster(request.name(), () -> flow.run(request));
            complete = result.isComplete();
            if (complete) {
                send(Metric.CLUSTER_BACKUP_DURATION, name, seconds(result.duration()));
            }
            hasChangedBackups = true;
            return result;
        } finally {
            send(Metric.CLUSTER_BACKUP_ERROR, name, complete ? 0 : 1);
        }
    }

    /** Restores a cluster as planned. */
    public RestoreCluster.Result restore(
            RestoreCluster flow, ClusterRestoreRequest request, PreparedRestore prepared, ReadLease lease) {
        String name = request.name().value();
        boolean complete = false;
        try {
            RestoreCluster.Result result =
                    hooked.restoreCluster(request.name(), () -> flow.run(request, prepared, lease));
            complete = result.isComplete();
            if (complete) {
                send(Metric.CLUSTER_RESTORE_DURATION, name, seconds(result.duration()));
            }
            return result;
        } finally {
            send(Metric.CLUSTER_RESTORE_ERROR, name, complete ? 0 : 1);
        }
    }

    /**
     * What a verification did, and what is known after it.
     *
     * @param state empty if it could not be recorded
     */
    void verified(VerifyBackup.Report report, Optional<VerificationState> state) {
        send(Metric.VERIFIED_BACKUPS, NO_LABEL, report.results().size());
        send(Metric.VERIFY_READ, NO_LABEL, report.bytesRead());
        send(Metric.VERIFY_FINISHED, NO_LABEL, clock.instant().getEpochSecond());
        if (state.isPresent()) {
            verified(state.get());
        } else {
            send(
                    Metric.VERIFY_FINDINGS,
                    NO_LABEL,
                    report.results().stream()
                            .mapToLong(VerifyBackup.Result::problems)
                            .sum());
        }
    }

    /** What is known of the verifications of all nodes. */
    public void verified(VerificationState state) {
        send(Metric.VERIFY_FINDINGS, NO_LABEL, state.findings());
        state.rounds()
                .forEach((level, round) ->
                        send(Metric.VERIFIED_ALL, level, round.at().getEpochSecond()));
    }

    /** Deletes what the rules of retention no longer keep. */
    public PurgeBackups.Result purge(
            PurgeBackups flow, List<NodeName> nodes, RetentionRules rules, PurgeBackups.How how) {
        return deletion(Deletion.PURGE, how, () -> flow.byRules(nodes, rules, how));
    }

    /** Sends how far a purge is. */
    public void purging(PurgeProgress progress) {
        send(Metric.PURGE_CHECKED, NO_LABEL, progress.backups());
        send(Metric.PURGED_OBJECTS, NO_LABEL, progress.objects());
        send(Metric.PURGED_BYTES, NO_LABEL, progress.bytes());
    }

    /** Deletes the backups of nodes that have left the ring. */
    public PurgeBackups.Result purgeDecommissioned(
            PurgeBackups flow, List<NodeName> nodes, boolean evenTheLast, PurgeBackups.How how) {
        return deletion(Deletion.DECOMMISSIONED, how, () -> flow.ofDecommissioned(nodes, evenTheLast, how));
    }

    /** Deletes backups by name. */
    public PurgeBackups.Result delete(
            PurgeBackups flow, Set<BackupName> names, List<NodeName> nodes, PurgeBackups.How how) {
        return deletion(Deletion.DELETE, how, () -> flow.byName(names, nodes, how));
    }

    private enum Deletion {
        PURGE(
                "PURGE-ERROR",
                Metric.PURGE_ERROR,
                Metric.PURGED_BACKUPS,
                Metric.PURGED_OBJECTS,
                Metric.PURGED_BYTES,
                Metric.PURGE_FINISHED),
        DECOMMISSIONED(
                "PURGE-ERROR",
                Metric.DECOMMISSIONED_PURGE_ERROR,
                Metric.DECOMMISSIONED_PURGED_BACKUPS,
                Metric.DECOMMISSIONED_PURGED_OBJECTS,
                Metric.DECOMMISSIONED_PURGED_BYTES,
                Metric.DECOMMISSIONED_PURGE_FINISHED),
        DELETE(
                "DELETE-ERROR",
                Metric.DELETE_ERROR,
                Metric.DELETED_BACKUPS,
                Metric.DELETED_OBJECTS,
                Metric.DELETED_BYTES,
                Metric.DELETE_FINISHED);

        private final String label;
        private final Metric error;
        private final Metric backups;
        private final Metric objects;
        private final Metric bytes;
        private final Metric finished;

        Deletion(String label, Metric error, Metric backups, Metric objects, Metric bytes, Metric finished) {
            this.label = label;
            this.error = error;
            this.backups = backups;
            this.objects = objects;
            this.bytes = bytes;
            this.finished = finished;
        }

        /** The command that deletes so. */
        private String operation() {
            return this == PURGE ? "purge" : this == DECOMMISSIONED ? "purge-decommissioned" : "delete-backup";
        }
    }

    private PurgeBackups.Result deletion(Deletion kind, PurgeBackups.How how, Supplier<PurgeBackups.Result> work) {
        try {
            PurgeBackups.Result result = hooked.deletion(kind.operation(), work);
            if (!how.dryRun()) {
                send(kind.error, kind.label, result.failed().isEmpty() ? 0 : 1);
                send(kind.backups, NO_LABEL, result.removed().size());
                send(kind.objects, NO_LABEL, result.objects());
                send(kind.bytes, NO_LABEL, result.bytes());
                send(kind.finished, NO_LABEL, clock.instant().getEpochSecond());
                hasChangedBackups = true;
            }
            return result;
        } catch (RuntimeException failed) {
            send(kind.error, kind.label, 1);
            throw failed;
        }
    }

    /** Looks when the node and its cluster were last backed up; a bucket that cannot be read is sent as ten years. */
    public LastBackup.Result lastBackup(LastBackup flow, NodeName node) {
        LastBackup.Result result;
        try {
            result = flow.run(node);
        } catch (MedusaException failed) {
            send(Metric.CLUSTER_BACKUP_AGE, "TRACKING-ERROR", TRACKING_ERROR);
            throw failed;
        }
        result.node()
                .ifPresent(backup -> send(
                        Metric.NODE_BACKUP_AGE,
                        backup.name().value(),
                        flow.secondsSince(backup.finished().orElseThrow())));
        cluster(flow, result.cluster());
        return result;
    }

    /**
     * Follows a command that has changed backups with the state of the cluster's backups, where the provider wants it.
     *
     * @param flow opened only then
     * @param verifications what is known of them
     */
    void clusterState(Supplier<LastBackup> flow, Supplier<VerificationState> verifications) {
        if (!hasChangedBackups || !monitor.keepsValues()) {
            return;
        }
        try {
            LastBackup opened = flow.get();
            cluster(opened, opened.ofCluster());
            // another host may have verified since this one did
            verified(verifications.get());
        } catch (MedusaException unknown) {
            LOG.warn("Cannot measure the state of the cluster's backups: {}", unknown.getMessage());
        }
    }

    private void cluster(LastBackup flow, LastBackup.Cluster state) {
        state.complete().ifPresent(backup -> {
            Instant finished = backup.finished().orElseThrow();
            send(Metric.CLUSTER_BACKUP_FINISHED, NO_LABEL, finished.getEpochSecond());
            send(Metric.CLUSTER_BACKUP_AGE, backup.name().value(), flow.secondsSince(finished));
        });
        state.due().ifPresent(due -> send(Metric.CLUSTER_BACKUP_DUE, NO_LABEL, due.getEpochSecond()));
        send(Metric.CLUSTER_BACKUP_OBSERVED, NO_LABEL, clock.instant().getEpochSecond());
        state.latest().ifPresent(this::latest);
    }

    private void latest(BackupSummary summary) {
        ClusterBackup backup = summary.backup();
        String name = backup.name().value();
        send(Metric.CLUSTER_BACKUP_COMPLETE_NODES, name, backup.completeNodes().size());
        send(
                Metric.CLUSTER_BACKUP_INCOMPLETE_NODES,
                name,
                backup.incompleteNodes().size());
        send(Metric.CLUSTER_BACKUP_MISSING_NODES, name, backup.missingNodes().size());
        send(
                Metric.CLUSTER_BACKUP_RUNNING_NODES,
                name,
                summary.nodesIn(NodeState.RUNNING, NodeState.WAITING).size());
        send(
                Metric.CLUSTER_BACKUP_FAILED_NODES,
                name,
                summary.nodesIn(NodeState.FAILED, NodeState.DIED).size());
        send(Metric.CLUSTER_BACKUP_SIZE, name, summary.size());
        send(Metric.CLUSTER_BACKUP_FILES, name, summary.objects());
    }

    /** What the flows have asked of the store. */
    void store(Traffic.Counts counts) {
        counts.requests().forEach((kind, count) -> send(Metric.STORE_REQUESTS, kind, count));
        send(Metric.STORE_RETRIES, NO_LABEL, counts.retries());
        send(Metric.STORE_THROTTLED, NO_LABEL, counts.throttled());
    }

    /** Hands over what was measured. */
    void flush() {
        send(Metric.BUILD_INFO, VERSION, 1);
        monitor.flush();
    }

    private static double seconds(Duration time) {
        return time.toMillis() / 1000.0;
    }

    private void send(Metric metric, String label, Number value) {
        monitor.send(new Measurement(metric, label, value));
    }
}
