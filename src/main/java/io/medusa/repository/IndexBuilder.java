package io.medusa.repository;

import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.RepositoryLayout.IndexKind;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Derives the index from the meta objects of the finished backups; time stamps that are there already are kept. */
public final class IndexBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(IndexBuilder.class);

    private final Bucket bucket;
    private final ObjectStorage storage;
    private final RepositoryLayout layout;
    private final Inventory inventory;

    /** The caller closes the storage. */
    public IndexBuilder(Bucket bucket) {
        this.bucket = bucket;
        this.storage = bucket.storage();
        this.layout = bucket.layout();
        this.inventory = new Inventory(bucket);
    }

    private StoredBackup stored(NodeBackup backup) {
        return new StoredBackup(bucket, backup);
    }

    /**
     * Writes what the index lacks.
     *
     * @param onlyLook whether nothing is written
     * @return the finished node backups, by start
     */
    public List<NodeBackup> rebuild(boolean onlyLook) {
        List<NodeBackup> finished = finishedBackups();
        if (!onlyLook) {
            Set<String> stamped = stampedAlready();
            finished.forEach(backup -> indexUnlessDeleted(backup, stamped));
            newestByNode(finished.stream()
                            .filter(backup -> stored(backup).isWhole())
                            .toList())
                    .values()
                    .forEach(this::markLatest);
        }
        return finished;
    }

    /** Adds one finished backup to the index, as the latest of its node. */
    void add(NodeBackup backup) {
        index(backup, stampedAlready());
        if (stored(backup).isWhole()) {
            markLatest(backup);
        }
    }

    /** Puts back what the index has lost of a finished backup that is older than the latest of its node. */
    void putBack(NodeBackup backup) {
        index(backup, stampedAlready());
    }

    private List<NodeBackup> finishedBackups() {
        return inventory.nodes().stream()
                .flatMap(node -> inventory.restorableBackups(node).stream())
                .sorted(Comparator.comparing(NodeBackup::started))
                .toList();
    }

    /** One that is deleted meanwhile is passed over. */
    private void indexUnlessDeleted(NodeBackup backup, Set<String> stamped) {
        Optional<String> contradiction = stored(backup).contradictsIndex();
        if (contradiction.isPresent()) {
            LOG.error("Not indexed: {}", contradiction.get());
            return;
        }
        try {
            index(backup, stamped);
        } catch (MedusaException failed) {
            if (inventory
                    .find(backup.node(), backup.name())
                    .filter(NodeBackup::isFinished)
                    .isPresent()) {
                throw failed;
            }
            LOG.info("Backup {} of node {} was deleted meanwhile", backup.name(), backup.node());
        }
    }

    /** Kind, name and node of every time stamp that the index has. */
    private Set<String> stampedAlready() {
        Set<String> stamped = new HashSet<>();
        try (Stream<StoredObject> objects = storage.list(layout.indexPrefix(Optional.empty()))) {
            objects.forEach(object -> layout.parseIndex(object.key().value())
                    .filter(entry -> entry.epoch().isPresent())
                    .ifPresent(entry -> stamped.add(entry.kind() + "/" + entry.name() + "/" + entry.node())));
        }
        return stamped;
    }

    private void index(NodeBackup backup, Set<String> stamped) {
        copy(backup, RepositoryLayout.TOKEN_MAP, IndexKind.TOKENMAP);
        copy(backup, RepositoryLayout.SCHEMA, IndexKind.SCHEMA);
        stamp(backup, IndexKind.STARTED, backup.started(), stamped);
        if (backup.mode() == BackupMode.DIFFERENTIAL) {
            put(
                    layout.index(backup.name(), IndexKind.DIFFERENTIAL, backup.node()),
                    backup.mode().word());
        }
        copy(backup, RepositoryLayout.MANIFEST, IndexKind.MANIFEST);
        stamp(backup, IndexKind.FINISHED, backup.finished().orElseThrow(), stamped);
    }

    private void copy(NodeBackup backup, String file, IndexKind kind) {
        ObjectKey original = layout.meta(backup.node(), backup.name(), file);
        long size = storage.stat(original).map(StoredObject::size).orElse(0L);
        storage.copy(original, size, layout.index(backup.name(), kind, backup.node()));
    }

    private void stamp(NodeBackup backup, IndexKind kind, Instant time, Set<String> stamped) {
        if (!stamped.contains(kind + "/" + backup.name() + "/" + backup.node())) {
            put(layout.indexTime(backup.name(), kind, backup.node(), time), String.valueOf(time.getEpochSecond()));
        }
    }

    private static Map<NodeName, NodeBackup> newestByNode(List<NodeBackup> byStart) {
        Map<NodeName, NodeBackup> newest = new HashMap<>();
        byStart.forEach(backup -> newest.put(backup.node(), backup));
        return newest;
    }

    private void markLatest(NodeBackup backup) {
        stored(backup)
                .metaText(RepositoryLayout.TOKEN_MAP)
                .ifPresent(text -> put(layout.latest(backup.node(), RepositoryLayout.TOKEN_MAP), text));
        put(layout.latest(backup.node(), "backup_name.txt"), backup.name().value());
    }

    private void put(ObjectKey key, String text) {
        storage.put(key, ObjectSource.OfBytes.utf8(text));
    }
}
