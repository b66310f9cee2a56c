package io.medusa.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.SnapshotRequest;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableScope;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.FaultyStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The promises of a backup, on real files and a local bucket, with faults where they are wanted. */
final class BackupNodeTest {
    private static final NodeName NODE = new NodeName("n1");

    @TempDir
    Path directory;

    private LocalStorage storage;
    private BackupCatalog catalog;
    private FakeCassandraNode cassandra;

    @BeforeEach
    void setUp() {
        storage = new LocalStorage(directory.resolve("bucket"));
        catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        cassandra = new FakeCassandraNode(directory.resolve("data"), NODE);
    }

    private BackupNode.Result backup(String name, BackupMode mode) throws IOException {
        return backup(storage, name, mode, false, Optional.empty());
    }

    private BackupNode.Result backup(
            ObjectStorage through, String name, BackupMode mode, boolean hash, Optional<Duration> stagger)
            throws IOException {
        return flow(through).run(request(name, mode, TableScope.ALL, hash, stagger));
    }

    private BackupNode.Request request(
            String name, BackupMode mode, TableScope scope, boolean hash, Optional<Duration> stagger) {
        return new BackupNode.Request(NODE, new BackupName(name), mode, scope, stagger, hash, false, false, directory);
    }

    private BackupNode.Result partial(String name, String... patterns) throws IOException {
        return flow(storage)
                .run(request(
                        name, BackupMode.DIFFERENTIAL, new TableScope(List.of(patterns)), false, Optional.empty()));
    }

    private BackupNode flow(ObjectStorage through) throws IOException {
        BackupCatalog own = new BackupCatalog(through, new RepositoryLayout(""));
        return new BackupNode(
                own,
                cassandra.node(),
                new TransferPool(2, false, Progress.NONE),
                new Stagger(own, Clock.systemUTC(), Duration.ofMillis(50)));
    }

    private NodeBackup find(String name) {
        return catalog.findNodeBackup(NODE, new BackupName(name)).orElseThrow();
    }

    /** Place → content of everything that the backup names, every byte compared with the manifest. */
    private Map<String, String> contents(String name) throws IOException {
        NodeBackup backup = find(name);
        Manifest manifest = catalog.stored(backup).manifest().orThrow();
        Map<String, String> contents = new TreeMap<>();
        for (var section : manifest.sections()) {
            for (ManifestEntry entry : section.objects()) {
                try (InputStream in = storage.open(new ObjectKey(entry.key())).orElseThrow()) {
                    byte[] bytes = in.readAllBytes();
                    assertThat(bytes).as(entry.key()).hasSize((int) entry.size());
                    ContentHasher hasher = new ContentHasher();
                    hasher.update(java.nio.ByteBuffer.wrap(bytes));
                    assertThat(entry.knownHash()).as(entry.key()).contains(hasher.finish());
                    contents.put(
                            section.table().table() + "/"
                                    + catalog.stored(backup)
                                            .dataFile(section.table(), entry)
                                            .relativePath(),
                            new String(bytes, StandardCharsets.UTF_8));
                }
            }
        }
        return contents;
    }

    private Map<String, byte[]> bucket() throws IOException {
        Map<String, byte[]> objects = new TreeMap<>();
        try (Stream<StoredObject> all = storage.list("n1/")) {
            for (StoredObject object : all.toList()) {
                try (InputStream in = storage.open(object.key()).orElseThrow()) {
                    objects.put(object.key().value(), in.readAllBytes());
                }
            }
        }
        return objects;
    }

    @Test
    void D20_sameNameAndSizeIsNotSameContent() throws IOException {
        cassandra.sstable("ks", "t", 1, "first-content");
        backup("one", BackupMode.DIFFERENTIAL);
        // truncated, and the generation number is used again for as many bytes
        cassandra.remove("ks", "t", 1);
        cassandra.sstable("ks", "t", 1, "other-content");
        BackupNode.Result two = backup("two", BackupMode.DIFFERENTIAL);
        assertThat(contents("one")).containsEntry("t/nb-1-big-Data.db", "first-content");
        assertThat(contents("two")).containsEntry("t/nb-1-big-Data.db", "other-content");
        assertThat(two.counts().uploaded()).isPositive();
        String table = "ks/t-" + FakeCassandraNode.ID;
        assertThat(catalog.stored(find("two")).manifest().orThrow().sections().get(0).objects().stream()
                        .map(ManifestEntry::key)
                        .filter(key -> key.endsWith("-Data.db")))
                .singleElement()
                .asString()
                .matches("n1/data/" + table + "~[0-9a-f]{12}/nb-1-big-Data\\.db");
        // and a third one reuses what lies beside
        BackupNode.Result three = backup("three", BackupMode.DIFFERENTIAL);
        assertThat(three.counts().uploaded()).isZero();
        assertThat(contents("three")).isEqualTo(contents("two"));
    }

