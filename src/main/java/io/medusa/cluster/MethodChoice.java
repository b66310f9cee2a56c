package io.medusa.cluster;

import io.medusa.cluster.ClusterRestorePlan.Method;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ClusterBackup;
import java.util.List;

/**
 * The chosen method of a cluster restore.
 *
 * @param why this method was chosen, in one line
 * @param mapping node to node; for method NODES only
 * @param inPlace whether every node gets its own data back
 */
record MethodChoice(Method method, String why, List<MappedNode> mapping, boolean inPlace) {
    private static final String METADATA_LOG =
            "Cassandra 6 and later keep the cluster's metadata on every node, which must not be taken to other nodes";

    private static final String SEVERAL_EPOCHS =
            "its nodes were backed up at different epochs of the cluster's metadata"
                    + " (schema, members, tokens), and would contradict each other";

    /**
     * Chooses the requested method, otherwise the one that fits backup and cluster.
     *
     * @param metadataLog whether the backup is of a Cassandra whose nodes keep the cluster's metadata
     * @param oneEpoch whether all nodes' backups show the same state of that metadata
     * @throws MedusaException if the options of the request exclude each other
     */
    static MethodChoice of(ClusterRestoreRequest request, ClusterBackup backup, boolean metadataLog, boolean oneEpoch) {
        if (!request.mapping().isEmpty()) {
            if (request.method().isPresent()) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "--host-list and --in-place work only for a restore node by node. Omit them to restore into a"
                                + " running cluster");
            }
            if (metadataLog && !request.inPlace()) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "--host-list cannot be used with backup " + request.name() + ": " + METADATA_LOG
                                + ". Start an empty cluster, and use --use-import");
            }
            if (!oneEpoch) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "the nodes cannot be restored in place from backup " + request.name() + ": " + SEVERAL_EPOCHS
                                + ". Nothing was changed. Use --use-import to import the data into the running cluster");
            }
            return new MethodChoice(
                    Method.NODES,
                    request.inPlace() ? "as they were" : "as listed",
                    request.mapping(),
                    request.inPlace());
        }
        if (request.method().isPresent()) {
            return new MethodChoice(request.method().get(), "as asked for", List.of(), false);
        }
        if (!request.selection().isAll()) {
            return new MethodChoice(
                    Method.IMPORT, "single tables are imported into the running cluster", List.of(), false);
        }
        if (!backup.isComplete()) {
            return new MethodChoice(Method.IMPORT, "the backup is incomplete", List.of(), false);
        }
        TargetCluster cluster = request.cluster().orElseThrow();
        RingMapping mapping = RingMapping.of(backup.tokenMap(), cluster.ring(), request.ignoreRacks());
        if (mapping.difference().isPresent()) {
            return new MethodChoice(Method.IMPORT, mapping.difference().get(), List.of(), false);
        }
        boolean inPlace = mapping.isInPlace();
        if (metadataLog && !inPlace) {
            return new MethodChoice(Method.IMPORT, METADATA_LOG, List.of(), false);
        }
        if (!oneEpoch) {
            return new MethodChoice(Method.IMPORT, SEVERAL_EPOCHS, List.of(), false);
        }
        return new MethodChoice(
                Method.NODES,
                inPlace ? "the nodes are those of the backup" : "the rings have the same shape",
                mapping.sources().entrySet().stream()
                        .map(node -> new MappedNode(
                                node.getValue(), node.getKey(), request.seeds().contains(node.getKey())))
                        .toList(),
                inPlace);
    }
}
