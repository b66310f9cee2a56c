package io.medusa.app;

import io.medusa.cassandra.cql.CqlSchema;
import io.medusa.cassandra.cql.CqlSettings;
import io.medusa.cassandra.cql.KeyTokens;
import io.medusa.cluster.BackupCluster;
import io.medusa.cluster.ClusterView;
import io.medusa.cluster.DoctorCluster;
import io.medusa.cluster.ImportPlanner;
import io.medusa.cluster.NodeFanOut;
import io.medusa.cluster.NodeProgram;
import io.medusa.cluster.RestoreCluster;
import io.medusa.cluster.SshAgents;
import io.medusa.config.MedusaConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The flows that work on every node of a cluster. Their connections are kept until this is closed. */
public final class ClusterFlows implements AutoCloseable {
    private final Opened opened;
    private final OtherNodes others;

    ClusterFlows(Opened opened) {
        this.opened = opened;
        this.others = new OtherNodes(opened.config, opened.environment);
    }

    /**
     * Backs up every node of a cluster by their own programs, called over SSH.
     *
     * @param view is shown what the nodes do
     * @param forwarded options of this command line that hold for the nodes, too
     */
    public BackupCluster backupOverSsh(ClusterView view, Optional<Path> configFile, List<String> forwarded) {
        MedusaConfig.Nodetool nodetool = opened.config.cassandra().nodetool();
        boolean needsPassword =
                nodetool.password().isPresent() && nodetool.passwordFile().isEmpty();
        return new BackupCluster(
                opened.catalog,
                new NodeFanOut(view),
                new SshAgents(
                        others.overSsh(view),
                        program(configFile, forwarded),
                        opened.cassandra.nodetool(),
                        needsPassword));
    }

    /** Backs up every node of a cluster by the services that run there. */
    public BackupCluster backupByServices(ClusterView view) {
        return new BackupCluster(opened.catalog, new NodeFanOut(view), others.services());
    }

    /**
     * Restores a cluster.
     *
     * @param seed the node that is asked for it, by the name or address that reaches it; this one without
     * @param partitioner of the cluster, by the name of its class
     */
    public RestoreCluster restore(
            Optional<String> seed,
            String partitioner,
            ClusterView view,
            Optional<Path> configFile,
            List<String> forwarded) {
        CqlSettings cql = opened.cassandra.cql(opened.cassandra.yaml());
        return new RestoreCluster(
                opened.catalog,
                new CqlSchema(seed.map(cql::at).orElse(cql)),
                others.overSsh(view),
                program(configFile, forwarded),
                new ImportPlanner(opened.catalog, Opened.lookups(), key -> KeyTokens.of(partitioner, key)));
    }

    /** Checks every node, over SSH. */
    public DoctorCluster doctor(ClusterView view, Optional<Path> configFile, List<String> forwarded) {
        return new DoctorCluster(
                others.overSsh(view),
                program(configFile, forwarded),
                opened.config.cassandra().startCommand(),
                opened.config.cassandra().stopCommand());
    }

    private NodeProgram program(Optional<Path> configFile, List<String> forwarded) {
        return new NodeProgram(configFile, forwarded, opened.config.cassandra().useSudo());
    }

    @Override
    public void close() {
        others.close();
    }
}
