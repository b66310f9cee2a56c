package io.medusa.repository;

import io.medusa.model.BackupFile;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeName;
import io.medusa.model.Segments;
import io.medusa.model.TableDirectory;
import io.medusa.storage.ObjectKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the keys of a bucket mean (docs/compatibility.md 4 and 25): pure functions between keys and what they stand for. Keys are built
 * and compared segment by segment.
 *
 * @param prefix the first segment of every key, or empty
 */
public record RepositoryLayout(String prefix) {
    static final String SCHEMA = "schema.cql";
    static final String TOKEN_MAP = "tokenmap.json";
    static final String MANIFEST = "manifest.json";
    static final String SERVER_VERSION = "server_version.json";
    /** Our own addition: the schema with ids and dropped columns. */
    static final String FULL_SCHEMA = "schema_with_internals.txt";
    /** Our own: which snapshot a backup is made of. */
    static final String SNAPSHOT = "snapshot.json";
    /** Cassandra's dump of its cluster's metadata (6.0 and later). */
    static final String CLUSTER_METADATA = "cluster_metadata.dump";

    static final List<String> DIFFERENTIAL_MARKERS = List.of("differential", "incremental");

    private static final String META = "meta";

    private static final String DATA = "data";
    private static final String INDEX = "index";
    private static final String PINS = "pins";
    private static final String RUNS = "runs";
    private static final String VERIFIED = "verified";
    private static final String JSON = ".json";
    private static final Pattern EPOCH_FILE = Pattern.compile("(started|finished)_(.+)_([0-9]{1,12})\\.timestamp");
    private static final Pattern COPY_FILE =
            Pattern.compile("(tokenmap|schema|manifest)_(.+?)(?:\\.json|\\.cql|\\.txt)?");
    private static final Pattern MARKER_FILE = Pattern.compile("(differential|incremental)_(.+)");
    private static final int TAG_DIGITS = 12;
    private static final Pattern TAGGED = Pattern.compile("(.+)~([0-9a-f]{" + TAG_DIGITS + "})");

    /** The kinds of objects in the index (docs/compatibility.md 4). */
    public enum IndexKind {
        TOKENMAP,
        SCHEMA,
        MANIFEST,
        STARTED,
        FINISHED,
        DIFFERENTIAL
    }

    /**
     * What an index key stands for.
     *
     * @param epoch seconds, for STARTED and FINISHED only
     */
    public record IndexEntry(BackupName name, IndexKind kind, NodeName node, Optional<Instant> epoch) {}

    /**
     * What a data key stands for.
     *
     * @param backup the backup whose private copy it is, or nothing for the shared pool
     * @param subdirectory of the table directory, such as {@code .orders_status}, or empty
     */
    public record DataFile(
            NodeName node, Optional<BackupName> backup, TableDirectory table, String subdirectory, String fileName) {
        /** Where the file belongs below its table's directory. */
        public String relativePath() {
            return subdirectory.isEmpty() ? fileName : subdirectory + "/" + fileName;
        }

        /** The file as a backup names it. */
        public BackupFile of(ManifestEntry entry) {
            return new BackupFile(table, subdirectory, entry);
        }
    }

    private ObjectKey key(String... segments) {
        String joined = String.join("/", segments);
        return new ObjectKey(prefix.isEmpty() ? joined : prefix + "/" + joined);
    }

    /** The key of a meta object of a backup. */
    public ObjectKey meta(NodeName node, BackupName name, String file) {
        return key(node.value(), name.value(), META, file);
    }

    /** The prefix of one backup's data, with its final slash: its own directory or the node's pool. */
    public String dataPrefix(NodeName node, BackupName name, BackupMode mode) {
        return mode == BackupMode.FULL ? key(node.value(), name.value(), DATA) + "/" : poolPrefix(node);
    }

    /** The prefix, with its final slash, of everything that belongs to the node. */
    public String nodePrefix(NodeName node) {
        return key(node.value()) + "/";
    }

    /** The prefix, with its final slash where there is one, of everything in the bucket. */
    public String everythingPrefix() {
        return prefix.isEmpty() ? "" : prefix + "/";
    }

