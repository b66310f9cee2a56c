package io.medusa.repository;

import io.medusa.error.MedusaException;
import io.medusa.model.BackupMetadata;
import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.ClusterBackup;
import io.medusa.model.ContentHash;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Rhythm;
import io.medusa.model.ServerVersion;
import io.medusa.model.TokenMap;
import io.medusa.model.WeeklyTimes;
import io.medusa.repository.RepositoryLayout.NodeAndName;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backups in a bucket, for reading. Knows the layout of docs/compatibility.md 4–8; nothing here changes a backup. What the bucket
 * holds is not trusted: keys and sizes of a manifest are checked before anybody sees them.
 */
public final class BackupCatalog {
    private static final Logger LOG = LoggerFactory.getLogger(BackupCatalog.class);

    private final Bucket bucket;
    private final ObjectStorage storage;
    private final RepositoryLayout layout;
    private final TransferPool lookups;
    private final IndexReader index;
    private final Inventory inventory;

    /** The caller closes the bucket's storage. */
    public BackupCatalog(Bucket bucket) {
        this.bucket = bucket;
        this.storage = bucket.storage();
        this.layout = bucket.layout();
        this.lookups = bucket.lookups();
        this.index = new IndexReader(bucket);
        this.inventory = new Inventory(bucket);
    }

    /** With one lookup at a time, by the clock of this host. */
    public BackupCatalog(ObjectStorage storage, RepositoryLayout layout) {
        this(new Bucket(storage, layout, Clock.systemUTC()));
    }

    /** The content of a node's backup, finished or not. */
    public StoredBackup stored(NodeBackup backup) {
        return new StoredBackup(bucket, backup);
    }

    /** A node's stored files, and who claims or deletes them. */
    public NodePool pool(NodeName node) {
        return new NodePool(bucket, node);
    }

    /**
     * Begins a backup, or resumes an unfinished one of that name. Takes the lease that protects what the backup may reuse and keeps
     * other writers from the node, and then the name.
     *
     * @throws MedusaException of kind BUSY if somebody else writes a backup of the node, or if the name is being deleted; of kind
     *     BACKUP_EXISTS if the backup is finished
     */
    public BackupSession begin(BackupTarget target, BackupMetadata metadata, WriterClaim writer) {
        return BackupSession.begin(bucket, target, metadata, writer);
    }

    /** Tells others what becomes of a backup that is about to begin; the caller closes it. */
    public RunTracker track(BackupTarget target) {
        return new RunTracker(bucket, target);
    }

    /** The latest run of each backup for which it is wanted, as far as known; also of backups that never began. */
    public Map<NodeAndName, Run> runs(Predicate<NodeAndName> wanted) {
        return new Runs(bucket).read(wanted);
    }

    /**
     * Refuses the name of a finished backup of the node; writes nothing.
     *
     * @throws MedusaException of kind BACKUP_EXISTS
     */
    public void refuseFinished(NodeName node, BackupName name) {
        NamesInUse.refuseFinished(bucket, node, name);
    }

    /**
     * The same before a backup of that name begins: if the run that finished it died before it wrote the index, the index is completed
     * first.
     *
     * @throws MedusaException of kind BACKUP_EXISTS
     */
    public void refuseFinishedAndComplete(NodeName node, BackupName name) {
        NamesInUse.refuseFinishedAndComplete(bucket, node, name);
    }

    /** The bucket that it reads. */
    public Bucket bucket() {
        return bucket;
    }

    /** The free space of the store, where it can tell. */
    public OptionalLong freeSpace() {
        return storage.freeSpace();
    }

    /** The snapshot that a backup, finished or not, was made of, where that is recorded. */
    public Optional<BackupSnapshot> snapshot(NodeName node, BackupName name) {
        return readText(layout.meta(node, name, RepositoryLayout.SNAPSHOT)).flatMap(SnapshotJson::read);
    }

    Optional<String> readText(ObjectKey key) {
        return bucket.readText(key);
    }

