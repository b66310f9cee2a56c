package io.medusa.repository;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.ClusterBackup;
import io.medusa.model.ContentHash;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import io.medusa.model.TokenMap;
import io.medusa.repository.RepositoryLayout.NodeAndName;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backups in a bucket, for reading. Knows the layout of docs/compatibility.md 4–8; nothing here changes a backup. What the bucket
 * holds is not trusted: keys and sizes of a manifest are checked before anybody sees them.
 */
public final class BackupRepository {
    private static final Logger LOG = LoggerFactory.getLogger(BackupRepository.class);

    private final ObjectStorage storage;
    private final RepositoryLayout layout;
    private final IndexReader index;
    private final TransferPool lookups;

    /** One lookup at a time. The storage stays the caller's to close. */
    public BackupRepository(ObjectStorage storage, RepositoryLayout layout) {
        this(storage, layout, new TransferPool(1, false, Progress.NONE));
    }

    /** @param lookups does small requests, which wait for the store most of their time, several at once */
    public BackupRepository(ObjectStorage storage, RepositoryLayout layout, TransferPool lookups) {
        this.storage = storage;
        this.layout = layout;
        this.lookups = lookups;
        this.index = new IndexReader(storage, layout, lookups);
    }

    /** Does small requests several at once. */
    TransferPool lookups() {
        return lookups;
    }

    /** What the keys mean. */
    public RepositoryLayout layout() {
        return layout;
    }

    /** Where the bucket is, for messages. */
    public String describe() {
        return storage.describe();
    }

    /**
     * Keeps finished backups from being purged until the answer is closed.
     *
     * @throws MedusaException of kind BACKUP_UNKNOWN if one is being deleted
     */
    public ReadLease readLease(List<NodeBackup> backups) {
        return ReadLease.take(storage, layout, lookups, backups, Clock.systemUTC());
    }

    /** Whether there is an index at all. */
    public boolean indexExists() {
        try (Stream<StoredObject> objects = storage.list(layout.wholeIndexPrefix())) {
            return objects.findAny().isPresent();
        }
    }

    /** All node backups that the index knows, by start. */
    public List<NodeBackup> nodeBackups() {
        return index.nodeBackups(Optional.empty());
    }

    /** All cluster backups that the index knows, by start. */
    public List<ClusterBackup> clusterBackups() {
        IndexReader.Contents contents = index.read(Optional.empty());
        List<List<NodeBackup>> groups =
                List.copyOf(IndexReader.byName(contents.byStart()).values());
        Function<NodeBackup, TokenMap> tokenMaps = tokenMaps(contents);
        List<ClusterBackup> backups = new ArrayList<>(
                lookups.mapAll("Reading", groups, group -> 0, group -> clusterBackup(group, tokenMaps)));
        backups.sort(Comparator.comparing(ClusterBackup::started));
        return backups;
    }

    /** Rings seldom change: of equal copies one is read. */
    private Function<NodeBackup, TokenMap> tokenMaps(IndexReader.Contents contents) {
        Map<ContentHash, TokenMap> known = new ConcurrentHashMap<>();
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
        Function<NodeBackup, TokenMap> tokenMaps = tokenMaps(contents);
        Optional<ClusterBackup> latest = groups.stream()
                .reduce((a, b) -> b.get(0).started().isBefore(a.get(0).started()) ? a : b)
                .map(group -> clusterBackup(group, tokenMaps));
        List<List<NodeBackup>> byEnd = groups.stream()
                .filter(group -> lastEnd(group).isPresent())
                .sorted(Comparator.comparing(
                        (List<NodeBackup> group) -> lastEnd(group).orElseThrow()))
                .toList();
        return new Newest(latest, newestComplete(byEnd, tokenMaps));
    }

