package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.os.FileSystems;
import io.medusa.os.Privileges;
import io.medusa.testing.FakeCassandraService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which commit log belongs to which data: no acknowledged write of a table that stays is lost, none meets data it was not written to. */
final class CommitLogSwapTest {
    private static final TableDirectory TABLE = new TableDirectory("ks", "t-" + "1".repeat(32));

    @TempDir
    Path directory;

    private Path data;
    private Path log;
    private CassandraYaml yaml;

    @BeforeEach
    void node() throws IOException {
        data = Files.createDirectories(directory.resolve("data"));
        log = Files.createDirectories(directory.resolve("commitlog"));
        write(data.resolve(TABLE + "/nb-1-big-Data.db"), "old");
        yaml = CassandraYaml.read(Files.writeString(
                directory.resolve("cassandra.yaml"),
                "data_file_directories: [ \"" + data + "\" ]\ncommitlog_directory: \"" + log
                        + "\"\nsaved_caches_directory: \"" + directory.resolve("caches") + "\"\nhints_directory: \""
                        + directory.resolve("hints") + "\"\n"));
    }

    private static void write(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file);
    }

    @Test
    void aNodeThatHangsWhileItDrainsIsNotWaitedForForEver() {
        CountDownLatch hangs = new CountDownLatch(1);
        FakeCassandraService service = FakeCassandraService.up().onDrain(() -> {
            try {
                hangs.await();
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        });
        CommitLog commitLog = new CommitLog(yaml, service, Duration.ofMillis(40), Duration.ofMillis(10));
        try {
            assertThatThrownBy(() -> commitLog.settle(false, "restoring b"))
                    .isInstanceOf(MedusaException.class)
                    .hasMessageContaining("Cassandra has not drained within")
                    .hasMessageContaining("No data was changed");
            assertThat(commitLog.settle(true, "restoring b"))
                    .as("a whole node loses nothing that would stay")
                    .isFalse();
        } finally {
            hangs.countDown();
        }
    }

    private NodeStaging staging() {
        return new NodeStaging("restore-b", List.of(data), Privileges.over(data, false));
    }

    private SwapPlan staged(boolean wholeNode) throws IOException {
        NodeStaging staging = staging();
        staging.prepare();
        Path file = staging.paths().staged(data, TABLE).resolve("nb-7-big-Data.db");
        write(file, "restored");
        staging.finish(List.of(file));
        return new SwapPlan(
                List.of(wholeNode ? DirectorySwap.whole(data) : new DirectorySwap(data, TABLE, true)),
                List.of(log),
                false,
                false,
                wholeNode ? SwapPlan.EVERYTHING : "[] [ks.t]");
    }

    private void segment(String content) throws IOException {
        write(log.resolve("CommitLog-7-" + content + ".log"), content);
    }

    private List<String> segments() throws IOException {
        try (Stream<Path> files = Files.list(log)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString().replaceAll("CommitLog-7-(.*)\\.log", "$1"))
                    .sorted()
                    .toList();
        }
    }

    private String undo(FakeCassandraService service) {
        return new UndoRestore(yaml, service, () -> {
                    throw new MedusaException(FailureKind.CASSANDRA_UNREACHABLE, "down");
                })
                .run(new UndoRestore.Request(new NodeName("n"), false, directory));
    }

    @Test
    void undoOfOneTableOnACrashedNodeKeepsTheWritesToOtherTables() throws IOException {
        new Swap(staging()).run(staged(false));
        segment("of-other-tables");
        FakeCassandraService service = FakeCassandraService.down();
        assertThatThrownBy(() -> undo(service))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("its commit log in " + log + " may hold writes to other tables")
                .hasMessageContaining("Start Cassandra");
        assertThat(segments()).containsExactly("of-other-tables");
        assertThat(read(data.resolve(TABLE + "/nb-7-big-Data.db"))).isEqualTo("restored");
        assertThat(service.told()).isEmpty();
    }

    @Test
    void undoOfOneTableDrainsARunningNodeAndIsRefusedIfThatFails() throws IOException {
        new Swap(staging()).run(staged(false));
        segment("acknowledged");
        FakeCassandraService deaf = FakeCassandraService.up().thatCannotBeDrained();
        assertThatThrownBy(() -> undo(deaf)).hasMessageContaining("JMX does not answer");
        assertThat(segments()).containsExactly("acknowledged");
        assertThat(deaf.told()).isEmpty();
        FakeCassandraService service = FakeCassandraService.up();
        undo(service);
        assertThat(service.told()).containsExactly("drain", "stop", "start");
        assertThat(read(data.resolve(TABLE + "/nb-1-big-Data.db"))).isEqualTo("old");
    }

    @Test
    void undoOfAWholeNodeGivesTheOldDataItsOwnCommitLogOnly() throws IOException {
        segment("of-the-old-data");
        new Swap(staging()).run(staged(true));
        assertThat(segments()).isEmpty();
        segment("of-the-restored-data");
        undo(FakeCassandraService.down());
        assertThat(segments()).containsExactly("of-the-old-data");
        assertThat(read(data.resolve(TABLE + "/nb-1-big-Data.db"))).isEqualTo("old");
    }

    @Test
    void aSecondRunOfARestoreDoesNotMixTheLogOfTheRestoredDataWithThatOfTheOldData() throws IOException {
        segment("of-the-old-data");
        new Swap(staging()).run(staged(true));
        segment("between-the-runs");
        new Swap(staging()).run(staged(true));
        assertThat(segments()).isEmpty();
        undo(FakeCassandraService.down());
        assertThat(segments()).containsExactly("of-the-old-data");
    }

    @Test
    void aNewRestoreDoesNotBringBackTheLogOfAStateThatIsKeptNoMore() throws IOException {
        segment("years-ago");
        new Swap(staging()).run(staged(true));
        staging().keep();
        segment("now");
        new Swap(staging()).run(staged(true));
        undo(FakeCassandraService.down());
        assertThat(segments()).containsExactly("now");
    }

    @Test
    void aRestoreKilledAfterTheSwapDoesNotSetAsideTheLogOfTheNodeThatWasStartedSince() throws IOException {
        segment("of-the-old-data");
        SwapPlan plan = new Swap(staging()).identified(staged(true));
        new Swap(staging()).run(plan);
        // killed before the journal said so; somebody started the node by hand
        new Journal(staging().journal().orElseThrow().plan(), Journal.Phase.SWAPPING)
                .write(staging().paths().journal(), List.of(data));
        segment("acknowledged-since");
        new Swap(staging()).run(staging().journal().orElseThrow().plan());
        assertThat(segments()).containsExactly("acknowledged-since");
        assertThat(read(data.resolve(TABLE + "/nb-7-big-Data.db"))).isEqualTo("restored");
    }

    @Test
    void undoOfARestoreKilledAfterTheSwapDoesNotReplayTheLogOfTheRestoredData() throws IOException {
        segment("of-the-old-data");
        new Swap(staging()).run(staged(true));
        new Journal(staging().journal().orElseThrow().plan(), Journal.Phase.SWAPPING)
                .write(staging().paths().journal(), List.of(data));
        segment("acknowledged-since");
        undo(FakeCassandraService.down());
        assertThat(segments()).containsExactly("of-the-old-data");
    }

    @Test
    void anUndoThatWasCutOffAfterTheSwapBackKeepsTheLogWrittenToTheOldDataSince() throws IOException {
        new Swap(staging()).run(staged(true));
        SwapPlan plan = staging().journal().orElseThrow().plan();
        new Swap(staging()).undo(plan, true);
        new Journal(plan, Journal.Phase.UNDOING).write(staging().paths().journal(), List.of(data));
        segment("written-to-the-old-data");
        undo(FakeCassandraService.down());
        assertThat(segments()).containsExactly("written-to-the-old-data");
    }

    @Test
    void nothingIsSwappedWhileAProcessUsesTheDirectories() throws IOException {
        new Swap(staging()).run(staged(true));
        FakeCassandraService service = FakeCassandraService.down().usedBy("process 4711 (Cassandra)");
        assertThatThrownBy(() -> undo(service))
                .hasMessageContaining("process 4711 (Cassandra) still uses " + data)
                .hasMessageContaining("No data was changed");
        assertThat(read(data.resolve(TABLE + "/nb-7-big-Data.db"))).isEqualTo("restored");
        assertThat(service.told()).containsExactly("stop");
    }

    @Test
    void theLogIsDurablyAwayBeforeTheDataIsSwappedWhateverFileSystemItIsOn() throws IOException {
        segment("of-the-old-data");
        List<String> atSync = new ArrayList<>();
        Swap swap = new Swap(staging(), synced -> {
            try {
                atSync.add(synced.getFileName() + " " + segments() + " "
                        + (Files.exists(data.resolve(TABLE + "/nb-7-big-Data.db")) ? "restored" : "old"));
            } catch (IOException failed) {
                throw new java.io.UncheckedIOException(failed);
            }
        });
        swap.run(staged(true));
        assertThat(atSync).containsExactly("commitlog [] old", "data [] restored");
        atSync.clear();
        segment("of-the-restored-data");
        swap.undo(staging().journal().orElseThrow().plan(), true);
        assertThat(atSync).containsExactly("commitlog [] restored", "data [] old", "commitlog [of-the-old-data] old");
    }

    @Test
    void aCommitLogOnAnotherFileSystemIsSetAsideThereAndComesBack() throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory) && !FileSystems.areTogether(memory, data), "needs a second file system");
        log = Files.createTempDirectory(memory, "medusa-commitlog");
        try {
            yaml = CassandraYaml.read(Files.writeString(
                    yaml.file(),
                    read(yaml.file()).replace(directory.resolve("commitlog").toString(), log.toString())));
            segment("of-the-old-data");
            new Swap(staging()).run(staged(true));
            assertThat(segments()).isEmpty();
            undo(FakeCassandraService.down());
            assertThat(segments()).containsExactly("of-the-old-data");
            try (Stream<Path> left = Files.list(log)) {
                assertThat(left).hasSize(1);
            }
        } finally {
            Privileges.over(log, false).remove(log);
        }
    }

    @Test
    void aMountsOwnDirectoriesStayInTheCommitLogDirectory() throws IOException {
        segment("log");
        write(log.resolve("lost+found/inode"), "the file system's");
        new Swap(staging()).run(staged(true));
        assertThat(log.resolve("lost+found/inode")).exists();
        assertThat(segments()).isEmpty();
    }
}
