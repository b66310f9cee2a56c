import io.medusa.backup.BackupNode;
import io.medusa.backup.Stagger;
import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.Snapshot;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.cassandra.SnapshotRequest;
import io.medusa.model.BackupMetadata;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.ContentHash;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import io.medusa.model.TokenMap;
import io.medusa.purge.PurgeBackups;
import io.medusa.purge.RetentionRules;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Bucket;
import io.medusa.repository.Collector;
import io.medusa.repository.Inventory;
import io.medusa.repository.Pins;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.math.BigInteger;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Backup, verify and purge of a node with a million objects in its pool and 100 backups of 40,000 files each. The bucket is computed,
 * not stored: only the heap of this process is bounded, which is the point. One line for each flow: name, seconds, requests, the
 * most heap that was used, in MB.
 */
public final class Scale {
    private static final int SSTABLES = 125_000;
    private static final int BACKUPS = 100;
    private static final int PER_BACKUP = 5_000;
    private static final int STEP = 1_000;
    private static final int TABLES = 20;
    private static final List<String> COMPONENTS = List.of(
            "Data.db", "Digest.crc32", "Index.db", "Filter.db", "Statistics.db", "Summary.db", "CompressionInfo.db",
            "TOC.txt");
    private static final String DIGEST = "1234567890";
    private static final String MD5 = "e807f1fcf82d132f9bb018ca6738a19f";
    private static final NodeName NODE = new NodeName("n1");
    private static final RepositoryLayout LAYOUT = new RepositoryLayout("");
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final String RING = "{\"n1\": {\"tokens\": [1], \"is_up\": true, \"rack\": \"r\", \"dc\": \"d\"}}";

    private Scale() {}

    private static TableDirectory table(int sstable) {
        return new TableDirectory(
                "ks" + sstable % 4, String.format("t%d-%032x", sstable % TABLES, sstable % TABLES));
    }

    private static String key(int sstable, int component) {
        return "n1/data/" + table(sstable) + "/nb-" + sstable + "-big-" + COMPONENTS.get(component);
    }

    private static long size(int component) {
        return component == 1 ? DIGEST.length() : 1000 + component;
    }

    private static String name(int backup) {
        return String.format("b%03d", backup);
    }

    /** The bucket. */
    private static final class Computed implements ObjectStorage {
        private final Map<String, String> small = new ConcurrentSkipListMap<>();
        private final BitSet deleted = new BitSet();
        private final Map<String, Integer> requests = new TreeMap<>();

        Computed() {
            for (int i = 0; i < BACKUPS; i++) {
                String meta = "n1/" + name(i) + "/meta/";
                String index = "index/backup_index/" + name(i) + "/";
                long started = START.plus(Duration.ofDays(i)).getEpochSecond();
                small.put(meta + "schema.cql", "");
                small.put(meta + "tokenmap.json", RING);
                small.put(meta + "differential", "differential");
                small.put(meta + "manifest.json", "");
                small.put(index + "tokenmap_n1.json", RING);
                small.put(index + "schema_n1.cql", "");
                small.put(index + "differential_n1", "");
                small.put(index + "started_n1_" + started + ".timestamp", "");
                small.put(index + "finished_n1_" + (started + 60) + ".timestamp", "");
            }
        }

        synchronized void count(String method, int times) {
            requests.merge(method, times, Integer::sum);
        }

        private StoredObject stored(String key, long size) {
            return new StoredObject(new ObjectKey(key), size, null, START);
        }

        @Override
        public StoredObject put(ObjectKey key, ObjectSource source) {
            count("put", 1);
            try (InputStream in = Channels.newInputStream(source.open())) {
                byte[] bytes = in.readAllBytes();
                boolean large = bytes.length > 100_000;
                small.put(key.value(), large ? "" : new String(bytes, StandardCharsets.UTF_8));
                return new StoredObject(
                        key, bytes.length, ContentHash.parse(MD5).orElseThrow(), Instant.now());
            } catch (IOException failed) {
                throw new IllegalStateException(failed);
            }
        }

