package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.model.BackupName;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.repository.StoredBackup;
import io.medusa.restore.Placement.Placed;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.NodeBackups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which data directory gets which SSTable. */
final class PlacementTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("one");

    @TempDir
    Path directory;

    private StoredBackup backup;
    private List<ManifestSection> sections;

    @BeforeEach
    void backup() throws IOException {
        LocalStorage storage = new LocalStorage(directory.resolve("bucket"));
        FakeCassandraNode cassandra = new FakeCassandraNode(directory.resolve("then"), NODE);
        cassandra.sstable("ks", "t", 1, "small");
        cassandra.sstable("ks", "t", 2, "large".repeat(100));
        cassandra.sstable("ks", "t", 3, "middle".repeat(40));
        NodeBackups.take(storage, cassandra.node(), NODE, NAME, directory);
        backup = Backups.finished(new BackupCatalog(storage, new RepositoryLayout("")), NODE, NAME);
        sections = backup.manifest().orThrow().sections().stream()
                .filter(section -> section.table().keyspace().equals("ks"))
                .toList();
    }

    private CassandraYaml dataIn(String... names) throws IOException {
        List<Path> directories = List.of(names).stream().map(directory::resolve).toList();
        for (Path each : directories) {
            Files.createDirectories(each);
        }
        String text = "data_file_directories:\n"
                + directories.stream().map(each -> "  - \"" + each + "\"\n").collect(Collectors.joining());
        return CassandraYaml.read(Files.writeString(directory.resolve("cassandra.yaml"), text));
    }

    private List<Placed> place(CassandraYaml yaml, TableDirectory target) {
        return new Placement(yaml, new LocalCopies()).place(backup, sections, table -> target);
    }

    private TableDirectory table() {
        return sections.get(0).table();
    }

    /** The data directory of each SSTable, by generation; two of them if its components were separated. */
    private static Map<String, String> byGeneration(List<Placed> placed) {
        return placed.stream()
                .collect(Collectors.toMap(
                        file -> file.relativePath().split("-")[1],
                        file -> String.valueOf(file.dataDirectory().getFileName()),
                        (one, other) -> one.equals(other) ? one : one + " and " + other,
                        TreeMap::new));
    }

    @Test
    void theLargestIsDealtFirstAndComponentsStayTogether() throws IOException {
        assertThat(byGeneration(place(dataIn("a", "b"), table()))).isEqualTo(Map.of("1", "b", "2", "a", "3", "b"));
    }

    @Test
    void anSSTableStaysWhereTheNodeHasItEvenInASnapshot() throws IOException {
        CassandraYaml yaml = dataIn("a", "b");
        Path table = directory.resolve("b").resolve(table().toString());
        Files.createDirectories(table.resolve("snapshots/daily"));
        Files.writeString(table.resolve("nb-2-big-Data.db"), "live");
        Files.writeString(table.resolve("snapshots/daily/nb-1-big-Data.db"), "kept");
        Map<String, String> placed = byGeneration(place(yaml, table()));
        assertThat(placed).containsEntry("2", "b").containsEntry("1", "b").containsEntry("3", "a");
    }

    @Test
    void filesGoToTheTableThatHasTheNameNow() throws IOException {
        TableDirectory now = new TableDirectory("ks", "t-" + "9".repeat(32));
        assertThat(place(dataIn("a"), now)).isNotEmpty().allSatisfy(file -> assertThat(file.table())
                .isEqualTo(now));
    }
}
