package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TableSelection;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.FakeCassandraSchema;
import io.medusa.testing.FakeCassandraService;
import io.medusa.testing.NodeBackups;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a node whose swap fails. */
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

    private void restore(boolean stayDownOnFailure) {
        var unused = new RestoreNode(
                        catalog, yaml, service, new FakeCassandraSchema(), new TransferPool(2, false, Progress.NONE))
                .run(new NodeRestoreRequest(
                        NODE,
                        NAME,
                        TableSelection.ALL,
                        NodeRestoreRequest.Target.IN_PLACE,
                        false,
                        List.of(),
                        Optional.empty(),
                        false,
                        stayDownOnFailure,
                        false,
                        directory));
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
}