        @Override
        public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<InputStream> open(ObjectKey key, long offset, long length) {
            count("get", 1);
            if (key.value().matches("n1/b[0-9]{3}/meta/manifest.json") && small.containsKey(key.value())) {
                return Optional.of(new ManifestStream(Integer.parseInt(key.value().substring(4, 7))));
            }
            if (key.value().endsWith(COMPONENTS.get(1))) {
                return Optional.of(new ByteArrayInputStream(DIGEST.getBytes(StandardCharsets.UTF_8)));
            }
            return Optional.ofNullable(small.get(key.value()))
                    .map(text -> new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        }

        @Override
        public Optional<StoredObject> stat(ObjectKey key) {
            count("head", 1);
            return Optional.ofNullable(small.get(key.value())).map(text -> stored(key.value(), text.length()));
        }

        @Override
        public Stream<StoredObject> list(String prefix) {
            if (prefix.startsWith("n1/data/")) {
                String keyspace = prefix.substring("n1/data/".length()).replace("/", "");
                count("list", SSTABLES * COMPONENTS.size() / 1000 / (keyspace.isEmpty() ? 1 : 4));
                return IntStream.range(0, SSTABLES * COMPONENTS.size())
                        .filter(i -> !deleted.get(i))
                        .filter(i -> keyspace.isEmpty()
                                || table(i / COMPONENTS.size()).keyspace().equals(keyspace))
                        .mapToObj(i -> stored(
                                key(i / COMPONENTS.size(), i % COMPONENTS.size()), size(i % COMPONENTS.size())));
            }
            count("list", 1);
            return small.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith(prefix))
                    .map(entry -> stored(entry.getKey(), entry.getValue().length()));
        }

        @Override
        public List<String> directories(String prefix) {
            count("list", 1);
            Set<String> names = new java.util.TreeSet<>();
            if (prefix.equals("n1/")) {
                names.add("data");
            }
            small.keySet().stream()
                    .filter(key -> key.startsWith(prefix) && key.indexOf('/', prefix.length()) > 0)
                    .forEach(key -> names.add(key.substring(prefix.length(), key.indexOf('/', prefix.length()))));
            return List.copyOf(names);
        }

        @Override
        public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
            count("delete", (keys.size() + 999) / 1000);
            synchronized (deleted) {
                for (ObjectKey key : keys) {
                    if (small.remove(key.value()) == null && key.value().startsWith("n1/data/")) {
                        String file = key.fileName();
                        int sstable = Integer.parseInt(file.substring(3, file.indexOf('-', 3)));
                        int component = COMPONENTS.indexOf(file.substring(file.indexOf("-big-") + 5));
                        deleted.set(sstable * COMPONENTS.size() + component);
                    }
                }
            }
            return List.of();
        }

        @Override
        public void flush() {}

        @Override
        public OptionalLong freeSpace() {
            return OptionalLong.empty();
        }

        @Override
        public HashRule hashRule() {
            return HashRule.PLAIN;
        }

        @Override
        public String describe() {
            return "computed bucket";
        }

