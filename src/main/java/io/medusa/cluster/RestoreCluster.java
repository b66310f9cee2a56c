package io.medusa.cluster;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.ReadLease;
import io.medusa.repository.UnknownBackup;
import java.time.Duration;
import java.util.List;

/**
 * Restores a cluster from the backups of its nodes. A whole cluster of the same shape is restored node by node: all nodes stage and
 * verify their data first; when every one has it, they stop, swap it and start. For a cluster of another shape, and for single tables,
 * the nodes keep running and import the SSTables that hold rows they own.
 */
public final class RestoreCluster {
    private final BackupCatalog catalog;
    private final CassandraSchema schema;
    private final ClusterHosts nodes;
    private final NodeProgram program;
    private final ImportPlanner planner;

    /**
     * The caller closes all of them.
     *
     * @param schema the schema of the target cluster
     */
    public RestoreCluster(
            BackupCatalog catalog,
            CassandraSchema schema,
            ClusterHosts nodes,
            NodeProgram program,
            ImportPlanner planner) {
        this.catalog = catalog;
        this.schema = schema;
        this.nodes = nodes;
        this.program = program;
        this.planner = planner;
    }

    /**
     * The result.
     *
     * @param outcomes one per node that got data
     */
    public record Result(List<NodeOutcome> outcomes, Duration duration) {
        /** Whether every node was restored. */
        public boolean isComplete() {
            return outcomes.stream().allMatch(NodeOutcome::isDone);
        }
    }

    /** Whether none of the restored nodes was backed up, so that the target has its own users. */
    public boolean isOtherCluster(ClusterRestoreRequest request) {
        return !request.inPlace()
                && (request.cluster().isEmpty()
                        || request.cluster().get().ring().names().stream()
                                .noneMatch(backup(request).tokenMap().names()::contains));
    }

    private ClusterBackup backup(ClusterRestoreRequest request) {
        return catalog.findClusterBackup(request.name())
                .orElseThrow(() -> UnknownBackup.inCluster(catalog, request.name()));
    }

    /**
     * Protects all backups that a restore may need from a purge, from its plan to its end.
     *
     * @throws MedusaException if there is no such backup, or a part of it is being deleted
     */
    public ReadLease lease(ClusterRestoreRequest request) {
        return catalog.readLease(new Datacenters(request, backup(request))
                .chosen().nodeBackups().stream().filter(NodeBackup::isFinished).toList());
    }

    /**
     * Plans the restore. Changes nothing.
     *
     * @throws MedusaException if it cannot be done
     */
    public PreparedRestore prepare(ClusterRestoreRequest request) {
        return new RestorePlanner(catalog, schema, planner).prepare(request, backup(request));
    }

    /**
     * Executes a plan. Nodes that fail are in the result.
     *
     * @param lease on the backups, taken before the planning
     * @throws MedusaException if nothing could be started
     */
    public Result run(ClusterRestoreRequest request, PreparedRestore prepared, ReadLease lease) {
        long began = System.nanoTime();
        try {
            List<NodeOutcome> outcomes =
                    switch (prepared.plan().method()) {
                        case NODES -> new NodeByNodeRestore(request, nodes, program).run(prepared.plan(), lease);
                        case IMPORT ->
                            new RunningRestore(request, schema, nodes, program).importTables(prepared, lease);
                        case SSTABLELOADER -> new RunningRestore(request, schema, nodes, program).load(prepared, lease);
                    };
            return new Result(outcomes, Duration.ofNanos(System.nanoTime() - began));
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.INTERRUPTED) {
                throw new MedusaException(
                        failed.kind(),
                        "interrupted. The nodes continue their work. Run the same command to wait for them, with"
                                + " --in-place if the cluster is down",
                        failed);
            }
            throw failed;
        }
    }
}
