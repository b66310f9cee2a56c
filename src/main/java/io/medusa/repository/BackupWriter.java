package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMetadata;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.Manifest;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.RepositoryLayout.IndexKind;
import io.medusa.storage.HashRule;
import io.medusa.storage.MultipartUpload;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Overwriting;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes node backups, in the order that makes a half-written one harmless (docs/compatibility.md 6): the schema first, the data, the
 * manifest last, then the index. The only writer of a backup's keys.
 */
public final class BackupWriter {
    private static final Logger LOG = LoggerFactory.getLogger(BackupWriter.class);

    /** Far beyond the validity of a lease and any clock's error. */
    private static final Duration FORGET_LEASES_AFTER = Duration.ofDays(1);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final ObjectStorage storage;
    private final BackupCatalog catalog;
    private final RepositoryLayout layout;
    private final Clock clock;
    private final Duration betweenLooks;
    /** On the strength of which everything is written. */
    private volatile @Nullable Lease held;

    /** The storage stays the caller's to close. */
    public BackupWriter(ObjectStorage storage, BackupCatalog catalog, Clock clock) {
        this(storage, catalog, clock, BETWEEN_LOOKS);
    }

    /** @param betweenLooks how long to wait for a writer that claims the node at the same moment */
    public BackupWriter(ObjectStorage storage, BackupCatalog catalog, Clock clock, Duration betweenLooks) {
        this.storage = storage;
        this.catalog = catalog;
        this.layout = catalog.layout();
        this.clock = clock;
        this.betweenLooks = betweenLooks;
    }

    /**
     * A backup that has begun.
     *
     * @param started the time of its schema's object
     * @param resumed whether an earlier run had begun it
     */
    public record Begun(NodeName node, BackupName name, BackupMode mode, Instant started, boolean resumed) {}

    /**
     * Refuses the name of a finished backup of this node. If the run that finished it died before it wrote the index, that
     * is made up for first.
     */
    public void checkUnused(NodeName node, BackupName name) {
        Optional<StoredObject> manifest = storage.stat(layout.meta(node, name, RepositoryLayout.MANIFEST));
        if (manifest.isPresent()) {
            completeIndex(node, name, manifest.get());
            throw exists(node, name);
        }
    }

    private void completeIndex(NodeName node, BackupName name, StoredObject manifest) {
        Optional<StoredObject> schema = storage.stat(layout.meta(node, name, RepositoryLayout.SCHEMA));
        boolean indexed;
        try (Stream<StoredObject> objects = storage.list(layout.indexPrefix(Optional.of(name)))) {
            indexed = objects.anyMatch(object -> layout.parseIndex(object.key().value())
                    .filter(entry -> entry.node().equals(node) && entry.kind() == IndexKind.FINISHED)
                    .isPresent());
        }
        if (!indexed && schema.isPresent()) {
            new IndexBuilder(storage, catalog)
                    .add(new NodeBackup(
                            node, name, catalog.modeOf(node, name), schema.get().modified(), manifest.modified()));
            LOG.info("The index lacked the finished backup {}: added", name);
        }
    }

    /** The backup that {@link #begin} would begin; writes nothing. Refuses the name of a finished one. */
    public Begun forecast(NodeName node, BackupName name, BackupMode mode) {
        if (storage.stat(layout.meta(node, name, RepositoryLayout.MANIFEST)).isPresent()) {
            throw exists(node, name);
        }
        return new Begun(node, name, mode, clock.instant(), false);
    }

    private MedusaException exists(NodeName node, BackupName name) {
        return new MedusaException(
                FailureKind.BACKUP_EXISTS,
                "backup " + name + " of node " + node + " is finished already in " + storage.describe()
                        + "; a finished backup is never changed, choose another name");
    }

    /** The room that is left in the store, where it can tell. */
    public OptionalLong freeSpace() {
        return storage.freeSpace();
    }