    /** The key of a data file. */
    public ObjectKey data(NodeName node, BackupName name, BackupMode mode, TableDirectory table, String relativePath) {
        return new ObjectKey(dataPrefix(node, name, mode) + table + "/" + relativePath);
    }

    /**
     * The key of a file in the pool whose plain key holds other content.
     *
     * @param md5 of the content, hex
     */
    public ObjectKey taggedData(NodeName node, TableDirectory table, String relativePath, String md5) {
        return new ObjectKey(poolPrefix(node) + table + "~" + md5.substring(0, TAG_DIGITS) + "/" + relativePath);
    }

    /** The other key for the same content, for when the first is about to be deleted. */
    public ObjectKey otherTaggedData(NodeName node, TableDirectory table, String relativePath, String md5) {
        return taggedData(node, table, relativePath, md5.substring(TAG_DIGITS));
    }

    /** What a data key stands for, or nothing if it is none; tags are taken off. */
    public Optional<DataFile> parseData(String key) {
        List<String> segments = unprefixed(key);
        boolean pool = segments.size() > 1 && segments.get(1).equals(DATA);
        boolean own = !pool && segments.size() > 2 && segments.get(2).equals(DATA);
        if (!pool && !own) {
            return Optional.empty();
        }
        List<String> rest = segments.subList(pool ? 2 : 3, segments.size());
        if (rest.size() < 3 || rest.size() > 4) {
            return Optional.empty();
        }
        String directory = pool ? untagged(rest.get(1)) : rest.get(1);
        String subdirectory = rest.size() == 4 ? rest.get(2) : "";
        if (directory.startsWith(".")
                || rest.get(0).startsWith(".")
                || !(subdirectory.isEmpty() || subdirectory.startsWith(".") || subdirectory.endsWith("nodes"))) {
            return Optional.empty();
        }
        return Optional.of(new DataFile(
                new NodeName(segments.get(0)),
                own ? Optional.of(new BackupName(segments.get(1))) : Optional.empty(),
                new TableDirectory(rest.get(0), directory),
                subdirectory,
                rest.get(rest.size() - 1)));
    }

    private static String untagged(String directory) {
        if (directory.indexOf('~') < 0) {
            return directory;
        }
        Matcher tagged = TAGGED.matcher(directory);
        return tagged.matches() ? tagged.group(1) : directory;
    }

    /** The node and the backup of a meta object's key, if it is one of that file name. */
    public Optional<NodeAndName> parseMeta(String key, String file) {
        List<String> segments = unprefixed(key);
        return segments.size() == 4
                        && segments.get(2).equals(META)
                        && segments.get(3).equals(file)
                ? Optional.of(new NodeAndName(new NodeName(segments.get(0)), new BackupName(segments.get(1))))
                : Optional.empty();
    }

    /** Names one node backup. */
    public record NodeAndName(NodeName node, BackupName name) {}

    /** The prefix of the index of one backup, or of all. */
    public String indexPrefix(Optional<BackupName> name) {
        String all = key(INDEX, "backup_index") + "/";
        return name.map(one -> all + one + "/").orElse(all);
    }

    /** The key of an index copy of a meta object, or of the marker. */
    public ObjectKey index(BackupName name, IndexKind kind, NodeName node) {
        return key(
                INDEX,
                "backup_index",
                name.value(),
                switch (kind) {
                    case TOKENMAP -> "tokenmap_" + node + ".json";
                    case SCHEMA -> "schema_" + node + ".cql";
                    case MANIFEST -> "manifest_" + node + ".json";
                    case DIFFERENTIAL -> "differential_" + node;
                    case STARTED, FINISHED -> throw new IllegalArgumentException(kind + " needs a time");
                });
    }

    /** The key of an index time stamp. */
    public ObjectKey indexTime(BackupName name, IndexKind kind, NodeName node, Instant time) {
        String word = kind == IndexKind.STARTED ? "started_" : "finished_";
        return key(INDEX, "backup_index", name.value(), word + node + "_" + time.getEpochSecond() + ".timestamp");
    }

    /** What an index key stands for, or nothing if it is none of the six kinds. */
    public Optional<IndexEntry> parseIndex(String key) {
        List<String> segments = unprefixed(key);
        if (segments.size() != 4
                || !segments.get(0).equals(INDEX)
                || !segments.get(1).equals("backup_index")
                || !Segments.isSafe(segments.get(2))) {
            return Optional.empty();
        }
        BackupName name = new BackupName(segments.get(2));
        return parseIndexFile(name, segments.get(3));
    }

