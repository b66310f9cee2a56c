package io.medusa.app;

import io.medusa.backup.BackupNode;
import io.medusa.backup.Stagger;
import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.cql.CqlSchema;
import io.medusa.cassandra.cql.CqlSchemaHistory;
import io.medusa.cassandra.cql.CqlSettings;
import io.medusa.cassandra.cql.KeyTokens;
import io.medusa.cassandra.process.SSTableLoaderProgram;
import io.medusa.catalog.BackupStatus;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.BuildIndex;
import io.medusa.catalog.FetchTokenMap;
import io.medusa.catalog.LastBackup;
import io.medusa.catalog.ListBackups;
import io.medusa.cluster.BackupCluster;
import io.medusa.cluster.ClusterView;
import io.medusa.cluster.ImportPlanner;
import io.medusa.cluster.NodeFanOut;
import io.medusa.cluster.NodeProgram;
import io.medusa.cluster.RestoreCluster;
import io.medusa.cluster.SshAgents;
import io.medusa.config.MedusaConfig;
import io.medusa.doctor.Doctor;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.WeeklyTime;
import io.medusa.os.Ports;
import io.medusa.purge.PurgeBackups;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Bucket;
import io.medusa.repository.Collector;
import io.medusa.repository.IndexBuilder;
import io.medusa.repository.Inventory;
import io.medusa.repository.Pins;
import io.medusa.repository.RepositoryLayout;
import io.medusa.repository.Verifications;
import io.medusa.restore.DownloadBackup;
import io.medusa.restore.ImportSSTables;
import io.medusa.restore.LoadSSTables;
import io.medusa.restore.RestoreNode;
import io.medusa.restore.RestoreTable;
import io.medusa.restore.SingleReplica;
import io.medusa.restore.UndoRestore;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Traffic;
import io.medusa.storage.UnfinishedUpload;
import io.medusa.transfer.Bandwidth;
import io.medusa.transfer.Heartbeat;
import io.medusa.transfer.Pace;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import io.medusa.verify.VerifyBackup;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of the program put together by hand, from one configuration. Each flow gets just what it needs, and nothing is
 * connected or started before a flow runs.
 */
