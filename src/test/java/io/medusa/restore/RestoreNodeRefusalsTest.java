package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraService.Identity;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.Check;
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
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A restore that cannot end well is refused while the node still runs, by the dry run and while staging, too. */
final class RestoreNodeRefusalsTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("one");
    private static final List<BigInteger> BACKED_UP = List.of(BigInteger.ZERO);
    private static final CassandraSchema SCHEMA = new FakeCassandraSchema();

    @TempDir
    Path directory;

    private BackupCatalog catalog;
    private CassandraYaml yaml;

    @BeforeEach
    void backup() throws IOException {
        LocalStorage storage = new LocalStorage(directory.resolve("bucket"));
        FakeCassandraNode cassandra = new FakeCassandraNode(directory.resolve("data"), NODE);
        cassandra.sstable("ks", "t", 1, "first");
        catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        NodeBackups.take(storage, cassandra.node(), NODE, NAME, directory);
        settings("commitlog_directory: \"" + directory.resolve("commitlog") + "\"\n");
    }

    private void settings(String commitLog) throws IOException {
        yaml = CassandraYaml.read(Files.writeString(
                directory.resolve("cassandra.yaml"),
                "data_file_directories: [ \"" + directory.resolve("data") + "\" ]\n" + commitLog
                        + "saved_caches_directory: \"" + directory.resolve("caches") + "\"\nhints_directory: \""
                        + directory.resolve("hints") + "\"\n"));
    }

    private static FakeCassandraService node(List<BigInteger> tokens, String version) {
        return FakeCassandraService.up().says(new Identity("id", tokens, version, Optional.empty()));
    }

    private RestoreNode flow(FakeCassandraService service) {
        return new RestoreNode(catalog, yaml, service, SCHEMA, new TransferPool(2, false, Progress.NONE));
    }

    private NodeRestoreRequest request(NodeRestoreRequest.Target target) {
        return NodeRestores.of(NODE, NAME, TableSelection.ALL, target, false, false, directory);
    }

    /** By every way in, before the node is touched. */
    private void isRefused(FakeCassandraService service, String why) {
        NodeRestoreRequest request = request(NodeRestoreRequest.Target.IN_PLACE);
        for (Runnable way : List.<Runnable>of(
                () -> flow(service).plan(request), () -> flow(service).stage(request), () -> flow(service)
                        .run(request))) {
            assertThatThrownBy(way::run)
                    .isInstanceOf(MedusaException.class)
                    .hasMessageContaining(why)
                    .hasMessageContaining("No data was changed");
        }
        assertThat(service.told()).as("drained, stopped or started").isEmpty();
        assertThat(directory.resolve(".medusa-data")).doesNotExist();
    }

    @Test
    void aBackupOfANewerCassandraIsRefusedBeforeTheNodeIsStopped() {
        isRefused(node(BACKED_UP, "4.1.10"), "cannot be restored into Cassandra 4.1.10");
    }

    @Test
    void aBackupWhoseManifestIsEmptyIsRefusedWithItsReason() throws IOException {
        Files.writeString(directory.resolve("bucket/n1/one/meta/manifest.json"), "[]");
        FakeCassandraService service = node(BACKED_UP, "5.0.9");
        NodeRestoreRequest request = request(NodeRestoreRequest.Target.IN_PLACE);
        for (Runnable way : List.<Runnable>of(
                () -> flow(service).plan(request), () -> flow(service).stage(request), () -> flow(service)
                        .run(request))) {
            assertThatThrownBy(way::run)
                    .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                            .isEqualTo(FailureKind.BACKUP_DAMAGED))
                    .hasMessageContaining("n1/one/meta/manifest.json names no tables, although the schema");
        }
        assertThat(service.told()).isEmpty();
        assertThat(directory.resolve("data/ks")).isDirectory();
    }

    @Test
    void inPlaceOntoASuccessorOfTheNodeIsRefused() {
        isRefused(node(List.of(BigInteger.TEN), "5.0.9"), "this node is not the one that was backed up as n1");
        assertThat(flow(node(List.of(BigInteger.TEN), "5.0.9")).plan(request(NodeRestoreRequest.Target.REMOTE)))
                .as("that is what --remote is for")
                .isNotNull();
        assertThat(flow(node(BACKED_UP, "5.0.9")).plan(request(NodeRestoreRequest.Target.IN_PLACE)))
                .isNotNull();
    }

    @Test
    void aStoppedSuccessorIsKnownByWhatItSaidWhenItRan() throws IOException {
        settings("commitlog_directory: \"" + directory.resolve("commitlog") + "\"\n");
        FakeCassandraService successor = node(List.of(BigInteger.TEN), "5.0.9")
                .says(new io.medusa.cassandra.CassandraService.Locations(
                        java.util.Set.of(directory.resolve("data")),
                        directory.resolve("commitlog"),
                        directory.resolve("caches"),
                        Optional.empty()));
        assertThatThrownBy(() -> flow(successor).plan(request(NodeRestoreRequest.Target.IN_PLACE)))
                .isInstanceOf(MedusaException.class);
        isRefused(FakeCassandraService.down(), "this node is not the one that was backed up as n1");
    }

    @Test
    void aNodeThatThisUserCannotStartAgainIsNotStopped() {
        isRefused(
                node(BACKED_UP, "5.0.9")
                        .checked(
                                new Check("restore: stop_cmd", Check.Outcome.OK, "'stop' can be run"),
                                new Check("restore: start_cmd", Check.Outcome.FAILED, "there is no program start")),
                "the restore would fail on this machine: there is no program start. Cassandra was not stopped");
    }

    @Test
    void aWarningDoesNotPreventARestore() {
        FakeCassandraService service =
                node(BACKED_UP, "5.0.9").checked(new Check("restore: JMX", Check.Outcome.WARNING, "does not answer"));
        flow(service).run(request(NodeRestoreRequest.Target.IN_PLACE));
        assertThat(service.told()).contains("stop", "start");
    }

    @Test
    void aStoppedNodeWhoseCommitLogIsNowhereNamedIsRefused() throws IOException {
        settings("");
        isRefused(FakeCassandraService.down(), "Set commitlog_directory in " + yaml.file());
    }

    @Test
    void aNodeThatIsDownAndHasLeftNoRecordIsRestored() {
        FakeCassandraService service = FakeCassandraService.down();
        flow(service).run(request(NodeRestoreRequest.Target.IN_PLACE));
        assertThat(service.told()).containsExactly("stop", "start");
    }

    private void interruptedSwap() throws IOException {
        flow(FakeCassandraService.down()).stage(request(NodeRestoreRequest.Target.IN_PLACE));
        NodeStaging staging = new NodeStaging(
                StagingPaths.idOfRestore(NAME.value()),
                yaml.allDataDirectories(),
                io.medusa.os.Privileges.over(directory.resolve("data"), false));
        SwapPlan plan = new SwapPlan(
                List.of(DirectorySwap.whole(directory.resolve("data"))),
                List.of(yaml.commitLogDirectory()),
                false,
                false,
                SwapPlan.EVERYTHING);
        new Swap(staging).run(plan);
        new Journal(staging.journal().orElseThrow().plan(), Journal.Phase.SWAPPING)
                .write(staging.paths().journal(), yaml.allDataDirectories());
    }

    @Test
    void theUndoOfAnInterruptedSwapIsOnlyWarnedOfWhatMayFail() throws IOException {
        interruptedSwap();
        FakeCassandraService service = FakeCassandraService.down()
                .checked(new Check("restore: start_cmd", Check.Outcome.FAILED, "a false alarm leaves no node down"));
        new UndoRestore(yaml, service, () -> {
                    throw new MedusaException(FailureKind.CASSANDRA_UNREACHABLE, "down");
                })
                .run(new UndoRestore.Request(NODE, false, directory));
        assertThat(service.told()).containsExactly("stop", "start");
    }

    @Test
    void aResumedWholeRestoreDrainsTheNodeThatWasStartedByHand() throws IOException {
        interruptedSwap();
        Path segment = directory.resolve("commitlog/CommitLog-7-1.log");
        Files.createDirectories(segment.getParent());
        Files.writeString(segment, "acknowledged since");
        FakeCassandraService service = FakeCassandraService.up()
                .checked(new Check("restore: start_cmd", Check.Outcome.FAILED, "a false alarm leaves no node down"));
        flow(service).run(request(NodeRestoreRequest.Target.IN_PLACE));
        assertThat(service.told()).containsExactly("drain", "stop", "start");
        assertThat(segment).hasContent("acknowledged since");
    }

    @Test
    void aProcessThatStaysOnTheDirectoriesKeepsThemFromBeingSwapped() {
        FakeCassandraService service = FakeCassandraService.down().usedBy("process 4711 (Cassandra)");
        assertThatThrownBy(() -> flow(service).run(request(NodeRestoreRequest.Target.IN_PLACE)))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.BUSY))
                .hasMessageContaining("process 4711 (Cassandra) still uses " + directory.resolve("data"));
        assertThat(service.told()).containsExactly("stop");
        assertThat(directory.resolve("data/ks")).isDirectory();
    }
}
