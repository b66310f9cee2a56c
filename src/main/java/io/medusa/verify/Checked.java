package io.medusa.verify;

import io.medusa.model.ClusterBackup;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A backup that is being checked, and what has been found so far. Not thread-safe. */
final class Checked {
    ClusterBackup backup;
    final List<Finding> findings = new ArrayList<>();
    final List<ManifestEntry> damaged = new ArrayList<>();
    int objects;
    long bytes;
    /** Problems of earlier verifications that are only counted. */
    long counted;

    Checked(ClusterBackup backup) {
        this.backup = backup;
    }

    void count(ManifestEntry entry) {
        objects++;
        bytes += entry.size();
        if (entry.damage() != null) {
            damaged.add(entry);
        }
    }

    /** The finished backup of a node. */
    Optional<NodeBackup> of(NodeName node) {
        return backup.nodeBackups().stream()
                .filter(one -> one.node().equals(node) && one.isFinished())
                .findFirst();
    }
}