    TransferPool lookups() {
        return lookups;
    }

    /** What the keys mean. */
    public RepositoryLayout layout() {
        return layout;
    }

    /** The bucket's location, for messages. */
    public String describe() {
        return storage.describe();
    }

    /**
     * Keeps finished backups, such as those of all nodes, from being deleted until the lease is closed.
     *
     * @throws MedusaException of kind BACKUP_UNKNOWN if one is being deleted
     */
    public ReadLease readLease(List<NodeBackup> backups) {
        return ReadLease.take(bucket, backups);
    }

    /** Whether there is an index at all. */
    public boolean indexExists() {
        return bucket.hasAny(layout.wholeIndexPrefix());
    }

    /** All node backups that the index knows, by start. */
    public List<NodeBackup> nodeBackups() {
        return index.nodeBackups(Optional.empty());
    }

    /** All entries of the index by start, also those of backups that are gone from the bucket. */
    public List<NodeBackup> indexEntries() {
        return index.entries();
    }

    /** All cluster backups that the index knows, by start. */
    public List<ClusterBackup> clusterBackups() {
        IndexReader.Contents contents = index.read(Optional.empty());
        List<List<NodeBackup>> groups =
                List.copyOf(IndexReader.byName(contents.byStart()).values());
        Function<NodeBackup, Readable<TokenMap>> tokenMaps = tokenMaps(contents);
        List<ClusterBackup> backups = new ArrayList<>(
                lookups.mapAll("Reading", groups, group -> 0, group -> clusterBackup(group, tokenMaps)));
        backups.sort(Comparator.comparing(ClusterBackup::started));
        return backups;
    }

    /** Rings seldom change: of equal copies one is read. */
    private Function<NodeBackup, Readable<TokenMap>> tokenMaps(IndexReader.Contents contents) {
        Map<ContentHash, Readable<TokenMap>> known = new ConcurrentHashMap<>();
        return backup -> {
            ContentHash hash = contents.tokenMaps().get(new NodeAndName(backup.node(), backup.name()));
            return hash == null
                    ? indexedTokenMap(backup)
                    : known.computeIfAbsent(hash, absent -> indexedTokenMap(backup));
        };
    }

    /**
     * The cluster backup that was started last, and the whole one that was completed last; reads no more token maps than it
     * takes to know.
     */
    public Newest newestClusterBackups() {
        IndexReader.Contents contents = index.read(Optional.empty());
        List<List<NodeBackup>> groups =
                List.copyOf(IndexReader.byName(contents.byStart()).values());
        Function<NodeBackup, Readable<TokenMap>> tokenMaps = tokenMaps(contents);
        Optional<ClusterBackup> latest = groups.stream()
                .reduce((a, b) -> b.get(0).started().isBefore(a.get(0).started()) ? a : b)
                .map(group -> clusterBackup(group, tokenMaps));
        List<List<NodeBackup>> byEnd = groups.stream()
                .filter(group -> lastEnd(group).isPresent())
                .sorted(Comparator.comparing(
                        (List<NodeBackup> group) -> lastEnd(group).orElseThrow()))
                .toList();
        return new Newest(latest, newestComplete(byEnd, tokenMaps), Rhythm.of(groups));
    }

    /** Those that no later one replaces: contains, for any set of datacenters, the newest backup that all their nodes have. */
    private List<ClusterBackup> newestComplete(
            List<List<NodeBackup>> byEnd, Function<NodeBackup, Readable<TokenMap>> tokenMaps) {
        List<ClusterBackup> newest = new ArrayList<>();
        for (int i = byEnd.size() - 1; i >= 0; i--) {
            List<NodeBackup> group = byEnd.get(i);
            // it cannot have been completed later than its last node ended; who has only nodes of theirs needs no look
            // at its ring
            Instant end = lastEnd(group).orElseThrow();
            Set<NodeName> nodes = group.stream().map(NodeBackup::node).collect(Collectors.toSet());
            if (newest.stream()
                    .anyMatch(later ->
                            isAfter(later, end) && later.tokenMap().names().containsAll(nodes))) {
                continue;
            }
            ClusterBackup backup = clusterBackup(group, tokenMaps);
            if (backup.scope().isAll()
                    && backup.isComplete()
                    && newest.stream().noneMatch(later -> standsFor(later, backup))) {
                newest.removeIf(earlier -> standsFor(backup, earlier));
                newest.add(backup);
            }
        }
        newest.sort(
                Comparator.comparing((ClusterBackup backup) -> backup.finished().orElseThrow())
                        .reversed());
        return newest;
    }

