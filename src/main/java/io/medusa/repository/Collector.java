package io.medusa.repository;

import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.RepositoryLayout.IndexKind;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Deletes backups of a node, and the data objects that no backup names any more. The only one that deletes what finished
 * backups have written.
 *
 * <p>Safe beside everything else: what is to go is announced first ({@link PendingDeletions}); then leases are looked for, and then
 * manifests that were published meanwhile. A backup that began before the announcement is seen by one of the two, one that
 * begins later keeps off what is announced.
 */
public final class Collector {
    /** As many as one request of S3 takes. */
    private static final int BATCH = 1000;

    private final ObjectStorage storage;
    private final BackupCatalog catalog;
    private final RepositoryLayout layout;
    private final Inventory inventory;
    private final IndexBuilder indexBuilder;
    private final BatchDeletion deletion;
    private final Bucket bucket;

    /** All of them stay the caller's to close. */
    public Collector(ObjectStorage storage, BackupCatalog catalog, TransferPool transfers, Clock clock) {
        this(storage, catalog, transfers, clock, BATCH);
    }

    /** @param atOnce so many objects are deleted between two looks at who else is at work */
    public Collector(ObjectStorage storage, BackupCatalog catalog, TransferPool transfers, Clock clock, int atOnce) {
        this.bucket = new Bucket(storage, catalog.layout(), catalog.lookups(), clock);
        this.deletion = new BatchDeletion(bucket, transfers, atOnce);
        this.storage = storage;
        this.catalog = catalog;
        this.layout = catalog.layout();
        this.inventory = new Inventory(bucket);
        this.indexBuilder = new IndexBuilder(bucket);
    }

    /**
     * What is to go of a node.
     *
     * @param all backups of the node that there are
     * @param leaving those of them that go
     * @param grace data objects that are younger stay
     * @param dryRun whether nothing is deleted
     */
    public record Request(
            NodeName node, List<NodeBackup> all, List<NodeBackup> leaving, Duration grace, boolean dryRun) {}

    /**
     * What went, or would go.
     *
     * @param removed the backups that went
     * @param inUse backups that stay for now, because somebody works on them
     * @param pinned backups that stay because they were pinned while the deletion ran
     * @param locked finished backups that stay for now, because the store has to keep them
     * @param objects that went, those of backups and those that nobody named
     * @param lockedObjects that the store has to keep for now, by a lock, a hold or a time of retention
     * @param young data objects that nobody names but that are younger than the grace period
     * @param postponed whether data objects were left alone because a backup of the node is running
     */
    public record Outcome(
            NodeName node,
            List<NodeBackup> removed,
            List<NodeBackup> inUse,
            List<NodeBackup> pinned,
            List<NodeBackup> locked,
            long objects,
            long bytes,
            long lockedObjects,
            long young,
            long youngBytes,
            boolean postponed) {
        /** Whether every backup went that was to go. */
        public boolean isComplete() {
            return inUse.isEmpty() && pinned.isEmpty() && locked.isEmpty();
        }
    }

    /** What time it is by the store's clock. */
    public Instant storeTime(NodeName node) {
        return PurgeWatch.storeTime(bucket, node);
    }

    /**
     * Deletes.
     *
     * @throws MedusaException of kind BACKUP_DAMAGED, before anything is deleted, if a manifest that stays cannot be read or the
     *     pool holds something unknown
     */
    public Outcome collect(Request request) {
        if (request.dryRun()) {
            return forecast(request);
        }
        NodeName node = request.node();
        BatchDeletion.Tally tally = new BatchDeletion.Tally();
        try (PurgeWatch watch = new PurgeWatch(bucket, node, names(request.leaving()), List.of())) {
            Leases leases = watch.leases();
            List<NodeBackup> inUse = request.leaving().stream()
                    .filter(backup -> leases.backups().contains(backup.name()) || hasBeenFinished(backup))
                    .toList();
            List<NodeBackup> leaving = without(request.leaving(), inUse);
            NamedObjects named = new NamedObjects(catalog, inventory, request.all(), leaving);
            Instant oldest = watch.at().minus(request.grace());
            PoolScan scan = scan(node, named, oldest);
            List<NodeBackup> pinned = new ArrayList<>();
            List<NodeBackup> locked = new ArrayList<>();
            for (NodeBackup backup : biggestFirst(leaving)) {
                Removal removal = remove(backup, tally, watch);
                if (removal != Removal.DONE) {
                    (removal == Removal.PINNED ? pinned : locked).add(backup);
                    named.add(backup);
                }
            }
            leaving = without(without(leaving, pinned), locked);
            boolean postponed = leases.isBackupRunning() || !collectPool(node, named, scan, oldest, tally);
            repairLatest(node, without(request.all(), leaving));
            new NodePool(bucket, node).forgetOldDeletions(watch.at());
            return new Outcome(
                    node,
                    leaving,
                    inUse,
                    pinned,
                    locked,
                    tally.objects,
                    tally.bytes,
                    tally.locked,
                    scan.young(),
                    scan.youngBytes(),
                    postponed);
        }
    }

