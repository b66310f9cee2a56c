package io.medusa.app;

import io.medusa.cassandra.CassandraNode;
import io.medusa.catalog.BackupStatus;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.BuildIndex;
import io.medusa.catalog.FetchTokenMap;
import io.medusa.catalog.LastBackup;
import io.medusa.catalog.ListBackups;
import io.medusa.config.MedusaConfig;
import io.medusa.hooks.Hook;
import io.medusa.hooks.Hooks;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Round;
import io.medusa.monitoring.Source;
import io.medusa.purge.PurgeBackups;
import io.medusa.repository.Collector;
import io.medusa.repository.IndexBuilder;
import io.medusa.repository.Inventory;
import io.medusa.repository.Pins;
import io.medusa.repository.VerificationState;
import io.medusa.repository.Verifications;
import io.medusa.restore.DownloadBackup;
import io.medusa.storage.Traffic;
import io.medusa.storage.UnfinishedUpload;
import io.medusa.transfer.Progress;
import io.medusa.verify.VerifyBackup;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The program, put together by hand from one configuration for one call: the flows that work on the bucket, and by {@link #onNode} and
 * {@link #onCluster} those that work on Cassandra. Each flow gets just what it needs, and nothing is connected or started before a flow
 * runs.
 */
public final class Medusa implements AutoCloseable {
    private final Opened opened;
    private final Supplier<Optional<MedusaConfig.Storage>> reread;
    private final Runnable atEnd;
    private final Transfers transfers;
    private final ClusterFlows cluster;
    private final Traffic.Counts before;
    private @Nullable Measured measured;

    /**
     * @param progress is shown what the flows move
     * @param node to back up instead of the one that the configuration describes; {@code null} for that one
     * @param reread reads the configuration again, for what may change while something moves
     */
    public Medusa(
            MedusaConfig config,
            Map<String, String> environment,
            Progress progress,
            @Nullable Supplier<CassandraNode> node,
            Supplier<Optional<MedusaConfig.Storage>> reread) {
        this(new Opened(config, environment, node), progress, reread, null);
    }

    /** @param atEnd is run when this is closed; {@code null} to close what is open */
    Medusa(
            Opened opened,
            Progress progress,
            Supplier<Optional<MedusaConfig.Storage>> reread,
            @Nullable Runnable atEnd) {
        this.opened = opened;
        this.reread = reread;
        this.atEnd = atEnd == null ? opened::close : atEnd;
        this.transfers = new Transfers(opened, progress, reread);
        this.cluster = new ClusterFlows(opened);
        this.before = opened.storage.traffic();
    }

    /** The same for another call, with what is open already. The first is to be closed after the others. */
    Medusa shared(Progress progress, Runnable atEndOfCall) {
        Stores.requireBase(opened.config.storage().target());
        return new Medusa(opened, progress, reread, atEndOfCall);
    }

    /** The flows that work on this machine's Cassandra. */
    public NodeFlows onNode() {
        return new NodeFlows(opened, transfers);
    }

    /** The flows that work on every node of a cluster. */
    public ClusterFlows onCluster() {
        return cluster;
    }

    /** Complete requests, as the configuration wants them. */
    public RequestDefaults requests() {
        return new RequestDefaults(opened.config, opened.environment);
    }

    /** The requests to the store since this was opened; with those of other calls that run meanwhile. */
    public Traffic.Counts traffic() {
        return opened.storage.traffic().since(before);
    }

    /** The name of this node in the bucket. */
    public NodeName node() {
        return opened.config.storage().fqdn();
    }

    /** The first segment of all keys, empty for none. */
    public String prefix() {
        return opened.config.storage().prefix();
    }

    /** Where the backups are, for people. */
    public String bucket() {
        return opened.catalog.describe() + (prefix().isEmpty() ? "" : ", prefix " + prefix());
    }

    /** How the service is to serve. */
    public MedusaConfig.Grpc serving() {
        return opened.config.grpc();
    }

    /** Where metrics go. */
    public MedusaConfig.Monitoring monitoring() {
        return opened.config.monitoring();
    }

    /** The separator in the lines of a host list. */
    public String hostFileSeparator() {
        return opened.config.storage().hostFileSeparator();
    }

    /** Incomplete multipart uploads: of this node, or of all nodes of the prefix. */
    public List<UnfinishedUpload> unfinishedUploads(boolean allNodes) {
        String all = prefix().isEmpty() ? "" : prefix() + "/";
        return opened.storage.unfinishedUploads(allNodes ? all : all + node().value() + "/");
    }

    /** Aborts an incomplete multipart upload. */
    public void abort(UnfinishedUpload upload) {
        opened.storage.abort(upload);
    }

    /** All backups of the cluster with their sizes, by start. */
    public List<BackupSummary> allBackups() {
        return listBackups().summaries(new ListBackups.Request(node(), true));
    }

    /** Whether the bucket has a finished backup of any node. */
    public boolean hasBackups() {
        return opened.catalog.nodeBackups().stream().anyMatch(NodeBackup::isFinished);
    }

    /** The round of scheduled backups that an attempt now belongs to. */
    public Round round() {
        return Round.at(opened.clock.instant(), opened.config.grpc().backupSchedule());
    }

    /** The round of scheduled backups that was due then. */
    public Round round(Instant due) {
        return new Round(due, opened.config.grpc().backupSchedule().after(due));
    }

    /** Whether this node has finished a backup of that name. */
    public boolean hasFinished(BackupName name) {
        return opened.catalog
                .findNodeBackup(node(), name)
                .filter(NodeBackup::isFinished)
                .isPresent();
    }

    /** The mode of a scheduled backup that names none: that of what an earlier attempt left, so that it can be resumed. */
    public BackupMode modeOf(Round round) {
        return opened.catalog
                .findNodeBackup(node(), round.name())
                .map(NodeBackup::mode)
                .orElse(BackupMode.DIFFERENTIAL);
    }

    /** Lists backups. */
    public ListBackups listBackups() {
        return new ListBackups(opened.catalog);
    }

    /** Tells a backup's state. */
    public BackupStatus backupStatus() {
        return new BackupStatus(opened.catalog);
    }

    /** Fetches a ring. */
    public FetchTokenMap fetchTokenMap() {
        return new FetchTokenMap(opened.catalog);
    }

    /** Tells when the last backup was. */
    public LastBackup lastBackup() {
        return new LastBackup(
                opened.catalog, buildIndex(), opened.config.grpc().configuredBackupSchedule(), opened.clock);
    }

    /** Rebuilds the index. */
    public BuildIndex buildIndex() {
        return new BuildIndex(new IndexBuilder(opened.catalog.bucket()));
    }

    /** Deletes backups. */
    public PurgeBackups purgeBackups() {
        return new PurgeBackups(
                opened.catalog,
                new Inventory(opened.catalog.bucket()),
                new Collector(opened.storage, opened.catalog, transfers.pool(), opened.clock),
                pins(),
                opened.clock);
    }

    /** The backups that are pinned. */
    public Pins pins() {
        return new Pins(opened.storage, opened.catalog.layout(), opened.clock);
    }

    /** What is known of the verifications of the bucket's backups; nothing if this user may not read it. */
    public VerificationState verifications() {
        return new Verifications(opened.catalog.bucket()).stateIfReadable();
    }

    /** Compares backups with the storage. */
    public Verification verification() {
        return new Verification(
                new VerifyBackup(opened.catalog, transfers.pool()), measured(), hooked(), opened.catalog.bucket());
    }

    /** Downloads into a directory. */
    public DownloadBackup downloadBackup() {
        return new DownloadBackup(opened.catalog, transfers.pool());
    }

    /** Runs flows and measures them: one for all, so that what they measure is handed over together. */
    public Measured measured() {
        Measured one = measured;
        if (one == null) {
            one = new Measured(
                    Monitors.open(opened.config.monitoring(), this::source, opened.environment),
                    hooked(),
                    opened.clock);
            measured = one;
        }
        return one;
    }

    /** Runs flows between the operator's programs. */
    public Hooked hooked() {
        if (opened.environment.containsKey(Hooks.VARIABLE)) {
            // a hook has called this program: with hooks of its own it would call itself again
            return new Hooked(Hooks.NONE, node());
        }
        MedusaConfig.Hooks hooks = opened.config.hooks();
        Map<Hook, List<String>> programs = new EnumMap<>(Hook.class);
        for (Hook hook : Hook.values()) {
            Optional.ofNullable(hooks.programs().get(hook.option())).ifPresent(words -> programs.put(hook, words));
        }
        return new Hooked(new Hooks(programs, hooks.timeLimit(), opened.clock), node());
    }

    private Source source() {
        return new Source(opened.config.monitoring().cluster().or(opened.cassandra::clusterName), node().value());
    }

    @Override
    public void close() {
        try {
            if (measured != null) {
                measured.store(traffic());
                measured.clusterState(
                        this::lastBackup, () -> new Verifications(opened.catalog.bucket()).stateOfExisting());
                measured.flush();
            }
        } finally {
            try {
                transfers.close();
                cluster.close();
            } finally {
                atEnd.run();
            }
        }
    }
}