    /**
     * Takes the lease that protects what this backup may reuse, and keeps other writers from the node; leases of this node that died
     * long ago are removed.
     *
     * @param lock the identity of the lock that the caller holds on this machine: a lease of this machine that was taken under the
     *     same one is of a dead process
     * @param data the identity of the node's data on this machine, which containers share
     * @throws MedusaException of kind BUSY if somebody else writes a backup of the node
     */
    public Lease lease(NodeName node, BackupName name, Optional<String> lock, Optional<String> data) {
        Instant longDead = clock.instant().minus(FORGET_LEASES_AFTER);
        try (Stream<StoredObject> leases = storage.list(layout.leasePrefix(node))) {
            storage.deleteAll(leases.filter(lease -> lease.modified().isBefore(longDead))
                    .map(StoredObject::key)
                    .toList());
        } catch (MedusaException failed) {
            LOG.warn("Old leases could not be removed: {}", failed.getMessage());
        }
        Lease lease = Lease.take(
                storage,
                layout,
                layout.lease(node, UUID.randomUUID().toString()),
                node,
                name,
                lock,
                data,
                betweenLooks,
                clock);
        if (storage.overwriting() == Overwriting.UNKNOWN) {
            try {
                lease.tryToReplace();
            } catch (MedusaException failed) {
                lease.close();
                throw failed;
            }
        }
        held = lease;
        return lease;
    }

    /**
     * Whether a key must carry a tag of its content: where the store cannot refuse to replace an object, another writer of this node
     * that nobody knows of must not be able to store other bytes under the same key.
     */
    public boolean mustTagKeys() {
        return storage.overwriting() != Overwriting.PREVENTED;
    }

    /** To be called right before something is written or deleted, however long this process stood still before. */
    private void guard() {
        Lease lease = held;
        if (lease != null) {
            lease.ensure();
        }
    }

    /**
     * Takes the name, or takes up an unfinished backup of that name. The lease must be held already, so that whoever announces a
     * deletion from now on sees it.
     */
    public Begun begin(NodeName node, BackupName name, BackupMode mode, BackupMetadata metadata) {
        checkUnused(node, name);
        if (PendingDeletions.of(storage, layout, node).backups().contains(name)) {
            throw new MedusaException(
                    FailureKind.BUSY,
                    "backup " + name + " of node " + node + " is being deleted from " + storage.describe()
                            + "; choose another name, or try again later");
        }
        Map<ObjectKey, StoredObject> earlier = meta(node, name);
        boolean resumed = earlier.containsKey(layout.meta(node, name, RepositoryLayout.SCHEMA));
        forget(node, name, mode);
        RepositoryLayout.DIFFERENTIAL_MARKERS.forEach(marker -> earlier.remove(layout.meta(node, name, marker)));
        Instant started = timeOf(putMeta(earlier, layout.meta(node, name, RepositoryLayout.SCHEMA), metadata.schema()));
        putBesideSchema(earlier, node, name, metadata);
        if (mode == BackupMode.DIFFERENTIAL) {
            putMeta(earlier, layout.meta(node, name, mode.word()), mode.word());
        }
        putIntoIndex(node, name, metadata);
        putTime(name, IndexKind.STARTED, node, started);
        if (mode == BackupMode.DIFFERENTIAL) {
            put(layout.index(name, IndexKind.DIFFERENTIAL, node), mode.word());
        }
        return new Begun(node, name, mode, started, resumed);
    }

    private void putBesideSchema(
            Map<ObjectKey, StoredObject> earlier, NodeName node, BackupName name, BackupMetadata metadata) {
        putMeta(earlier, layout.meta(node, name, RepositoryLayout.TOKEN_MAP), TokenMapJson.write(metadata.tokenMap()));
        putMeta(
                earlier,
                layout.meta(node, name, RepositoryLayout.SERVER_VERSION),
                TokenMapJson.write(metadata.version()));
        putMeta(earlier, layout.meta(node, name, RepositoryLayout.FULL_SCHEMA), metadata.fullSchema());
    }

    private void putIntoIndex(NodeName node, BackupName name, BackupMetadata metadata) {
        put(layout.index(name, IndexKind.TOKENMAP, node), TokenMapJson.write(metadata.tokenMap()));
        put(layout.index(name, IndexKind.SCHEMA, node), metadata.schema());
    }