    /** Those that no later one stands for: of whichever datacenter one is asked, the newest that all its nodes have is there. */
    private List<ClusterBackup> newestComplete(List<List<NodeBackup>> byEnd, Function<NodeBackup, TokenMap> tokenMaps) {
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
     */
    public record Newest(Optional<ClusterBackup> latest, List<ClusterBackup> needed) {
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
                lookups.mapAll("Reading", index.nodeBackups(Optional.of(name)), node -> 0, this::withOwnMode);
        return nodes.isEmpty() ? Optional.empty() : Optional.of(clusterBackup(nodes));
    }

    /** @param byStart all backups of one name */
    private ClusterBackup clusterBackup(List<NodeBackup> byStart) {
        return clusterBackup(byStart, this::indexedTokenMap);
    }

    private TokenMap indexedTokenMap(NodeBackup backup) {
        return readTokenMap(layout.index(backup.name(), RepositoryLayout.IndexKind.TOKENMAP, backup.node()));
    }

    /** The rings of all datacenters that take part; of one of which nothing can be read, the backup counts as incomplete. */
    private ClusterBackup clusterBackup(List<NodeBackup> byStart, Function<NodeBackup, TokenMap> tokenMaps) {
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

    private TokenMap readableTokenMap(NodeBackup backup, Function<NodeBackup, TokenMap> tokenMaps) {
        try {
            return tokenMaps.apply(backup);
        } catch (MedusaException unreadable) {
            if (unreadable.kind() != FailureKind.BACKUP_DAMAGED) {
                throw unreadable;
            }
            return tokenMapWithoutIndex(backup);
        }
    }

    /** The backup's own token map; without one the backup counts as incomplete, and the others can still be listed. */
    private TokenMap tokenMapWithoutIndex(NodeBackup backup) {
        try {
            return tokenMap(backup);
        } catch (MedusaException unreadable) {
            if (unreadable.kind() != FailureKind.BACKUP_DAMAGED) {
                throw unreadable;
            }
            LOG.warn("{}", unreadable.getMessage());
            return new TokenMap(Map.of());
        }
    }

    /** The node's backup of that name as its own meta objects tell it, without the index. */
    public Optional<NodeBackup> findNodeBackup(NodeName node, BackupName name) {
        Optional<StoredObject> schema = storage.stat(layout.meta(node, name, RepositoryLayout.SCHEMA));
        if (schema.isEmpty()) {
            return Optional.empty();
        }
        Instant finished = storage.stat(layout.meta(node, name, RepositoryLayout.MANIFEST))
                .map(StoredObject::modified)
                .orElse(null);
        return Optional.of(
                new NodeBackup(node, name, modeOf(node, name), schema.get().modified(), finished));
    }

    BackupMode modeOf(NodeName node, BackupName name) {
        return index.modeOf(node, name);
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
        List<NodeBackup> finished = new ArrayList<>();
        for (NodeBackup backup : nodeBackups()) {
            if (backup.node().equals(node) && backup.isFinished()) {
                finished.add(0, withOwnMode(backup));
            }
        }
        return finished;
    }

    /** The same with the modes that the backups' own markers tell. */
    public ClusterBackup withOwnModes(ClusterBackup backup) {
        return new ClusterBackup(
                backup.name(),
                backup.nodeBackups().stream().map(this::withOwnMode).toList(),
                backup.tokenMap());
    }

    private NodeBackup withOwnMode(NodeBackup backup) {
        if (backup.mode() == BackupMode.DIFFERENTIAL) {
            return backup;
        }
        return new NodeBackup(
                backup.node(),
                backup.name(),
                modeOf(backup.node(), backup.name()),
                backup.started(),
                backup.finished().orElse(null));
    }

    /** The ring at the time of the backup. */
    public TokenMap tokenMap(NodeBackup backup) {
        return readTokenMap(layout.meta(backup.node(), backup.name(), RepositoryLayout.TOKEN_MAP));
    }

    /** Whether it is limited to no tables, as far as its token map can be read. */
    public boolean isWhole(NodeBackup backup) {
        try {
            return tokenMap(backup).scope().isAll();
        } catch (MedusaException unreadable) {
            if (unreadable.kind() != FailureKind.BACKUP_DAMAGED) {
                throw unreadable;
            }
            return true;
        }
    }

    private TokenMap readTokenMap(ObjectKey key) {
        String text = readText(key).orElseThrow(() -> damaged(key, "it is missing", null));
        try {
            return TokenMapJson.read(text);
        } catch (IOException | MedusaException unreadable) {
            throw damaged(key, why(unreadable), unreadable);
        }
    }

    /** What wrote the data; unknown for old backups. */
    public ServerVersion serverVersion(NodeBackup backup) {
        return readText(layout.meta(backup.node(), backup.name(), RepositoryLayout.SERVER_VERSION))
                .map(TokenMapJson::readVersion)
                .orElse(ServerVersion.UNKNOWN);
    }

    /** The schema, with ids and dropped columns where the backup has them. */
    public String schema(NodeBackup backup) {
        return readText(layout.meta(backup.node(), backup.name(), RepositoryLayout.FULL_SCHEMA))
                .or(() -> readText(layout.meta(backup.node(), backup.name(), RepositoryLayout.SCHEMA)))
                .orElse("");
    }

    /** The snapshot that a backup, finished or not, was made of, where that is recorded. */
    public Optional<BackupSnapshot> snapshot(NodeName node, BackupName name) {
        return readText(layout.meta(node, name, RepositoryLayout.SNAPSHOT)).flatMap(SnapshotJson::read);
    }

    /** A meta object's text, such as {@code schema.cql}. */
    public Optional<String> metaText(NodeBackup backup, String file) {
        return readText(layout.meta(backup.node(), backup.name(), file));
    }

    /**
     * The whole manifest of a finished backup. Keys lie under the node's own data, and no two objects go to the same file.
     *
     * @throws MedusaException of kind BACKUP_DAMAGED if it is missing, cut off or must not be trusted
     */
    public Manifest manifest(NodeBackup backup) {
        Map<TableDirectory, Map<String, ManifestEntry>> sections = new LinkedHashMap<>();
        Map<TableDirectory, Set<String>> builtIndexes = new HashMap<>();
        TableScope[] scopes = {TableScope.ALL};
        readManifest(backup, new ManifestVisitor() {
            @Override
            public void section(TableDirectory table, TableScope scope) {
                sections.computeIfAbsent(table, absent -> new LinkedHashMap<>());
                scopes[0] = scope;
            }

            @Override
            public void builtIndexes(TableDirectory table, Set<String> built) {
                builtIndexes.put(table, built);
            }

            @Override
            public void entry(TableDirectory table, ManifestEntry entry) {
                String place = dataFile(backup, table, entry).relativePath();
                if (Objects.requireNonNull(sections.get(table)).put(place, entry) != null) {
                    throw damaged(
                            layout.meta(backup.node(), backup.name(), RepositoryLayout.MANIFEST),
                            "two objects of " + table + " go to the same file " + place,
                            null);
                }
            }
        });
        return new Manifest(
                sections.entrySet().stream()
                        .map(section -> new ManifestSection(
                                section.getKey(),
                                List.copyOf(section.getValue().values()),
                                Optional.ofNullable(builtIndexes.get(section.getKey()))))
                        .toList(),
                scopes[0]);
    }

    /**
     * Reads a manifest entry by entry.
     *
     * @throws MedusaException of kind BACKUP_DAMAGED if it is missing or cut off
     */
    public void readManifest(NodeBackup backup, ManifestVisitor visitor) {
        readManifest(manifestKey(backup), visitor);
    }

    private void readManifest(ObjectKey key, ManifestVisitor visitor) {
        Optional<InputStream> content = storage.open(key);
        if (content.isEmpty()) {
            throw damaged(key, "it is missing", null);
        }
        try (InputStream in = content.get()) {
            ManifestJson.read(in, storage.hashRule(), visitor);
        } catch (IOException unreadable) {
            throw damaged(key, why(unreadable), unreadable);
        }
    }

    /** What the key of a manifest's entry stands for, checked to be data of that node and table. */
    public RepositoryLayout.DataFile dataFile(NodeBackup backup, TableDirectory table, ManifestEntry entry) {
        Optional<RepositoryLayout.DataFile> file = layout.parseData(entry.key());
        if (file.isEmpty()
                || !file.get().node().equals(backup.node())
                || !file.get().table().equals(table)
                || !file.get().backup().orElse(backup.name()).equals(backup.name())) {
            throw damaged(
                    layout.meta(backup.node(), backup.name(), RepositoryLayout.MANIFEST),
                    "the object " + entry.key() + " is not a data file of " + table + " of node " + backup.node(),
                    null);
        }
        return file.get();
    }

    /**
     * Makes sure that an entry is a data file of that backup's node and table, and the only one at its place.
     *
     * @param places seen so far; grows
     * @throws MedusaException of kind BACKUP_DAMAGED if not
     */
    public void checkEntry(NodeBackup backup, TableDirectory table, ManifestEntry entry, Fingerprints places) {
        String place = dataFile(backup, table, entry).relativePath();
        int before = places.size();
        places.add(table + "/" + place);
        if (places.size() == before) {
            throw damaged(manifestKey(backup), "two objects of " + table + " go to the same file " + place, null);
        }
    }

    /** The key of the backup's manifest. */
    public ObjectKey manifestKey(NodeBackup backup) {
        return layout.meta(backup.node(), backup.name(), RepositoryLayout.MANIFEST);
    }

    /**
     * Why the manifest of a finished backup cannot be trusted: it and its copy in the index are written with the same bytes, so that one of
     * them has been damaged where they differ. Nothing where one of them is missing, or where the copy is no manifest at all while the
     * backup's own is one: a power cut may leave such a copy, which counts for nothing until the index is built anew.
     */
    public Optional<String> contradictsIndex(NodeBackup backup) {
        Optional<StoredObject> own = storage.stat(manifestKey(backup));
        Optional<StoredObject> copy =
                storage.stat(layout.index(backup.name(), RepositoryLayout.IndexKind.MANIFEST, backup.node()));
        if (own.isEmpty() || copy.isEmpty() || own.get().isSameAs(copy.get())) {
            return Optional.empty();
        }
        if (!isManifest(copy.get().key()) && isManifest(own.get().key())) {
            LOG.warn(
                    "{} cannot be read; medusa build-index writes it again",
                    copy.get().key());
            return Optional.empty();
        }
        return Optional.of("backup " + backup.name() + " of node " + backup.node() + " has two manifests that differ: "
                + own.get().key() + ", " + own.get().size() + " bytes, and "
                + copy.get().key() + ", " + copy.get().size()
                + " bytes; one of them is damaged: put the good one in the place of the other");
    }

    private boolean isManifest(ObjectKey key) {
        try {
            readManifest(key, new ManifestVisitor() {
                @Override
                public void entry(TableDirectory table, ManifestEntry entry) {
                    // it is enough that it can be read
                }
            });
            return true;
        } catch (MedusaException unreadable) {
            if (unreadable.kind() != FailureKind.BACKUP_DAMAGED) {
                throw unreadable;
            }
            return false;
        }
    }

    /** Whether a backup that was finished has been deleted: that it was has left neither its manifest nor the index's copy. */
    public boolean isGone(NodeBackup backup) {
        return storage.stat(manifestKey(backup)).isEmpty()
                && storage.stat(layout.index(backup.name(), RepositoryLayout.IndexKind.MANIFEST, backup.node()))
                        .isEmpty();
    }

    /** The meta objects that a restore needs and that the finished backup lacks. */
    public List<ObjectKey> missingMeta(NodeBackup backup) {
        Set<String> there = new HashSet<>();
        String prefix = layout.metaPrefix(backup.node(), backup.name());
        try (Stream<StoredObject> objects = storage.list(prefix)) {
            objects.forEach(object -> there.add(object.key().fileName()));
        }
        return Stream.of(RepositoryLayout.SCHEMA, RepositoryLayout.TOKEN_MAP)
                .filter(file -> !there.contains(file))
                .map(file -> layout.meta(backup.node(), backup.name(), file))
                .toList();
    }

    /** The prefix under which the backup's data lies: its own directory or the node's pool. */
    public String dataPrefix(NodeBackup backup) {
        return layout.dataPrefix(backup.node(), backup.name(), backup.mode());
    }

    /** Shows all objects of the node's pool, one at a time, in no particular order. */
    public void listPool(NodeName node, Consumer<StoredObject> consumer) {
        listAll(layout.poolPrefix(node), consumer);
    }

    /** Listings wait for the store most of the time, so that several go on side by side. */
    void listAll(String prefix, Consumer<StoredObject> consumer) {
        ParallelListing.listEach(storage, lookups, storage.split(prefix), consumer);
    }

    /**
     * What a node backup amounts to, and what wrote its data.
     *
     * @param stats of nothing while it is unfinished
     */
    public record Summary(BackupStats stats, ServerVersion version) {}

    /**
     * What these backups amount to, in their order; from the index where it says it, else from manifests, several at once.
     *
     * @param name whose part of the index is enough, if they are all of one name
     */
    public List<Summary> summaries(List<NodeBackup> backups, Optional<BackupName> name) {
        Map<RepositoryLayout.NodeAndName, StatsIndex.Summary> indexed =
                new StatsIndex(storage, layout).read(name, lookups);
        return lookups.mapAll("Reading", backups, backup -> 0, backup -> {
            StatsIndex.Summary known = indexed.get(new RepositoryLayout.NodeAndName(backup.node(), backup.name()));
            if (known != null && backup.finished().map(Instant::getEpochSecond).orElse(-1L) == known.ended()) {
                return new Summary(known.stats(), known.version());
            }
            return new Summary(backup.isFinished() ? readableStats(backup) : BackupStats.NONE, serverVersion(backup));
        });
    }

    private BackupStats readableStats(NodeBackup backup) {
        try {
            return stats(backup);
        } catch (MedusaException unreadable) {
            if (unreadable.kind() != FailureKind.BACKUP_DAMAGED) {
                throw unreadable;
            }
            LOG.error("{}", unreadable.getMessage());
            return BackupStats.NONE;
        }
    }

    /** What the manifest of a finished backup amounts to. */
    public BackupStats stats(NodeBackup backup) {
        long[] totals = new long[2];
        TableScope[] scopes = {TableScope.ALL};
        List<ManifestEntry> damaged = new ArrayList<>();
        readManifest(backup, new ManifestVisitor() {
            @Override
            public void section(TableDirectory table, TableScope scope) {
                scopes[0] = scope;
            }

            @Override
            public void entry(TableDirectory table, ManifestEntry entry) {
                totals[0] += entry.size();
                totals[1]++;
                if (entry.damage() != null) {
                    damaged.add(entry);
                }
            }
        });
        return new BackupStats(totals[0], Math.toIntExact(totals[1]), scopes[0], damaged);
    }

    /** The content of a data object; the caller closes it. Nothing if it is missing. */
    public Optional<InputStream> openData(ObjectKey key) {
        return storage.open(key);
    }

    /** A piece of a data object; the caller closes it. Nothing if it is missing. */
    public Optional<InputStream> openData(ObjectKey key, long offset, long length) {
        return storage.open(key, offset, length);
    }

    /** How the store hashes what it is given. */
    public HashRule hashRule() {
        return storage.hashRule();
    }

    /** Whether the store itself says that what it lists for an object tells nothing about its bytes. */
    public boolean isTagOpaque(ObjectKey key) {
        return storage.stat(key)
                .flatMap(StoredObject::knownHash)
                .filter(hash -> hash.form() == ContentHash.Form.OPAQUE)
                .isPresent();
    }

    /** Shows all objects where the data of that backup lies (its own directory or the node's pool), in no particular order. */
    public void listData(NodeBackup backup, Consumer<StoredObject> consumer) {
        listAll(dataPrefix(backup), consumer);
    }

    Optional<String> readText(ObjectKey key) {
        Optional<InputStream> content = storage.open(key);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = content.get()) {
            return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + key, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    private static String why(Exception unreadable) {
        String message = unreadable instanceof JsonProcessingException json
                ? json.getOriginalMessage()
                : unreadable.getMessage();
        return Objects.requireNonNullElse(message, "it is cut off");
    }

    private static MedusaException damaged(ObjectKey key, String why, @Nullable Throwable cause) {
        return new MedusaException(
                FailureKind.BACKUP_DAMAGED,
                "the backup's " + key.fileName() + " cannot be used (" + key + "): " + why,
                cause);
    }
}