    private static Optional<IndexEntry> parseIndexFile(BackupName name, String file) {
        Matcher time = EPOCH_FILE.matcher(file);
        if (time.matches()) {
            IndexKind kind = time.group(1).equals("started") ? IndexKind.STARTED : IndexKind.FINISHED;
            Instant epoch = Instant.ofEpochSecond(Long.parseLong(time.group(3)));
            return indexEntry(name, kind, time.group(2), Optional.of(epoch));
        }
        Matcher copy = COPY_FILE.matcher(file);
        if (copy.matches()) {
            IndexKind kind = IndexKind.valueOf(copy.group(1).toUpperCase(Locale.ROOT));
            return indexEntry(name, kind, copy.group(2), Optional.empty());
        }
        Matcher marker = MARKER_FILE.matcher(file);
        return marker.matches()
                ? indexEntry(name, IndexKind.DIFFERENTIAL, marker.group(2), Optional.empty())
                : Optional.empty();
    }

    private static Optional<IndexEntry> indexEntry(
            BackupName name, IndexKind kind, String node, Optional<Instant> epoch) {
        return Segments.isSafe(node)
                ? Optional.of(new IndexEntry(name, kind, new NodeName(node), epoch))
                : Optional.empty();
    }

    /** The key of the marker of a node's latest backup, or of its token map. */
    public ObjectKey latest(NodeName node, String file) {
        return key(INDEX, "latest_backup", node.value(), file);
    }

    /** The prefix of the whole index. */
    public String wholeIndexPrefix() {
        return key(INDEX) + "/";
    }

    /** The key of a lease of the node. */
    public ObjectKey lease(NodeName node, String id) {
        return key(INDEX, "leases", node.value(), id + JSON);
    }

    /** The prefix, with its final slash, of the leases of all nodes. */
    String leasesPrefix() {
        return key(INDEX, "leases") + "/";
    }

    /** The prefix, with its final slash, of the leases of the node. */
    public String leasePrefix(NodeName node) {
        return key(INDEX, "leases", node.value()) + "/";
    }

    /** The node that a lease is on. */
    Optional<NodeName> parseLease(ObjectKey key) {
        return parseOfNode(key, "leases").map(Map.Entry::getKey);
    }

    /** The key of the record of a backup's runs. */
    ObjectKey run(NodeName node, BackupName name) {
        return key(INDEX, RUNS, node.value(), name.value() + JSON);
    }

    /** The prefix, with its final slash, of all those records. */
    String runsPrefix() {
        return key(INDEX, RUNS) + "/";
    }

    /** The prefix, with its final slash, of those records of the node. */
    String runsPrefix(NodeName node) {
        return key(INDEX, RUNS, node.value()) + "/";
    }

    /** The backup that a record of runs is about. */
    Optional<NodeAndName> parseRun(ObjectKey key) {
        return parseOfNode(key, RUNS)
                .filter(run -> Segments.isSafe(run.getValue()))
                .map(run -> new NodeAndName(run.getKey(), new BackupName(run.getValue())));
    }

    /** The node and the name of {@code index/KIND/NODE/NAME.json}. */
    private Optional<Map.Entry<NodeName, String>> parseOfNode(ObjectKey key, String kind) {
        List<String> segments = unprefixed(key.value());
        if (segments.size() != 4
                || !segments.get(0).equals(INDEX)
                || !segments.get(1).equals(kind)
                || !Segments.isSafe(segments.get(2))
                || !segments.get(3).endsWith(JSON)) {
            return Optional.empty();
        }
        String file = segments.get(3);
        return Optional.of(Map.entry(new NodeName(segments.get(2)), file.substring(0, file.length() - JSON.length())));
    }

    /** The key of one announcement of pending deletions of the node. */
    ObjectKey pendingDeletions(NodeName node, String id) {
        return key(INDEX, "pending-deletions", node.value(), id + JSON);
    }

    /** The prefix, with its final slash, of those announcements for all nodes. */
    String allPendingDeletionsPrefix() {
        return key(INDEX, "pending-deletions") + "/";
    }

