package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's data objects in the bucket: which files are stored, which objects no backup names, which leases exist, and what is about
 * to be deleted.
 */
public final class NodePool {
    private static final Logger LOG = LoggerFactory.getLogger(NodePool.class);

    /** How many partial backups are read for files that the last whole one does not name. */
    private static final int MOST_PARTIAL = 30;

    private final Bucket bucket;
    private final ObjectStorage storage;
    private final RepositoryLayout layout;
    private final NodeName node;

    NodePool(Bucket bucket, NodeName node) {
        this.bucket = bucket;
        this.storage = bucket.storage();
        this.layout = bucket.layout();
        this.node = node;
    }

    /** The leases that are valid at that time of the store's clock. */
    Leases leases(Instant now) {
        return Leases.live(storage, layout, node, now);
    }

    /**
     * What is about to be deleted.
     *
     * @throws MedusaException of kind BUSY as long as an announcement cannot be read
     */
    PendingDeletions pendingDeletions() {
        return PendingDeletions.of(storage, layout, node);
    }

    /** Announces what is about to be deleted. */
    PendingDeletions.Announced announce(Collection<BackupName> backups, Collection<ObjectKey> objects) {
        return PendingDeletions.announce(storage, layout, bucket.clock(), node, backups, objects);
    }

    /** Removes announcements of purges that died long ago. */
    void forgetOldDeletions(Instant now) {
        PendingDeletions.forgetOld(storage, layout, node, now);
    }

    /**
     * Looks for objects that no backup names.
     *
     * @param isOrphan whether no backup names the object
     * @param before objects last modified after that moment are too young
     * @throws MedusaException of kind BACKUP_DAMAGED at the first key that is no data file of the node
     */
    PoolScan orphans(Predicate<StoredObject> isOrphan, Instant before) {
        return PoolScan.of(bucket, node, isOrphan, before);
    }

    /** Passes on all objects of the pool, one at a time, in no particular order. */
    public void listAll(Consumer<StoredObject> consumer) {
        bucket.listAll(layout.poolPrefix(node), consumer);
    }

    /**
     * What is stored of the node's files, by listings and by the manifests of its newest finished backups. Those of the other mode are
     * read only if something is missing.
     *
     * @param wanted the files of interest, so that memory is bounded by the snapshot, not by the bucket
     * @param transfers reads manifests and lists keyspaces, several at once
     */
    public StoredFiles snapshot(BackupTarget backup, Set<StoredFiles.Place> wanted, TransferPool transfers) {
        // first: whoever announces deletions later sees the lease of this backup
        Set<ObjectKey> pendingDeletions = pendingDeletions().objects();
        List<NodeBackup> finished = new IndexReader(bucket).finishedBackups(node);
        Set<String> keyspaces = new TreeSet<>();
        wanted.forEach(place -> keyspaces.add(place.table().keyspace()));
        Known known = new Known(keyspaces, wanted, foundDamaged());
        String target = layout.dataPrefix(backup.node(), backup.name(), backup.mode());
        List<Previous> own = new ArrayList<>();
        List<Runnable> work = new ArrayList<>(known.listing(target));
        work.add(() -> own.addAll(newestReadable(finished, backup.mode(), wanted::contains)));
        doAll(work, transfers);
        List<Previous> all = new ArrayList<>(own);
        Set<StoredFiles.Place> found = new HashSet<>(known.places.values());
        own.forEach(previous -> found.addAll(previous.entries().keySet()));
        if (!found.containsAll(wanted)) {
            BackupMode other = backup.mode() == BackupMode.FULL ? BackupMode.DIFFERENTIAL : BackupMode.FULL;
            all.addAll(newestReadable(finished, other, wanted::contains));
        }
        Set<String> elsewhere = new TreeSet<>();
        all.forEach(previous -> elsewhere.add(layout.dataPrefix(
                previous.backup().node(),
                previous.backup().name(),
                previous.backup().mode())));
        elsewhere.remove(target);
        doAll(
                elsewhere.stream()
                        .flatMap(prefix -> known.listing(prefix).stream())
                        .toList(),
                transfers);
        return new StoredFiles(known.sets(target, all), pendingDeletions);
    }

