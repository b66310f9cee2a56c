package io.medusa.cluster;

import io.medusa.cluster.ClusterRestorePlan.Method;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.TableSelection;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which cluster backup to restore, into which cluster, and how.
 *
 * @param cluster the target as one of its nodes describes it; empty if it is down, then {@code mapping} must be given
 * @param mapping node to node; if empty, it is derived from the two rings
 * @param inPlace whether every node of {@code mapping} gets its own data back
 * @param datacenters the backup's datacenters to restore, each with the target's datacenter that gets its data; empty for all of
 *     them, each into the datacenter of the same name
 * @param othersStay whether nodes of other datacenters may keep their present data
 * @param seeds nodes to start first
 * @param keepAuth whether the target cluster's roles and permissions are kept
 * @param method the method to use instead of the one that fits
 * @param oneReplica whether one replica of each token range is enough, as after a repair
 * @param replications replication of created keyspaces by name; an empty name stands for all. Others get the
 *     replication they had
 * @param incompleteToo whether a backup with missing nodes may be restored
 * @param parallel nodes that work at the same time
 * @param startCommand starts Cassandra on a node, one element per word; {@code stopCommand} stops it
 * @param temporaryDirectory on the nodes
 */
public record ClusterRestoreRequest(
        BackupName name,
        TableSelection selection,
        Optional<TargetCluster> cluster,
        List<MappedNode> mapping,
        boolean inPlace,
        Map<String, String> datacenters,
        boolean othersStay,
        Set<NodeName> seeds,
        boolean ignoreRacks,
        boolean keepAuth,
        Optional<Method> method,
        boolean oneReplica,
        Map<String, Replication> replications,
        boolean incompleteToo,
        int parallel,
        List<String> startCommand,
        List<String> stopCommand,
        Path temporaryDirectory) {}