        @Override
        public void close() {}
    }

    /** A manifest, written while it is read. */
    private static final class ManifestStream extends InputStream {
        private final int first;
        private int next;
        private byte[] chunk = new byte[0];
        private int at;

        ManifestStream(int backup) {
            first = backup * STEP;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (at == chunk.length) {
                chunk = nextChunk().getBytes(StandardCharsets.UTF_8);
                at = 0;
                if (chunk.length == 0) {
                    return -1;
                }
            }
            int count = Math.min(length, chunk.length - at);
            System.arraycopy(chunk, at, bytes, offset, count);
            at += count;
            return count;
        }

        /** One SSTable is one section; nobody minds. */
        private String nextChunk() {
            if (next > PER_BACKUP) {
                return "";
            }
            if (next == PER_BACKUP) {
                next++;
                return "]";
            }
            int sstable = first + next;
            TableDirectory table = table(sstable);
            StringBuilder json = new StringBuilder(next == 0 ? "[" : ",");
            json.append("{\"keyspace\": \"" + table.keyspace() + "\", \"columnfamily\": \"" + table.directory()
                    + "\", \"objects\": [");
            for (int i = 0; i < COMPONENTS.size(); i++) {
                json.append((i == 0 ? "" : ", ") + "{\"path\": \"" + key(sstable, i) + "\", \"MD5\": \"" + MD5
                        + "\", \"size\": " + size(i) + ", \"modified_ns\": 7}");
            }
            next++;
            return json.append("]}").toString();
        }
    }

    /** A node with the files of the newest backup and no others. */
    private static CassandraNode node(Path directory) throws IOException {
        Path digest = Files.writeString(directory.resolve("digest"), DIGEST);
        Map<TableDirectory, List<SnapshotFile>> files = new TreeMap<>();
        for (int i = 0; i < PER_BACKUP; i++) {
            int sstable = (BACKUPS - 1) * STEP + i;
            for (int c = 0; c < COMPONENTS.size(); c++) {
                files.computeIfAbsent(table(sstable), absent -> new ArrayList<>())
                        .add(new SnapshotFile(
                                digest,
                                table(sstable),
                                "",
                                "nb-" + sstable + "-big-" + COMPONENTS.get(c),
                                size(c),
                                7));
            }
        }
        NodeDescription description = new NodeDescription(
                new BackupMetadata(
                        "",
                        "",
                        new TokenMap(Map.of(NODE, new TokenMap.Node(List.of(BigInteger.ONE), false, true, "r", "d"))),
                        new ServerVersion("cassandra", "5.0.9")),
                new UUID(1, 1),
                files.keySet());
        return new CassandraNode() {
            @Override
            public NodeDescription describe() {
                return description;
            }

            @Override
            public Snapshot takeSnapshot(SnapshotRequest request, boolean keep) {
                return new Snapshot() {
                    @Override
                    public String tag() {
                        return request.tag();
                    }

                    @Override
                    public BackupSnapshot origin() {
                        return new BackupSnapshot(Optional.of("1"), Instant.EPOCH, Optional.empty());
                    }

                    @Override
                    public NodeDescription description() {
                        return description;
                    }

                    @Override
                    public Set<TableDirectory> undefined(Collection<TableDirectory> tables) {
                        return Set.of();
                    }

                    @Override
                    public Map<TableDirectory, List<SnapshotFile>> files() {
                        return files;
                    }

                    @Override
                    public void close() {}
                };
            }

            @Override
            public Snapshot openSnapshot(String tag, boolean keep) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Map<TableDirectory, List<SnapshotFile>> liveFiles() {
                return files;
            }

            @Override
            public Set<String> snapshotTags() {
                return Set.of();
            }

            @Override
            public void clearSnapshot(String tag) {}

            @Override
            public List<Path> dataDirectories() {
                return List.of();
            }
        };
    }

    /** @param arguments which flow (backup, verify or purge), and a directory for small files */
    public static void main(String... arguments) throws IOException {
        ((ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger("ROOT"))
                .setLevel(ch.qos.logback.classic.Level.WARN);
        Path directory = Files.createDirectories(Path.of(arguments[1]));
        Computed storage = new Computed();
        TransferPool pool = new TransferPool(2, false, Progress.NONE);
        BackupCatalog catalog =
                new BackupCatalog(new Bucket(storage, LAYOUT, new TransferPool(32, false, Progress.NONE), Clock.systemUTC()));
        Clock clock = Clock.systemUTC();
        CassandraNode node = arguments[0].equals("backup") ? node(directory) : null;
        long began = System.nanoTime();
        String result =
                switch (arguments[0]) {
                    case "backup" -> new BackupNode(
                                    catalog,
                                    node,
                                    pool,
                                    new Stagger(catalog, clock, Duration.ofSeconds(1)))
                            .run(new BackupNode.Request(
                                    NODE,
                                    new BackupName("today"),
                                    BackupMode.DIFFERENTIAL,
                                    TableScope.ALL,
                                    Optional.empty(),
                                    false,
                                    false,
                                    false,
                                    directory))
                            .counts()
                            .toString();
                    case "verify" -> {
                        VerifyBackup.Report report = new VerifyBackup(catalog, pool)
                                .run(new VerifyBackup.Request(Optional.empty(), Level.EXISTS, 10, Optional.empty()));
                        yield report.results().size() + " backups, " + report.orphans().objects() + " orphans";
                    }
                    case "purge" -> {
                        PurgeBackups.Result purged = new PurgeBackups(
                                        catalog,
                                        new Inventory(catalog.bucket()),
                                        new Collector(storage, catalog, pool, clock),
                                        new Pins(storage, LAYOUT, clock),
                                        clock)
                                .byRules(
                                        List.of(NODE),
                                        new RetentionRules(Duration.ZERO, 30, 0, 0, 0, 0, 0, false),
                                        new PurgeBackups.How(Duration.ZERO, false));
                        yield purged.removed().size() + " backups, " + purged.objects() + " objects";
                    }
                    default -> throw new IllegalArgumentException(arguments[0]);
                };
        double seconds = (System.nanoTime() - began) / 1e9;
        long peak = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(memory -> memory.getType() == java.lang.management.MemoryType.HEAP)
                .map(MemoryPoolMXBean::getPeakUsage)
                .mapToLong(java.lang.management.MemoryUsage::getUsed)
                .sum();
        System.out.printf("%s|%.2f|%s|%d|%s%n", arguments[0], seconds, storage.requests, peak >> 20, result);
    }
}