    /** The prefix, with its final slash, of those announcements. */
    String pendingDeletionsPrefix(NodeName node) {
        return key(INDEX, "pending-deletions", node.value()) + "/";
    }

    /**
     * The key of an empty object whose name says what a finished backup amounts to, so that listing is enough to know it.
     *
     * @param stats the last segment
     */
    ObjectKey stats(BackupName name, NodeName node, String stats) {
        return key(INDEX, "stats", name.value(), node.value(), stats);
    }

    /** The prefix, with its final slash, of the stats of one backup, or of all. */
    String statsPrefix(Optional<BackupName> name) {
        String all = key(INDEX, "stats") + "/";
        return name.map(one -> all + one + "/").orElse(all);
    }

    /** The backup and the last segment of a key of stats. */
    Optional<Map.Entry<NodeAndName, String>> parseStats(ObjectKey key) {
        List<String> segments = unprefixed(key.value());
        return segments.size() == 5
                ? Optional.of(Map.entry(
                        new NodeAndName(new NodeName(segments.get(3)), new BackupName(segments.get(2))),
                        segments.get(4)))
                : Optional.empty();
    }

    /** The key of the pin of a backup. */
    ObjectKey pin(BackupName name) {
        return key(INDEX, PINS, name.value() + JSON);
    }

    /** The prefix, with its final slash, of all pins. */
    String pinsPrefix() {
        return key(INDEX, PINS) + "/";
    }

    /** The backup that a pin's key is for. */
    Optional<BackupName> parsePin(ObjectKey key) {
        String file = key.fileName();
        return file.endsWith(JSON) && Segments.isSafe(file.substring(0, file.length() - JSON.length()))
                ? Optional.of(new BackupName(file.substring(0, file.length() - JSON.length())))
                : Optional.empty();
    }

    /** The key of a record of verifications. */
    ObjectKey verification(String id) {
        return key(INDEX, VERIFIED, id + JSON);
    }

    /** The key of what earlier versions noted of verifications. */
    ObjectKey verificationsOfEarlierVersions() {
        return key(INDEX, VERIFIED + JSON);
    }

    /** The common prefix of all of these. */
    String verificationsPrefix() {
        return key(INDEX, VERIFIED).value();
    }

    /** The id of a record of verifications. */
    Optional<String> parseVerification(ObjectKey key) {
        List<String> segments = unprefixed(key.value());
        return segments.size() == 3
                        && segments.get(1).equals(VERIFIED)
                        && segments.get(2).endsWith(JSON)
                ? Optional.of(segments.get(2).substring(0, segments.get(2).length() - JSON.length()))
                : Optional.empty();
    }

    /** The prefix, with its final slash, of the claims of running verifications of all backups. */
    String verifyingPrefix() {
        return key(INDEX, "verifying") + "/";
    }

    /** The key of such a claim. */
    ObjectKey verifying(String id) {
        return key(INDEX, "verifying", id + JSON);
    }

    /** The prefix, with its final slash, of everything that belongs to one backup of the node alone. */
    String backupPrefix(NodeName node, BackupName name) {
        if (name.value().equals(DATA)) {
            throw new IllegalArgumentException("the pool is no backup");
        }
        return key(node.value(), name.value()) + "/";
    }

    /** The prefix, with its final slash, of a backup's meta objects. */
    String metaPrefix(NodeName node, BackupName name) {
        return key(node.value(), name.value(), META) + "/";
    }

    /** The prefix, with its final slash, of the node's pool. */
    public String poolPrefix(NodeName node) {
        return key(node.value(), DATA) + "/";
    }

    /** Whether a directory of the node is its pool. */
    static boolean isPool(String directory) {
        return directory.equals(DATA);
    }

    /** Whether a directory of the bucket is the index. */
    static boolean isIndex(String directory) {
        return directory.equals(INDEX);
    }

    /** The segments after the prefix; none where the key does not have the prefix. */
    private List<String> unprefixed(String key) {
        List<String> segments = Arrays.asList(key.split("/", -1));
        if (prefix.isEmpty()) {
            return segments;
        }
        return segments.get(0).equals(prefix) ? segments.subList(1, segments.size()) : List.of();
    }
}
