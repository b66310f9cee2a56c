package io.medusa.catalog;

import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Rhythm;
import io.medusa.model.WeeklyTimes;
import io.medusa.repository.BackupCatalog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells when the node and its cluster were last backed up (docs/compatibility.md 17.4). */
public final class LastBackup {
    private static final Logger LOG = LoggerFactory.getLogger(LastBackup.class);

    private final BackupCatalog catalog;
    private final BuildIndex buildIndex;
    private final Optional<WeeklyTimes> schedule;
    private final Clock clock;

    /**
     * The caller closes all of them.
     *
     * @param schedule of backups, if it is configured
     */
    public LastBackup(BackupCatalog catalog, BuildIndex buildIndex, Optional<WeeklyTimes> schedule, Clock clock) {
        this.catalog = catalog;
        this.buildIndex = buildIndex;
        this.schedule = schedule;
        this.clock = clock;
    }

    /**
     * What is known.
     *
     * @param node the latest finished backup of the node
     */
    public record Result(Optional<NodeBackup> node, Cluster cluster) {
        /** The cluster backup that was completed last. */
        public Optional<ClusterBackup> complete() {
            return cluster.complete();
        }

        /** The cluster backup that was started last. */
        public Optional<BackupSummary> latest() {
            return cluster.latest();
        }

        /** When the next cluster backup should be complete at the latest. */
        public Optional<Instant> due() {
            return cluster.due();
        }
    }

    /**
     * What is known of the cluster.
     *
     * @param complete the backup that was completed last
     * @param latest the backup that was started last
     * @param due when the next one should be complete at the latest
     */
    public record Cluster(Optional<ClusterBackup> complete, Optional<BackupSummary> latest, Optional<Instant> due) {}

    /** Reads. */
    public Result run(NodeName node) {
        Optional<NodeBackup> latest = catalog.latestNodeBackup(node);
        if (latest.isEmpty()) {
            LOG.info("There is no marker of the latest backup of node {}: rebuilding the index from the backups", node);
            buildIndex.run(false);
            latest = catalog.latestNodeBackup(node);
        }
        return new Result(latest.filter(NodeBackup::isFinished), ofCluster());
    }

    /** Reads only of the cluster. */
    public Cluster ofCluster() {
        BackupCatalog.Newest newest = catalog.newestClusterBackups();
        Optional<BackupSummary> summary = newest.latest()
                .map(backup -> Summaries.of(catalog, List.of(backup)).get(0));
        return new Cluster(newest.complete(), summary, newest.due(schedule));
    }

    /** The cluster backup that was completed last. */
    public Optional<ClusterBackup> lastComplete() {
        return catalog.newestClusterBackups().complete();
    }

    /**
     * When the next cluster backup should be complete at the latest; empty without a complete one.
     *
     * @param all backups, so that they need not be read again
     */
    public Optional<Instant> due(List<ClusterBackup> all) {
        return all.stream()
                .filter(backup -> backup.scope().isAll() && backup.isComplete())
                .max(Comparator.comparing((ClusterBackup backup) ->
                                backup.otherDatacenters().isEmpty())
                        .thenComparing(backup -> backup.finished().orElseThrow()))
                .map(last -> Rhythm.due(
                        last,
                        schedule,
                        Rhythm.of(all.stream().map(ClusterBackup::nodeBackups).toList())));
    }

    /** Seconds from that moment until now. */
    public long secondsSince(Instant moment) {
        return Duration.between(moment, clock.instant()).toSeconds();
    }
}
