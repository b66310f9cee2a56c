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
import io.medusa.transfer.Heartbeat;
import io.medusa.transfer.TransferPool;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One backup that is being written, in the order that makes a half-written one harmless (docs/compatibility.md 6): the schema first, the data, the
 * manifest last, then the index. The only writer of a backup's keys.
 */
public final class BackupSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackupSession.class);

    private final Bucket bucket;
    private final ObjectStorage storage;
    private final RepositoryLayout layout;
    private final BackupTarget target;
    private final NodeName node;
    private final BackupName name;
    private final BackupMode mode;
    private final Lease lease;
    private final Heartbeat beat;
    private BackupMetadata metadata;
    private Instant started = Instant.EPOCH;
    private boolean resumed;

    private BackupSession(Bucket bucket, BackupTarget target, BackupMetadata metadata, Lease lease) {
        this.bucket = bucket;
        this.storage = bucket.storage();
        this.layout = bucket.layout();
        this.target = target;
        this.node = target.node();
        this.name = target.name();
        this.mode = target.mode();
        this.metadata = metadata;
        this.lease = lease;
        this.beat = Heartbeat.start(
                Lease.RENEW_WITHIN.dividedBy(3),
                lease::renew,
                failed -> LOG.warn("Renewing the lease failed: {}", failed.getMessage()));
    }

    /**
     * See {@link BackupCatalog#begin}. The lease comes first, so that whoever announces a deletion from then on sees it.
     */
    static BackupSession begin(Bucket bucket, BackupTarget target, BackupMetadata metadata, WriterClaim writer) {
        BackupSession session = new BackupSession(bucket, target, metadata, writer.take(bucket, target));
        boolean begun = false;
        try {
            session.takeName();
            if (session.resumed) {
                LOG.info("Resuming the unfinished backup {}", target.name());
            }
            begun = true;
            return session;
        } finally {
            if (!begun) {
                session.close();
            }
        }
    }

    /** Which backup is being written. */
    public BackupTarget target() {
        return target;
    }

    /** Whether it resumes an unfinished backup. */
    public boolean isResumed() {
        return resumed;
    }

    /**
     * Whether every key must have a tag of its content: the store cannot refuse to replace an object, so an unknown second writer of
     * this node must not be able to store other bytes under the same key.
     */
    public boolean mustTagKeys() {
        return storage.overwriting() != Overwriting.PREVENTED;
    }

    /** Checks the lease; call it right before anything is stored or deleted, since this process may have been suspended. */
    private void guard() {
        lease.ensure();
    }

    private void takeName() {
        NamesInUse.refuseFinishedAndComplete(bucket, node, name);
        if (new NodePool(bucket, node).pendingDeletions().backups().contains(name)) {
            throw new MedusaException(
                    FailureKind.BUSY,
                    "backup " + name + " of node " + node + " is being deleted from " + storage.describe()
                            + ". Choose another name, or try again later");
        }
        Map<ObjectKey, StoredObject> earlier = earlierMeta();
        resumed = earlier.containsKey(layout.meta(node, name, RepositoryLayout.SCHEMA));
        forget();
        RepositoryLayout.DIFFERENTIAL_MARKERS.forEach(marker -> earlier.remove(layout.meta(node, name, marker)));
        started = timeOf(putMeta(earlier, layout.meta(node, name, RepositoryLayout.SCHEMA), metadata.schema()));
        putBesideSchema(earlier);
        if (mode == BackupMode.DIFFERENTIAL) {
            putMeta(earlier, layout.meta(node, name, mode.word()), mode.word());
        }
        putIntoIndex();
        putTime(IndexKind.STARTED, started);
        if (mode == BackupMode.DIFFERENTIAL) {
            put(layout.index(name, IndexKind.DIFFERENTIAL, node), mode.word());
        }
    }

    private void putBesideSchema(Map<ObjectKey, StoredObject> earlier) {
        putMeta(earlier, layout.meta(node, name, RepositoryLayout.TOKEN_MAP), TokenMapJson.write(metadata.tokenMap()));
        putMeta(
                earlier,
                layout.meta(node, name, RepositoryLayout.SERVER_VERSION),
                TokenMapJson.write(metadata.version()));
        putMeta(earlier, layout.meta(node, name, RepositoryLayout.FULL_SCHEMA), metadata.fullSchema());
    }

    private void putIntoIndex() {
        put(layout.index(name, IndexKind.TOKENMAP, node), TokenMapJson.write(metadata.tokenMap()));
        put(layout.index(name, IndexKind.SCHEMA, node), metadata.schema());
    }

    /**
     * Records which snapshot the backup is made from, and replaces schema, token map and versions by those of the snapshot. If they
     * are not what the beginning wrote, the backup counts as started now: its start is the time of its schema's object.
     */
    public void describe(BackupMetadata atSnapshot, BackupSnapshot snapshot) {
        Map<ObjectKey, StoredObject> earlier = earlierMeta();
        putMeta(earlier, layout.meta(node, name, RepositoryLayout.SNAPSHOT), SnapshotJson.write(snapshot));
        if (atSnapshot.equals(metadata)) {
            return;
        }
        boolean sameSchema = atSnapshot.schema().equals(metadata.schema());
        metadata = atSnapshot;
        putBesideSchema(earlier);
        putIntoIndex();
        if (sameSchema) {
            return;
        }
        ObjectKey former = layout.indexTime(name, IndexKind.STARTED, node, started);
        started = timeOf(putMeta(earlier, layout.meta(node, name, RepositoryLayout.SCHEMA), metadata.schema()));
        putTime(IndexKind.STARTED, started);
        if (!former.equals(layout.indexTime(name, IndexKind.STARTED, node, started))) {
            guard();
            storage.deleteAll(List.of(former));
        }
    }

    /**
     * Keeps Cassandra's dump of its cluster's metadata with the backup, if there is one. It replaces that of an earlier run, which is of
     * another snapshot.
     */
    public void keepClusterMetadata(Optional<byte[]> dump) {
        if (dump.isEmpty() && !resumed) {
            return;
        }
        ObjectKey key = layout.meta(node, name, RepositoryLayout.CLUSTER_METADATA);
        Optional<StoredObject> earlier = storage.stat(key);
        guard();
        if (dump.isPresent()) {
            putOnce(key, dump.get(), Precondition.unchanged(earlier));
        } else if (earlier.isPresent()) {
            storage.deleteAll(List.of(key));
        }
    }

    /** Deletes leftovers of an earlier run: index entries, and marker and data of the other mode. */
    private void forget() {
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

    /** The snapshot that the unfinished backup was made from, if that is recorded. */
    public Optional<BackupSnapshot> snapshot() {
        return bucket.readText(layout.meta(node, name, RepositoryLayout.SNAPSHOT))
                .flatMap(SnapshotJson::read);
    }

    /** How the store hashes objects. */
    public HashRule hashRule() {
        return storage.hashRule();
    }

    /**
     * A multipart upload of a large data file, if the store supports it.
     *
     * @param when the object may be stored; its completion fails with kind BUSY otherwise
     */
    public Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source, Precondition when) {
        return storage.multipart(key, source, when).map(upload -> new GuardedUpload(upload, this::guard));
    }

    /** Stores a data file; fails with kind BUSY where the precondition is not met. */
    public StoredObject put(ObjectKey key, ObjectSource source, Precondition when) {
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

    /** Deletes objects of this unfinished full backup that are about to be replaced. */
    public void discard(Collection<ObjectKey> keys) {
        if (keys.isEmpty()) {
            return;
        }
        String own = layout.dataPrefix(node, name, BackupMode.FULL);
        if (mode != BackupMode.FULL
                || keys.stream().anyMatch(key -> !key.value().startsWith(own))) {
            throw new IllegalArgumentException("only an unfinished full backup's own objects may be discarded");
        }
        guard();
        storage.deleteAll(keys);
    }

    /**
     * Finishes the backup: checks that everything it names exists and is durable, then stores the manifest, then the index.
     *
     * @param storedBytes how many bytes this run has stored for it
     */
    public NodeBackup publish(Manifest manifest, long storedBytes, TransferPool transfers) {
        PublishCheck check = new PublishCheck(bucket, target, manifest, transfers);
        check.checkPresent();
        removeStrays(manifest);
        storage.flush();
        NamesInUse.refuseFinishedAndComplete(bucket, node, name);
        String text = ManifestJson.write(manifest, storage.hashRule());
        ObjectKey key = layout.meta(node, name, RepositoryLayout.MANIFEST);
        lease.confirm(layout);
        // of two that publish the same name, one does
        Instant published = timeOf(putOnce(key, text.getBytes(StandardCharsets.UTF_8), Precondition.ABSENT));
        storage.flush();
        confirmPublished(check, key);
        put(layout.index(name, IndexKind.MANIFEST, node), text);
        putTime(IndexKind.FINISHED, published);
        if (manifest.scope().isAll()) {
            // a partial backup does not become the latest one
            put(layout.latest(node, RepositoryLayout.TOKEN_MAP), TokenMapJson.write(metadata.tokenMap()));
            put(layout.latest(node, "backup_name.txt"), name.value());
        }
        NodeBackup finished = new NodeBackup(node, name, mode, started, published);
        StatsIndex stats = new StatsIndex(storage, layout);
        stats.write(finished, manifest, metadata.version());
        if (!resumed) {
            // what an earlier run has stored is not counted
            stats.writeFresh(finished, storedBytes);
        }
        return finished;
    }

    /**
     * Deletes the manifest again if what it names was deleted meanwhile, by a purge that did not see it, or if the manifest arrived late and
     * a purge is about to delete what it names. The order matters: whoever announces deletions from now on sees the renewed lease, and
     * whoever has withdrawn an announcement has deleted.
     */
    private void confirmPublished(PublishCheck check, ObjectKey manifest) {
        lease.renew();
        try {
            if (lease.isLapsed()) {
                check.checkNotPendingDeletion();
            }
            check.checkPresent();
        } catch (MedusaException incomplete) {
            storage.deleteAll(List.of(manifest));
            throw incomplete;
        }
    }

    /** Deletes what earlier runs left in a full backup's directory: it contains only what the manifest names. */
    private void removeStrays(Manifest manifest) {
        if (mode != BackupMode.FULL) {
            return;
        }
        Set<String> kept = new HashSet<>();
        manifest.sections().forEach(section -> section.objects().forEach(entry -> kept.add(entry.key())));
        List<ObjectKey> strays = new ArrayList<>();
        try (Stream<StoredObject> objects = storage.list(layout.dataPrefix(node, name, mode))) {
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
    private Map<ObjectKey, StoredObject> earlierMeta() {
        Map<ObjectKey, StoredObject> meta = new HashMap<>();
        try (Stream<StoredObject> objects = storage.list(layout.metaPrefix(node, name))) {
            objects.forEach(object -> meta.put(object.key(), object));
        }
        if (meta.containsKey(layout.meta(node, name, RepositoryLayout.MANIFEST))) {
            throw NamesInUse.exists(bucket, node, name);
        }
        return meta;
    }

    /** After a lost response, the client repeats its request, which then fails because of the object it has stored itself. */
    private StoredObject putOnce(ObjectKey key, byte[] content, Precondition when) {
        try {
            return storage.put(key, new ObjectSource.OfBytes(ByteBuffer.wrap(content)), when);
        } catch (MedusaException refused) {
            if (refused.kind() != FailureKind.BUSY
                    || !bucket.readBytes(key)
                            .filter(stored -> Arrays.equals(stored, content))
                            .isPresent()) {
                throw refused;
            }
            return storage.stat(key).orElseThrow(() -> refused);
        }
    }

    /** @param earlier the objects of the unfinished backup: nothing else is replaced */
    private StoredObject putMeta(Map<ObjectKey, StoredObject> earlier, ObjectKey key, String text) {
        guard();
        return putOnce(
                key,
                text.getBytes(StandardCharsets.UTF_8),
                Precondition.unchanged(Optional.ofNullable(earlier.get(key))));
    }

    /** As listings show it: the time in a store's response to a put can differ by a second. */
    private Instant timeOf(StoredObject stored) {
        return storage.stat(stored.key()).map(StoredObject::modified).orElse(stored.modified());
    }

    private void putTime(IndexKind kind, Instant time) {
        put(layout.indexTime(name, kind, node, time), String.valueOf(time.getEpochSecond()));
    }

    /** Releases the lease. */
    @Override
    public void close() {
        beat.close();
        lease.close();
    }
}
