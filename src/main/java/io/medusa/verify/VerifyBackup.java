package io.medusa.verify;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupFile;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.Component;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.SSTableName;
import io.medusa.model.SystemKeyspaces;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Fingerprints;
import io.medusa.repository.Readable;
import io.medusa.repository.StoredBackup;
import io.medusa.repository.UnknownBackup;
import io.medusa.storage.ObjectKey;
import io.medusa.transfer.TransferPool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares backups with the objects in the store (docs/compatibility.md 17.3). Writes nothing. Each prefix is listed once, however many
 * backups there are, and manifests are streamed: memory grows with the number of listed objects, by about 30 bytes each.
 */
public final class VerifyBackup {
    private static final Logger LOG = LoggerFactory.getLogger(VerifyBackup.class);

    private final BackupCatalog catalog;
    private final TransferPool transfers;

    /** The caller closes all of them. */
    public VerifyBackup(BackupCatalog catalog, TransferPool transfers) {
        this.catalog = catalog;
        this.transfers = transfers;
    }

    /**
     * What to compare.
     *
     * @param name of one backup; empty for all
     * @param percent of the objects that are read at {@link Level#SAMPLE}
     * @param checkpoint where to record what has been read, so that an interrupted run can be resumed
     */
    public record Request(Optional<BackupName> name, Level level, int percent, Optional<Path> checkpoint) {
        /** The same for one backup, or for all if empty. */
        public Request of(Optional<BackupName> only) {
            return new Request(only, level, percent, checkpoint);
        }

        /** The same at another level. */
        public Request at(Level other) {
            return new Request(name, other, percent, checkpoint);
        }

        /** The same with another share of the objects for {@link Level#SAMPLE}. */
        public Request sampling(int share) {
            return new Request(name, level, share, checkpoint);
        }

        /** The same with a record of its progress in that file. */
        public Request recordedIn(Optional<Path> file) {
            return new Request(name, level, percent, file);
        }
    }

    /**
     * The result for one backup.
     *
     * @param findings empty if there are no problems, or if the backup is incomplete and nothing was compared
     * @param damaged objects that match the manifest, but whose files were already damaged on the node
     */
    public record Result(
            ClusterBackup backup, List<Finding> findings, List<ManifestEntry> damaged, int objects, long bytes) {
        /** Whether the whole ring has finished. */
        public boolean isComplete() {
            return backup.isComplete();
        }

        /** Whether it can be restored, according to this comparison. */
        public boolean isGood() {
            return isComplete() && findings.isEmpty();
        }
    }

    /**
     * The result for all backups.
     *
     * @param read objects whose bytes were read and compared
     * @param orphans objects in the pools that none of the backups names; known only if all were compared
     * @param sharing for each damaged key, the names of all backups of the node that use it
     */
    public record Report(
            List<Result> results, long read, long bytesRead, Orphans orphans, Map<String, Set<BackupName>> sharing) {}

    /** Data objects that belong to no backup. */
    public record Orphans(long objects, long bytes) {}

    /** One backup under comparison. */
    private static final class Running {
        private ClusterBackup backup;
        private final List<Finding> findings = new ArrayList<>();
        private final List<ManifestEntry> damaged = new ArrayList<>();
        private int objects;
        private long bytes;
        private boolean deleted;

        Running(ClusterBackup backup) {
            this.backup = backup;
        }

        void count(ManifestEntry entry) {
            objects++;
            bytes += entry.size();
            if (entry.damage() != null) {
                damaged.add(entry);
            }
        }

        Result result() {
            findings.sort(Finding.ORDER);
            return new Result(backup, List.copyOf(findings), List.copyOf(damaged), objects, bytes);
        }
    }

    /**
     * Compares.
     *
     * @throws MedusaException of kind BACKUP_UNKNOWN if there is no backup of that name
     */
    public Report run(Request request) {
        List<Running> running = new ArrayList<>();
        backups(request).forEach(backup -> running.add(new Running(backup)));
        ContentCheck content = new ContentCheck(
                catalog,
                transfers,
                request.level(),
                request.percent(),
                request.checkpoint().map(file -> new Checkpoint(file, subject(request))));
        Map<NodeName, Map<NodeBackup, Running>> byNode = new TreeMap<>();
        for (Running backup : running) {
            // an incomplete backup is not verified alone, but among all backups its objects are not orphans
            if (backup.backup.isComplete() || request.name().isEmpty()) {
                backup.backup.nodeBackups().stream()
                        .filter(NodeBackup::isFinished)
                        .forEach(node -> byNode.computeIfAbsent(node.node(), absent -> new HashMap<>())
                                .put(node, backup));
            }
        }
        long[] orphans = new long[2];
        byNode.values().forEach(backups -> {
            Optional<ListedObjects> pool = verifyNode(backups, content);
            if (request.name().isEmpty() && pool.isPresent()) {
                countOrphans(backups.keySet().iterator().next().node(), pool.get(), orphans);
            }
        });
        content.finish();
        running.forEach(this::leaveOutDeleted);
        running.removeIf(backup -> backup.deleted);
        if (running.isEmpty() && request.name().isPresent()) {
            throw UnknownBackup.inCluster(catalog, request.name().get());
        }
        List<Result> results = running.stream().map(Running::result).toList();
        return new Report(
                results, content.objects(), content.bytes(), new Orphans(orphans[0], orphans[1]), sharing(results));
    }

