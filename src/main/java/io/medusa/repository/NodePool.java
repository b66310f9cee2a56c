package io.medusa.repository;

import io.medusa.model.BackupMode;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the store holds of one node's files, for who writes a backup of it: from listings and from the manifests of the newest
 * finished backups.
 */
public final class NodePool {
    private static final Logger LOG = LoggerFactory.getLogger(NodePool.class);

    /** How many partial backups are looked through for what the last whole one does not name. */
    private static final int MOST_PARTIAL = 30;

    private final ObjectStorage storage;
    private final BackupCatalog catalog;
    private final RepositoryLayout layout;
    private final TransferPool transfers;

    /** @param transfers reads manifests and lists keyspaces, several at once */
    public NodePool(BackupCatalog catalog, TransferPool transfers) {
        this.storage = catalog.bucket().storage();
        this.catalog = catalog;
        this.layout = catalog.layout();
        this.transfers = transfers;
    }

    /**
     * What there is of the node's files. What backups of the other mode hold is looked for only if something is missing.
     *
     * @param wanted the places of interest, so that memory is bounded by the snapshot, not by the bucket
     */
    public StoredFiles storedFiles(BackupTarget backup, Set<StoredFiles.Place> wanted) {
        // before anything is looked at: what is announced later sees the lease of this backup
        Set<ObjectKey> pendingDeletions =
                PendingDeletions.of(storage, layout, backup.node()).objects();
        List<NodeBackup> finished = catalog.finishedBackups(backup.node());
        Set<String> keyspaces = new TreeSet<>();
        wanted.forEach(place -> keyspaces.add(place.table().keyspace()));
        Known known = new Known(keyspaces, wanted);
        String target = layout.dataPrefix(backup.node(), backup.name(), backup.mode());
        List<Previous> own = new ArrayList<>();
        List<Runnable> work = new ArrayList<>(known.listing(target));
        work.add(() -> own.addAll(newestReadable(finished, backup.mode(), wanted::contains)));
        doAll(work);
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
        doAll(elsewhere.stream()
                .flatMap(prefix -> known.listing(prefix).stream())
                .toList());
        return new StoredFiles(known.sets(target, all), pendingDeletions);
    }

    private void doAll(List<Runnable> work) {
        transfers.mapAll("Listing", work, each -> 0, each -> {
            each.run();
            return true;
        });
    }

    /** What is found out of the objects at the places of interest; filled by several threads. */
    private final class Known {
        private final Set<String> keyspaces;
        private final Set<StoredFiles.Place> wanted;
        private final Map<ObjectKey, StoredObject> listed = new ConcurrentHashMap<>();
        private final Map<ObjectKey, StoredFiles.Place> places = new ConcurrentHashMap<>();

        Known(Set<String> keyspaces, Set<StoredFiles.Place> wanted) {
            this.keyspaces = keyspaces;
            this.wanted = wanted;
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
            backups.forEach(previous -> sets.add(namedBy(previous, listed, named)));
            places.forEach((key, place) -> {
                if (key.value().equals(target + place.table() + "/" + place.relativePath())) {
                    plain.put(place, new StoredFile(key, listed.get(key), named.get(key)));
                }
            });
            return sets;
        }
    }

    /** Lists the data of these keyspaces; the consumer is called from several threads. */
    void list(String prefix, Collection<String> keyspaces, Consumer<StoredObject> consumer) {
        doAll(listingOf(prefix, keyspaces, consumer));
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
                    .ifPresent(damage -> LOG.warn("An earlier backup cannot be built upon: {}", damage.reason()));
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
        return catalog.stored(backup).read(entries -> {
            Map<StoredFiles.Place, ManifestEntry> named = new HashMap<>();
            entries.forEach(
                    (table, entry) -> place(entry.key()).filter(wanted).ifPresent(place -> named.put(place, entry)));
            return new Previous(backup, named, entries.scope().isAll());
        });
    }

    private static StoredFiles.FileSet namedBy(
            Previous previous, Map<ObjectKey, StoredObject> listed, Map<ObjectKey, ManifestEntry> named) {
        StoredFiles.FileSet set = new StoredFiles.FileSet();
        previous.entries().forEach((place, entry) -> {
            ObjectKey key = new ObjectKey(entry.key());
            named.putIfAbsent(key, entry);
            set.put(place, new StoredFile(key, listed.get(key), named.get(key)));
        });
        return set;
    }

    private Optional<StoredFiles.Place> place(String key) {
        return layout.parseData(key).map(file -> new StoredFiles.Place(file.table(), file.relativePath()));
    }
}
