package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.PendingDeletions.Announced;
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
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes backups of a node, and the data objects that no backup names any more. The only one that deletes what finished
 * backups have written.
 *
 * <p>Safe beside everything else: what is to go is announced first ({@link PendingDeletions}); then leases are looked for, and then
 * manifests that were published meanwhile. A backup that began before the announcement is seen by one of the two, one that
 * begins later keeps off what is announced.
 */
public final class Collector {
    private static final Logger LOG = LoggerFactory.getLogger(Collector.class);
    /** As many as one request of S3 takes. */
    private static final int BATCH = 1000;

    private final ObjectStorage storage;
    private final BackupCatalog catalog;
    private final RepositoryLayout layout;
    private final Inventory inventory;
    private final IndexBuilder indexBuilder;
    private final TransferPool transfers;
    private final Clock clock;
    private final int atOnce;

    /** All of them stay the caller's to close. */
    public Collector(ObjectStorage storage, BackupCatalog catalog, TransferPool transfers, Clock clock) {
        this(storage, catalog, transfers, clock, BATCH);
    }

    /** @param atOnce so many objects are deleted between two looks at who else is at work */
    public Collector(ObjectStorage storage, BackupCatalog catalog, TransferPool transfers, Clock clock, int atOnce) {
        this.atOnce = atOnce;
        this.storage = storage;
        this.catalog = catalog;
        this.layout = catalog.layout();
        this.inventory = new Inventory(storage, catalog);
        this.indexBuilder = new IndexBuilder(storage, catalog);
        this.transfers = transfers;
        this.clock = clock;
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

    /** How much of what has gone. */
    private static final class Tally {
        private long objects;
        private long bytes;
        private long locked;

        void add(StoredObject object) {
            objects++;
            bytes += object.size();
        }

        void add(Tally other) {
            objects += other.objects;
            bytes += other.bytes;
            locked += other.locked;
        }
    }

    /** What time it is by the store's clock; writes a mark among the node's leases to find out, and removes it. */
    public Instant storeTime(NodeName node) {
        ObjectKey mark = layout.lease(node, UUID.randomUUID() + "-clock");
        try {
            return mark(mark, node);
        } finally {
            removeMark(mark);
        }
    }

    /** Of no backup, and only reading: everybody passes over it, earlier versions, too. */
    private Instant mark(ObjectKey key, NodeName node) {
        return storage.put(key, ObjectSource.OfBytes.utf8(SmallJson.write(json -> {
                    json.writeStringField("node", node.value());
                    json.writeStringField(Leases.PURPOSE, Leases.READING);
                })))
                .modified();
    }

    private void removeMark(ObjectKey key) {
        try {
            storage.deleteAll(List.of(key));
        } catch (MedusaException failed) {
            LOG.warn("{} could not be removed and will be forgotten: {}", key, failed.getMessage());
        }
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
        Tally tally = new Tally();
        try (Watch watch = new Watch(node, names(request.leaving()), List.of())) {
            Leases leases = watch.leases();
            List<NodeBackup> inUse = request.leaving().stream()
                    .filter(backup -> leases.backups().contains(backup.name()) || hasBeenFinished(backup))
                    .toList();
            List<NodeBackup> leaving = without(request.leaving(), inUse);
            Named named = new Named(request.all(), leaving);
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
            PendingDeletions.forgetOld(storage, layout, node, watch.at());
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

    /**
     * An announcement, and the look around before each deletion on the strength of it: the process may have slept for days since the
     * last one. It is also a mark among the node's leases, which tells the store's time each time it is written.
     */
    private final class Watch implements AutoCloseable {
        private final NodeName node;
        private final Announced announced;
        private final ObjectKey mark;
        private final Pins pins = new Pins(storage, layout, clock);

        Watch(NodeName node, Set<BackupName> backups, List<ObjectKey> objects) {
            this.node = node;
            this.announced = PendingDeletions.announce(storage, layout, clock, node, backups, objects);
            this.mark = layout.lease(node, announced.key().fileName().replace(".json", "-purge"));
        }

        /** When the announcement was made, by the store's clock. */
        Instant at() {
            return announced.at();
        }

        /** @throws MedusaException of kind TIMEOUT if others may have forgotten the announcement */
        synchronized Instant checkStanding() {
            Instant now = mark(mark, node);
            if (announced.isOverdue(now)) {
                throw new MedusaException(
                        FailureKind.TIMEOUT,
                        "the purge took longer than " + PendingDeletions.ACT_WITHIN.toHours()
                                + " hours, or stood still for as long (was the machine suspended?), and stopped; run it again,"
                                + " it goes on from here");
            }
            return now;
        }

        /** The leases that hold now. */
        Leases leases() {
            return Leases.live(storage, layout, node, checkStanding());
        }

        /** Whether somebody has pinned it by now. */
        boolean isPinned(NodeBackup backup) {
            return pins.names().contains(backup.name());
        }

        @Override
        public void close() {
            removeMark(announced.key());
            removeMark(mark);
        }
    }

    /** The command that lets one node's backup go. */
    public static String deletionOf(NodeBackup backup) {
        return "medusa --fqdn " + backup.node() + " delete-backup --backup-name " + backup.name();
    }

    /** Whether somebody took it up and finished it since it was looked at. */
    private boolean hasBeenFinished(NodeBackup backup) {
        return !backup.isFinished()
                && catalog.findNodeBackup(backup.node(), backup.name())
                        .filter(NodeBackup::isFinished)
                        .isPresent();
    }

    /** Deletes what was found, and looks again if there was more than fits; false if a backup of the node is running. */
    private boolean collectPool(NodeName node, Named named, PoolScan first, Instant oldest, Tally tally) {
        PoolScan scan = first;
        while (scan.orphans() > 0) {
            List<StoredObject> found = scan.objects();
            try (Watch watch = new Watch(
                    node, Set.of(), found.stream().map(StoredObject::key).toList())) {
                // in this order: who has given back his lease has published before
                if (watch.leases().isBackupRunning()) {
                    return false;
                }
                named.addPublishedMeanwhile(node);
                boolean[] interrupted = {false};
                List<StoredObject> orphans =
                        found.stream().filter(named::isOrphan).toList();
                deleteAll(orphans, tally, batch -> {
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

    /** Which data objects the backups that stay need. */
    private final class Named {
        private final Fingerprints keys = new Fingerprints();
        private final Set<BackupName> known = new HashSet<>();

        Named(List<NodeBackup> all, List<NodeBackup> leaving) {
            known.addAll(names(leaving));
            without(all, leaving).forEach(this::add);
        }

        private void add(NodeBackup backup) {
            if (!backup.isFinished()) {
                return;
            }
            known.add(backup.name());
            StoredBackup stored = catalog.stored(backup);
            Readable<Boolean> readable = stored.read(entries -> {
                Fingerprints places = new Fingerprints();
                entries.forEach((table, entry) -> {
                    stored.checkEntry(table, entry, places);
                    keys.add(entry.key());
                });
                checkRestorable(backup, stored);
                return true;
            });
            // without its manifest it has been deleted since it was looked at, and needs nothing any more
            if (readable instanceof Readable.Damaged<Boolean> damaged
                    && storage.stat(stored.manifestKey()).isPresent()) {
                throw new MedusaException(
                        FailureKind.BACKUP_DAMAGED,
                        damaged.reason() + "; nothing was deleted of node " + backup.node()
                                + "; put back what is good (the index has a copy of each meta file), or let this backup"
                                + " go first: " + deletionOf(backup),
                        damaged.failure());
            }
        }

        /** What could not be restored must not be what others are deleted for. */
        private void checkRestorable(NodeBackup backup, StoredBackup stored) {
            stored.tokenMap().orThrow();
            ObjectKey schema = layout.meta(backup.node(), backup.name(), RepositoryLayout.SCHEMA);
            if (storage.stat(schema).isEmpty()) {
                throw new MedusaException(
                        FailureKind.BACKUP_DAMAGED,
                        "the backup's " + RepositoryLayout.SCHEMA + " is missing (" + schema + ")");
            }
            stored.contradictsIndex().ifPresent(why -> {
                throw new MedusaException(FailureKind.BACKUP_DAMAGED, why);
            });
        }

        /** Whatever was published since the backups were looked at counts, too. */
        void addPublishedMeanwhile(NodeName node) {
            inventory.backupsBeside(node, known).forEach(this::add);
        }

        boolean isOrphan(StoredObject object) {
            return !keys.contains(object.key().value());
        }
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

    private PoolScan scan(NodeName node, Named named, Instant oldest) {
        return PoolScan.of(catalog, node, named::isOrphan, oldest);
    }

    private Outcome forecast(Request request) {
        NodeName node = request.node();
        Instant now = clock.instant();
        Leases leases = Leases.live(storage, layout, node, now);
        List<NodeBackup> inUse = request.leaving().stream()
                .filter(backup -> leases.backups().contains(backup.name()))
                .toList();
        List<NodeBackup> leaving = without(request.leaving(), inUse);
        PoolScan scan = scan(node, new Named(request.all(), leaving), now.minus(request.grace()));
        Tally tally = new Tally();
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
    private Removal remove(NodeBackup backup, Tally tally, Watch watch) {
        watch.checkStanding();
        if (watch.isPinned(backup)) {
            return Removal.PINNED;
        }
        Guard standing = batch -> {
            watch.checkStanding();
            return batch;
        };
        List<StoredObject> own = ownObjects(backup);
        ObjectKey manifest = layout.meta(backup.node(), backup.name(), RepositoryLayout.MANIFEST);
        ObjectKey schema = layout.meta(backup.node(), backup.name(), RepositoryLayout.SCHEMA);
        List<StoredObject> index = index(backup.node(), backup.name());
        Tally shown = new Tally();
        deleteAll(index.stream().filter(this::showsAsFinished).toList(), shown, standing);
        // its manifest is what makes it one: until that has gone it can stay
        if (backup.isFinished() && watch.isPinned(backup)) {
            indexBuilder.putBack(backup);
            return Removal.PINNED;
        }
        if (!deleteAll(only(own, manifest), shown, standing)) {
            indexBuilder.putBack(backup);
            tally.locked += own.size();
            return Removal.LOCKED;
        }
        tally.add(shown);
        deleteAll(
                own.stream()
                        .filter(object ->
                                !object.key().equals(manifest) && !object.key().equals(schema))
                        .toList(),
                tally,
                standing);
        deleteAll(index.stream().filter(object -> !showsAsFinished(object)).toList(), tally, standing);
        deleteAll(only(own, schema), tally, standing);
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

    /** Looks around right before a batch is deleted. */
    private interface Guard {
        /** The objects of the batch that may still go. */
        List<StoredObject> check(List<StoredObject> batch);
    }

    /** Whether all of them are gone, instead of kept by the store. */
    private boolean deleteAll(List<StoredObject> objects, Tally tally, Guard guard) {
        List<List<StoredObject>> batches = new ArrayList<>();
        for (int i = 0; i < objects.size(); i += atOnce) {
            batches.add(objects.subList(i, Math.min(objects.size(), i + atOnce)));
        }
        List<Batch> done = transfers.mapAll(
                "Deleting",
                batches,
                batch -> batch.stream().mapToLong(StoredObject::size).sum(),
                batch -> {
                    List<StoredObject> going = guard.check(batch);
                    return new Batch(
                            going,
                            Set.copyOf(storage.deleteAll(
                                    going.stream().map(StoredObject::key).toList())));
                });
        long kept = 0;
        for (Batch batch : done) {
            batch.objects().stream()
                    .filter(object -> !batch.kept().contains(object.key()))
                    .forEach(tally::add);
            kept += batch.kept().size();
        }
        tally.locked += kept;
        return kept == 0;
    }

    /** What was deleted at once, and what of it the store has to keep. */
    private record Batch(List<StoredObject> objects, Set<ObjectKey> kept) {}

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
