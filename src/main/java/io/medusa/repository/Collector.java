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
    /** The most that one request of S3 accepts. */
    private static final int BATCH = 1000;

    private final ObjectStorage storage;
    private final BackupCatalog catalog;
    private final RepositoryLayout layout;
    private final Inventory inventory;
    private final IndexBuilder indexBuilder;
    private final BatchDeletion deletion;
    private final Bucket bucket;
    private final PurgeProgress progress;

    /** The caller closes all of them. */
    public Collector(ObjectStorage storage, BackupCatalog catalog, TransferPool transfers, Clock clock) {
        this(storage, catalog, transfers, clock, BATCH);
    }

    /** @param atOnce how many objects are deleted between two checks for other processes */
    public Collector(ObjectStorage storage, BackupCatalog catalog, TransferPool transfers, Clock clock, int atOnce) {
        this.bucket = new Bucket(storage, catalog.layout(), catalog.lookups(), clock);
        this.progress = new PurgeProgress(clock);
        this.deletion = new BatchDeletion(bucket, transfers, progress, atOnce);
        this.storage = storage;
        this.catalog = catalog;
        this.layout = catalog.layout();
        this.inventory = new Inventory(bucket);
        this.indexBuilder = new IndexBuilder(bucket);
    }

    /**
     * What to delete of a node.
     *
     * @param all all backups of the node
     * @param lost finished ones that only the index still has; what they name in the pool is kept
     * @param leaving which of both to delete
     * @param grace younger data objects are kept
     * @param dryRun whether to delete nothing
     */
    public record Request(
            NodeName node,
            List<NodeBackup> all,
            List<NodeBackup> lost,
            List<NodeBackup> leaving,
            Duration grace,
            boolean dryRun) {
        private List<NodeBackup> everything() {
            return Stream.concat(all.stream(), lost.stream()).toList();
        }
    }

    /**
     * What was deleted, or would be.
     *
     * @param removed the deleted backups
     * @param inUse backups that are kept for now, because they are being written or read
     * @param pinned backups that are kept because they were pinned during the deletion
     * @param locked finished backups that are kept for now, because the store does not delete them
     * @param objects number of deleted objects, of backups and orphans
     * @param lockedObjects objects that the store keeps for now, because of a lock, a hold or a retention period
     * @param young orphans that are younger than the grace period
     * @param postponed whether no data objects were deleted because a backup of the node is running
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
        /** Whether every requested backup was deleted. */
        public boolean isComplete() {
            return inUse.isEmpty() && pinned.isEmpty() && locked.isEmpty();
        }
    }

    /** What has been done so far. */
    public PurgeProgress progress() {
        return progress;
    }

    /** The time of the store's clock. */
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
                    .filter(backup -> leases.backups().contains(backup.name())
                            || hasBeenFinished(backup)
                            || (request.lost().contains(backup) && hasBegunAgain(backup)))
                    .toList();
            List<NodeBackup> leaving = without(request.leaving(), inUse);
            NamedObjects named = new NamedObjects(catalog, inventory, progress, request.everything(), leaving);
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
            new Runs(bucket).forgetOld(node, names(without(request.all(), leaving)), watch.at());
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

    /** Whether it was resumed and finished meanwhile. */
    private boolean hasBeenFinished(NodeBackup backup) {
        return !backup.isFinished()
                && catalog.findNodeBackup(backup.node(), backup.name())
                        .filter(NodeBackup::isFinished)
                        .isPresent();
    }

    /** Whether somebody has used the name of a lost backup for a new one meanwhile. */
    private boolean hasBegunAgain(NodeBackup lost) {
        return catalog.findNodeBackup(lost.node(), lost.name()).isPresent();
    }

    /** Deletes orphans, in several passes if there are many; returns false if a backup of the node is running. */
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
                // in this order: a writer publishes before it releases its lease
                if (watch.leases().isBackupRunning()) {
                    return false;
                }
                named.addPublishedMeanwhile(node);
                boolean[] interrupted = {false};
                List<StoredObject> orphans =
                        found.stream().filter(named::isOrphan).toList();
                deletion.deleteAll(orphans, tally, batch -> {
                    // others may have begun and published while this process was suspended
                    synchronized (named) {
                        if (interrupted[0] || watch.leases().isBackupRunning()) {
                            interrupted[0] = true;
                            return List.of();
                        }
                        named.addPublishedMeanwhile(node);
                        // last, since the process may have been suspended after any of those checks
                        watch.checkStanding();
                        return batch.stream().filter(named::isOrphan).toList();
                    }
                });
                if (interrupted[0]) {
                    return false;
                }
            }
            if (scan.orphans() <= scan.objects().size() || tally.locked > 0) {
                // locked objects would be found again in every pass
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
        PoolScan scan = scan(
                node,
                new NamedObjects(catalog, inventory, progress, request.everything(), leaving),
                now.minus(request.grace()));
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

    /** A full backup frees its whole size at once, a differential one almost nothing before orphans are deleted. */
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

    /** The result of deleting a backup. */
    private enum Removal {
        DONE,
        /** The store keeps its manifest, so the whole backup is kept. */
        LOCKED,
        PINNED
    }

    /**
     * Deletes in an order that never leaves a finished backup with something missing, nor an index entry without a backup: the manifest
     * before the data, and last what shows that the backup began.
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
        // until its manifest is deleted, it can be kept
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
        new Runs(bucket).of(node, name).ifPresent(index::add);
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

    /** If the latest marker names a deleted backup, makes it name the newest whole one that is left, or deletes it. */
    private void repairLatest(NodeName node, List<NodeBackup> left) {
        ObjectKey marker = layout.latest(node, "backup_name.txt");
        Optional<String> text = catalog.readText(marker).map(String::strip);
        if (text.isEmpty() || catalog.latestNodeBackup(node).isPresent()) {
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