    /** Drops findings of backups that were deleted during the comparison, which is not damage; their index entries are deleted first. */
    private void leaveOutDeleted(Running running) {
        if (running.findings.isEmpty()) {
            return;
        }
        Set<NodeName> left = running.backup.nodeBackups().stream()
                .filter(backup -> backup.isFinished() && !catalog.stored(backup).isGone())
                .map(NodeBackup::node)
                .collect(Collectors.toSet());
        if (running.findings.removeIf(finding -> !left.contains(finding.node()))) {
            LOG.warn("Backup {} was deleted while it was verified", running.backup.name());
            catalog.findClusterBackup(running.backup.name()).ifPresent(backup -> running.backup = backup);
        }
        running.deleted = left.isEmpty();
    }

    private String subject(Request request) {
        return catalog.describe() + "/" + catalog.layout().prefix() + "/" + request.level() + "/"
                + request.name().map(BackupName::value).orElse("");
    }

    private List<ClusterBackup> backups(Request request) {
        if (request.name().isEmpty()) {
            List<ClusterBackup> all =
                    catalog.clusterBackups().stream().map(catalog::withOwnModes).toList();
            if (all.isEmpty()) {
                throw new MedusaException(
                        FailureKind.BACKUP_UNKNOWN,
                        "the index of " + catalog.describe()
                                + " has no backups. If it should, check bucket_name and prefix, or rebuild the index"
                                + " with medusa build-index");
            }
            return all;
        }
        BackupName name = request.name().get();
        return List.of(catalog.findClusterBackup(name).orElseThrow(() -> UnknownBackup.inCluster(catalog, name)));
    }

    /** Verifies the pool with all its backups, then each full backup; returns the objects of the pool. */
    private Optional<ListedObjects> verifyNode(Map<NodeBackup, Running> backups, ContentCheck content) {
        Map<String, List<NodeBackup>> byPlace = new TreeMap<>();
        backups.keySet().stream()
                .sorted(java.util.Comparator.comparing(NodeBackup::started).thenComparing(NodeBackup::name))
                .forEach(backup -> byPlace.computeIfAbsent(
                                catalog.stored(backup).dataPrefix(), absent -> new ArrayList<>())
                        .add(backup));
        Optional<ListedObjects> pool = Optional.empty();
        for (List<NodeBackup> there : byPlace.values()) {
            ListedObjects listed = new ListedObjects();
            catalog.stored(there.get(0)).listData(listed::add);
            for (NodeBackup backup : there) {
                verify(backup, listed, running(backups, backup), content);
            }
            content.drain();
            NodeBackup first = there.get(0);
            if (first.mode() == BackupMode.DIFFERENTIAL) {
                pool = Optional.of(listed);
            } else if (listed.hasUnnamed()) {
                reportStrays(first, listed, running(backups, first));
            }
        }
        return pool;
    }

    private static Running running(Map<NodeBackup, Running> backups, NodeBackup backup) {
        Running running = backups.get(backup);
        if (running == null) {
            throw new IllegalStateException("not among the backups: " + backup);
        }
        return running;
    }