    private static boolean isAfter(ClusterBackup later, Instant end) {
        return later.finished().filter(finished -> !finished.isBefore(end)).isPresent();
    }

    private static boolean standsFor(ClusterBackup later, ClusterBackup earlier) {
        return isAfter(later, earlier.finished().orElseThrow())
                && later.tokenMap().datacenters().containsAll(earlier.tokenMap().datacenters());
    }

    /**
     * The newest cluster backups.
     *
     * @param latest the one that was started last
     * @param needed whole backups that are complete, the one that was completed last first: for every set of datacenters that are
     *     backed up together the newest, unless a newer one has more
     * @param rhythm the schedule that the backups show
     */
    public record Newest(Optional<ClusterBackup> latest, List<ClusterBackup> needed, Optional<Rhythm> rhythm) {
        /**
         * When the next backup should be complete at the latest; empty without a complete one.
         *
         * @param configured the schedule, if it is configured
         */
        public Optional<Instant> due(Optional<WeeklyTimes> configured) {
            return complete().map(last -> Rhythm.due(last, configured, rhythm));
        }

        /**
         * The whole one that was completed last; one that is known to leave out datacenters of its cluster only if there is no
         * other.
         */
        public Optional<ClusterBackup> complete() {
            return needed.stream()
                    .filter(backup -> backup.otherDatacenters().isEmpty())
                    .findFirst()
                    .or(() -> needed.stream().findFirst());
        }
    }

    private static Optional<Instant> lastEnd(List<NodeBackup> group) {
        return group.stream().flatMap(backup -> backup.finished().stream()).max(Comparator.naturalOrder());
    }

    /** The cluster backup of that name, from its own part of the index only. */
    public Optional<ClusterBackup> findClusterBackup(BackupName name) {
        List<NodeBackup> nodes =
                lookups.mapAll("Reading", index.nodeBackups(Optional.of(name)), node -> 0, inventory::withOwnMode);
        return nodes.isEmpty() ? Optional.empty() : Optional.of(clusterBackup(nodes));
    }

    /** @param byStart all backups of one name */
    private ClusterBackup clusterBackup(List<NodeBackup> byStart) {
        return clusterBackup(byStart, this::indexedTokenMap);
    }

    private Readable<TokenMap> indexedTokenMap(NodeBackup backup) {
        return StoredBackup.tokenMap(
                bucket, layout.index(backup.name(), RepositoryLayout.IndexKind.TOKENMAP, backup.node()));
    }

    /** The joined rings of all datacenters in the backup; if one cannot be read, the backup counts as incomplete. */
    private ClusterBackup clusterBackup(List<NodeBackup> byStart, Function<NodeBackup, Readable<TokenMap>> tokenMaps) {
        NodeBackup first = byStart.get(0);
        TokenMap ring = readableTokenMap(first, tokenMaps);
        boolean readable = !ring.nodes().isEmpty();
        for (NodeBackup backup : byStart) {
            // a node of another datacenter, or one that goes by another name in the ring
            if (readable && !ring.names().contains(backup.node())) {
                TokenMap other = readableTokenMap(backup, tokenMaps);
                readable = !other.nodes().isEmpty();
                ring = ring.joined(other);
            }
        }
        return new ClusterBackup(first.name(), byStart, readable ? ring : new TokenMap(Map.of()));
    }