    /**
     * Records which snapshot the backup is made of, and makes its schema, token map and versions those of the snapshot's time. If they
     * are not what {@link #begin} wrote, the backup counts as started now: its start is the time of its schema's object.
     *
     * @param begun what {@link #begin} wrote
     */
    public Begun describe(Begun backup, BackupMetadata begun, BackupMetadata atSnapshot, BackupSnapshot snapshot) {
        NodeName node = backup.node();
        BackupName name = backup.name();
        Map<ObjectKey, StoredObject> earlier = meta(node, name);
        putMeta(earlier, layout.meta(node, name, RepositoryLayout.SNAPSHOT), SnapshotJson.write(snapshot));
        if (atSnapshot.equals(begun)) {
            return backup;
        }
        putBesideSchema(earlier, node, name, atSnapshot);
        putIntoIndex(node, name, atSnapshot);
        if (atSnapshot.schema().equals(begun.schema())) {
            return backup;
        }
        Instant started =
                timeOf(putMeta(earlier, layout.meta(node, name, RepositoryLayout.SCHEMA), atSnapshot.schema()));
        ObjectKey former = layout.indexTime(name, IndexKind.STARTED, node, backup.started());
        putTime(name, IndexKind.STARTED, node, started);
        if (!former.equals(layout.indexTime(name, IndexKind.STARTED, node, started))) {
            guard();
            storage.deleteAll(List.of(former));
        }
        return new Begun(node, name, backup.mode(), started, backup.resumed());
    }

    /** Removes what would contradict a new beginning: old index entries, and marker and data of the other mode. */
    private void forget(NodeName node, BackupName name, BackupMode mode) {
        List<ObjectKey> stale = new ArrayList<>();
        try (Stream<StoredObject> objects = storage.list(layout.indexPrefix(Optional.of(name)))) {
            objects.map(StoredObject::key)
                    .filter(key -> layout.parseIndex(key.value())
                            .filter(entry -> entry.node().equals(node))
                            .isPresent())
                    .forEach(stale::add);
        }
        RepositoryLayout.DIFFERENTIAL_MARKERS.forEach(marker -> stale.add(layout.meta(node, name, marker)));
        if (mode == BackupMode.DIFFERENTIAL) {
            try (Stream<StoredObject> objects = storage.list(layout.dataPrefix(node, name, BackupMode.FULL))) {
                objects.map(StoredObject::key).forEach(stale::add);
            }
        }
        guard();
        storage.deleteAll(stale);
        new StatsIndex(storage, layout).remove(node, name);
    }

    /**
     * What the storage holds of this node's files. What backups of the other mode hold is looked for only if something is missing.
     *
     * @param wanted the places of interest, so that memory is bounded by the snapshot, not by the bucket
     * @param transfers reads manifests and lists keyspaces, several at once
     */
    public StoredFiles storedFiles(Begun backup, Set<StoredFiles.Place> wanted, TransferPool transfers) {
        return new StoredFilesSearch(storage, catalog, transfers).find(backup, wanted);
    }

    /** The snapshot that an unfinished backup was being made of, where that is recorded. */
    public Optional<BackupSnapshot> snapshot(Begun backup) {
        return catalog.snapshot(backup.node(), backup.name());
    }

    /** How the store hashes what it is given. */
    public HashRule hashRule() {
        return storage.hashRule();
    }

    /**
     * A way to store a large data file piece by piece, where the store has one.
     *
     * @param when the object may be stored; its completion fails with kind BUSY otherwise
     */
    public Optional<MultipartUpload> uploadInParts(ObjectKey key, ObjectSource source, Precondition when) {
        return storage.multipart(key, source, when).map(Guarded::new);
    }

    /** Stores a data file; fails with kind BUSY where the precondition is not met. */
    public StoredObject upload(ObjectKey key, ObjectSource source, Precondition when) {
        guard();
        return storage.put(key, source, when);
    }

