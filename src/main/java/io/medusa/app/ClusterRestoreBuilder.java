package io.medusa.app;

import io.medusa.cluster.ClusterRestorePlan.Method;
import io.medusa.cluster.ClusterRestoreRequest;
import io.medusa.cluster.MappedNode;
import io.medusa.cluster.TargetCluster;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.TableSelection;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Builds the request of a cluster's restore. Starts from a complete backup that goes into the cluster of the same shape. */
public final class ClusterRestoreBuilder {
    private static final int PARALLEL = 500;

    private final BackupName name;
    private final List<String> startCommand;
    private final List<String> stopCommand;
    private TableSelection selection = TableSelection.ALL;
    private Optional<TargetCluster> target = Optional.empty();
    private List<MappedNode> mapping = List.of();
    private boolean inPlace;
    private Map<String, String> datacenters = Map.of();
    private boolean othersStay;
    private Set<NodeName> seeds = Set.of();
    private boolean ignoreRacks;
    private boolean keepAuth;
    private Optional<Method> method = Optional.empty();
    private boolean oneReplica;
    private Map<String, Replication> replications = Map.of();
    private boolean incompleteToo;
    private int parallel = PARALLEL;
    private Path temporary = Path.of("/tmp");

    ClusterRestoreBuilder(BackupName name, List<String> startCommand, List<String> stopCommand) {
        this.name = name;
        this.startCommand = startCommand;
        this.stopCommand = stopCommand;
    }

    /** Only these tables. */
    public ClusterRestoreBuilder selection(TableSelection tables) {
        selection = tables;
        return this;
    }

    /** Into that cluster, which is up. */
    public ClusterRestoreBuilder into(Optional<TargetCluster> cluster) {
        target = cluster;
        return this;
    }

    /** Node to node, instead of by the two rings. */
    public ClusterRestoreBuilder mapping(List<MappedNode> nodes) {
        mapping = nodes;
        return this;
    }

    /** Gives every node its own data back. */
    public ClusterRestoreBuilder inPlace(boolean own) {
        inPlace = own;
        return this;
    }

    /** Only these datacenters of the backup, each into one of the cluster; empty for all, each into that of the same name. */
    public ClusterRestoreBuilder datacenters(Map<String, String> renamed) {
        datacenters = renamed;
        return this;
    }

    /** Lets nodes of other datacenters keep their present data. */
    public ClusterRestoreBuilder othersStay(boolean stay) {
        othersStay = stay;
        return this;
    }

    /** Starts these nodes first. */
    public ClusterRestoreBuilder seeds(Set<NodeName> first) {
        seeds = first;
        return this;
    }

    /** Maps nodes by their tokens regardless of racks. */
    public ClusterRestoreBuilder ignoreRacks(boolean ignore) {
        ignoreRacks = ignore;
        return this;
    }

    /** Keeps the target cluster's roles and permissions. */
    public ClusterRestoreBuilder keepAuth(boolean keep) {
        keepAuth = keep;
        return this;
    }

    /** By that method, instead of the one that fits. */
    public ClusterRestoreBuilder method(Optional<Method> wanted) {
        method = wanted;
        return this;
    }

    /** From one replica of each token range, as after a repair. */
    public ClusterRestoreBuilder oneReplica(boolean one) {
        oneReplica = one;
        return this;
    }

    /** Replication of the keyspaces that are created, by keyspace; an empty name stands for all. */
    public ClusterRestoreBuilder replications(Map<String, Replication> byKeyspace) {
        replications = byKeyspace;
        return this;
    }

    /** Allows a backup with missing nodes. */
    public ClusterRestoreBuilder incompleteToo(boolean allowed) {
        incompleteToo = allowed;
        return this;
    }

    /** At most so many nodes at the same time. */
    public ClusterRestoreBuilder parallel(int nodes) {
        parallel = nodes;
        return this;
    }

    /** With locks and job logs in that directory of the nodes. */
    public ClusterRestoreBuilder temporaryDirectory(Path directory) {
        temporary = directory;
        return this;
    }

    /** The request. */
    public ClusterRestoreRequest request() {
        return new ClusterRestoreRequest(
                name,
                selection,
                target,
                mapping,
                inPlace,
                datacenters,
                othersStay,
                seeds,
                ignoreRacks,
                keepAuth,
                method,
                oneReplica,
                replications,
                incompleteToo,
                parallel,
                startCommand,
                stopCommand,
                temporary);
    }
}