    /** From the index, otherwise the backup's own; empty if neither can be read, so that the backup counts as incomplete. */
    private TokenMap readableTokenMap(NodeBackup backup, Function<NodeBackup, Readable<TokenMap>> tokenMaps) {
        return tokenMaps
                .apply(backup)
                .orElse(unreadable -> stored(backup).tokenMap().orElse(damaged -> {
                    LOG.warn("{}", damaged.reason());
                    return new TokenMap(Map.of());
                }));
    }

    /** The node's backup of that name as its own meta objects tell it, without the index. */
    public Optional<NodeBackup> findNodeBackup(NodeName node, BackupName name) {
        return inventory.find(node, name);
    }

    /** The backup that the node's latest marker names, if it exists (docs/compatibility.md 7.9). */
    public Optional<NodeBackup> latestNodeBackup(NodeName node) {
        return readText(layout.latest(node, "backup_name.txt"))
                .map(String::strip)
                .filter(io.medusa.model.Segments::isSafe)
                .flatMap(name -> findNodeBackup(node, new BackupName(name)));
    }

    /** The finished backups of the node, the newest first; their mode is that of their own marker, not of the index. */
    public List<NodeBackup> finishedBackups(NodeName node) {
        return index.finishedBackups(node);
    }

    /** The same with the modes that the backups' own markers say. */
    public ClusterBackup withOwnModes(ClusterBackup backup) {
        return new ClusterBackup(
                backup.name(),
                backup.nodeBackups().stream().map(inventory::withOwnMode).toList(),
                backup.tokenMap());
    }

    /**
     * Stats of a node backup, and the Cassandra that wrote its data.
     *
     * @param stats empty while the backup is unfinished
     * @param fresh how many bytes were stored for it; empty if that was not recorded
     */
    public record Summary(BackupStats stats, ServerVersion version, OptionalLong fresh) {}

    /**
     * Stats of these backups, in their order; from the index where it has them, otherwise from manifests, several at once.
     *
     * @param name if all backups have the same name: only its part of the index is read
     */
    public List<Summary> summaries(List<NodeBackup> backups, Optional<BackupName> name) {
        StatsIndex.Contents indexed = new StatsIndex(storage, layout).read(name, lookups);
        return lookups.mapAll("Reading", backups, backup -> 0, backup -> {
            NodeAndName key = new NodeAndName(backup.node(), backup.name());
            long ended = backup.finished().map(Instant::getEpochSecond).orElse(-1L);
            StatsIndex.Fresh recorded = indexed.fresh().get(key);
            OptionalLong fresh = recorded != null && recorded.ended() == ended
                    ? OptionalLong.of(recorded.bytes())
                    : OptionalLong.empty();
            StatsIndex.Summary known = indexed.summaries().get(key);
            if (known != null && ended == known.ended()) {
                return new Summary(known.stats(), known.version(), fresh);
            }
            return summary(stored(backup), backup.isFinished(), fresh);
        });
    }

    private static Summary summary(StoredBackup backup, boolean finished, OptionalLong fresh) {
        BackupStats stats = finished
                ? backup.stats().orElse(damaged -> {
                    LOG.error("{}", damaged.reason());
                    return BackupStats.NONE;
                })
                : BackupStats.NONE;
        return new Summary(stats, backup.serverVersion(), fresh);
    }

    /** The content of a data object; the caller closes it. Nothing if it is missing. */
    public Optional<InputStream> openData(ObjectKey key) {
        return storage.open(key);
    }

    /** A piece of a data object; the caller closes it. Nothing if it is missing. */
    public Optional<InputStream> openData(ObjectKey key, long offset, long length) {
        return storage.open(key, offset, length);
    }

    /** How the store hashes objects. */
    public HashRule hashRule() {
        return storage.hashRule();
    }

    /** Whether the store's tag of an object says nothing about its bytes. */
    public boolean isTagOpaque(ObjectKey key) {
        return storage.stat(key)
                .flatMap(StoredObject::knownHash)
                .filter(hash -> hash.form() == ContentHash.Form.OPAQUE)
                .isPresent();
    }
}