    /** Copies a data file inside the store; fails with kind BUSY where the precondition is not met. */
    public StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
        guard();
        return storage.copy(from, size, to, when);
    }

    /** What the store has at a key now. */
    public Optional<StoredObject> stat(ObjectKey key) {
        return storage.stat(key);
    }

    /** An upload that becomes an object only while the lease holds. */
    private final class Guarded implements MultipartUpload {
        private final MultipartUpload upload;

        Guarded(MultipartUpload upload) {
            this.upload = upload;
        }

        @Override
        public int parts() {
            return upload.parts();
        }

        @Override
        public long size(int part) {
            return upload.size(part);
        }

        @Override
        public void put(int part) {
            upload.put(part);
        }

        @Override
        public StoredObject complete() {
            guard();
            return upload.complete();
        }

        @Override
        public void abort() {
            upload.abort();
        }
    }

    /** The content of a data file; the caller closes it. Nothing if it is missing. */
    public Optional<InputStream> open(ObjectKey key) {
        return storage.open(key);
    }

    /** What the keys mean. */
    public RepositoryLayout layout() {
        return layout;
    }

    /** Removes objects of this unfinished full backup that are about to be written anew, or are not its own any more. */
    public void discard(Begun backup, Collection<ObjectKey> keys) {
        String own = layout.dataPrefix(backup.node(), backup.name(), BackupMode.FULL);
        if (backup.mode() != BackupMode.FULL
                || keys.stream().anyMatch(key -> !key.value().startsWith(own))) {
            throw new IllegalArgumentException("only an unfinished full backup's own objects may be discarded");
        }
        guard();
        storage.deleteAll(keys);
    }

    /** Makes the backup a finished one: all that it names is seen to be there and durable, then the manifest, then the index. */
    public NodeBackup publish(
            Begun backup, Manifest manifest, BackupMetadata metadata, Lease lease, TransferPool transfers) {
        checkPresent(backup, manifest, transfers);
        removeStrays(backup, manifest);
        storage.flush();
        checkUnused(backup.node(), backup.name());
        String text = ManifestJson.write(manifest, storage.hashRule());
        ObjectKey key = layout.meta(backup.node(), backup.name(), RepositoryLayout.MANIFEST);
        lease.confirm(layout);
        // of two that publish the same name, one does
        Instant published = timeOf(putOnce(key, text, Precondition.ABSENT));
        storage.flush();
        confirmPublished(backup, manifest, lease, transfers);
        put(layout.index(backup.name(), IndexKind.MANIFEST, backup.node()), text);
        putTime(backup.name(), IndexKind.FINISHED, backup.node(), published);
        if (manifest.scope().isAll()) {
            // whoever asks for the latest backup wants a whole one
            put(layout.latest(backup.node(), RepositoryLayout.TOKEN_MAP), TokenMapJson.write(metadata.tokenMap()));
            put(layout.latest(backup.node(), "backup_name.txt"), backup.name().value());
        }
        NodeBackup finished = new NodeBackup(backup.node(), backup.name(), backup.mode(), backup.started(), published);
        new StatsIndex(storage, layout).write(finished, manifest, metadata.version());
        return finished;
    }

    /**
     * Takes the manifest back if what it names has gone meanwhile, to a purge that knew nothing of it, or, where it arrived late, has been or
     * is about to be purged. The order matters: who announces a deletion from now on sees the renewed lease, and who has withdrawn an
     * announcement has deleted.
     */
    private void confirmPublished(Begun backup, Manifest manifest, Lease lease, TransferPool transfers) {
        lease.renew();
        try {
            if (lease.isLapsed()) {
                checkNotPendingDeletion(backup, manifest);
            }
            checkPresent(backup, manifest, transfers);
        } catch (MedusaException incomplete) {
            storage.deleteAll(List.of(layout.meta(backup.node(), backup.name(), RepositoryLayout.MANIFEST)));
            throw incomplete;
        }
    }

    private void checkNotPendingDeletion(Begun backup, Manifest manifest) {
        PendingDeletions going = PendingDeletions.of(storage, layout, backup.node());
        boolean some = going.backups().contains(backup.name())
                || manifest.sections().stream()
                        .flatMap(section -> section.objects().stream())
                        .anyMatch(entry -> going.objects().contains(new ObjectKey(entry.key())));
        if (some) {
            throw new MedusaException(
                    FailureKind.TIMEOUT,
                    "the backup stood still while it was published (was the machine suspended?), and a purge is deleting what"
                            + " it builds upon; run the same command again");
        }
    }

    private void checkPresent(Begun backup, Manifest manifest, TransferPool transfers) {
        Map<String, Long> expected = new ConcurrentHashMap<>();
        Set<String> keyspaces = new TreeSet<>();
        manifest.sections().forEach(section -> {
            keyspaces.add(section.table().keyspace());
            section.objects().forEach(entry -> expected.put(entry.key(), entry.size()));
        });
        new StoredFilesSearch(storage, catalog, transfers)
                .list(
                        layout.dataPrefix(backup.node(), backup.name(), backup.mode()),
                        keyspaces,
                        object -> expected.remove(object.key().value(), object.size()));
        if (!expected.isEmpty()) {
            throw new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    expected.size() + " objects of this backup have vanished from " + storage.describe()
                            + " before it was finished, such as "
                            + expected.keySet().iterator().next()
                            + "; does a purge run that is too eager? Run the same command again");
        }
    }

    /** A full backup's own directory holds nothing but what its manifest names, whatever an earlier run left there. */
    private void removeStrays(Begun backup, Manifest manifest) {
        if (backup.mode() != BackupMode.FULL) {
            return;
        }
        Set<String> kept = new HashSet<>();
        manifest.sections().forEach(section -> section.objects().forEach(entry -> kept.add(entry.key())));
        List<ObjectKey> strays = new ArrayList<>();
        try (Stream<StoredObject> objects =
                storage.list(layout.dataPrefix(backup.node(), backup.name(), backup.mode()))) {
            objects.map(StoredObject::key)
                    .filter(key -> !kept.contains(key.value()))
                    .forEach(strays::add);
        }
        guard();
        storage.deleteAll(strays);
    }

    private StoredObject put(ObjectKey key, String text) {
        guard();
        return storage.put(key, ObjectSource.OfBytes.utf8(text));
    }

    /** The meta objects of an unfinished backup. */
    private Map<ObjectKey, StoredObject> meta(NodeName node, BackupName name) {
        Map<ObjectKey, StoredObject> meta = new HashMap<>();
        try (Stream<StoredObject> objects = storage.list(layout.metaPrefix(node, name))) {
            objects.forEach(object -> meta.put(object.key(), object));
        }
        if (meta.containsKey(layout.meta(node, name, RepositoryLayout.MANIFEST))) {
            throw exists(node, name);
        }
        return meta;
    }

    /** An answer that got lost makes the client repeat its request, which then meets what it has stored itself. */
    private StoredObject putOnce(ObjectKey key, String text, Precondition when) {
        try {
            return storage.put(key, ObjectSource.OfBytes.utf8(text), when);
        } catch (MedusaException refused) {
            if (refused.kind() != FailureKind.BUSY
                    || !catalog.readText(key).filter(text::equals).isPresent()) {
                throw refused;
            }
            return storage.stat(key).orElseThrow(() -> refused);
        }
    }

    /** @param earlier what was there while the backup was unfinished: nothing else is replaced */
    private StoredObject putMeta(Map<ObjectKey, StoredObject> earlier, ObjectKey key, String text) {
        guard();
        return putOnce(key, text, Precondition.unchanged(Optional.ofNullable(earlier.get(key))));
    }

    /** As listings will have it: what a store says when it takes an object can be a second off. */
    private Instant timeOf(StoredObject stored) {
        return storage.stat(stored.key()).map(StoredObject::modified).orElse(stored.modified());
    }

    private void putTime(BackupName name, IndexKind kind, NodeName node, Instant time) {
        put(layout.indexTime(name, kind, node, time), String.valueOf(time.getEpochSecond()));
    }
}
