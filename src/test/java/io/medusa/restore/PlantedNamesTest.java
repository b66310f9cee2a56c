package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ImportPlan;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TableSelection;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.FakeCassandraSchema;
import io.medusa.testing.FakeCassandraService;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody writes into a manifest never makes Medusa, or the Cassandra that it restores, touch anything else. */
final class PlantedNamesTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("one");
    private static final TableDirectory TABLE = new TableDirectory("ks", "t-" + FakeCassandraNode.ID);

    @TempDir
    Path directory;

    private Path bucket;
    private Path data;
    private Cli medusa;

    @BeforeEach
    void backup() throws IOException {
        bucket = directory.resolve("bucket");
        data = directory.resolve("data");
        FakeCassandraNode node = new FakeCassandraNode(data, NODE);
        node.sstable("ks", "t", 1, "rows");
        node.sstable("ks", "u", 1, "other rows");
        Path ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory
                        + "\nbucket_name = bucket\nfqdn = n1\nbackup_grace_period_in_days = 0\n"
                        + "[cassandra]\nresolve_ip_addresses = False\n");
        medusa = new Cli(ini).with("TMPDIR", directory.toString()).onNode(() -> {
            try {
                return node.node();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        medusa.run("backup", "--backup-name", "one", "--mode", "full").ok();
    }

    /** Adds an entry to the manifest's section of the table, and to the index's copy; and the object, where its key is one. */
    private void plant(String key) throws IOException {
        try (Stream<Path> files = Files.walk(bucket)) {
            for (Path manifest : files.filter(
                            file -> file.getFileName().toString().startsWith("manifest"))
                    .toList()) {
                String text = Files.readString(manifest);
                String section = "\"columnfamily\": \"" + TABLE.directory() + "\", \"objects\": [";
                assertThat(text).contains(section);
                String escaped = key.replace("\\", "\\\\").replace("\u0001", "\\u0001");
                Files.writeString(
                        manifest,
                        text.replace(
                                section,
                                section + "{\"path\": \"" + escaped
                                        + "\", \"MD5\": \"d41d8cd98f00b204e9800998ecf8427e\", \"size\": 0}, "));
            }
        }
        Path object =
                bucket.resolve(key.startsWith("/") ? key.substring(1) : key).normalize();
        if (object.startsWith(bucket)) {
            Files.createDirectories(object.getParent());
            Files.writeString(object, "");
        }
    }

    private String inTable(String place) {
        return "n1/one/data/" + TABLE + "/" + place;
    }

    private BackupCatalog repository() {
        return new BackupCatalog(new LocalStorage(bucket), new RepositoryLayout(""));
    }

    private CassandraYaml yaml() throws IOException {
        return CassandraYaml.read(Files.writeString(
                directory.resolve("cassandra.yaml"),
                "data_file_directories: [ \"" + data + "\" ]\ncommitlog_directory: \"" + directory + "/commitlog\"\n"
                        + "saved_caches_directory: \"" + directory + "/caches\"\nhints_directory: \"" + directory
                        + "/hints\"\n"));
    }

    /** A node that runs, or not. */
    private CassandraService service(boolean up) {
        return up
                ? FakeCassandraService.up()
                        .says(new CassandraService.Locations(
                                Set.of(data),
                                directory.resolve("commitlog"),
                                directory.resolve("caches"),
                                Optional.empty()))
                : FakeCassandraService.down();
    }

    private static CassandraSchema schema() {
        return new FakeCassandraSchema(TABLE);
    }

    private static TransferPool transfers() {
        return new TransferPool(2, false, Progress.NONE);
    }

    private void restoreNode() throws IOException {
        new RestoreNode(repository(), yaml(), service(false), schema(), transfers())
                .stage(NodeRestores.of(NODE, NAME, TableSelection.ALL, directory));
    }

    private void restoreTable() throws IOException {
        new RestoreTable(repository(), yaml(), service(true), schema(), transfers())
                .run(new RestoreTable.Request(
                        NODE,
                        NAME,
                        TableName.of(TABLE),
                        TableName.of(TABLE),
                        false,
                        Optional.empty(),
                        false,
                        directory));
    }

    private void importSSTables() throws IOException {
        new ImportSSTables(repository(), yaml(), service(true), schema(), transfers())
                .run(new ImportSSTables.Request(
                        NODE,
                        new ImportPlan(NAME, Map.of(NODE, Map.of(TABLE, Set.of("nb-1-big"))), Set.of()),
                        true,
                        false,
                        directory));
    }

    private void loadSSTables() {
        new LoadSSTables(repository(), transfers(), table -> {
                    throw new AssertionError("loaded " + table);
                })
                .run(new LoadSSTables.Request(List.of(NODE), NAME, TableSelection.ALL, false, directory));
    }

    private interface Restore {
        void run() throws IOException;
    }

    private void isRefused(Restore restore, String... words) throws IOException {
        Set<String> before = outsideOfTheBucket();
        MedusaException refused = catchThrowableOfType(MedusaException.class, restore::run);
        assertThat(refused).isNotNull();
        assertThat(refused.kind()).isEqualTo(FailureKind.BACKUP_DAMAGED);
        assertThat(refused.getMessage()).satisfies(message -> List.of(words)
                .forEach(word -> assertThat(message).contains(word)));
        assertThat(refused.getMessage().lines()).hasSize(1);
        assertThat(outsideOfTheBucket()).isEqualTo(before);
    }

    private Set<String> outsideOfTheBucket() throws IOException {
        Set<String> there = new TreeSet<>();
        try (Stream<Path> files = Files.walk(directory)) {
            files.filter(file -> Files.isRegularFile(file) && !file.startsWith(bucket))
                    .filter(file -> !file.getFileName().toString().startsWith("medusa_restore_in_progress"))
                    .forEach(file -> there.add(file.toString()));
        }
        return there;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nb_txn_compaction_5b0a3ee0-eab9-11f1-8288-39fbf9264663.log",
                "bti-da_txn_compaction_5b0a3ee0-eab9-11f1-8288-39fbf9264663.log",
                ".by_status/nb_txn_unknowncompactiontype_5b0a3ee0-eab9-11f1-8288-39fbf9264663.log",
                ".by-status/nb-2-big-Data.db",
                "nodes/local",
                ".hidden",
                "manifest.json",
                "schema.cql",
                "CommitLog-7-1700000000000.log",
                "A_RESTORE_WAS_INTERRUPTED_run_medusa_restore-node_again.db",
                "nb-2-big-Evil.db",
                "nb-2-big-Data.db.tmp",
                "nb-2-big-Data.db ",
                "tmp-nb-2-big-Data.db",
                "NB-2-big-Data.db",
                "nb-2-huge-Data.db",
                "nb-2-big-SAI+..db",
                "ks-t-tmp-ka-2-Data.db"
            })
    void onlyComponentsOfSSTablesArePutAmongANodesData(String place) throws IOException {
        plant(inTable(place));
        String name = place.substring(place.lastIndexOf('/') + 1).strip();
        isRefused(this::restoreNode, name, "ks.t", "manifest.json");
        isRefused(this::restoreTable, name, "ks.t", "manifest.json");
        isRefused(this::importSSTables, name, "ks.t", "manifest.json");
        isRefused(this::loadSSTables, name, "ks.t", "manifest.json");

        Cli.Result verified = medusa.run("verify", "--backup-name", "one", "--output", "json");
        assertThat(verified.status()).isEqualTo(1);
        assertThat(verified.out()).contains("not_a_component").contains(name);
        Path to = Files.createDirectory(directory.resolve("to"));
        medusa.run("download", "--backup-name", "one", "--download-destination", to.toString())
                .ok();
        assertThat(to.resolve(TABLE.toString()).resolve(place)).isRegularFile();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/cron.d/x",
                "n1/one/data/ks/t-0123456789abcdef0123456789abcdef/../../../../../x",
                "n1/one/data/ks/t-0123456789abcdef0123456789abcdef/a/b/nb-2-big-Data.db",
                "n1/one/data/ks/t-0123456789abcdef0123456789abcdef/snapshots/nb-2-big-Data.db",
                "n1/one/data/ks/t-0123456789abcdef0123456789abcdef/..\\nb-2-big-Data.db",
                "n1/one/data/ks/t-0123456789abcdef0123456789abcdef/nb-2-big-Data.db\u0001",
                "n1/one/data/ks/u-0123456789abcdef0123456789abcdef/nb-2-big-Data.db",
                "n1/two/data/ks/t-0123456789abcdef0123456789abcdef/nb-2-big-Data.db",
                "n2/data/ks/t-0123456789abcdef0123456789abcdef/nb-2-big-Data.db",
                "n1/one/meta/schema.cql"
            })
    void keysOfOtherPlacesAreUsedByNobody(String key) throws IOException {
        plant(key);
        Path to = Files.createDirectory(directory.resolve("to"));
        isRefused(this::restoreNode);
        isRefused(this::restoreTable);
        isRefused(this::importSSTables);
        isRefused(this::loadSSTables);
        isRefused(() -> new DownloadBackup(repository(), transfers())
                .run(new DownloadBackup.Request(NODE, NAME, to, TableSelection.ALL, true)));
        assertThat(medusa.run("verify", "--backup-name", "one").status()).isEqualTo(1);
        medusa.run("backup", "--backup-name", "two").ok();
        Set<String> before = objects();
        assertThat(medusa.run("delete-backup", "--backup-name", "two").status())
                .as("nothing is deleted for a manifest that cannot be trusted")
                .isNotZero();
        assertThat(objects()).isEqualTo(before);
    }

    private Set<String> objects() throws IOException {
        Set<String> there = new TreeSet<>();
        try (Stream<Path> files = Files.walk(bucket.resolve("n1"))) {
            files.filter(Files::isRegularFile).forEach(file -> there.add(file.toString()));
        }
        return there;
    }

    @Test
    void aDownloadDoesNotFollowALinkOutOfItsDirectory() throws IOException {
        Path to = Files.createDirectory(directory.resolve("to"));
        Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
        Files.createSymbolicLink(to.resolve("ks"), elsewhere);
        assertThatThrownBy(() -> new DownloadBackup(repository(), transfers())
                        .run(new DownloadBackup.Request(NODE, NAME, to, TableSelection.ALL, true)))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining(to.resolve("ks").toString());
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void aSoundBackupIsStagedWhole() throws IOException {
        restoreNode();
        try (Stream<Path> files = Files.walk(directory.resolve(".medusa-data"))) {
            assertThat(files.filter(Files::isRegularFile)).hasSize(16);
        }
        importSSTables();
    }
}
