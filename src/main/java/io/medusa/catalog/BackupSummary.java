package io.medusa.catalog;

import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.ServerVersion;
import java.util.List;

/**
 * A cluster backup with what its manifests and version files say.
 *
 * @param nodes every node backup of the name, by start
 */
public record BackupSummary(ClusterBackup backup, List<Node> nodes) {
    /**
     * One node's part.
     *
     * @param size in bytes, 0 while unfinished
     * @param objects 0 while unfinished
     */
    public record Node(NodeBackup backup, long size, int objects, ServerVersion version) {}

    /** Bytes of all finished nodes. */
    public long size() {
        return nodes.stream().mapToLong(Node::size).sum();
    }

    /** Objects of all finished nodes. */
    public int objects() {
        return nodes.stream().mapToInt(Node::objects).sum();
    }
}