public final class Medusa implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Medusa.class);
    private static final Duration STAGGER_POLL = Duration.ofSeconds(60);
    private static final Duration LATEST_PACE = Duration.ofHours(12);
    private static final Duration LOOK_AT_CONFIG = Duration.ofSeconds(5);
    /** Small requests at once: they wait for the store, and neither move data nor need memory. */
    private static final int LOOKUPS = 32;

    private final MedusaConfig config;
    private final Map<String, String> environment;
    private final Progress progress;
    private final CassandraParts cassandra;
    private final Clock clock;
    private final ObjectStorage storage;
    private final Bandwidth bandwidth;
    private final Supplier<Optional<MedusaConfig.Storage>> reread;
    private @Nullable Heartbeat configWatch;
    private final OtherNodes others;
    private @Nullable Measured measured;
    private final BackupCatalog catalog;

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
        this.cassandra = new CassandraParts(config, node);
        this.others = new OtherNodes(config, environment);
        this.reread = reread;
        this.config = config;
        this.environment = environment;
        this.progress = progress;
        this.clock = Clock.systemUTC();
        this.storage = Stores.open(config.storage().target());
        this.bandwidth = new Bandwidth(config.storage().bandwidth());
        this.catalog = new BackupCatalog(new Bucket(
                storage,
                new RepositoryLayout(config.storage().prefix()),
                new TransferPool(LOOKUPS, false, Progress.NONE),
                clock));
    }

    /** What has been asked of the store so far. */
    public Traffic.Counts traffic() {
        return storage.traffic();
    }

    /** The name of this node in the bucket. */
    public NodeName node() {
        return config.storage().fqdn();
    }

    /** The first segment of all keys, empty for none. */
    public String prefix() {
        return config.storage().prefix();
    }

    /** Incomplete multipart uploads: of this node, or of all nodes of the prefix. */
    public List<UnfinishedUpload> unfinishedUploads(boolean allNodes) {
        String all = prefix().isEmpty() ? "" : prefix() + "/";
        return storage.unfinishedUploads(allNodes ? all : all + node().value() + "/");
    }

    /** Aborts an incomplete multipart upload. */
    public void abort(UnfinishedUpload upload) {
        storage.abort(upload);
    }

    /** Checks everything a backup needs. */
    public Doctor doctor() {
        return new Doctor(storage, this::cassandraNode, clock);
    }

    /** Complete requests, as the configuration wants them. */
    public RequestDefaults requests() {
        return new RequestDefaults(config, environment);
    }

    /**
     * Backs up this node.
     *
     * @param finishBy when it is to be done, nothing for as soon as possible
     */
    public BackupNode backupNode(Optional<Instant> finishBy) {
        Stagger stagger = new Stagger(catalog, clock, STAGGER_POLL);
        return new BackupNode(catalog, cassandraNode(), transfers(true, finishBy), stagger);
    }

    /** All backups of the cluster with their sizes, by start. */
    public List<BackupSummary> allBackups() {
        return listBackups().summaries(new ListBackups.Request(node(), true));
    }

    /** How the service is to serve. */
    public MedusaConfig.Grpc serving() {
        return config.grpc();
    }

    /** When the last backup of this node was finished. */
    public Optional<Instant> lastFinished() {
        return catalog.latestNodeBackup(node()).flatMap(NodeBackup::finished);
    }

    /** Where metrics go. */
    public MedusaConfig.Monitoring monitoring() {
        return config.monitoring();
    }

    /** Lists backups. */
    public ListBackups listBackups() {
        return new ListBackups(catalog);
    }

    /** Tells a backup's state. */
    public BackupStatus backupStatus() {
        return new BackupStatus(catalog);
    }

    /** Fetches a ring. */
    public FetchTokenMap fetchTokenMap() {
        return new FetchTokenMap(catalog);
    }

    /** Tells when the last backup was. */
    public LastBackup lastBackup() {
        return new LastBackup(catalog, buildIndex(), clock);
    }

    /** Rebuilds the index. */
    public BuildIndex buildIndex() {
        return new BuildIndex(new IndexBuilder(storage, catalog));
    }

    /** Deletes backups. */
    public PurgeBackups purgeBackups() {
        return new PurgeBackups(
                catalog,
                new Inventory(storage, catalog),
                new Collector(storage, catalog, transfers(false), clock),
                pins(),
                clock);
    }

    /** The backups that are pinned. */
    public Pins pins() {
        return new Pins(storage, catalog.layout(), clock);
    }

    /** When backups were compared with the storage, as far as somebody has noted it. */
    public Map<BackupName, Verifications.Verification> verifications() {
        return new Verifications(storage, catalog.layout()).all();
    }

    /** Compares backups with the storage. */
    public Verification verification() {
        return new Verification(
                new VerifyBackup(catalog, transfers(false)),
                measured(),
                new Verifications(storage, catalog.layout()),
                clock);
    }

    /** Where the backups are, for people. */
    public String bucket() {
        return catalog.describe() + (prefix().isEmpty() ? "" : ", prefix " + prefix());
    }

    /** The names of all nodes of the ring, those of other datacenters included. */
    public Set<NodeName> liveNodes() {
        return cassandraNode().describe().wholeRing().names();
    }

    /** Downloads into a directory. */
    public DownloadBackup downloadBackup() {
        return new DownloadBackup(catalog, transfers(false));
    }

    /** Restores this node. */
    public RestoreNode restoreNode() {
        CassandraYaml yaml = cassandra.yaml();
        return new RestoreNode(
                catalog, yaml, cassandra.service(yaml), new CqlSchema(cassandra.cql(yaml)), transfers(false));
    }

    /** Tells what it means to restore this node while the rest of its ring goes on. */
    public SingleReplica singleReplica() {
        CassandraYaml yaml = cassandra.yaml();
        return new SingleReplica(
                catalog, () -> ring(Optional.empty()), new CqlSchemaHistory(cassandra.cql(yaml)), clock);
    }

    /** Restores a table into the running node. */
    public RestoreTable restoreTable() {
        CassandraYaml yaml = cassandra.yaml();
        return new RestoreTable(
                catalog, yaml, cassandra.service(yaml), new CqlSchema(cassandra.cql(yaml)), transfers(false));
    }

    /** Imports other nodes' SSTables into this running node. */
    public ImportSSTables importSSTables() {
        CassandraYaml yaml = cassandra.yaml();
        return new ImportSSTables(
                catalog, yaml, cassandra.service(yaml), new CqlSchema(cassandra.cql(yaml)), transfers(false));
    }

    /** Loads backups by Cassandra's own loader. */
    public LoadSSTables loadSSTables() {
        return new LoadSSTables(
                catalog,
                transfers(false),
                new SSTableLoaderProgram(
                        config.cassandra().sstableLoader(),
                        cassandra.yaml(),
                        config.cassandra().cqlUser().isPresent()));
    }

    /**
     * Restores a cluster.
     *
     * @param seed the node that is asked for it, by the name or address that reaches it; this one without
     * @param partitioner of the cluster, by the name of its class
     */
    public RestoreCluster restoreCluster(
            Optional<String> seed,
            String partitioner,
            ClusterView view,
            Optional<Path> configFile,
            List<String> forwarded) {
        NodeProgram program =
                new NodeProgram(configFile, forwarded, config.cassandra().useSudo());
        CqlSettings cql = cassandra.cql(cassandra.yaml());
        return new RestoreCluster(
                catalog,
                new CqlSchema(seed.map(cql::at).orElse(cql)),
                others.overSsh(view),
                program,
                new ImportPlanner(
                        catalog,
                        new TransferPool(LOOKUPS, false, Progress.NONE),
                        key -> KeyTokens.of(partitioner, key)));
    }

    /** Whether a restored node answers, and as {@code [checks]} says. */
    public void checkRestored(NodeName host) {
        CassandraYaml yaml = cassandra.yaml();
        if (!Ports.isOpen(host.value(), yaml.nativePort()) && !Ports.isOpen(host.value(), yaml.storagePort())) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    "Cassandra on " + host + " answers neither on port " + yaml.nativePort() + " nor on "
                            + yaml.storagePort());
        }
        requests().restoreCheck().run(new CqlSchema(cassandra.cql(yaml).at(host.value())));
    }

    /** The words of {@code start_cmd}. */
    public List<String> startCommand() {
        return config.cassandra().startCommand();
    }

    /** The words of {@code stop_cmd}. */
    public List<String> stopCommand() {
        return config.cassandra().stopCommand();
    }

    /** The name in the bucket of a host that is given by name or address. */
    public NodeName nameOf(String host) {
        return new NodeName(cassandra.resolver().apply(host));
    }

    /** The seeds that {@code cassandra.yaml} names, as they are called in the bucket. */
    public Set<NodeName> seeds() {
        return cassandra.yaml().seeds().stream().map(this::nameOf).collect(Collectors.toSet());
    }

    /** What separates the words of a list of hosts. */
    public String hostFileSeparator() {
        return config.storage().hostFileSeparator();
    }

    /** Goes back to the state before a restore. */
    public UndoRestore undoRestore() {
        CassandraYaml yaml = cassandra.yaml();
        return new UndoRestore(yaml, cassandra.service(yaml));
    }

    /**
     * Backs up every node of a cluster by their own programs, called over SSH.
     *
     * @param view is shown what the nodes do
     * @param forwarded options of this command line that hold for the nodes, too
     */
    public BackupCluster backupClusterOverSsh(ClusterView view, Optional<Path> configFile, List<String> forwarded) {
        NodeProgram program =
                new NodeProgram(configFile, forwarded, config.cassandra().useSudo());
        MedusaConfig.Nodetool nodetool = config.cassandra().nodetool();
        boolean needsPassword =
                nodetool.password().isPresent() && nodetool.passwordFile().isEmpty();
        return new BackupCluster(
                catalog,
                new NodeFanOut(view),
                new SshAgents(others.overSsh(view), program, cassandra.nodetool(), needsPassword));
    }

    /** Backs up every node of a cluster by the services that run there. */
    public BackupCluster backupClusterByServices(ClusterView view) {
        return new BackupCluster(catalog, new NodeFanOut(view), others.services());
    }

    /** The node of this machine. */
    public CassandraNode cassandraNode() {
        return cassandra.node();
    }

    /**
     * The nodes of a cluster, as one of them sees it.
     *
     * @param seed the node to ask, by the name or address that reaches it; this one without
     */
    public NodeDescription ring(Optional<String> seed) {
        return seed.isEmpty() || seed.get().equals(node().value())
                ? cassandraNode().describe()
                : cassandra.describe(cassandra.cql(cassandra.yaml()).at(seed.get()));
    }

    /** One pool for each flow: its threads live only while something moves. */
    private TransferPool transfers(boolean besideTheDatabase) {
        return transfers(besideTheDatabase, Optional.empty());
    }

    private TransferPool transfers(boolean besideTheDatabase, Optional<Instant> finishBy) {
        if (configWatch == null) {
            configWatch = Heartbeat.start(LOOK_AT_CONFIG, this::followConfig, failed -> LOG.debug("", failed));
        }
        Progress shown = finishBy.<Progress>map(end -> new Pace(progress, "Uploading", bandwidth, end, clock))
                .orElse(progress);
        return new TransferPool(Stores.concurrency(config.storage(), storage), bandwidth, besideTheDatabase, shown);
    }

    /** Somebody who edits the limit while something moves means it for that. */
    private void followConfig() {
        reread.get().ifPresent(now -> {
            if (!now.bandwidth().equals(bandwidth.limit())) {
                bandwidth.limit(now.bandwidth());
                LOG.info(
                        "transfer_max_bandwidth is now {}",
                        now.bandwidth().isPresent() ? now.bandwidth().getAsLong() + " bytes a second" : "unlimited");
            }
        });
    }

    /**
     * When a backup is to be done: the next time that the local clock shows that, unless it is nearer in the past, so that a backup
     * that begins late does not crawl until tomorrow.
     *
     * @param instead of the time in the configuration
     */
    public Optional<Instant> finishBy(Optional<LocalTime> instead) {
        return instead.or(() -> config.storage().finishBy()).flatMap(time -> {
            ZonedDateTime now = ZonedDateTime.now(clock.withZone(ZoneId.systemDefault()));
            ZonedDateTime end = new WeeklyTime(Optional.empty(), time).after(now);
            if (Duration.between(now, end).compareTo(LATEST_PACE) > 0) {
                LOG.warn("finish_by {} has passed: uploading at full speed", time);
                return Optional.empty();
            }
            LOG.info(
                    "Pacing the upload to finish by {}, at no less than {} MB/s",
                    end.toOffsetDateTime(),
                    Pace.FLOOR / 1_000_000);
            return Optional.of(end.toInstant());
        });
    }

    /** Runs flows and measures them: one for all, so that what they measure is handed over together. */
    public Measured measured() {
        Measured one = measured;
        if (one == null) {
            one = new Measured(Monitors.open(config.monitoring(), node(), environment), clock);
            measured = one;
        }
        return one;
    }

    @Override
    public void close() {
        if (measured != null) {
            measured.store(traffic());
            measured.flush();
        }
        if (configWatch != null) {
            configWatch.close();
        }
        others.close();
        storage.close();
    }
}
