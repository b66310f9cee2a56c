package io.medusa.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.backup.BackupNode;
import io.medusa.backup.Stagger;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableScope;
import io.medusa.purge.PurgeBackups;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Bucket;
import io.medusa.repository.Collector;
import io.medusa.repository.Inventory;
import io.medusa.repository.Pins;
import io.medusa.repository.RepositoryLayout;
import io.medusa.repository.Run;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.FaultyStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others are told of a backup that runs, waits, failed or died, and that telling it costs the backup nothing. */
final class BackupStateTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("monday");

    @TempDir
    Path directory;

    private LocalStorage storage;
    private FakeCassandraNode cassandra;

    @BeforeEach
    void setUp() throws IOException {
        storage = new LocalStorage(directory.resolve("bucket"));
        cassandra = new FakeCassandraNode(directory.resolve("data"), NODE, new NodeName("n2"));
        cassandra.sstable("ks", "t", 1, "rows");
    }

    private BackupNode.Result backUp(ObjectStorage through, Optional<Duration> stagger) throws IOException {
        BackupCatalog catalog = new BackupCatalog(through, new RepositoryLayout(""));
        return new BackupNode(
                        catalog,
                        cassandra.node(),
                        new TransferPool(2, false, Progress.NONE),
                        new Stagger(catalog, Clock.systemUTC(), Duration.ofMillis(20)))
                .run(new BackupNode.Request(
                        NODE, NAME, BackupMode.DIFFERENTIAL, TableScope.ALL, stagger, false, false, false, directory));
    }

    private BackupSummary summary() {
        return summary(storage, Duration.ZERO);
    }

    /** As a reader sees it whose clock is ahead. */
    private static BackupSummary summary(ObjectStorage through, Duration ahead) {
        Clock clock = Clock.offset(Clock.systemUTC(), ahead);
        BackupCatalog catalog = new BackupCatalog(new Bucket(through, new RepositoryLayout(""), clock));
        return new BackupStatus(catalog).known(NAME);
    }

    private static FaultyStorage at(ObjectStorage storage, String end, Runnable script) {
        return new FaultyStorage(storage, (method, key) -> {
            if (method.equals("put") && key.endsWith(end)) {
                script.run();
            }
        });
    }

    private static FaultyStorage failing(ObjectStorage storage, String end, FailureKind kind, String message) {
        return at(storage, end, () -> {
            throw new MedusaException(kind, message);
        });
    }

    private Path record() {
        return directory.resolve("bucket/index/runs/n1/monday.json");
    }

    private List<Path> leases() throws IOException {
        try (Stream<Path> leases = Files.list(directory.resolve("bucket/index/leases/n1"))) {
            return leases.toList();
        }
    }

    @Test
    void aRunningBackupTellsWhereItIsAndLeavesNothingBehind() throws IOException {
        AtomicReference<BackupSummary> seen = new AtomicReference<>();
        backUp(at(storage, "-Data.db", () -> seen.set(summary())), Optional.empty());
        Run run = seen.get().runs().get(NODE);
        assertThat(run.state()).isEqualTo(Run.State.RUNNING);
        assertThat(run.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(run.began()).isPresent();
        assertThat(seen.get().states())
                .containsEntry(NODE, NodeState.RUNNING)
                .containsEntry(new NodeName("n2"), NodeState.MISSING);
        assertThat(seen.get().state(false)).isEqualTo(BackupState.RUNNING);
        assertThat(record()).doesNotExist();
        assertThat(record().getParent()).as("nor its directory").doesNotExist();
        assertThat(summary().states()).containsEntry(NODE, NodeState.FINISHED);
        assertThat(summary().state(false)).as("n2 is missing").isEqualTo(BackupState.INCOMPLETE);
    }

    @Test
    void aReaderWhoseClockIsWrongByMinutesSeesItRunning() throws IOException {
        AtomicReference<BackupState> ahead = new AtomicReference<>();
        AtomicReference<BackupState> behind = new AtomicReference<>();
        backUp(
                at(storage, "-Data.db", () -> {
                    ahead.set(summary(storage, Duration.ofMinutes(10)).state(false));
                    behind.set(summary(storage, Duration.ofDays(-1)).state(false));
                }),
                Optional.empty());
        assertThat(ahead).hasValue(BackupState.RUNNING);
        assertThat(behind).hasValue(BackupState.RUNNING);
    }

    @Test
    void aNodeThatWaitsForItsTurnSaysSo() throws IOException {
        cassandra = new FakeCassandraNode(directory.resolve("data"), new NodeName("n0"), NODE);
        AtomicReference<BackupState> seen = new AtomicReference<>();
        FaultyStorage looking = new FaultyStorage(storage, (method, key) -> {
            if (method.equals("stat") && key.startsWith("n0/")) {
                seen.set(summary().state(false));
            }
        });
        assertThatThrownBy(() -> backUp(looking, Optional.of(Duration.ofMillis(100))))
                .hasMessageContaining("node n0 did not finish");
        assertThat(seen).hasValue(BackupState.WAITING);
        assertThat(summary().runs().get(NODE).failure().orElseThrow().kind()).isEqualTo("timeout");
    }

    @Test
    void aFailureIsToldWithItsKindAndLineUntilAnotherRunResumes() throws IOException {
        assertThatThrownBy(() -> backUp(
                        failing(storage, "-Data.db", FailureKind.DISK_FULL, "the disk\nis full"), Optional.empty()))
                .isInstanceOf(MedusaException.class);
        Run failed = summary().runs().get(NODE);
        assertThat(failed.state()).isEqualTo(Run.State.FAILED);
        assertThat(failed.phase()).isEqualTo("upload");
        assertThat(failed.failure()).contains(new Run.Failure("disk_full", "the disk is full"));
        assertThat(summary().state(false)).isEqualTo(BackupState.FAILED);
        AtomicReference<BackupState> seen = new AtomicReference<>();
        backUp(at(storage, "-Data.db", () -> seen.set(summary().state(false))), Optional.empty());
        assertThat(seen).hasValue(BackupState.RUNNING);
        assertThat(record()).doesNotExist();
    }

    @Test
    void secretsInAnErrorAreNotTold() throws IOException {
        assertThatThrownBy(() -> backUp(
                        failing(
                                storage,
                                "-Data.db",
                                FailureKind.TIMEOUT,
                                "https://me:pw1@host/x?X-Amz-Signature=pw2&sig=pw3&AWS_SECRET_ACCESS_KEY=pw4 password=pw5"),
                        Optional.empty()))
                .isInstanceOf(MedusaException.class);
        assertThat(record()).content().contains("timeout", "host/x").doesNotContain("pw");
    }

    @Test
    void aBugIsToldWithoutItsMessage() throws IOException {
        assertThatThrownBy(() -> backUp(
                        at(storage, "-Data.db", () -> {
                            throw new IllegalStateException("my password");
                        }),
                        Optional.empty()))
                .isInstanceOf(IllegalStateException.class);
        assertThat(summary().runs().get(NODE).failure())
                .contains(new Run.Failure("bug", "internal error: IllegalStateException. The log has the details"));
    }

    @Test
    void aSignalDoesNotKeepTheReasonFromBeingStored() throws IOException {
        assertThatThrownBy(() -> backUp(
                        at(storage, "-Data.db", () -> {
                            throw new MedusaException(FailureKind.INTERRUPTED, "interrupted");
                        }),
                        Optional.empty()))
                .isInstanceOf(MedusaException.class);
        assertThat(summary().runs().get(NODE).failure())
                .contains(new Run.Failure("interrupted", "interrupted by a signal"));
    }

    @Test
    void aRunWithoutASignOfLifeHasDied() throws IOException {
        AtomicReference<String> lease = new AtomicReference<>();
        AtomicReference<String> record = new AtomicReference<>();
        FaultyStorage killed = at(storage, "-Data.db", () -> {
            try {
                lease.set(Files.readString(leases().get(0)));
                record.set(Files.readString(record()));
            } catch (IOException failed) {
                throw new IllegalStateException(failed);
            }
            throw new IllegalStateException("killed");
        });
        assertThatThrownBy(() -> backUp(killed, Optional.empty())).isInstanceOf(IllegalStateException.class);
        Files.writeString(record(), record.get());
        assertThat(summary().state(false)).as("its lease is gone").isEqualTo(BackupState.DIED);
        Path left = Files.createDirectories(directory.resolve("bucket/index/leases/n1"))
                .resolve("some.json");
        Files.writeString(left, lease.get());
        assertThat(summary().state(false)).as("the process lives").isEqualTo(BackupState.RUNNING);
        Files.writeString(left, lease.get().replaceFirst("\"start\": \"[0-9]+\"", "\"start\": \"1\""));
        assertThat(summary().state(false)).as("the process has ended").isEqualTo(BackupState.DIED);
        Files.writeString(left, lease.get().replaceFirst("\"boot\": \"[^\"]+\"", "\"boot\": \"other\""));
        assertThat(summary().state(false)).as("on another machine").isEqualTo(BackupState.RUNNING);
        for (Path file : List.of(left, record())) {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofMinutes(21))));
        }
        assertThat(summary().state(false)).isEqualTo(BackupState.DIED);
        assertThat(summary().runs().get(NODE).host()).isNotEmpty();
        Files.delete(left);
        backUp(storage, Optional.empty());
        assertThat(summary().states()).containsEntry(NODE, NodeState.FINISHED);
    }

    @Test
    void anUnfinishedBackupOfAnotherProgramIsUnfinished() throws IOException {
        backUp(storage, Optional.empty());
        Files.delete(directory.resolve("bucket/n1/monday/meta/manifest.json"));
        try (Stream<Path> index = Files.list(directory.resolve("bucket/index/backup_index/monday"))) {
            for (Path file : index.toList()) {
                if (file.getFileName().toString().matches("(finished|manifest).*")) {
                    Files.delete(file);
                }
            }
        }
        assertThat(summary().states()).containsEntry(NODE, NodeState.UNFINISHED);
        assertThat(summary().state(false)).isEqualTo(BackupState.INCOMPLETE);
    }

    @Test
    void aFailureBeforeAnythingWasStoredIsKnown() throws IOException {
        BackupCatalog catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        assertThatThrownBy(() -> backUp(
                        failing(storage, "schema.cql", FailureKind.CASSANDRA_UNREACHABLE, "Cassandra is down"),
                        Optional.empty()))
                .isInstanceOf(MedusaException.class);
        assertThat(directory.resolve("bucket/n1")).doesNotExist();
        assertThat(new BackupStatus(catalog).run(NAME)).isEmpty();
        assertThat(new BackupStatus(catalog).notBegun(NAME))
                .extracting(run -> run.failure().orElseThrow().line())
                .containsExactly("Cassandra is down");
        assertThat(new ListBackups(catalog).notBegun(catalog.clusterBackups())).hasSize(1);
        Files.move(record(), record().resolveSibling("sunday.json"));
        backUp(storage, Optional.empty());
        assertThat(new ListBackups(catalog).notBegun(catalog.clusterBackups()))
                .as("the node has been backed up since")
                .isEmpty();
    }

    @Test
    void busyAndExistingBackupsAreNotSaidToHaveFailed() throws IOException {
        backUp(storage, Optional.empty());
        assertThatThrownBy(() -> backUp(storage, Optional.empty())).isInstanceOf(MedusaException.class);
        assertThatThrownBy(() -> backUp(failing(storage, "schema.cql", FailureKind.BUSY, "busy"), Optional.empty()))
                .isInstanceOf(MedusaException.class);
        assertThat(record()).doesNotExist();
    }

    @Test
    void withoutPermissionABackupFinishesAndAReaderReads() throws IOException {
        FaultyStorage denied = new FaultyStorage(storage, (method, key) -> {
            if (key.startsWith("index/runs/")) {
                throw new MedusaException(FailureKind.STORAGE_DENIED, "denied");
            }
        });
        AtomicReference<BackupState> seen = new AtomicReference<>();
        backUp(at(denied, "-Data.db", () -> seen.set(summary().state(false))), Optional.empty());
        assertThat(seen).as("by its lease").hasValue(BackupState.RUNNING);
        assertThat(summary(denied, Duration.ZERO).states()).containsEntry(NODE, NodeState.FINISHED);
    }

    @Test
    void aGarbledRecordHarmsNobody() throws IOException {
        assertThatThrownBy(() -> backUp(failing(storage, "-Data.db", FailureKind.TIMEOUT, "late"), Optional.empty()))
                .isInstanceOf(MedusaException.class);
        for (String text : List.of("", "{", "[]", "{\"began\": \"x\", \"files\": -1e99, \"failed\": {}}")) {
            Files.writeString(record(), text);
            assertThat(summary().states()).containsEntry(NODE, NodeState.DIED);
        }
        Files.writeString(record(), "{\"failed\": \"x\", \"error\": \"a\\u001b[31mb\\nc\", \"host\": \"\\u0007\"}");
        Run run = summary().runs().get(NODE);
        assertThat(run.host() + run.failure().orElseThrow().line()).isEqualTo(" a [31mb c");
    }

    @Test
    void aPurgeDeletesRecordsWithTheirBackupsAndOldOnesOfNone() throws IOException {
        assertThatThrownBy(() -> backUp(failing(storage, "-Data.db", FailureKind.TIMEOUT, "late"), Optional.empty()))
                .isInstanceOf(MedusaException.class);
        Path old = Files.writeString(record().resolveSibling("old.json"), "{}");
        Path young = Files.writeString(record().resolveSibling("young.json"), "{}");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(8))));
        BackupCatalog catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        new PurgeBackups(
                        catalog,
                        new Inventory(catalog.bucket()),
                        new Collector(storage, catalog, new TransferPool(1, false, Progress.NONE), Clock.systemUTC()),
                        new Pins(storage, catalog.layout(), Clock.systemUTC()),
                        Clock.systemUTC())
                .byName(Set.of(NAME), List.of(NODE), new PurgeBackups.How(Duration.ZERO, false));
        assertThat(record()).doesNotExist();
        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThat(directory.resolve("bucket/n1")).doesNotExist();
    }

    @Test
    void damageIsAStateOfCompleteBackupsOnly() throws IOException {
        cassandra = new FakeCassandraNode(directory.resolve("data"), NODE);
        cassandra.sstable("ks", "t", 1, "rows");
        NodeBackup backup = backUp(storage, Optional.empty()).backup();
        assertThat(backup.isFinished()).isTrue();
        assertThat(summary().state(false)).isEqualTo(BackupState.FINISHED);
        assertThat(summary().state(true)).isEqualTo(BackupState.DAMAGED);
        assertThat(summary().runs()).isEqualTo(Map.of());
    }
}