    private void verify(NodeBackup backup, ListedObjects listed, Running running, ContentCheck content) {
        SSTableCheck sstables = new SSTableCheck();
        StoredBackup stored = catalog.stored(backup);
        int before = running.objects;
        boolean[] hasUserTables = {false};
        Optional<Readable.Damaged<Boolean>> damage = stored.read(entries -> {
                    Fingerprints places = new Fingerprints();
                    entries.forEach((table, entry) -> {
                        stored.checkEntry(table, entry, places);
                        hasUserTables[0] |= !SystemKeyspaces.isSystem(table.keyspace());
                        BackupFile file = stored.dataFile(table, entry).of(entry);
                        if (!SSTableName.isComponent(file.relativePath())) {
                            running.findings.add(new Finding(backup, entry.key(), Finding.Kind.NOT_A_COMPONENT));
                        }
                        running.count(entry);
                        boolean bySSTable = content.level() == Level.SSTABLE;
                        if (bySSTable) {
                            sstables.add(file);
                        }
                        // data waits until its digest is known
                        if (!bySSTable || file.component() != Component.DATA) {
                            compare(backup, entry, null, listed, running, content);
                        }
                    });
                    return true;
                })
                .damage();
        checkMetadata(backup, stored, hasUserTables[0], running);
        if (damage.isPresent()) {
            LOG.error("{}", damage.get().reason());
            running.findings.add(new Finding(backup, damage.get().key().value(), Finding.Kind.UNREADABLE));
            return;
        }
        if (running.objects == before
                && !stored.schema().statements().isEmpty()
                && stored.manifest().orThrow().sections().isEmpty()) {
            // both programs name every table of a snapshot, also those without data
            running.findings.add(new Finding(backup, stored.manifestKey().value(), Finding.Kind.EMPTY));
        }
        stored.contradictsIndex().ifPresent(why -> {
            LOG.error("{}", why);
            running.findings.add(new Finding(backup, stored.manifestKey().value(), Finding.Kind.CONTRADICTED));
        });
        if (content.level() == Level.SSTABLE) {
            sstables.forEachData((data, digest) -> compare(backup, data, digest, listed, running, content));
            sstables.incomplete(catalog)
                    .forEach(key -> running.findings.add(new Finding(backup, key, Finding.Kind.INCOMPLETE_SSTABLE)));
        }
    }

    private static void checkMetadata(NodeBackup backup, StoredBackup stored, boolean hasUserTables, Running running) {
        List<ObjectKey> missing = stored.missingMeta();
        missing.forEach(key -> running.findings.add(new Finding(backup, key.value(), Finding.Kind.MISSING)));
        stored.unreadableMeta(hasUserTables).stream()
                .filter(damage -> !missing.contains(damage.key()))
                .forEach(damage -> {
                    LOG.error("{}", damage.reason());
                    running.findings.add(new Finding(backup, damage.key().value(), Finding.Kind.METADATA_UNREADABLE));
                });
    }

    /** Compares with the listing, and queues the content for reading if the level requires it. */
    private static void compare(
            NodeBackup backup,
            ManifestEntry entry,
            @Nullable ObjectKey digest,
            ListedObjects listed,
            Running running,
            ContentCheck content) {
        Optional<ListedObjects.Listed> there = listed.find(entry.key());
        if (there.isEmpty()) {
            running.findings.add(new Finding(backup, entry.key(), Finding.Kind.MISSING));
            return;
        }
        ListedObjects.Listed object = there.get();
        if (object.size() != entry.size()
                || entry.listedHash().filter(object::contradicts).isPresent()) {
            content.report(backup, entry, running.findings);
        } else {
            content.read(backup, entry, object, digest, running.findings);
        }
    }

    /** Reports objects in a full backup's directory that its manifest does not name, if that can be read. */
    private void reportStrays(NodeBackup backup, ListedObjects listed, Running running) {
        if (running.findings.stream()
                .anyMatch(finding -> finding.backup().equals(backup) && finding.kind() == Finding.Kind.UNREADABLE)) {
            return;
        }
        catalog.stored(backup).listData(object -> {
            String key = object.key().value();
            boolean rewritable = SSTableName.parse(object.key().fileName())
                    .filter(name -> name.component() == Component.STATISTICS)
                    .isPresent();
            if (!listed.isNamed(key) && !rewritable) {
                running.findings.add(new Finding(backup, key, Finding.Kind.NOT_IN_MANIFEST));
            }
        });
    }

    private void countOrphans(NodeName node, ListedObjects listed, long[] sums) {
        if (!listed.hasUnnamed()) {
            return;
        }
        catalog.pool(node).listAll(object -> {
            if (!listed.isNamed(object.key().value())) {
                sums[0]++;
                sums[1] += object.size();
            }
        });
    }

    /** The backups that use damaged objects; rereads the manifests of affected nodes, only if there is damage. */
    private Map<String, Set<BackupName>> sharing(List<Result> results) {
        Map<NodeName, Set<String>> damaged = new TreeMap<>();
        results.forEach(result -> result.findings()
                .forEach(finding -> damaged.computeIfAbsent(finding.node(), absent -> new HashSet<>())
                        .add(finding.key())));
        Map<String, Set<BackupName>> sharing = new TreeMap<>();
        damaged.forEach((node, keys) -> {
            for (NodeBackup backup : catalog.finishedBackups(node)) {
                catalog.stored(backup)
                        .read(entries -> {
                            entries.forEach((table, entry) -> {
                                if (keys.contains(entry.key())) {
                                    sharing.computeIfAbsent(entry.key(), absent -> new TreeSet<>())
                                            .add(backup.name());
                                }
                            });
                            return true;
                        })
                        .damage()
                        .ifPresent(damage -> LOG.debug("{}", damage.reason()));
            }
        });
        return sharing;
    }
}
