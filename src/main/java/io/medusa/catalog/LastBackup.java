package io.medusa.catalog;

import io.medusa.error.MedusaException;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.monitoring.Metric;
import io.medusa.monitoring.Monitor;
import io.medusa.repository.BackupRepository;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells when the node and its cluster were last backed up, to people and to monitoring (docs/compatibility.md 17.4, 21). */
public final class LastBackup {
    private static final Logger LOG = LoggerFactory.getLogger(LastBackup.class);
    private static final String NODE = "medusa-node-backup";
    private static final String CLUSTER = "medusa-cluster-backup";
    /** What monitoring is told when the bucket cannot be read: ten years. */
    private static final long TRACKING_ERROR = 315_365_400L;

    private final BackupRepository repository;
    private final BuildIndex buildIndex;
    private final Monitor monitor;
    private final Clock clock;

    /** All of them stay the caller's to close. */
    public LastBackup(BackupRepository repository, BuildIndex buildIndex, Monitor monitor, Clock clock) {
        this.repository = repository;
        this.buildIndex = buildIndex;
        this.monitor = monitor;
        this.clock = clock;
    }

    /**
     * What is known.
     *
     * @param node the latest finished backup of the node
     * @param complete the cluster backup that was completed last
     * @param latest the cluster backup that was started last
     */
    public record Result(Optional<NodeBackup> node, Optional<ClusterBackup> complete, Optional<BackupSummary> latest) {}

    /**
     * Reads, and sends if asked to.
     *
     * @param push whether metrics are sent; a bucket that cannot be read is then told to monitoring, too
     */
    public Result run(NodeName node, boolean push) {
        try {
            Result result = read(node);
            if (push) {
                push(result);
            }
            return result;
        } catch (MedusaException failed) {
            if (push) {
                monitor.send(new Metric(CLUSTER, "seconds-since-backup", "TRACKING-ERROR", TRACKING_ERROR));
            }
            throw failed;
        }
    }

    private Result read(NodeName node) {
        Optional<NodeBackup> latest = repository.latestNodeBackup(node);
        if (latest.isEmpty()) {
            LOG.info("There is no marker of the latest backup of node {}: rebuilding the index from the backups", node);
            buildIndex.run(false);
            latest = repository.latestNodeBackup(node);
        }
        BackupRepository.Newest newest = repository.newestClusterBackups();
        Optional<BackupSummary> summary = newest.latest()
                .map(backup -> Summaries.of(repository, List.of(backup)).get(0));
        return new Result(latest.filter(NodeBackup::isFinished), newest.complete(), summary);
    }

    /** The cluster backup that was completed last. */
    public Optional<ClusterBackup> lastComplete() {
        return repository.newestClusterBackups().complete();
    }

    /** Seconds from that moment until now. */
    public long secondsSince(Instant moment) {
        return Duration.between(moment, clock.instant()).toSeconds();
    }

    private void push(Result result) {
        result.node()
                .ifPresent(backup -> send(
                        NODE,
                        "seconds-since-backup",
                        backup.name().value(),
                        secondsSince(backup.finished().orElseThrow())));
        result.complete()
                .flatMap(ClusterBackup::finished)
                .ifPresent(finished -> monitor.record(
                        new Metric(CLUSTER, "finished-timestamp-seconds", "", finished.getEpochSecond())));
        result.complete()
                .ifPresent(backup -> send(
                        CLUSTER,
                        "seconds-since-backup",
                        backup.name().value(),
                        secondsSince(backup.finished().orElseThrow())));
        result.latest().ifPresent(summary -> {
            ClusterBackup backup = summary.backup();
            String label = backup.name().value();
            send(
                    CLUSTER,
                    "complete-backups-node-count",
                    label,
                    backup.completeNodes().size());
            send(
                    CLUSTER,
                    "incomplete-backups-node-count",
                    label,
                    backup.incompleteNodes().size());
            send(
                    CLUSTER,
                    "missing-backups-node-count",
                    label,
                    backup.missingNodes().size());
            send(CLUSTER, "backup-total-size", label, summary.size());
            send(CLUSTER, "backup-total-file-count", label, summary.objects());
        });
    }

    private void send(String name, String what, String label, Number value) {
        monitor.send(new Metric(name, what, label, value));
    }
}
