package io.medusa.app;

import io.medusa.backup.BackupNode;
import io.medusa.backup.ScheduledRounds;
import io.medusa.backup.Stagger;
import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.DataVolume;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.RestoreChecks;
import io.medusa.cassandra.cql.CqlSchema;
import io.medusa.cassandra.cql.CqlSchemaHistory;
import io.medusa.cassandra.process.SSTableLoaderProgram;
import io.medusa.config.MedusaConfig;
import io.medusa.doctor.Doctor;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.os.Ports;
import io.medusa.restore.AbortRestore;
import io.medusa.restore.ImportSSTables;
import io.medusa.restore.LoadSSTables;
import io.medusa.restore.RestoreCheck;
import io.medusa.restore.RestoreNode;
import io.medusa.restore.RestoreTable;
import io.medusa.restore.SingleReplica;
import io.medusa.restore.UndoRestore;
import io.medusa.transfer.TransferPool;
import java.time.Duration;
import java.time.LocalTime;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The flows that work on this machine's Cassandra, and what it knows of its ring. */
public final class NodeFlows {
    private static final Duration STAGGER_POLL = Duration.ofSeconds(60);

    private final Opened opened;
    private final Transfers transfers;
    private final CassandraParts cassandra;

    NodeFlows(Opened opened, Transfers transfers) {
        this.opened = opened;
        this.transfers = transfers;
        this.cassandra = opened.cassandra;
    }

    /** The node of this machine. */
    public CassandraNode node() {
        return cassandra.node();
    }

    /** The volume of this node, if it is a pod's. */
    public DataVolume volume() {
        return new DataVolume(cassandra.yaml());
    }

    /** Checks everything a backup needs. */
    public Doctor doctor() {
        return new Doctor(opened.storage, opened.catalog, this::node, this::restoreChecks, opened.clock);
    }

    /** What a restore of this node needs. */
    public RestoreChecks restoreChecks() {
        CassandraYaml yaml = cassandra.yaml();
        return new RestoreChecks(
                yaml,
                cassandra.service(yaml),
                new CqlSchema(cassandra.cql(yaml))::checks,
                opened.config.storage().useSudoForRestore());
    }

    /**
     * Backs up this node.
     *
     * @param finishBy local time to be done by, instead of the one in the configuration
     */
    public BackupNode backup(Optional<LocalTime> finishBy) {
        return backup(transfers.pacedPool(finishBy));
    }

    /** Backs up this node at full speed, or just plans it. */
    public BackupNode unpacedBackup() {
        return backup(transfers.unpacedPool());
    }

    /** Decides when it is this node's turn in a round of scheduled backups. */
    public ScheduledRounds scheduledRounds() {
        return new ScheduledRounds(opened.catalog, node(), unpacedBackup(), opened.clock);
    }

    private BackupNode backup(TransferPool pool) {
        return new BackupNode(opened.catalog, node(), pool, new Stagger(opened.catalog, opened.clock, STAGGER_POLL));
    }

    /** Restores this node. */
    public RestoreNode restoreNode() {
        CassandraYaml yaml = cassandra.yaml();
        return new RestoreNode(
                opened.catalog, yaml, cassandra.service(yaml), new CqlSchema(cassandra.cql(yaml)), transfers.pool());
    }

    /** Restores a table into the running node. */
    public RestoreTable restoreTable() {
        CassandraYaml yaml = cassandra.yaml();
        return new RestoreTable(
                opened.catalog, yaml, cassandra.service(yaml), new CqlSchema(cassandra.cql(yaml)), transfers.pool());
    }

    /** Imports other nodes' SSTables into this running node. */
    public ImportSSTables importSSTables() {
        CassandraYaml yaml = cassandra.yaml();
        return new ImportSSTables(
                opened.catalog, yaml, cassandra.service(yaml), new CqlSchema(cassandra.cql(yaml)), transfers.pool());
    }

    /** Loads backups with sstableloader. */
    public LoadSSTables loadSSTables() {
        MedusaConfig.Cassandra settings = opened.config.cassandra();
        return new LoadSSTables(
                opened.catalog,
                transfers.pool(),
                new SSTableLoaderProgram(settings.sstableLoader(), cassandra.yaml(), usesCqlPassword()));
    }

    /** Whether CQL is used with a password. */
    public boolean usesCqlPassword() {
        return opened.config.cassandra().cqlUser().isPresent();
    }

    /** Gives up interrupted restores. */
    public AbortRestore abortRestore() {
        CassandraYaml yaml = cassandra.yaml();
        return new AbortRestore(yaml, cassandra.service(yaml));
    }

    /** Goes back to the state before a restore. */
    public UndoRestore undoRestore() {
        CassandraYaml yaml = cassandra.yaml();
        return new UndoRestore(yaml, cassandra.service(yaml), () -> ring(Optional.empty()));
    }

    /** Tells what a restore of this node means while the rest of its ring keeps running. */
    public SingleReplica singleReplica() {
        CassandraYaml yaml = cassandra.yaml();
        return new SingleReplica(
                opened.catalog, () -> ring(Optional.empty()), new CqlSchemaHistory(cassandra.cql(yaml)), opened.clock);
    }

    /**
     * The nodes of a cluster, as one of them sees it.
     *
     * @param seed the node to ask, by the name or address that reaches it; this one without
     */
    public NodeDescription ring(Optional<String> seed) {
        return seed.isEmpty()
                        || seed.get().equals(opened.config.storage().fqdn().value())
                ? node().describe()
                : cassandra.describe(cassandra.cql(cassandra.yaml()).at(seed.get()));
    }

    /** The names of all nodes of the ring, those of other datacenters included. */
    public Set<NodeName> live() {
        return node().describe().wholeRing().names();
    }

    /** The name in the bucket of a host that is given by name or address. */
    public NodeName nameOf(String host) {
        return new NodeName(cassandra.resolver().apply(host));
    }

    /** The seeds that {@code cassandra.yaml} names, as they are called in the bucket. */
    public Set<NodeName> seeds() {
        return cassandra.yaml().seeds().stream().map(this::nameOf).collect(Collectors.toSet());
    }

    /**
     * Checks that a restored node answers, and as {@code [checks]} says.
     *
     * @throws MedusaException if it does not
     */
    public void checkRestored(NodeName host, RestoreCheck check) {
        CassandraYaml yaml = cassandra.yaml();
        if (!Ports.isOpen(host.value(), yaml.nativePort()) && !Ports.isOpen(host.value(), yaml.storagePort())) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    "Cassandra on " + host + " answers neither on port " + yaml.nativePort() + " nor on "
                            + yaml.storagePort());
        }
        check.run(new CqlSchema(cassandra.cql(yaml).at(host.value())));
    }
}
