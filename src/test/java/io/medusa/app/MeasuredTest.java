package io.medusa.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.backup.BackupNode;
import io.medusa.catalog.BuildIndex;
import io.medusa.catalog.LastBackup;
import io.medusa.error.MedusaException;
import io.medusa.hooks.Hooks;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TableScope;
import io.medusa.monitoring.Measurement;
import io.medusa.monitoring.Metric;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.IndexBuilder;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.NodeBackups;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What monitoring is sent beside a flow (docs/compatibility.md 21). */
final class MeasuredTest {
    private static final NodeName NODE = new NodeName("n1");

    @TempDir
    Path directory;

    private final List<Measurement> sent = new ArrayList<>();
    private final Measured measured =
            new Measured(sent::add, new Hooked(Hooks.NONE, new NodeName("n1")), Clock.systemUTC());
    private FakeCassandraNode cassandra;
    private LocalStorage storage;
    private BackupCatalog catalog;

    @BeforeEach
    void setUp() {
        cassandra = new FakeCassandraNode(directory.resolve("data"), NODE);
        storage = new LocalStorage(directory.resolve("bucket"));
        catalog = new BackupCatalog(storage, new RepositoryLayout(""));
    }

    /** What providers of the Python Medusa get, in order. */
    private List<String> legacy() {
        return sent.stream()
                .filter(one -> one.metric().legacy().isPresent())
                .map(one -> one.metric().legacy().orElseThrow().name() + " "
                        + one.metric().legacy().orElseThrow().what() + " " + one.label())
                .toList();
    }

    private BackupNode.Result backup(String name) throws Exception {
        BackupNode flow = NodeBackups.flow(storage, cassandra.node());
        return measured.backup(() -> flow, request(name));
    }

    private BackupNode.Request request(String name) {
        return new BackupNode.Request(
                NODE,
                new BackupName(name),
                BackupMode.DIFFERENTIAL,
                TableScope.ALL,
                Optional.empty(),
                false,
                false,
                false,
                directory);
    }

    @Test
    void aBackupSendsItsThreeValuesInOrderAndAFailedOneJustThatItFailed() throws Exception {
        cassandra.sstable("ks", "t", 1, "data");
        cassandra.failSnapshots(true);
        assertThatThrownBy(() -> backup("one")).isInstanceOf(MedusaException.class);
        assertThat(sent)
                .containsExactly(
                        new Measurement(Metric.NODE_BACKUP_ERROR, "one", 1),
                        new Measurement(Metric.NODE_BACKUP_FAILED, "CASSANDRA_FAILED", 1));
        sent.clear();
        cassandra.failSnapshots(false);
        backup("one");
        assertThat(legacy())
                .containsExactly(
                        "medusa-node-backup backup-duration one",
                        "medusa-node-backup backup-size one",
                        "medusa-node-backup backup-error one");
        assertThat(sent).contains(new Measurement(Metric.NODE_BACKUP_ERROR, "one", 0));
        assertThat(sent).contains(new Measurement(Metric.NODE_BACKUP_FAILED, "none", 0));
    }

    @Test
    void damagedFilesAreCountedForEveryProvider() throws Exception {
        cassandra.sstable("ks", "t", 1, "data");
        Files.write(cassandra.component("ks", "t", 1, "Data.db"), new byte[] {1, 2, 3});
        backup("one");
        assertThat(sent).contains(new Measurement(Metric.NODE_BACKUP_DAMAGED_FILES, "one", 1));
        assertThat(legacy()).endsWith("medusa-node-backup backup-damaged-files one");
    }

    @Test
    void theAgesOfTheLastBackupsAreSevenValues() throws Exception {
        cassandra.sstable("ks", "t", 1, "data");
        backup("one");
        sent.clear();
        measured.lastBackup(
                new LastBackup(
                        catalog,
                        new BuildIndex(new IndexBuilder(catalog.bucket())),
                        Optional.empty(),
                        Clock.systemUTC()),
                NODE);
        assertThat(legacy())
                .containsExactly(
                        "medusa-node-backup seconds-since-backup one",
                        "medusa-cluster-backup seconds-since-backup one",
                        "medusa-cluster-backup complete-backups-node-count one",
                        "medusa-cluster-backup incomplete-backups-node-count one",
                        "medusa-cluster-backup missing-backups-node-count one",
                        "medusa-cluster-backup backup-total-size one",
                        "medusa-cluster-backup backup-total-file-count one");
    }

    @Test
    void noTwoMetricsShareAName() {
        assertThat(Arrays.stream(Metric.values()).map(Metric::dotted).collect(Collectors.toSet()))
                .hasSameSizeAs(Metric.values())
                .allMatch(name -> name.matches("medusa(\\.[a-z]+)+"));
        List<Metric.Legacy> legacy = Arrays.stream(Metric.values())
                .flatMap(metric -> metric.legacy().stream())
                .toList();
        assertThat(legacy).doesNotHaveDuplicates().hasSize(18);
    }
}
