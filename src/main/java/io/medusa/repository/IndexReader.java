package io.medusa.repository;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ContentHash;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.RepositoryLayout.IndexEntry;
import io.medusa.repository.RepositoryLayout.IndexKind;
import io.medusa.repository.RepositoryLayout.NodeAndName;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads {@code index/backup_index} (docs/compatibility.md 7); never writes. */
final class IndexReader {
    /** Starts are whole seconds; within one, the order in which the storage got them decides. */
    private static final Comparator<Indexed> BY_START = Comparator.comparing(
                    (Indexed indexed) -> indexed.backup().started())
            .thenComparing(Indexed::stored)
            .thenComparing(indexed -> indexed.backup().name())
            .thenComparing(indexed -> indexed.backup().node());

    private final ObjectStorage storage;
    private final RepositoryLayout layout;
    private final TransferPool lookups;
    private final Inventory inventory;

    IndexReader(Bucket bucket) {
        this.storage = bucket.storage();
        this.layout = bucket.layout();
        this.lookups = bucket.lookups();
        this.inventory = new Inventory(bucket);
    }

    /** A node backup and when its index entry was stored. */
    private record Indexed(NodeBackup backup, Instant stored) {}

    /**
     * What the index holds.
     *
     * @param byStart the node backups; entries whose backup is gone are left out
     * @param tokenMaps the hash of each one's copy of the token map, where the listing tells it: rings seldom change, so that one
     *     copy of many is worth reading
     */
    record Contents(List<NodeBackup> byStart, Map<NodeAndName, ContentHash> tokenMaps) {}

    /** What the index holds of one node backup. */
    private static final class Found {
        private @Nullable ContentHash tokenMap;
        private final Map<IndexKind, Instant> modified = new EnumMap<>(IndexKind.class);
        private final Map<IndexKind, Instant> epochs = new EnumMap<>(IndexKind.class);

        void add(IndexEntry entry, StoredObject object) {
            modified.putIfAbsent(entry.kind(), object.modified());
            if (entry.kind() == IndexKind.TOKENMAP) {
                tokenMap = object.hash();
            }
            entry.epoch().ifPresent(epoch -> epochs.putIfAbsent(entry.kind(), epoch));
        }
    }

    /** The node backups of one name, or all, by start; entries whose backup is gone are left out. */
    List<NodeBackup> nodeBackups(Optional<BackupName> name) {
        return read(name).byStart();
    }

    /** The finished backups of the node, the newest first; their mode is that of their own marker, not of the index. */
    List<NodeBackup> finishedBackups(NodeName node) {
        List<NodeBackup> finished = new ArrayList<>();
        for (NodeBackup backup : nodeBackups(Optional.empty())) {
            if (backup.node().equals(node) && backup.isFinished()) {
                finished.add(0, inventory.withOwnMode(backup));
            }
        }
        return finished;
    }

    /** All entries by start, also those whose backup is gone. */
    List<NodeBackup> entries() {
        return byStart(found(Optional.empty()));
    }

    /** The same as {@link #nodeBackups}, with the hashes of token maps, so that equal ones are read once. */
    Contents read(Optional<BackupName> name) {
        Map<NodeAndName, Found> found = found(name);
        List<NodeBackup> backups = byStart(found);
        Map<NodeAndName, ContentHash> tokenMaps = new HashMap<>();
        found.forEach((key, value) -> {
            if (value.tokenMap != null && value.tokenMap.form() != ContentHash.Form.OPAQUE) {
                tokenMaps.put(key, value.tokenMap);
            }
        });
        return new Contents(name.isPresent() ? existing(backups) : withoutOldDangling(backups), tokenMaps);
    }

