package io.medusa.repository;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Segments;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What there really is of nodes and backups, from their own directories and never from the index. Reads only. */
public final class Inventory {
    private static final Set<String> RESTORABLE =
            Set.of(RepositoryLayout.SCHEMA, RepositoryLayout.TOKEN_MAP, RepositoryLayout.MANIFEST);

    private final ObjectStorage storage;
    private final RepositoryLayout layout;
    private final TransferPool lookups;

    /** The caller closes the storage. */
    public Inventory(Bucket bucket) {
        this.storage = bucket.storage();
        this.layout = bucket.layout();
        this.lookups = bucket.lookups();
    }

    /** Every node that has a directory with a backup or a pool in it, by name. */
    public List<NodeName> nodes() {
        List<NodeName> candidates = storage.directories(layout.everythingPrefix()).stream()
                .filter(name -> Segments.isSafe(name) && !RepositoryLayout.isIndex(name))
                .map(NodeName::new)
                .toList();
        List<Optional<NodeName>> nodes = lookups.mapAll(
                "Looking", candidates, node -> 0, node -> isNode(node) ? Optional.of(node) : Optional.empty());
        return nodes.stream().flatMap(Optional::stream).sorted().toList();
    }

    /** Directories of other programs, and of clusters with a prefix in a bucket that is used without one, are none. */
    private boolean isNode(NodeName node) {
        return storage.directories(layout.nodePrefix(node)).stream()
                .anyMatch(directory -> RepositoryLayout.isPool(directory)
                        ? isInUse(layout.poolPrefix(node))
                        : Segments.isSafe(directory) && isInUse(layout.metaPrefix(node, new BackupName(directory))));
    }

    private boolean isInUse(String prefix) {
        try (Stream<StoredObject> objects = storage.list(prefix)) {
            return objects.findAny().isPresent();
        }
    }

    /** The node's backup of that name, finished or not. */
    Optional<NodeBackup> find(NodeName node, BackupName name) {
        Optional<StoredObject> schema = storage.stat(layout.meta(node, name, RepositoryLayout.SCHEMA));
        if (schema.isEmpty()) {
            return Optional.empty();
        }
        Instant finished = storage.stat(layout.meta(node, name, RepositoryLayout.MANIFEST))
                .map(StoredObject::modified)
                .orElse(null);
        return Optional.of(
                new NodeBackup(node, name, modeOf(node, name), schema.get().modified(), finished));
    }

    /** The mode of a backup by its own marker. */
    BackupMode modeOf(NodeName node, BackupName name) {
        return RepositoryLayout.DIFFERENTIAL_MARKERS.stream()
                        .anyMatch(marker ->
                                storage.stat(layout.meta(node, name, marker)).isPresent())
                ? BackupMode.DIFFERENTIAL
                : BackupMode.FULL;
    }

    /** The same backup with the mode that its own marker tells; an index may lack that it is differential. */
    NodeBackup withOwnMode(NodeBackup backup) {
        if (backup.mode() == BackupMode.DIFFERENTIAL) {
            return backup;
        }
        return new NodeBackup(
                backup.node(),
                backup.name(),
                modeOf(backup.node(), backup.name()),
                backup.started(),
                backup.finished().orElse(null));
    }

    /** All backups of the node that have begun, finished or not, by start. */
    public List<NodeBackup> backups(NodeName node) {
        return read(node, names(node), Set.of());
    }

    /** The finished ones that have everything that the index and a restore need, by start. */
    List<NodeBackup> restorableBackups(NodeName node) {
        return read(node, names(node), RESTORABLE);
    }

    /** Those that are not among the names known already. */
    List<NodeBackup> backupsBeside(NodeName node, Set<BackupName> known) {
        return read(
                node, names(node).stream().filter(name -> !known.contains(name)).toList(), Set.of());
    }

    private List<BackupName> names(NodeName node) {
        return storage.directories(layout.nodePrefix(node)).stream()
                .filter(name -> Segments.isSafe(name) && !RepositoryLayout.isPool(name))
                .map(BackupName::new)
                .toList();
    }

    private List<NodeBackup> read(NodeName node, List<BackupName> names, Set<String> needed) {
        return lookups.mapAll("Looking", names, name -> 0, name -> backup(node, name, needed)).stream()
                .flatMap(Optional::stream)
                .sorted(Comparator.comparing(NodeBackup::started).thenComparing(NodeBackup::name))
                .toList();
    }

    private Optional<NodeBackup> backup(NodeName node, BackupName name, Set<String> needed) {
        String prefix = layout.metaPrefix(node, name);
        Map<String, Instant> modified = new HashMap<>();
        try (Stream<StoredObject> objects = storage.list(prefix)) {
            objects.forEach(object -> modified.put(object.key().value().substring(prefix.length()), object.modified()));
        }
        return modified.keySet().containsAll(needed) ? backup(node, name, modified) : Optional.empty();
    }

    /**
     * The backup that has these meta objects.
     *
     * @param modified of each meta object, by file name
     * @return nothing if no backup has begun
     */
    static Optional<NodeBackup> backup(NodeName node, BackupName name, Map<String, Instant> modified) {
        Instant finished = modified.get(RepositoryLayout.MANIFEST);
        Instant started = modified.getOrDefault(RepositoryLayout.SCHEMA, finished);
        if (started == null) {
            return Optional.empty();
        }
        boolean differential = RepositoryLayout.DIFFERENTIAL_MARKERS.stream().anyMatch(modified::containsKey);
        return Optional.of(new NodeBackup(
                node, name, differential ? BackupMode.DIFFERENTIAL : BackupMode.FULL, started, finished));
    }

    /**
     * With the times of the index, which survive the copying of a bucket, where it has them.
     *
     * @param found by start
     */
    public static List<NodeBackup> withTimesOf(List<NodeBackup> indexed, List<NodeBackup> found) {
        Map<RepositoryLayout.NodeAndName, NodeBackup> known = new HashMap<>();
        indexed.forEach(backup -> known.put(new RepositoryLayout.NodeAndName(backup.node(), backup.name()), backup));
        List<NodeBackup> merged = new ArrayList<>();
        for (NodeBackup backup : found) {
            NodeBackup times = known.get(new RepositoryLayout.NodeAndName(backup.node(), backup.name()));
            merged.add(
                    times == null
                            ? backup
                            : new NodeBackup(
                                    backup.node(),
                                    backup.name(),
                                    backup.mode(),
                                    times.started(),
                                    backup.finished().isEmpty()
                                            ? null
                                            : times.finished().orElse(backup.finishedAt())));
        }
        // the index knows seconds only; within one, the order in which they were found decides
        merged.sort(Comparator.comparing(NodeBackup::started));
        return merged;
    }
}
