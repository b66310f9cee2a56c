package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.os.Privileges;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.repository.StoredBackup;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.testing.FakeCassandraSchema;
import io.medusa.testing.InMemoryStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which directory a table of a backup goes to. */
final class TargetTablesTest {
    private static final TableDirectory OLD = new TableDirectory("ks", "t-00000000000000000000000000000001");
    private static final TableDirectory NEW = new TableDirectory("ks", "t-00000000000000000000000000000002");
    private static final NodeBackup BACKUP = new NodeBackup(
            new NodeName("n1"),
            new BackupName("one"),
            BackupMode.DIFFERENTIAL,
            Instant.ofEpochSecond(1),
            Instant.ofEpochSecond(2));

    @TempDir
    Path directory;

    /**
     * The table.
     *
     * @param onDisk the directories of the node: old is that of the backup; dropped has the snapshot that a drop leaves
     * @param node up, or down; only a node that is up can be asked which tables it has
     * @param present the table that the running node has
     * @param look only a look, which changes nothing
     * @param target the directory that the table gets, or what is said
     */
    @ParameterizedTest
    @CsvSource(textBlock = """
            # on disk, node, present, look,  target
            old,       up,   old,     false, old
            old,       up,   old,     true,  old
            old+new,   up,   new,     false, new
            old+new,   up,   new,     true,  new
            dropped,   up,   none,    true,  old
            dropped,   up,   none,    false, old
            old,       down, none,    false, old
            old,       down, none,    true,  old
            dropped,   down, none,    false, Cassandra is down and table ks.t does not have the directory it had
            new,       down, none,    false, Cassandra is down and table ks.t does not have the directory it had
            none,      down, none,    true,  Cassandra is down and table ks.t does not have the directory it had
            segments,  down, none,    false, commit log
            """)
    void target(String onDisk, String node, String present, boolean look, String target) throws Exception {
        CassandraYaml yaml = layOut(onDisk);
        InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());
        storage.put(
                new ObjectKey("n1/one/meta/schema.cql"),
                ObjectSource.OfBytes.utf8("CREATE TABLE ks.t (id int PRIMARY KEY);\n"));
        storage.put(
                new ObjectKey("n1/one/meta/manifest.json"),
                ObjectSource.OfBytes.utf8(
                        "[{\"keyspace\": \"ks\", \"columnfamily\": \"" + OLD.directory() + "\", \"objects\": []}]"));
        FakeCassandraSchema schema =
                switch (present) {
                    case "old" -> new FakeCassandraSchema(OLD);
                    case "new" -> new FakeCassandraSchema(NEW);
                    default -> new FakeCassandraSchema();
                };
        BackupCatalog catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        StoredBackup backup = catalog.stored(BACKUP);
        TargetTables tables = new TargetTables(
                yaml,
                schema,
                new NodeStaging(
                                "restore-one",
                                yaml.allDataDirectories(),
                                Privileges.over(directory.resolve("data"), false))
                        .schemaJournal(),
                catalog,
                new TransferPool(1, false, Progress.NONE));
        List<ManifestSection> sections = List.of(new ManifestSection(OLD, List.of()));
        if (target.equals("old") || target.equals("new")) {
            assertThat(tables.find(backup, sections, node.equals("up"), look))
                    .isEqualTo(Map.of(OLD, target.equals("old") ? OLD : NEW));
            boolean isMissing = present.equals("none") && node.equals("up");
            if (isMissing) {
                // this fake creates nothing
                assertThatThrownBy(() -> tables.create(backup.schema(), true))
                        .hasMessageContaining("cannot create table ks.t");
            } else {
                assertThat(tables.create(backup.schema(), node.equals("up"))).isEmpty();
            }
            assertThat(tables.afterCreation(new MedusaException(FailureKind.BUSY, "failed")))
                    .hasMessage("failed");
        } else {
            assertThatThrownBy(() -> tables.find(backup, sections, node.equals("up"), look))
                    .isInstanceOf(MedusaException.class)
                    .hasMessageContaining(target);
        }
    }

    private CassandraYaml layOut(String onDisk) throws Exception {
        StringBuilder text = new StringBuilder("data_file_directories: [ \"" + directory.resolve("data") + "\" ]\n");
        for (String name : List.of("commitlog", "saved_caches", "hints")) {
            Files.createDirectories(directory.resolve(name));
            text.append(name)
                    .append("_directory: ")
                    .append(directory.resolve(name))
                    .append('\n');
        }
        Path keyspace = Files.createDirectories(directory.resolve("data/ks"));
        if (!onDisk.equals("new") && !onDisk.equals("none")) {
            Files.createDirectories(keyspace.resolve(OLD.directory()));
        }
        if (onDisk.equals("new") || onDisk.equals("old+new")) {
            Files.createDirectories(keyspace.resolve(NEW.directory()));
        }
        if (onDisk.equals("dropped")) {
            Files.createDirectories(keyspace.resolve(OLD.directory()).resolve("snapshots/dropped-1700000000000-t"));
        }
        if (onDisk.equals("segments")) {
            Files.write(directory.resolve("commitlog/CommitLog-7-1700000000000.log"), new byte[1024]);
        }
        return CassandraYaml.read(Files.writeString(directory.resolve("cassandra.yaml"), text));
    }
}