    /** Whether somebody took it up and finished it since it was looked at. */
    private boolean hasBeenFinished(NodeBackup backup) {
        return !backup.isFinished()
                && catalog.findNodeBackup(backup.node(), backup.name())
                        .filter(NodeBackup::isFinished)
                        .isPresent();
    }

    /** Deletes what was found, and looks again if there was more than fits; false if a backup of the node is running. */
    private boolean collectPool(
            NodeName node, NamedObjects named, PoolScan first, Instant oldest, BatchDeletion.Tally tally) {
        PoolScan scan = first;
        while (scan.orphans() > 0) {
            List<StoredObject> found = scan.objects();
            try (PurgeWatch watch = new PurgeWatch(
                    bucket,
                    node,
                    Set.of(),
                    found.stream().map(StoredObject::key).toList())) {
                // in this order: who has given back his lease has published before
                if (watch.leases().isBackupRunning()) {
                    return false;
                }
                named.addPublishedMeanwhile(node);
                boolean[] interrupted = {false};
                List<StoredObject> orphans =
                        found.stream().filter(named::isOrphan).toList();
                deletion.deleteAll(orphans, tally, batch -> {
                    // others may have begun and published while this one slept
                    synchronized (named) {
                        if (interrupted[0] || watch.leases().isBackupRunning()) {
                            interrupted[0] = true;
                            return List.of();
                        }
                        named.addPublishedMeanwhile(node);
                        // last, as the process may have slept after any of those looks
                        watch.checkStanding();
                        return batch.stream().filter(named::isOrphan).toList();
                    }
                });
                if (interrupted[0]) {
                    return false;
                }
            }
            if (scan.orphans() <= scan.objects().size() || tally.locked > 0) {
                // what is locked would be found again and again
                return true;
            }
            scan = scan(node, named, oldest);
        }
        return true;
    }

    private static List<NodeBackup> without(List<NodeBackup> all, List<NodeBackup> leaving) {
        Set<BackupName> gone = names(leaving);
        return all.stream().filter(backup -> !gone.contains(backup.name())).toList();
    }

    private static Set<BackupName> names(List<NodeBackup> backups) {
        Set<BackupName> names = new HashSet<>();
        backups.forEach(backup -> names.add(backup.name()));
        return names;
    }

    private PoolScan scan(NodeName node, NamedObjects named, Instant oldest) {
        return new NodePool(bucket, node).orphans(named::isOrphan, oldest);
    }

    private Outcome forecast(Request request) {
        NodeName node = request.node();
        Instant now = bucket.clock().instant();
        Leases leases = new NodePool(bucket, node).leases(now);
        List<NodeBackup> inUse = request.leaving().stream()
                .filter(backup -> leases.backups().contains(backup.name()))
                .toList();
        List<NodeBackup> leaving = without(request.leaving(), inUse);
        PoolScan scan =
                scan(node, new NamedObjects(catalog, inventory, request.all(), leaving), now.minus(request.grace()));
        BatchDeletion.Tally tally = new BatchDeletion.Tally();
        for (NodeBackup backup : leaving) {
            ownObjects(backup).forEach(tally::add);
            index(node, backup.name()).forEach(tally::add);
        }
        boolean postponed = leases.isBackupRunning();
        return new Outcome(
                node,
                leaving,
                inUse,
                List.of(),
                List.of(),
                tally.objects + (postponed ? 0 : scan.orphans()),
                tally.bytes + (postponed ? 0 : scan.orphanBytes()),
                0,
                scan.young(),
                scan.youngBytes(),
                postponed);
    }

    private List<StoredObject> ownObjects(NodeBackup backup) {
        try (Stream<StoredObject> objects = storage.list(layout.backupPrefix(backup.node(), backup.name()))) {
            return objects.toList();
        }
    }