    private Map<NodeAndName, Found> found(Optional<BackupName> name) {
        Map<NodeAndName, Found> found = new LinkedHashMap<>();
        Consumer<StoredObject> add =
                object -> layout.parseIndex(object.key().value()).ifPresent(entry -> found.computeIfAbsent(
                                new NodeAndName(entry.node(), entry.name()), absent -> new Found())
                        .add(entry, object));
        ParallelListing.list(storage, lookups, name, layout::indexPrefix, add);
        return found;
    }

    private List<NodeBackup> byStart(Map<NodeAndName, Found> found) {
        List<Indexed> indexed = new ArrayList<>();
        found.forEach((key, value) -> {
            Instant stored = value.modified.get(IndexKind.TOKENMAP);
            if (stored != null) {
                nodeBackup(key, value).ifPresent(backup -> indexed.add(new Indexed(backup, stored)));
            }
        });
        return indexed.stream().sorted(BY_START).map(Indexed::backup).toList();
    }

    private Optional<NodeBackup> nodeBackup(NodeAndName key, Found found) {
        Instant started = found.epochs.get(IndexKind.STARTED);
        if (started == null) {
            started = found.modified.get(IndexKind.SCHEMA);
        }
        if (started == null) {
            started = modified(key, RepositoryLayout.SCHEMA).orElse(null);
        }
        if (started == null) {
            return Optional.empty();
        }
        Instant finished = found.epochs.get(IndexKind.FINISHED);
        if (finished == null) {
            finished = found.modified.get(IndexKind.MANIFEST);
        }
        BackupMode mode =
                found.modified.containsKey(IndexKind.DIFFERENTIAL) ? BackupMode.DIFFERENTIAL : BackupMode.FULL;
        if (finished == null) {
            finished = modified(key, RepositoryLayout.MANIFEST).orElse(null);
            if (finished != null) {
                // finished since the listing, possibly after it was resumed in the other mode
                mode = inventory.modeOf(key.node(), key.name());
            }
        }
        return Optional.of(new NodeBackup(key.node(), key.name(), mode, started, finished));
    }

    private Optional<Instant> modified(NodeAndName key, String file) {
        return storage.stat(layout.meta(key.node(), key.name(), file)).map(StoredObject::modified);
    }

    private boolean exists(NodeBackup backup) {
        return storage.stat(layout.meta(backup.node(), backup.name(), RepositoryLayout.SCHEMA))
                .isPresent();
    }

    private List<NodeBackup> existing(List<NodeBackup> backups) {
        List<Boolean> exist = lookups.mapAll("Looking", backups, backup -> 0, this::exists);
        return IntStream.range(0, backups.size())
                .filter(exist::get)
                .mapToObj(backups::get)
                .toList();
    }

    /** Checks each node's backups from the oldest on until one exists: purges leave dangling entries at the old end. */
    private List<NodeBackup> withoutOldDangling(List<NodeBackup> byStart) {
        Map<NodeName, List<NodeBackup>> byNode = new LinkedHashMap<>();
        byStart.forEach(backup -> byNode.computeIfAbsent(backup.node(), absent -> new ArrayList<>())
                .add(backup));
        Set<NodeBackup> dangling = new HashSet<>();
        lookups.mapAll("Looking", List.copyOf(byNode.values()), node -> 0, this::oldDangling)
                .forEach(dangling::addAll);
        return byStart.stream().filter(backup -> !dangling.contains(backup)).toList();
    }

    private List<NodeBackup> oldDangling(List<NodeBackup> ofNode) {
        int first = 0;
        while (first < ofNode.size() && !exists(ofNode.get(first))) {
            first++;
        }
        return ofNode.subList(0, first);
    }

    /** Groups node backups by name, in order of their first start. */
    static Map<BackupName, List<NodeBackup>> byName(List<NodeBackup> byStart) {
        Map<BackupName, List<NodeBackup>> groups = new LinkedHashMap<>();
        byStart.forEach(backup -> groups.computeIfAbsent(backup.name(), absent -> new ArrayList<>())
                .add(backup));
        return groups;
    }
}