    @Test
    void D15_aRewrittenComponentDoesNotTouchOlderBackups() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        backup("one", BackupMode.DIFFERENTIAL);
        Map<String, byte[]> before = bucket();
        FakeCassandraNode.replace(cassandra.component("ks", "t", 1, "Statistics.db"), "repaired at noon!!!");
        FakeCassandraNode.replace(cassandra.component("ks", "t", 1, "Summary.db"), "summary of dat4");
        BackupNode.Result two = backup("two", BackupMode.DIFFERENTIAL);
        assertThat(two.counts().uploaded()).isEqualTo(2);
        assertThat(contents("one")).containsEntry("t/nb-1-big-Statistics.db", "statistics of data");
        assertThat(contents("two"))
                .containsEntry("t/nb-1-big-Statistics.db", "repaired at noon!!!")
                .containsEntry("t/nb-1-big-Summary.db", "summary of dat4");
        Map<String, byte[]> after = bucket();
        before.forEach((key, bytes) -> assertThat(after.get(key)).as(key).isEqualTo(bytes));
        assertThat(backup("three", BackupMode.DIFFERENTIAL).counts().uploaded()).isZero();
    }

    @Test
    void D6_aSnapshotWhoseTagEndsWithNodesIsNoSubdirectory() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        backup("my_nodes", BackupMode.DIFFERENTIAL);
        assertThat(bucket().keySet())
                .contains("n1/data/ks/t-" + FakeCassandraNode.ID + "/nb-1-big-Data.db")
                .noneMatch(key -> key.contains("medusa-my_nodes"));
        assertThat(backup("more_nodes", BackupMode.DIFFERENTIAL).counts().uploaded())
                .isZero();
    }

    @Test
    void D7_aFailedSnapshotFailsTheBackup() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        cassandra.failSnapshots(true);
        assertThatThrownBy(() -> backup("one", BackupMode.DIFFERENTIAL))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("snapshot");
        assertThat(find("one").isFinished()).isFalse();
        // B34, P15: the same name again succeeds
        cassandra.failSnapshots(false);
        backup("one", BackupMode.DIFFERENTIAL);
        assertThat(find("one").isFinished()).isTrue();
    }

    @Test
    void halfASnapshotIsNeverTakenForAWholeOne() throws IOException {
        cassandra.sstable("ks", "a", 1, "data a");
        cassandra.sstable("ks", "b", 1, "data b");
        cassandra.failHalfway();
        assertThatThrownBy(() -> backup("one", BackupMode.FULL)).hasMessageContaining("died");
        // the node made half of it and could not even clear it
        Path left = directory.resolve("data/ks/a-" + FakeCassandraNode.ID + "/snapshots/medusa-one");
        Files.createDirectories(left);
        Files.writeString(left.resolve("manifest.json"), "{\"files\": [\"nb-1-big-Data.db\"]}");
        backup("one", BackupMode.FULL);
        assertThat(contents("one"))
                .containsEntry("a/nb-1-big-Data.db", "data a")
                .containsEntry("b/nb-1-big-Data.db", "data b");
    }

    @Test
    void tablesWhoseDirectoriesHaveNoIdAreBackedUp() throws IOException {
        cassandra.sstable("system", "local", 1, "own");
        cassandra.sstable("ks", "a", 1, "data a");
        BackupNode flow = new BackupNode(
                catalog,
                cassandra.node(new WithoutIds(cassandra)),
                new TransferPool(1, false, Progress.NONE),
                new Stagger(catalog, Clock.systemUTC(), Duration.ofMillis(50)));

        flow.run(request("one", BackupMode.DIFFERENTIAL, TableScope.ALL, false, Optional.empty()));

        assertThat(find("one").isFinished()).isTrue();
        assertThat(contents("one")).containsValues("data a", "own");
    }

    /** Two tables are in directories as Cassandra 2.0 made them. */
    private record WithoutIds(FakeCassandraNode node) implements io.medusa.cassandra.SnapshotService {
        @Override
        public void take(String tag) {
            node.take(tag);
            node.withoutId("system", "local");
            node.withoutId("ks", "a");
        }

        @Override
        public void clear(String tag) {
            node.clear(tag);
        }
    }

    @Test
    void aTableThatTheSnapshotLacksFailsTheBackup() throws IOException {
        cassandra.sstable("ks", "a", 1, "data");
        Path hidden = cassandra.table("ks", "b");
        Files.delete(hidden);
        // the snapshot of b goes to a directory that no data directory of the configuration holds
        Files.createSymbolicLink(hidden.resolveSibling(".hidden"), directory);
        Files.createDirectories(directory.resolve("elsewhere"));
        FakeCassandraNode broken = cassandra;
        assertThatThrownBy(() -> {
                    BackupNode flow = new BackupNode(
                            catalog,
                            broken.node(new OnlyTableA(broken)),
                            new TransferPool(1, false, Progress.NONE),
                            new Stagger(catalog, Clock.systemUTC(), Duration.ofMillis(50)));
                    flow.run(new BackupNode.Request(
                            NODE,
                            new BackupName("one"),
                            BackupMode.FULL,
                            TableScope.ALL,
                            Optional.empty(),
                            false,
                            false,
                            false,
                            directory));
                })
                .hasMessageContaining("Cassandra reports it as taken, but it lacks ks.b");
        assertThat(find("one").isFinished()).isFalse();
    }

    /** Reports success but leaves a table out. */
    private record OnlyTableA(FakeCassandraNode node) implements io.medusa.cassandra.SnapshotService {
        @Override
        public void take(String tag) {
            node.take(tag);
            try (Stream<Path> paths = Files.walk(Path.of(tagParent(tag)))) {
                for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(path);
                }
            } catch (IOException failed) {
                throw new java.io.UncheckedIOException(failed);
            }
        }

        private String tagParent(String tag) {
            return node.component("ks", "b", 1, "Data.db")
                    .getParent()
                    .resolve("snapshots")
                    .resolve(tag)
                    .toString();
        }

        @Override
        public void clear(String tag) {
            node.clear(tag);
        }
    }

    @Test
    void aSnapshotThatVanishesIsOneClearError() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        FaultyStorage clearing = new FaultyStorage(storage, (method, key) -> {
            if (method.equals("put") && key.endsWith("-Data.db")) {
                cassandra.clear("medusa-one");
            }
        });
        assertThatThrownBy(() -> backup(clearing, "one", BackupMode.FULL, false, Optional.empty()))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("the snapshot vanished while it was backed up")
                .extracting(failure -> ((MedusaException) failure).kind())
                .isEqualTo(FailureKind.SNAPSHOT_MISSING);
        assertThat(find("one").isFinished()).isFalse();
    }

    @Test
    void aFinishedNameIsRefused() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        backup("one", BackupMode.DIFFERENTIAL);
        Map<String, byte[]> before = bucket();
        assertThatThrownBy(() -> backup("one", BackupMode.DIFFERENTIAL))
                .hasMessageContaining("is finished already")
                .extracting(failure -> ((MedusaException) failure).kind())
                .isEqualTo(FailureKind.BACKUP_EXISTS);
        assertThat(bucket().keySet()).isEqualTo(before.keySet());
    }

    @Test
    void aFinishedBackupThatDiedBeforeItsIndexIsIndexedByTheNextTry() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        FaultyStorage dying = new FaultyStorage(storage, (method, key) -> {
            if (method.equals("put") && key.startsWith("index/backup_index/one/manifest_")) {
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "killed");
            }
        });
        assertThatThrownBy(() -> backup(dying, "one", BackupMode.DIFFERENTIAL, false, Optional.empty()))
                .hasMessage("killed");
        assertThatThrownBy(() -> backup("one", BackupMode.DIFFERENTIAL)).hasMessageContaining("is finished already");
        assertThat(catalog.latestNodeBackup(NODE)).map(NodeBackup::name).contains(new BackupName("one"));
        assertThat(catalog.findClusterBackup(new BackupName("one"))
                        .orElseThrow()
                        .isComplete())
                .isTrue();
    }

    /** Every storage call of a backup fails once: older backups keep their bytes, and the same command again succeeds. */
    @Test
    void P15_aFailureAtAnyStorageCallHarmsNothingAndIsResumed() throws IOException {
        for (BackupMode mode : BackupMode.values()) {
            for (int failing = 1; failing < 400; failing++) {
                if (survives(mode, failing)) {
                    assertThat(failing).as("calls of a whole backup").isGreaterThan(20);
                    break;
                }
            }
        }
    }

    /** Whether the backup never came to that call. */
    private boolean survives(BackupMode mode, int failing) throws IOException {
        Path own = directory.resolve(mode.word() + failing);
        storage = new LocalStorage(own.resolve("bucket"));
        catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        cassandra = new FakeCassandraNode(own.resolve("data"), NODE);
        cassandra.sstable("ks", "t", 1, "first");
        cassandra.sstable("ks", "u", 1, "other");
        backup("one", BackupMode.DIFFERENTIAL);
        Map<String, byte[]> before = bucket();
        cassandra.sstable("ks", "t", 2, "second");
        cassandra.remove("ks", "u", 1);
        cassandra.sstable("ks", "u", 1, "0ther");
        AtomicInteger calls = new AtomicInteger();
        BiConsumer<String, String> script = (method, key) -> {
            if (calls.incrementAndGet() == failing) {
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "fault at " + method + " " + key);
            }
        };
        boolean untouched;
        try {
            backup(new FaultyStorage(storage, script), "two", mode, false, Optional.empty());
            untouched = calls.get() < failing;
        } catch (MedusaException expected) {
            untouched = false;
            assertThat(expected).hasMessageContaining("fault at");
        }
        Map<String, byte[]> after = bucket();
        before.forEach((key, bytes) -> assertThat(after.get(key)).as(key).isEqualTo(bytes));
        if (catalog.findNodeBackup(NODE, new BackupName("two"))
                .filter(NodeBackup::isFinished)
                .isEmpty()) {
            // the data has changed since: the generation is used once more
            cassandra.remove("ks", "t", 2);
            cassandra.sstable("ks", "t", 2, "sec0nd");
            backup("two", mode);
            assertThat(contents("two")).containsEntry("t/nb-2-big-Data.db", "sec0nd");
        }
        assertThat(contents("two"))
                .containsEntry("u/nb-1-big-Data.db", "0ther")
                .containsEntry("t/nb-1-big-Data.db", "first");
        assertThat(contents("one")).containsEntry("u/nb-1-big-Data.db", "other");
        return untouched;
    }

    @Test
    void aPoolWrittenByAnotherHandIsComparedByContentOnce() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        backup("one", BackupMode.DIFFERENTIAL);
        // as the reference leaves it: no hashes, and a component of another SSTable beside a digest that fits
        ObjectKey manifest = new ObjectKey("n1/one/meta/manifest.json");
        try (InputStream in = storage.open(manifest).orElseThrow()) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replaceAll("\"MD5\": \"[0-9a-f]+\"", "\"MD5\": null")
                    .replaceAll(", \"modified_ns\": \\d+", "");
            storage.put(manifest, ObjectSource.OfBytes.utf8(text));
        }
        storage.put(
                new ObjectKey("n1/data/ks/t-" + FakeCassandraNode.ID + "/nb-1-big-CompressionInfo.db"),
                ObjectSource.OfBytes.utf8("chunk5"));
        BackupNode.Result two = backup("two", BackupMode.DIFFERENTIAL);
        assertThat(contents("two")).containsEntry("t/nb-1-big-CompressionInfo.db", "chunks");
        assertThat(two.counts().uploaded()).isEqualTo(1);
    }

    @Test
    void aDamagedManifestOfAnEarlierBackupIsNoObstacle() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        backup("one", BackupMode.DIFFERENTIAL);
        backup("two", BackupMode.DIFFERENTIAL);
        storage.put(new ObjectKey("n1/two/meta/manifest.json"), ObjectSource.OfBytes.utf8("[{\"keyspace\": \"k"));
        assertThat(backup("three", BackupMode.DIFFERENTIAL).counts().uploaded()).isZero();
    }

    /** As the build of a secondary index does, through the link that the snapshot shares with the live SSTable. */
    @Test
    void aListOfComponentsThatGrowsWhileItIsBackedUpIsStoredAsItWas() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        Path toc = cassandra.component("ks", "t", 1, "TOC.txt");
        String before = Files.readString(toc);
        FaultyStorage growing = new FaultyStorage(storage, (method, key) -> {
            if (method.equals("put") && key.endsWith("-TOC.txt")) {
                try {
                    Files.writeString(toc, "SAI+aa+idx+Meta.db\n", StandardOpenOption.APPEND);
                } catch (IOException failed) {
                    throw new java.io.UncheckedIOException(failed);
                }
            }
        });
        backup(growing, "one", BackupMode.DIFFERENTIAL, false, Optional.empty());
        assertThat(find("one").isFinished()).isTrue();
        assertThat(directory.resolve("bucket/n1/data/ks/t-" + FakeCassandraNode.ID + "/nb-1-big-TOC.txt"))
                .hasContent(before);
    }

    @Test
    void objectsThatVanishWhileABackupRunsAreNoticedBeforeItIsFinished() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        FaultyStorage purged = new FaultyStorage(storage, (method, key) -> {
            if (method.equals("put") && key.endsWith("-TOC.txt")) {
                storage.deleteAll(
                        List.of(new ObjectKey("n1/data/ks/t-" + FakeCassandraNode.ID + "/nb-1-big-Digest.crc32")));
            }
        });
        assertThatThrownBy(() -> backup(purged, "one", BackupMode.DIFFERENTIAL, false, Optional.empty()))
                .hasMessageContaining("1 object of this backup disappeared");
        assertThat(find("one").isFinished()).isFalse();
    }

    @Test
    void anObjectThatAnotherProgramDeletesBeforeTheManifestIsStoredTakesTheManifestBack() throws IOException {
        cassandra.sstable("ks", "t", 1, "ours");
        boolean[] done = {false};
        FaultyStorage purged = new FaultyStorage(storage, (method, what) -> {
            if (method.equals("put") && what.equals("n1/one/meta/manifest.json") && !done[0]) {
                done[0] = true;
                storage.deleteAll(List.of(new ObjectKey("n1/data/ks/t-" + FakeCassandraNode.ID + "/nb-1-big-Data.db")));
            }
        });
        assertThatThrownBy(() -> backup(purged, "one", BackupMode.DIFFERENTIAL, false, Optional.empty()))
                .hasMessageContaining("1 object of this backup disappeared");
        assertThat(find("one").isFinished()).isFalse();
        backup("one", BackupMode.DIFFERENTIAL);
        assertThat(contents("one")).containsEntry("t/nb-1-big-Data.db", "ours");
    }

    /** Lets another writer store an object right before this backup does. */
    private BiConsumer<String, String> another(String component, String content) {
        boolean[] done = {false};
        return (method, what) -> {
            if (method.equals("put") && what.contains("/data/") && what.endsWith(component) && !done[0]) {
                done[0] = true;
                storage.put(new ObjectKey(what), ObjectSource.OfBytes.utf8(content));
            }
        };
    }

    @Test
    void anObjectOfAnotherWriterIsNotReplacedButGoesBeside() throws IOException {
        cassandra.sstable("ks", "t", 1, "ours");
        backup(
                new FaultyStorage(storage, another("-Data.db", "theirs")),
                "one",
                BackupMode.DIFFERENTIAL,
                false,
                Optional.empty());
        assertThat(contents("one")).containsEntry("t/nb-1-big-Data.db", "ours");
        String table = "n1/data/ks/t-" + FakeCassandraNode.ID;
        assertThat(bucket().get(table + "/nb-1-big-Data.db")).isEqualTo("theirs".getBytes(StandardCharsets.UTF_8));
        assertThat(catalog.stored(find("one"))
                        .manifest()
                        .orThrow()
                        .sections()
                        .get(0)
                        .objects())
                .extracting(ManifestEntry::key)
                .anyMatch(key -> key.matches(table + "~[0-9a-f]{12}/nb-1-big-Data\\.db"));
    }

    @Test
    void theSameBytesOfAnotherWriterAreTakenAsTheyAre() throws IOException {
        cassandra.sstable("ks", "t", 1, "ours");
        backup(
                new FaultyStorage(storage, another("-Data.db", "ours")),
                "one",
                BackupMode.DIFFERENTIAL,
                false,
                Optional.empty());
        assertThat(contents("one")).containsEntry("t/nb-1-big-Data.db", "ours");
        assertThat(bucket().keySet()).noneMatch(key -> key.contains("~"));
    }

    @Test
    void inAFullBackupAnObjectOfAnotherWriterIsAFailure() throws IOException {
        cassandra.sstable("ks", "t", 1, "ours");
        assertThatThrownBy(() -> backup(
                        new FaultyStorage(storage, another("-Data.db", "theirs")),
                        "one",
                        BackupMode.FULL,
                        false,
                        Optional.empty()))
                .hasMessageContaining("another program stored");
    }

    @Test
    void ofTwoThatPublishTheSameNameOneDoes() throws IOException {
        cassandra.sstable("ks", "t", 1, "ours");
        boolean[] done = {false};
        FaultyStorage racing = new FaultyStorage(storage, (method, what) -> {
            if (method.equals("put") && what.equals("n1/one/meta/manifest.json") && !done[0]) {
                done[0] = true;
                storage.put(new ObjectKey(what), ObjectSource.OfBytes.utf8("[]"));
            }
        });
        assertThatThrownBy(() -> backup(racing, "one", BackupMode.DIFFERENTIAL, false, Optional.empty()))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.BUSY));
        assertThat(bucket().get("n1/one/meta/manifest.json")).isEqualTo("[]".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void B30_staggerWaitsForThisRoundNotForAnyBackupEver() throws IOException {
        NodeName first = new NodeName("n0");
        cassandra = new FakeCassandraNode(directory.resolve("data"), first, NODE);
        cassandra.sstable("ks", "t", 1, "data");
        // an old finished backup of both nodes
        for (NodeName node : List.of(first, NODE)) {
            storage.put(new ObjectKey(node + "/old/meta/schema.cql"), ObjectSource.OfBytes.utf8(""));
            storage.put(new ObjectKey(node + "/old/meta/manifest.json"), ObjectSource.OfBytes.utf8("[]"));
        }
        assertThatThrownBy(() ->
                        backup(storage, "one", BackupMode.DIFFERENTIAL, false, Optional.of(Duration.ofMillis(300))))
                .hasMessageContaining("node n0 did not finish its backup")
                .extracting(failure -> ((MedusaException) failure).kind())
                .isEqualTo(FailureKind.TIMEOUT);
        storage.put(new ObjectKey("n0/one/meta/schema.cql"), ObjectSource.OfBytes.utf8(""));
        storage.put(new ObjectKey("n0/one/meta/manifest.json"), ObjectSource.OfBytes.utf8("[]"));
        backup(storage, "one", BackupMode.DIFFERENTIAL, false, Optional.of(Duration.ofSeconds(30)));
        assertThat(find("one").isFinished()).isTrue();
    }

    @Test
    void backupsOfOneSecondAreListedInTheOrderOfTheirStart() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        List<String> names = List.of("zulu", "alpha", "mike", "bravo", "yankee");
        for (String name : names) {
            backup(name, BackupMode.DIFFERENTIAL);
        }
        assertThat(catalog.clusterBackups().stream().map(backup -> backup.name().value()))
                .containsExactlyElementsOf(names);
        assertThat(catalog.finishedBackups(NODE).get(0).name().value()).isEqualTo("yankee");
    }

    @Test
    void aMarkerThatSomebodyHasPlantedIsReplacedAndNeverOpened() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        Path precious = Files.writeString(directory.resolve("precious"), "content");
        Files.createLink(directory.resolve("medusa_backup_in_progress"), precious);
        backup(storage, "one", BackupMode.DIFFERENTIAL, false, Optional.empty());
        assertThat(precious).hasContent("content");
        assertThat(directory.resolve("medusa_backup_in_progress")).doesNotExist();
    }

    @Test
    void leasesAndMarkersAreGoneAfterwards() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        AtomicInteger seen = new AtomicInteger();
        FaultyStorage watching = new FaultyStorage(storage, (method, key) -> {
            if (method.equals("put") && key.endsWith("-Data.db")) {
                try (Stream<StoredObject> leases = storage.list("index/leases/n1/")) {
                    seen.addAndGet((int) leases.count());
                }
                if (Files.exists(directory.resolve("medusa_backup_in_progress"))) {
                    seen.addAndGet(10);
                }
            }
        });
        backup(watching, "one", BackupMode.DIFFERENTIAL, false, Optional.empty());
        assertThat(seen).hasValue(11);
        try (Stream<StoredObject> leases = storage.list("index/leases/")) {
            assertThat(leases).isEmpty();
        }
        assertThat(directory.resolve("medusa_backup_in_progress")).doesNotExist();
    }

    @Test
    void filesOfAllKindsAreNamedWithTheHashOfTheirBytes() throws IOException {
        cassandra.sstable("ks", "t", 1, "data");
        Files.createDirectories(cassandra.table("ks", "t").resolve(".t_idx"));
        Files.writeString(cassandra.table("ks", "t").resolve(".t_idx/nb-1-big-Data.db"), "index data");
        Files.writeString(cassandra.table("ks", "t").resolve("da-1-bti-Rows.db"), "");
        cassandra.table("ks", "empty");
        BackupNode.Result result = backup("one", BackupMode.DIFFERENTIAL);
        assertThat(contents("one")).hasSize(result.counts().files());
        assertThat(catalog.stored(find("one")).manifest().orThrow().sections()).hasSize(2);
        assertThat(bucket()).containsKey("n1/data/ks/t-" + FakeCassandraNode.ID + "/.t_idx/nb-1-big-Data.db");
    }

    private static void flip(Path file, int position, boolean keepTime) throws IOException {
        FileTime time = Files.getLastModifiedTime(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[position] ^= 1;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes));
        }
        if (keepTime) {
            Files.setLastModifiedTime(file, time);
        }
    }

    @Test
    void dataThatIsNotAsItsDigestSaysIsBackedUpReportedAndMarkedFromThenOn() throws IOException {
        cassandra.sstable("ks", "t", 1, "good");
        cassandra.sstable("ks", "t", 2, "will rot");
        flip(cassandra.component("ks", "t", 2, "Data.db"), 3, true);
        BackupNode.Result first = backup("first", BackupMode.DIFFERENTIAL);
        assertThat(first.damaged()).singleElement().satisfies(file -> {
            assertThat(file.table().qualifiedName()).isEqualTo("ks.t");
            assertThat(file.file()).isEqualTo("nb-2-big-Data.db");
            assertThat(file.damage()).startsWith("its bytes do not match Digest.crc32");
        });
        assertThat(contents("first")).as("everything is there all the same").hasSize(16);
        // reused or copied without being read again, it is still known
        for (BackupMode mode : BackupMode.values()) {
            BackupNode.Result later = backup("later" + mode.word(), mode);
            assertThat(later.counts().uploaded()).isZero();
            assertThat(later.damaged()).isEqualTo(first.damaged());
            assertThat(catalog.stored(find("later" + mode.word()))
                            .stats()
                            .orThrow()
                            .damaged())
                    .singleElement()
                    .satisfies(entry -> assertThat(entry.damage())
                            .isEqualTo(first.damaged().get(0).damage()));
        }
    }

    @Test
    void dataThatWasTouchedSinceItWasStoredIsReadAgain() throws IOException {
        cassandra.sstable("ks", "t", 1, "content");
        backup("before", BackupMode.DIFFERENTIAL);
        Map<String, String> before = contents("before");
        flip(cassandra.component("ks", "t", 1, "Data.db"), 0, false);
        BackupNode.Result after = backup("after", BackupMode.DIFFERENTIAL);
        assertThat(after.damaged()).extracting(DamagedFile::file).containsExactly("nb-1-big-Data.db");
        assertThat(contents("before")).as("the good copy stays").isEqualTo(before);
        assertThat(contents("after").get("t/nb-1-big-Data.db")).isNotEqualTo("content");
    }

    @Test
    void aPartialBackupSaysSoAndIsNeverTakenForAWholeOne() throws IOException {
        cassandra.sstable("shop", "orders", 1, "orders");
        cassandra.sstable("shop", "tmp_1", 1, "temporary");
        cassandra.sstable("other", "t", 1, "other");
        backup("whole", BackupMode.DIFFERENTIAL);
        BackupNode.Result result = partial("part", "shop", "!shop.tmp_*");
        assertThat(result.counts().uploaded()).isZero();
        assertThat(contents("part")).hasSize(8).containsKey("orders/nb-1-big-Data.db");
        Manifest manifest = catalog.stored(find("part")).manifest().orThrow();
        assertThat(manifest.scope().patterns()).containsExactly("shop", "!shop.tmp_*");
        assertThat(catalog.findClusterBackup(new BackupName("part"))
                        .orElseThrow()
                        .scope())
                .isEqualTo(manifest.scope());
        assertThat(catalog.latestNodeBackup(NODE).orElseThrow().name().value()).isEqualTo("whole");
        // what the partial one does not name is still known from the whole one
        BackupNode.Result next = backup("next", BackupMode.DIFFERENTIAL);
        assertThat(next.counts().reused()).isEqualTo(24);
        assertThat(catalog.stored(find("next")).manifest().orThrow().scope().isAll())
                .isTrue();
    }

    @Test
    void D11_anUnfinishedBackupIsNotRestoredNorDownloaded() throws IOException {
        cassandra.sstable("ks", "t", 1, "content");
        FaultyStorage dying = new FaultyStorage(storage, (method, what) -> {
            if (method.equals("put") && what.endsWith("meta/manifest.json")) {
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "the process died here");
            }
        });
        assertThatThrownBy(() -> backup(dying, "cut", BackupMode.DIFFERENTIAL, false, Optional.empty()))
                .hasMessageContaining("died here");
        Path ini = Files.write(
                directory.resolve("medusa.ini"),
                List.of(
                        "[storage]",
                        "storage_provider = local",
                        "base_path = " + directory,
                        "bucket_name = bucket",
                        "fqdn = n1",
                        "[cassandra]",
                        "config_file = " + directory.resolve("cassandra.yaml"),
                        "nodetool_port = 1",
                        "resolve_ip_addresses = False"));
        Cli medusa = new Cli(ini).with("TMPDIR", directory.toString());
        Files.createDirectories(directory.resolve("to"));
        for (List<String> command : List.of(
                List.of("restore-node", "--backup-name", "cut"),
                List.of("restore-node", "--backup-name", "cut", "--dry-run"),
                List.of(
                        "download",
                        "--backup-name",
                        "cut",
                        "--download-destination",
                        directory.resolve("to").toString()))) {
            Cli.Result result = medusa.run(command.toArray(String[]::new));
            assertThat(result.status()).isEqualTo(1);
            assertThat(result.lastError()).contains("backup cut of node n1 is not finished, so it cannot be restored");
        }
    }

    @Test
    void aScopeThatMatchesNothingIsRefused() throws IOException {
        cassandra.sstable("shop", "orders", 1, "orders");
        assertThatThrownBy(() -> partial("part", "Shop"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("no table in the scope of the backup (Shop)");
        assertThatThrownBy(() -> partial("part", "shop.orders", "shop.misspelt", "sh?p*", "zoo*", "!absent"))
                .isInstanceOf(MedusaException.class)
                .hasMessage("the node has no table that matches shop.misspelt, zoo*. Nothing was backed up. Names are"
                        + " case-sensitive");
        assertThat(bucket()).isEmpty();
        // of the configuration, since a table that is dropped must not stop the backup of all others
        flow(storage)
                .run(new BackupNode.Request(
                        NODE,
                        new BackupName("configured"),
                        BackupMode.DIFFERENTIAL,
                        new TableScope(List.of("shop.orders", "shop.dropped")),
                        false,
                        Optional.empty(),
                        false,
                        false,
                        false,
                        Optional.empty(),
                        directory));
        assertThat(contents("configured")).containsKey("orders/nb-1-big-Data.db");
    }

    @Test
    void aDryRunTellsWhatABackupWouldDoAndWritesNothing() throws IOException {
        cassandra.sstable("ks", "t", 1, "stored");
        backup("one", BackupMode.DIFFERENTIAL);
        cassandra.sstable("ks", "t", 2, "not stored yet");
        Map<String, byte[]> before = bucket();
        BackupPlan plan =
                flow(storage).plan(request("two", BackupMode.DIFFERENTIAL, TableScope.ALL, false, Optional.empty()));
        assertThat(plan.total().reused()).isEqualTo(8);
        assertThat(plan.total().uploaded()).isEqualTo(8);
        assertThat(plan.free()).isPresent();
        assertThat(bucket().keySet()).isEqualTo(before.keySet());
        assertThat(cassandra.node().snapshotTags()).isEmpty();
        assertThat(backup("two", BackupMode.DIFFERENTIAL).counts()).isEqualTo(plan.total());
        assertThatThrownBy(() -> flow(storage)
                        .plan(request("two", BackupMode.DIFFERENTIAL, TableScope.ALL, false, Optional.empty())))
                .hasMessageContaining("is finished already");
    }

    @Test
    void aDryRunRefusesWhatTheBackupRefusesAndCountsNoDroppedTable() throws IOException {
        cassandra.sstable("shop", "orders", 1, "some");
        cassandra.sstable("shop", "dropped", 1, "other");
        cassandra
                .node()
                .takeSnapshot(SnapshotRequest.of(new BackupName("kept"), Set.of()), true)
                .close();
        cassandra.drop("shop", "dropped");
        BackupNode.Request ofDropped = request(
                "one", BackupMode.DIFFERENTIAL, new TableScope(List.of("shop.dropped")), false, Optional.empty());
        String refusal = "the node has no table in the scope of the backup";
        assertThatThrownBy(() -> flow(storage).run(ofDropped)).hasMessageContaining(refusal);
        assertThatThrownBy(() -> flow(storage).plan(ofDropped)).hasMessageContaining(refusal);
        BackupPlan all =
                flow(storage).plan(request("one", BackupMode.DIFFERENTIAL, TableScope.ALL, false, Optional.empty()));
        assertThat(all.tables()).extracting(BackupPlan.Table::name).containsExactly("shop.orders");
        BackupNode.Request existing = new BackupNode.Request(
                NODE,
                new BackupName("medusa-kept"),
                BackupMode.DIFFERENTIAL,
                TableScope.ALL,
                Optional.empty(),
                false,
                false,
                true,
                directory);
        assertThat(flow(storage).plan(existing).total().uploaded())
                .as("both tables are in the snapshot")
                .isEqualTo(16);
        assertThat(cassandra.node().snapshotTags()).containsExactly("medusa-kept");
    }
}