    /** A full backup frees its whole size at once, a differential one nothing to speak of before the pool is looked through. */
    private List<NodeBackup> biggestFirst(List<NodeBackup> backups) {
        StatsIndex stats = new StatsIndex(storage, layout);
        Map<NodeBackup, Long> sizes = new HashMap<>();
        backups.stream()
                .filter(backup -> backup.mode() == BackupMode.FULL)
                .forEach(backup -> sizes.put(backup, stats.size(backup.node(), backup.name())));
        return backups.stream()
                .sorted(Comparator.comparing(
                        (NodeBackup backup) -> sizes.getOrDefault(backup, 0L), Comparator.reverseOrder()))
                .toList();
    }

    /** What became of a backup that was to go. */
    private enum Removal {
        DONE,
        /** The store has to keep its manifest, so that the whole of it stays. */
        LOCKED,
        PINNED
    }

    /**
     * In an order that never leaves a finished backup with something missing, nor an index entry without a backup: its manifest
     * goes before its data, what shows that it began goes last.
     */
    private Removal remove(NodeBackup backup, BatchDeletion.Tally tally, PurgeWatch watch) {
        watch.checkStanding();
        if (watch.isPinned(backup)) {
            return Removal.PINNED;
        }
        BatchDeletion.Guard standing = batch -> {
            watch.checkStanding();
            return batch;
        };
        List<StoredObject> own = ownObjects(backup);
        ObjectKey manifest = layout.meta(backup.node(), backup.name(), RepositoryLayout.MANIFEST);
        ObjectKey schema = layout.meta(backup.node(), backup.name(), RepositoryLayout.SCHEMA);
        List<StoredObject> index = index(backup.node(), backup.name());
        BatchDeletion.Tally shown = new BatchDeletion.Tally();
        deletion.deleteAll(index.stream().filter(this::showsAsFinished).toList(), shown, standing);
        // its manifest is what makes it one: until that has gone it can stay
        if (backup.isFinished() && watch.isPinned(backup)) {
            indexBuilder.putBack(backup);
            return Removal.PINNED;
        }
        if (!deletion.deleteAll(only(own, manifest), shown, standing)) {
            indexBuilder.putBack(backup);
            tally.locked += own.size();
            return Removal.LOCKED;
        }
        tally.add(shown);
        deletion.deleteAll(
                own.stream()
                        .filter(object ->
                                !object.key().equals(manifest) && !object.key().equals(schema))
                        .toList(),
                tally,
                standing);
        deletion.deleteAll(
                index.stream().filter(object -> !showsAsFinished(object)).toList(), tally, standing);
        deletion.deleteAll(only(own, schema), tally, standing);
        return Removal.DONE;
    }

    private static List<StoredObject> only(List<StoredObject> objects, ObjectKey key) {
        return objects.stream().filter(object -> object.key().equals(key)).toList();
    }

    private List<StoredObject> index(NodeName node, BackupName name) {
        List<StoredObject> index = new ArrayList<>(new StatsIndex(storage, layout).of(node, name));
        try (Stream<StoredObject> objects = storage.list(layout.indexPrefix(Optional.of(name)))) {
            objects.filter(object -> layout.parseIndex(object.key().value())
                            .filter(entry -> entry.node().equals(node))
                            .isPresent())
                    .forEach(index::add);
        }
        return index;
    }

    private boolean showsAsFinished(StoredObject index) {
        return layout.parseIndex(index.key().value())
                .filter(entry -> entry.kind() == IndexKind.FINISHED || entry.kind() == IndexKind.MANIFEST)
                .isPresent();
    }

    /** If the marker names a backup that went, it names the newest whole one that is left, or goes too. */
    private void repairLatest(NodeName node, List<NodeBackup> left) {
        ObjectKey marker = layout.latest(node, "backup_name.txt");
        Optional<String> text = catalog.readText(marker).map(String::strip);
        if (text.isEmpty()
                || left.stream().anyMatch(backup -> backup.name().value().equals(text.get()))
                || catalog.latestNodeBackup(node).isPresent()) {
            return;
        }
        for (int i = left.size() - 1; i >= 0; i--) {
            NodeBackup backup = left.get(i);
            if (backup.isFinished() && catalog.stored(backup).isWhole()) {
                catalog.stored(backup)
                        .metaText(RepositoryLayout.TOKEN_MAP)
                        .ifPresent(tokens -> storage.put(
                                layout.latest(node, RepositoryLayout.TOKEN_MAP), ObjectSource.OfBytes.utf8(tokens)));
                storage.put(marker, ObjectSource.OfBytes.utf8(backup.name().value()));
                return;
            }
        }
        storage.deleteAll(List.of(marker, layout.latest(node, RepositoryLayout.TOKEN_MAP)));
    }
}
