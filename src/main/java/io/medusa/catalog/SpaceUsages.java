package io.medusa.catalog;

import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Fingerprints;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which backups share what. Reads every manifest, node by node, and keeps some 30 bytes for each object.
 */
final class SpaceUsages {
    private static final Logger LOG = LoggerFactory.getLogger(SpaceUsages.class);

    private final BackupCatalog catalog;

    SpaceUsages(BackupCatalog catalog) {
        this.catalog = catalog;
    }

    /** By name, over all nodes. */
    Map<BackupName, SpaceUsage> of(List<ClusterBackup> backups) {
        Map<NodeName, List<NodeBackup>> byNode = new TreeMap<>();
        backups.forEach(backup -> backup.nodeBackups().stream()
                .filter(NodeBackup::isFinished)
                .forEach(node -> byNode.computeIfAbsent(node.node(), absent -> new ArrayList<>())
                        .add(node)));
        Map<BackupName, SpaceUsage> shares = new HashMap<>();
        byNode.values().forEach(ofNode -> {
            Objects objects = new Objects();
            Set<NodeBackup> unreadable = new HashSet<>();
            for (int i = 0; i < ofNode.size(); i++) {
                if (!isRead(ofNode.get(i), i, objects)) {
                    unreadable.add(ofNode.get(i));
                }
            }
            SpaceUsage[] ofBackups = objects.shares(ofNode, unreadable);
            for (int i = 0; i < ofNode.size(); i++) {
                shares.merge(ofNode.get(i).name(), ofBackups[i], SpaceUsage::plus);
            }
        });
        return shares;
    }

    private boolean isRead(NodeBackup backup, int number, Objects objects) {
        return catalog.stored(backup)
                .read(entries -> {
                    entries.forEach((table, entry) -> objects.add(entry, number));
                    return true;
                })
                .orElse(damaged -> {
                    LOG.error("{}", damaged.reason());
                    return false;
                });
    }

    /** The objects of one node, and whose each is. */
    private static final class Objects {
        private final Fingerprints keys = new Fingerprints();
        private long[] bytes = new long[1024];
        private int[] first = new int[1024];
        private boolean[] shared = new boolean[1024];

        void add(ManifestEntry entry, int owner) {
            int before = keys.size();
            int object = keys.add(entry.key());
            if (object >= bytes.length) {
                bytes = Arrays.copyOf(bytes, bytes.length * 2);
                first = Arrays.copyOf(first, first.length * 2);
                shared = Arrays.copyOf(shared, shared.length * 2);
            }
            if (keys.size() > before) {
                bytes[object] = entry.size();
                first[object] = owner;
            } else if (first[object] != owner) {
                shared[object] = true;
            }
        }

        SpaceUsage[] shares(List<NodeBackup> backups, Set<NodeBackup> unreadable) {
            long[] fresh = new long[backups.size()];
            long[] unique = new long[backups.size()];
            for (int i = 0; i < keys.size(); i++) {
                fresh[first[i]] += bytes[i];
                unique[first[i]] += shared[i] ? 0 : bytes[i];
            }
            SpaceUsage[] shares = new SpaceUsage[backups.size()];
            Arrays.setAll(
                    shares,
                    i -> new SpaceUsage(
                            fresh[i],
                            unique[i],
                            unreadable.contains(backups.get(i))
                                    ? Set.of(backups.get(i).node())
                                    : Set.of()));
            return shares;
        }
    }
}
