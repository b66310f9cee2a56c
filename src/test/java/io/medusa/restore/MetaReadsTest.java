package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.model.BackupName;
import io.medusa.model.ImportPlan;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TableSelection;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.FakeCassandraSchema;
import io.medusa.testing.FakeCassandraService;
import io.medusa.testing.ForwardingObjectStorage;
import io.medusa.testing.NodeBackups;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Schema, token map, manifest and versions of a backup are read once, however many steps of a flow need them. */
final class MetaReadsTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("one");
    private static final TableDirectory TABLE = new TableDirectory("ks", "t-" + FakeCassandraNode.ID);
    private static final FakeCassandraSchema SCHEMA = new FakeCassandraSchema(TABLE);

    @TempDir
    Path directory;

    private FakeCassandraNode node;
    private CountingStorage storage;
    private BackupCatalog catalog;
    private CassandraYaml yaml;

    /** Counts how often each meta object is opened. */
    private static final class CountingStorage extends ForwardingObjectStorage {
        private final Map<String, Integer> opened = new TreeMap<>();

        CountingStorage(ObjectStorage storage) {
            super(storage);
        }

        @Override
        public Optional<InputStream> open(ObjectKey key, long offset, long length) {
            if (key.value().contains("/meta/")) {
                synchronized (opened) {
                    opened.merge(key.fileName(), 1, Integer::sum);
                }
            }
            return super.open(key, offset, length);
        }
    }

    @BeforeEach
    void backup() throws IOException {
        LocalStorage bucket = new LocalStorage(directory.resolve("bucket"));
        node = new FakeCassandraNode(directory.resolve("data"), NODE);
        node.sstable("ks", "t", 1, "rows");
        // what the double writes there is no real one
        Files.delete(node.component("ks", "t", 1, "Statistics.db"));
        node.sstable("ks", "u", 1, "other rows");
        NodeBackups.take(bucket, node.node(), NODE, NAME, directory);
        node.remove("ks", "t", 1);
        storage = new CountingStorage(bucket);
        catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        StringBuilder text = new StringBuilder("data_file_directories: [ \"" + directory.resolve("data") + "\" ]\n");
        for (String name : List.of("commitlog", "saved_caches", "hints")) {
            Files.createDirectories(directory.resolve(name));
            text.append(name + "_directory: " + directory.resolve(name) + "\n");
        }
        yaml = CassandraYaml.read(Files.writeString(directory.resolve("cassandra.yaml"), text));
    }

    private FakeCassandraService up() {
        List<BigInteger> tokens = catalog.stored(
                        catalog.findNodeBackup(NODE, NAME).orElseThrow())
                .tokenMap()
                .orThrow()
                .nodes()
                .get(NODE)
                .tokens();
        storage.opened.clear();
        return FakeCassandraService.up()
                .says(new CassandraService.Locations(
                        Set.of(directory.resolve("data")),
                        directory.resolve("commitlog"),
                        directory.resolve("saved_caches"),
                        Optional.empty()))
                .says(new CassandraService.Identity("", tokens, "5.0.9", Optional.empty()));
    }

    private static TransferPool transfers() {
        return new TransferPool(2, false, Progress.NONE);
    }

    private NodeRestoreRequest request(TableSelection selection) {
        return NodeRestores.of(NODE, NAME, selection, directory);
    }

    private RestoreNode restoreNode(CassandraService service) {
        return new RestoreNode(catalog, yaml, service, SCHEMA, transfers());
    }

    private void isReadOnce(String... files) {
        assertThat(storage.opened)
                .containsKeys(files)
                .allSatisfy((file, times) -> assertThat(times).as(file).isOne());
    }

    @Test
    void byTheRestoreOfANode() {
        assertThat(restoreNode(FakeCassandraService.down())
                        .run(request(TableSelection.ALL))
                        .fetched())
                .isPositive();
        isReadOnce("manifest.json", "schema_with_internals.txt", "server_version.json");
    }

    @Test
    void byTheRestoreOfSelectedTablesIntoARunningNode() {
        assertThat(restoreNode(up())
                        .stage(request(new TableSelection(Set.of(), Set.of("ks.t"))))
                        .tables())
                .isOne();
        isReadOnce("manifest.json", "schema_with_internals.txt", "server_version.json", "tokenmap.json");
    }

    @Test
    void byTheRestoreOfATable() {
        TableName table = TableName.of(TABLE);
        RestoreTable flow = new RestoreTable(catalog, yaml, up(), SCHEMA, transfers());
        // the double imports nothing; by then everything has been read
        assertThatThrownBy(() -> flow.run(
                        new RestoreTable.Request(NODE, NAME, table, table, false, Optional.empty(), false, directory)))
                .hasMessageContaining("did not import");
        isReadOnce("manifest.json", "schema_with_internals.txt", "server_version.json");
    }

    @Test
    void byAnImport() {
        assertThat(new ImportSSTables(catalog, yaml, up(), SCHEMA, transfers())
                        .run(new ImportSSTables.Request(
                                NODE,
                                new ImportPlan(NAME, Map.of(NODE, Map.of(TABLE, Set.of("nb-1-big"))), Set.of()),
                                true,
                                false,
                                directory))
                        .sstables())
                .isOne();
        isReadOnce("manifest.json", "server_version.json");
    }

    @Test
    void byAComparisonWithTheStore() {
        assertThat(new VerifyBackup(catalog, transfers())
                        .run(new VerifyBackup.Request(Optional.of(NAME), Level.HASHES, 100, Optional.empty()))
                        .results())
                .allMatch(VerifyBackup.Result::isGood);
        isReadOnce("manifest.json");
    }
}