    /** The objects whose content a verification found to be wrong, and when: a backup must not rely on them. */
    private Map<String, Instant> foundDamaged() {
        Map<String, Instant> damaged = new HashMap<>();
        try {
            new Verifications(bucket)
                    .state().open().stream()
                            .filter(finding -> finding.isListed()
                                    && finding.problem().equals(OpenFinding.DIFFERENT)
                                    && finding.node().filter(node::equals).isPresent())
                            .forEach(finding -> damaged.put(finding.key(), finding.seen()));
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.INTERRUPTED) {
                throw failed;
            }
            LOG.warn(
                    "Objects that a verification found damaged may be reused, because its record cannot be read: {}",
                    failed.getMessage());
        }
        return damaged;
    }

    private static void doAll(List<Runnable> work, TransferPool transfers) {
        transfers.mapAll("Listing", work, each -> 0, each -> {
            each.run();
            return true;
        });
    }

    /** What is found out of the objects at the places of interest; filled by several threads. */
    private final class Known {
        private final Set<String> keyspaces;
        private final Set<StoredFiles.Place> wanted;
        private final Map<String, Instant> damaged;
        private final Map<ObjectKey, StoredObject> listed = new ConcurrentHashMap<>();
        private final Map<ObjectKey, StoredFiles.Place> places = new ConcurrentHashMap<>();

        Known(Set<String> keyspaces, Set<StoredFiles.Place> wanted, Map<String, Instant> damaged) {
            this.keyspaces = keyspaces;
            this.wanted = wanted;
            this.damaged = damaged;
        }

        private StoredFile file(ObjectKey key, @Nullable ManifestEntry named) {
            StoredObject object = listed.get(key);
            Instant found = damaged.get(key.value());
            return new StoredFile(
                    key,
                    object,
                    named,
                    object != null && found != null && object.modified().isBefore(found));
        }

        private StoredFiles.FileSet namedBy(Previous previous, Map<ObjectKey, ManifestEntry> named) {
            StoredFiles.FileSet set = new StoredFiles.FileSet();
            previous.entries().forEach((place, entry) -> {
                ObjectKey key = new ObjectKey(entry.key());
                named.putIfAbsent(key, entry);
                set.put(place, file(key, named.get(key)));
            });
            return set;
        }

        /** One piece of work for each keyspace. */
        List<Runnable> listing(String prefix) {
            return listingOf(prefix, keyspaces, object -> place(object.key().value())
                    .filter(wanted::contains)
                    .ifPresent(place -> {
                        listed.put(object.key(), object);
                        places.put(object.key(), place);
                    }));
        }

        /** The plain keys of the target first, then what each of the backups names. */
        List<StoredFiles.FileSet> sets(String target, List<Previous> backups) {
            StoredFiles.FileSet plain = new StoredFiles.FileSet();
            List<StoredFiles.FileSet> sets = new ArrayList<>(List.of(plain));
            Map<ObjectKey, ManifestEntry> named = new HashMap<>();
            backups.forEach(previous -> sets.add(namedBy(previous, named)));
            places.forEach((key, place) -> {
                if (key.value().equals(target + place.table() + "/" + place.relativePath())) {
                    plain.put(place, file(key, named.get(key)));
                }
            });
            return sets;
        }
    }

    /** Lists the data of these keyspaces; the consumer is called from several threads. */
    void list(String prefix, Collection<String> keyspaces, TransferPool transfers, Consumer<StoredObject> consumer) {
        doAll(listingOf(prefix, keyspaces, consumer), transfers);
    }

    /** Lists data keyspace by keyspace: a listing waits for the store most of the time, so several are done at once. */
    private List<Runnable> listingOf(String prefix, Collection<String> keyspaces, Consumer<StoredObject> consumer) {
        List<Runnable> work = new ArrayList<>();
        for (String keyspace : keyspaces) {
            work.add(() -> {
                try (Stream<StoredObject> objects = storage.list(prefix + keyspace + "/")) {
                    objects.forEach(consumer);
                }
            });
        }
        return work;
    }

    /** A finished backup and what it names at the places of interest. */
    private record Previous(NodeBackup backup, Map<StoredFiles.Place, ManifestEntry> entries, boolean isWhole) {}

    /**
     * The newest finished backups of the mode whose manifests can be read, back to the first whole one: neither a damaged nor a
     * partial one must hide what older ones name.
     */
    private List<Previous> newestReadable(
            List<NodeBackup> newestFirst, BackupMode mode, Predicate<StoredFiles.Place> wanted) {
        List<Previous> readable = new ArrayList<>();
        for (NodeBackup backup : newestFirst) {
            if (backup.mode() != mode) {
                continue;
            }
            Readable<Previous> previous = previous(backup, wanted);
            previous.damage()
                    .ifPresent(damage -> LOG.warn("Not reusing files of an earlier backup: {}", damage.reason()));
            if (previous instanceof Readable.Intact<Previous> intact) {
                readable.add(intact.value());
                if (intact.value().isWhole() || readable.size() >= MOST_PARTIAL) {
                    return readable;
                }
            }
        }
        return readable;
    }

    private Readable<Previous> previous(NodeBackup backup, Predicate<StoredFiles.Place> wanted) {
        return new StoredBackup(bucket, backup).read(entries -> {
            Map<StoredFiles.Place, ManifestEntry> named = new HashMap<>();
            entries.forEach(
                    (table, entry) -> place(entry.key()).filter(wanted).ifPresent(place -> named.put(place, entry)));
            return new Previous(backup, named, entries.scope().isAll());
        });
    }

    private Optional<StoredFiles.Place> place(String key) {
        return layout.parseData(key).map(file -> new StoredFiles.Place(file.table(), file.relativePath()));
    }
}
