package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.NodeDescription;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMetadata;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableSelection;
import io.medusa.model.TokenMap;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.ChangingCassandraSchema;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.FakeCassandraSchema;
import io.medusa.testing.FakeCassandraService;
import io.medusa.testing.NodeBackups;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a node has on its disk after each way in which a restore can end. */
final class RestoreNodeTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("one");

    @TempDir
    Path directory;

    private BackupCatalog catalog;
    private FakeCassandraNode cassandra;
    private CassandraYaml yaml;

    @BeforeEach
    void backup() throws IOException {
        LocalStorage storage = new LocalStorage(directory.resolve("bucket"));
        cassandra = new FakeCassandraNode(directory.resolve("data"), NODE);
        cassandra.sstable("ks", "t", 1, "first");
        try (InputStream statistics = RestoreNodeTest.class.getResourceAsStream("/sstables/nb-counted-Statistics.db")) {
            Files.write(
                    cassandra.component("ks", "t", 1, "Statistics.db"),
                    Objects.requireNonNull(statistics).readAllBytes());
        }
        catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        NodeBackups.take(storage, cassandra.node(), NODE, NAME, directory);
        cassandra.remove("ks", "t", 1);
        cassandra.sstable("ks", "t", 2, "younger");
        StringBuilder text = new StringBuilder("data_file_directories: [ \"" + directory.resolve("data") + "\" ]\n");
        for (String name : List.of("commitlog", "saved_caches", "hints")) {
            Files.createDirectories(directory.resolve(name));
            text.append(name + "_directory: " + directory.resolve(name) + "\n");
        }
        yaml = CassandraYaml.read(Files.writeString(directory.resolve("cassandra.yaml"), text));
    }

    /** What was staged is gone when it has been stopped. */
    private final FakeCassandraService service = FakeCassandraService.down().onStop(this::loseWhatIsStaged);

    private void loseWhatIsStaged() {
        try {
            loseAll();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void loseAll() throws IOException {
        List<Path> staged;
        try (Stream<Path> files = Files.walk(directory.resolve(".medusa-data"))) {
            staged = files.filter(path -> path.toString().contains("/ks"))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
        assertThat(staged).isNotEmpty();
        Path top = staged.get(staged.size() - 1).getParent();
        try (Stream<Path> files = Files.walk(top)) {
            files.sorted(Comparator.reverseOrder()).forEach(RestoreNodeTest::delete);
        }
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void restore(FakeCassandraService with, TableSelection selection, boolean keep, boolean stayDown) {
        var unused = new RestoreNode(
                        catalog, yaml, with, new FakeCassandraSchema(), new TransferPool(2, false, Progress.NONE))
                .run(NodeRestores.of(
                        NODE, NAME, selection, NodeRestoreRequest.Target.IN_PLACE, keep, stayDown, directory));
    }

    private void restore(boolean stayDownOnFailure) {
        restore(service, TableSelection.ALL, false, stayDownOnFailure);
    }

    private String undo(FakeCassandraService with) {
        return undo(with, () -> {
            throw new MedusaException(FailureKind.CASSANDRA_UNREACHABLE, "down");
        });
    }

    private String undo(FakeCassandraService with, Supplier<NodeDescription> running) {
        return new UndoRestore(yaml, with, running).run(new UndoRestore.Request(NODE, false, directory));
    }

    /** The content of every file below the data directory, by relative path; without files of this program. */
    private Map<String, String> live() {
        Path data = directory.resolve("data");
        try (Stream<Path> files = Files.walk(data)) {
            Map<String, String> live = new TreeMap<>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = data.relativize(file).toString();
                if (!name.startsWith(".medusa")) {
                    live.put(name, Files.readString(file, StandardCharsets.ISO_8859_1));
                }
            }
            return live;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void assertRestored() {
        assertThat(cassandra.component("ks", "t", 1, "Data.db")).hasContent("first");
        assertThat(cassandra.component("ks", "t", 2, "Data.db")).doesNotExist();
    }

    @Test
    void aNodeWhoseSwapIsTurnedBackStaysDownWhereItIsToldTo() throws IOException {
        assertThatThrownBy(() -> restore(true))
                .hasMessageEndingWith(". The node has its previous data back and stays down");
        assertThat(service.told()).containsExactly("stop");
        assertThat(Files.readString(cassandra.component("ks", "t", 2, "Data.db")))
                .isEqualTo("younger");
        assertThatThrownBy(() -> restore(false)).hasMessageEndingWith(". The node runs again with its previous data");
        assertThat(service.told()).endsWith("start");
    }

    @Test
    void nothingChangesBeforeTheNodeIsStopped() {
        Map<String, String> before = live();
        FakeCassandraService node =
                FakeCassandraService.down().onStop(() -> assertThat(live()).isEqualTo(before));
        restore(node, TableSelection.ALL, false, false);
        assertThat(node.told()).containsExactly("stop", "start");
        assertRestored();
        assertThatThrownBy(() -> undo(FakeCassandraService.down()))
                .as("the previous state is kept on request only")
                .hasMessageStartingWith("there is nothing to undo");
    }

    @Test
    void aBackupThatCannotBeStagedLeavesTheNodeAlone() throws IOException {
        Map<String, String> before = live();
        Path stored;
        try (Stream<Path> objects = Files.walk(directory.resolve("bucket/n1/data"))) {
            stored = objects.filter(path -> path.endsWith("nb-1-big-Data.db"))
                    .findFirst()
                    .orElseThrow();
        }
        Files.writeString(stored, "fir$t");
        FakeCassandraService node = FakeCassandraService.down();
        assertThatThrownBy(() -> restore(node, TableSelection.ALL, false, false))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("nb-1-big-Data.db");
        assertThat(node.told()).isEmpty();
        assertThat(live()).isEqualTo(before);
    }

    @Test
    void aSelectionThatMatchesNothingLeavesTheNodeAlone() {
        Map<String, String> before = live();
        FakeCassandraService node = FakeCassandraService.down();
        assertThatThrownBy(() -> restore(node, new TableSelection(Set.of(), Set.of("ks.unknown")), false, false))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.BACKUP_UNKNOWN));
        assertThatThrownBy(() -> restore(
                        node, new TableSelection(Set.of("misspelt"), Set.of("ks.t", "ks.unknown")), false, false))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("has no keyspace misspelt, no table ks.unknown")
                .hasMessageContaining("Nothing was changed");
        assertThat(node.told()).isEmpty();
        assertThat(live()).isEqualTo(before);
    }

    /** The restored data stays for another attempt, and the previous data for an undo. */
    @Test
    void aNodeThatDoesNotStartKeepsBothStatesUntilTheRestoreIsRepeatedOrUndone() {
        Map<String, String> before = live();
        FakeCassandraService broken = FakeCassandraService.down().onStart(() -> {
            throw new MedusaException(FailureKind.CASSANDRA_FAILED, "Cassandra does not answer");
        });
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> restore(broken, TableSelection.ALL, false, false))
                    .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                            .isEqualTo(FailureKind.CASSANDRA_FAILED))
                    .hasMessageContaining("The restored data is in place, and the previous data is kept in")
                    .hasMessageEndingWith("To go back to it, run restore-node --undo");
            assertRestored();
        }
        FakeCassandraService repaired = FakeCassandraService.down();
        undo(repaired);
        assertThat(repaired.told()).containsExactly("stop", "start");
        assertThat(live()).isEqualTo(before);
    }

    /** Dropping it would drop what was just restored. */
    @Test
    void aTableThatWasCreatedAndRestoredIsNotToBeDroppedIfTheNodeDoesNotStart() {
        ChangingCassandraSchema schema = new ChangingCassandraSchema();
        FakeCassandraService broken = FakeCassandraService.up().onStart(() -> {
            throw new MedusaException(FailureKind.CASSANDRA_FAILED, "Cassandra does not answer");
        });
        assertThatThrownBy(() -> restoreTable(broken, schema))
                .hasMessageContaining("The restored data is in place")
                .hasMessageEndingWith("To go back to it, run restore-node --undo");
        assertThat(schema.executed()).first().asString().startsWith("CREATE TABLE ks.t");
    }

    @Test
    void aTableThatWasCreatedAndNotRestoredMayBeDropped() {
        FakeCassandraService broken = FakeCassandraService.up().onStop(this::loseWhatIsStaged);
        assertThatThrownBy(() -> restoreTable(broken, new ChangingCassandraSchema()))
                .hasMessageContaining("The node runs again with its previous data. This restore has created 1 table")
                .hasMessageEndingWith("DROP TABLE \"ks\".\"t\"");
    }

    /** By hand, without the id of the backup's table, while the files were being staged for that. */
    @Test
    void aTableThatOthersCreatedMeanwhileGetsTheFiles() throws IOException {
        Map<String, String> before = live();
        TableDirectory other = new TableDirectory("ks", "t-" + "a".repeat(32));
        ChangingCassandraSchema schema = new ChangingCassandraSchema();
        schema.beforeNext(() -> schema.create(other));
        restoreTable(FakeCassandraService.up(), schema);
        Map<String, String> after = live();
        after.keySet().removeAll(before.keySet());
        assertThat(after.keySet()).isNotEmpty().allMatch(file -> file.startsWith("ks/" + other.directory() + "/"));
        assertThat(after.values()).contains("first");
    }

    private void restoreTable(FakeCassandraService with, FakeCassandraSchema schema) {
        var unused = new RestoreNode(catalog, yaml, with, schema, new TransferPool(2, false, Progress.NONE))
                .run(NodeRestores.of(NODE, NAME, new TableSelection(Set.of(), Set.of("ks.t")), directory));
    }

    @Test
    void aPreviousStateThatIsKeptComesBackOnceAndWhole() {
        Map<String, String> before = live();
        restore(FakeCassandraService.down(), TableSelection.ALL, true, false);
        assertRestored();
        assertThat(undo(FakeCassandraService.down())).contains(NAME.value());
        assertThat(live()).isEqualTo(before);
        assertThatThrownBy(() -> undo(FakeCassandraService.down())).hasMessageStartingWith("there is nothing to undo");
    }

    @Test
    void aNodeOfALargerClusterOfCassandra6IsNotUndoneAlone() {
        restore(FakeCassandraService.down(), TableSelection.ALL, true, false);
        Map<String, String> restored = live();
        FakeCassandraService node = FakeCassandraService.down();
        assertThatThrownBy(() -> undo(node, () -> ofCassandra6("n", "other")))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.REFUSED))
                .hasMessageContaining("would contradict that of the other nodes. Nothing was changed");
        assertThat(node.told()).isEmpty();
        assertThat(live()).isEqualTo(restored);
        assertThat(undo(node, () -> ofCassandra6("n"))).contains(NAME.value());
    }

    @ParameterizedTest
    @EnumSource(names = {"CASSANDRA_DENIED", "CASSANDRA_FAILED", "INTERRUPTED"})
    void aNodeThatRunsButDoesNotTellItsRingIsNotTakenForOneThatIsDown(FailureKind kind) {
        restore(FakeCassandraService.down(), TableSelection.ALL, true, false);
        Map<String, String> restored = live();
        FakeCassandraService node = FakeCassandraService.down();
        assertThatThrownBy(() -> undo(node, () -> {
                    throw new MedusaException(kind, "Cassandra's CQL refuses user medusa");
                }))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(kind));
        assertThat(node.told()).isEmpty();
        assertThat(live()).isEqualTo(restored);
    }

    private static NodeDescription ofCassandra6(String... names) {
        Map<NodeName, TokenMap.Node> ring = new LinkedHashMap<>();
        for (String name : names) {
            ring.put(
                    new NodeName(name),
                    new TokenMap.Node(List.of(BigInteger.valueOf(ring.size())), false, true, "r1", "dc1"));
        }
        return new NodeDescription(
                new BackupMetadata("", "", new TokenMap(ring), new ServerVersion("cassandra", "6.0-alpha2")),
                new UUID(1, 2),
                Set.of());
    }
}
