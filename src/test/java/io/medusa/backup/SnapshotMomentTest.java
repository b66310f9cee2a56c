package io.medusa.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.SnapshotService;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableScope;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.FaultyStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The schema, the age and the indexes of a backup are those of its snapshot, whoever took it and whenever it is uploaded. */
final class SnapshotMomentTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final Instant NOW = Instant.now();

    @TempDir
    Path directory;

    private LocalStorage storage;
    private BackupCatalog catalog;
    private FakeCassandraNode cassandra;

    @BeforeEach
    void twoTables() throws IOException {
        storage = new LocalStorage(directory.resolve("bucket"));
        catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        cassandra = new FakeCassandraNode(directory.resolve("node/data"), NODE);
        Files.createDirectories(directory.resolve("node"));
        cassandra.table("system_schema", "tables");
        cassandra.sstable("ks", "a", 1, "data a");
        cassandra.sstable("ks", "b", 1, "data b");
    }

    private BackupNode.Result backup(
            ObjectStorage through, String name, boolean keep, boolean existing, String snapshot) throws IOException {
        return backup(through, cassandra.node(), name, keep, existing, snapshot, TableScope.ALL);
    }

    private BackupNode.Result backup(
            ObjectStorage through,
            CassandraNode node,
            String name,
            boolean keep,
            boolean existing,
            String snapshot,
            TableScope scope) {
        BackupCatalog own = new BackupCatalog(through, new RepositoryLayout(""));
        return new BackupNode(
                        own,
                        node,
                        new TransferPool(2, false, Progress.NONE),
                        new Stagger(own, Clock.systemUTC(), Duration.ofMillis(50)))
                .run(new BackupNode.Request(
                        NODE,
                        new BackupName(name),
                        BackupMode.DIFFERENTIAL,
                        scope,
                        true,
                        Optional.empty(),
                        false,
                        keep,
                        existing,
                        Optional.ofNullable(snapshot),
                        directory));
    }

    private BackupNode.Result backup(String name) throws IOException {
        return backup(storage, name, false, false, null);
    }

    private NodeBackup find(String name) {
        return catalog.findNodeBackup(NODE, new BackupName(name)).orElseThrow();
    }

    private Map<String, ManifestSection> sections(String name) {
        return catalog.stored(find(name)).manifest().orThrow().sections().stream()
                .collect(Collectors.toMap(
                        section -> section.table().qualifiedName(), section -> section, (a, b) -> a, TreeMap::new));
    }

    /** The schema that all copies in the bucket agree on, as far as columns and tables go. */
    private String schema(String name) throws IOException {
        String full =
                catalog.stored(find(name)).metaText("schema_with_internals.txt").orElseThrow();
        String shared = catalog.stored(find(name)).metaText("schema.cql").orElseThrow();
        assertThat(Files.readString(directory.resolve("bucket/index/backup_index/" + name + "/schema_n1.cql")))
                .isEqualTo(shared);
        for (String column : List.of("added", "later")) {
            assertThat(shared.contains(column)).isEqualTo(full.contains(column));
        }
        return full;
    }

    /** The started entry in the index is that of the schema's object, and the only one. */
    private void startIsConsistent(String name) throws IOException {
        Path schema = directory.resolve("bucket/n1/" + name + "/meta/schema.cql");
        try (Stream<Path> entries = Files.list(directory.resolve("bucket/index/backup_index/" + name))) {
            assertThat(entries.map(path -> path.getFileName().toString()).filter(file -> file.startsWith("started")))
                    .containsExactly("started_n1_"
                            + Files.getLastModifiedTime(schema).toInstant().getEpochSecond() + ".timestamp");
        }
    }

    private void once(Runnable change) {
        AtomicInteger calls = new AtomicInteger();
        cassandra.duringSnapshots(() -> {
            if (calls.getAndIncrement() == 0) {
                change.run();
            }
        });
    }

    private void at(Duration before) {
        cassandra.clock(Clock.fixed(NOW.minus(before), ZoneOffset.UTC));
    }

    @Test
    void aTableDroppedDuringTheSnapshotIsInNeitherManifestNorSchema() throws IOException {
        once(() -> cassandra.drop("ks", "b"));
        backup("one");
        assertThat(cassandra.snapshotsTaken()).isEqualTo(2);
        assertThat(sections("one")).containsKey("ks.a").doesNotContainKey("ks.b");
        assertThat(schema("one")).contains("\"a\"").doesNotContain("\"b\"");
        startIsConsistent("one");
        assertThat(cassandra.node().snapshotTags()).isEmpty();
    }

    @Test
    void aColumnAddedDuringTheSnapshotIsInTheSchema() throws IOException {
        once(() -> cassandra.addColumn("ks", "a", "added"));
        backup("one");
        assertThat(cassandra.snapshotsTaken()).isEqualTo(2);
        assertThat(schema("one")).contains("added text");
        startIsConsistent("one");
    }

    @Test
    void aTableCreatedDuringTheSnapshotIsInManifestAndSchema() throws IOException {
        once(() -> {
            try {
                cassandra.sstable("ks", "c", 1, "data c");
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        backup("one");
        assertThat(sections("one").get("ks.c").objects()).isNotEmpty();
        assertThat(schema("one")).contains("\"c\"");
    }

    @Test
    void theClustersMetadataIsThatOfTheSnapshotAndADumpOfItIsKept() throws IOException {
        cassandra.epoch(17);
        once(() -> cassandra.epoch(18));
        BackupNode.Result result = backup("one");
        assertThat(cassandra.snapshotsTaken()).isEqualTo(2);
        assertThat(result.snapshot().epoch()).hasValue(18);
        assertThat(catalog.snapshot(NODE, new BackupName("one")).orElseThrow().epoch())
                .hasValue(18);
        assertThat(catalog.stored(find("one")).tokenMap().orThrow().epoch()).hasValue(18);
        assertThat(directory.resolve("bucket/n1/one/meta/cluster_metadata.dump"))
                .hasContent("dump of 18");
    }

    @Test
    void aSnapshotLeftForTheBackupKeepsItsEpochAndItsDump() throws IOException {
        cassandra.epoch(17);
        BackupSnapshot left =
                cassandra.node().leaveSnapshot(new BackupName("one"), false).snapshot();
        cassandra.epoch(20);
        backup(storage, "one", false, false, left.id().orElseThrow());
        assertThat(left.epoch()).hasValue(17);
        assertThat(catalog.stored(find("one")).tokenMap().orThrow().epoch()).hasValue(17);
        assertThat(directory.resolve("bucket/n1/one/meta/cluster_metadata.dump"))
                .hasContent("dump of 17");
    }

    @Test
    void aBackupIsFinishedWithoutADumpOfTheClustersMetadata() throws IOException {
        cassandra.epoch(17);
        cassandra.failDumps();
        assertThat(backup("one").snapshot().epoch()).hasValue(17);
        assertThat(directory.resolve("bucket/n1/one/meta/cluster_metadata.dump"))
                .doesNotExist();
    }

    @Test
    void aSchemaThatNeverRestsIsOneClearErrorAndLeavesNoSnapshot() throws IOException {
        AtomicInteger number = new AtomicInteger();
        cassandra.duringSnapshots(() -> cassandra.addColumn("ks", "a", "added" + number.incrementAndGet()));
        assertThatThrownBy(() -> backup("one"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("the cluster changed during each of 5 attempts (a definition was changed)");
        assertThat(cassandra.snapshotsTaken()).isEqualTo(5);
        assertThat(find("one").isFinished()).isFalse();
        assertThat(cassandra.node().snapshotTags()).isEmpty();
    }

    @Test
    void aClusterWhoseMembersNeverRestIsNotBlamedOnTheSchema() {
        AtomicInteger number = new AtomicInteger(17);
        cassandra.epoch(17);
        cassandra.duringSnapshots(() -> cassandra.epoch(number.incrementAndGet()));
        assertThatThrownBy(() -> backup("one"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining(
                        "the cluster changed during each of 5 attempts (the cluster's metadata changed from"
                                + " epoch 21 to 22)");
    }

    @Test
    void aResumedBackupHasNoDumpOfAnotherEpoch() throws IOException {
        Path dump = directory.resolve("bucket/n1/one/meta/cluster_metadata.dump");
        cassandra.epoch(17);
        FaultyStorage failing = new FaultyStorage(storage, (call, key) -> {
            if (call.equals("put") && key.endsWith("manifest.json")) {
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "injected");
            }
        });
        assertThatThrownBy(() -> backup(failing, "one", false, false, null)).isInstanceOf(MedusaException.class);
        assertThat(dump).hasContent("dump of 17");
        cassandra.epoch(20);
        cassandra.failDumps();
        assertThat(backup("one").snapshot().epoch()).hasValue(20);
        assertThat(find("one").isFinished()).isTrue();
        assertThat(dump).doesNotExist();
    }

    @Test
    void aSnapshotLeftForTheBackupIsUploadedWithTheSchemaOfItsTime() throws IOException {
        BackupSnapshot left =
                cassandra.node().leaveSnapshot(new BackupName("one"), false).snapshot();
        cassandra.drop("ks", "b");
        cassandra.addColumn("ks", "a", "later");
        cassandra.sstable("ks", "c", 1, "data c");
        BackupNode.Result result = backup("one");
        assertThat(cassandra.snapshotsTaken())
                .as("the cluster's snapshot is used")
                .isEqualTo(1);
        assertThat(result.snapshot()).isEqualTo(left);
        assertThat(catalog.snapshot(NODE, new BackupName("one"))).contains(left);
        assertThat(sections("one")).containsKeys("ks.a", "ks.b").doesNotContainKey("ks.c");
        assertThat(schema("one")).contains("\"b\"").doesNotContain("later").doesNotContain("\"c\"");
        startIsConsistent("one");
        assertThat(cassandra.node().snapshotTags()).isEmpty();
    }

    @Test
    void point10_aSnapshotLeftEightDaysAgoIsNotUsedByANewBackup() throws IOException {
        at(Duration.ofDays(8));
        var unused = cassandra.node().leaveSnapshot(new BackupName("one"), false);
        at(Duration.ZERO);
        cassandra.sstable("ks", "a", 2, "data of this week");
        BackupNode.Result result = backup("one");
        assertThat(result.snapshot().taken()).isEqualTo(NOW);
        assertThat(sections("one").get("ks.a").objects())
                .anyMatch(entry -> entry.fileName().startsWith("nb-2-"));
    }

    @Test
    void aSnapshotThatTheCoordinatorNamesIsUsedHoweverOldItIs() throws IOException {
        at(Duration.ofDays(8));
        BackupSnapshot left =
                cassandra.node().leaveSnapshot(new BackupName("one"), false).snapshot();
        at(Duration.ZERO);
        cassandra.sstable("ks", "a", 2, "data of this week");
        backup(storage, "one", false, false, left.id().orElseThrow());
        assertThat(cassandra.snapshotsTaken()).isEqualTo(1);
        assertThat(sections("one").get("ks.a").objects())
                .noneMatch(entry -> entry.fileName().startsWith("nb-2-"));
    }

    /** As a run that is killed in its upload: its snapshot stays, and its backup is unfinished. */
    private void killed(String name) {
        FaultyStorage broken = new FaultyStorage(storage, (call, key) -> {
            if (call.equals("put") && key.contains("/data/")) {
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "killed");
            }
        });
        assertThatThrownBy(() -> backup(broken, name, true, false, null)).hasMessageContaining("killed");
    }

    @Test
    void anUnfinishedBackupIsResumedWithItsOwnSnapshotAndItsSchema() throws IOException {
        killed("one");
        cassandra.drop("ks", "b");
        cassandra.addColumn("ks", "a", "later");
        cassandra.clock(Clock.fixed(NOW.plus(Duration.ofDays(3)), ZoneOffset.UTC));
        backup("one");
        assertThat(cassandra.snapshotsTaken()).isEqualTo(1);
        assertThat(sections("one")).containsKeys("ks.a", "ks.b");
        assertThat(schema("one")).contains("\"b\"").doesNotContain("later");
        startIsConsistent("one");
    }

    @Test
    void point10_theSnapshotOfAnotherRunIsNotUsedEvenIfItIsNew() throws IOException {
        killed("one");
        // somebody deleted the unfinished backup
        try (Stream<Path> meta = Files.walk(directory.resolve("bucket/n1/one"))) {
            for (Path path : meta.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
        cassandra.sstable("ks", "a", 2, "written since");
        backup("one");
        assertThat(cassandra.snapshotsTaken()).isEqualTo(2);
        assertThat(sections("one").get("ks.a").objects())
                .anyMatch(entry -> entry.fileName().startsWith("nb-2-"));
    }

    @Test
    void aSnapshotOfNodetoolIsBackedUpWithTheDefinitionsThatCassandraPutBesideIt() throws IOException {
        cassandra.take("mine");
        cassandra.drop("ks", "b");
        cassandra.addColumn("ks", "a", "later");
        BackupNode.Result result = backup(storage, "mine", true, true, null);
        assertThat(result.snapshot().id()).isEmpty();
        assertThat(sections("mine")).containsKeys("ks.a", "ks.b");
        assertThat(schema("mine")).contains("CREATE TABLE ks.\"b\"").doesNotContain("later");
        assertThat(sections("mine").get("ks.a").builtIndexes()).isEmpty();
    }

    @Test
    void aTableWhoseDefinitionNobodyKnowsFailsTheBackupUnlessItIsLeftOut() throws IOException {
        cassandra.take("mine");
        cassandra.drop("ks", "b");
        Files.delete(directory.resolve("node/data/ks/b-" + FakeCassandraNode.ID + "/snapshots/mine/schema.cql"));
        assertThatThrownBy(() -> backup(storage, "mine", true, true, null))
                .hasMessageContaining("the definitions of 1 of its tables are unknown, such as ks.b");
        assertThat(find("mine").isFinished()).isFalse();
        var unused = backup(storage, cassandra.node(), "mine", true, true, null, new TableScope(List.of("ks.a")));
        assertThat(sections("mine")).containsOnlyKeys("ks.a");
    }

    @Test
    void aTableThatWasDroppedSinceTheSnapshotCanStillBeBackedUpAlone() throws IOException {
        cassandra.take("mine");
        cassandra.drop("ks", "b");
        var unused = backup(storage, cassandra.node(), "mine", true, true, null, new TableScope(List.of("ks.b")));
        assertThat(sections("mine")).containsOnlyKeys("ks.b");
        assertThat(schema("mine")).contains("CREATE TABLE ks.\"b\"");
    }

    @Test
    void aKeptSnapshotIsBackedUpWithTheDescriptionThatWasMadeOfItsTime() throws IOException {
        backup(storage, "one", true, false, null);
        cassandra.drop("ks", "b");
        cassandra.addColumn("ks", "a", "later");
        BackupNode.Result again = backup(storage, "medusa-one", true, true, null);
        assertThat(again.snapshot())
                .isEqualTo(catalog.snapshot(NODE, new BackupName("one")).orElseThrow());
        assertThat(schema("medusa-one")).isEqualTo(schema("one"));
    }

    @Test
    void aMarkThatCannotBeBesideTheSnapshotCountsForNoLaterOneOfTheTag() throws IOException {
        SnapshotService occupied = new SnapshotService() {
            @Override
            public void take(String tag) {
                cassandra.take(tag);
                try {
                    Files.createDirectories(directory.resolve("node/data/system_schema/tables-" + FakeCassandraNode.ID
                            + "/snapshots/" + tag + "/medusa.json/x"));
                } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                }
            }

            @Override
            public void clear(String tag) {
                cassandra.clear(tag);
            }
        };
        CassandraNode node = cassandra.node(occupied);
        var unused = node.leaveSnapshot(new BackupName("one"), false);
        assertThat(directory.resolve("node/marks/medusa-one.json")).exists();
        // cleared and taken again by somebody else
        cassandra.clear("medusa-one");
        cassandra.take("medusa-one");
        assertThat(node.openSnapshot("medusa-one", true).origin().id()).isEmpty();
    }

    @Test
    void onlyIndexesThatWereBuiltAllTheTimeAreRecordedAsBuilt() throws IOException {
        cassandra.index("ks", "a", "whole", true);
        cassandra.index("ks", "a", "growing", false);
        cassandra.index("ks", "b", "rebuilt", true);
        // one gets ready while the snapshot is taken, after the files have been linked; another is built again
        cassandra.duringSnapshots(() -> {
            cassandra.index("ks", "a", "growing", true);
            cassandra.index("ks", "b", "rebuilt", false);
        });
        backup("one");
        assertThat(sections("one").get("ks.a").builtIndexes()).contains(Set.of("whole"));
        assertThat(sections("one").get("ks.b").builtIndexes()).contains(Set.of());
        assertThat(sections("one").get("system_schema.tables").builtIndexes()).isEmpty();
    }
}
