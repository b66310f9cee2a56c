package io.medusa.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.medusa.testing.Await;
import io.medusa.testing.Certificates;
import io.medusa.testing.LoggedLines;
import io.medusa.wire.v1.AgentGrpc;
import io.medusa.wire.v1.AgentGrpc.AgentBlockingStub;
import io.medusa.wire.v1.BackupEvent;
import io.medusa.wire.v1.BackupRequest;
import io.medusa.wire.v1.BackupResult;
import io.medusa.wire.v1.ClearSnapshotRequest;
import io.medusa.wire.v1.ClusterBackup;
import io.medusa.wire.v1.FindBackupRequest;
import io.medusa.wire.v1.FindBackupResponse;
import io.medusa.wire.v1.ListBackupsRequest;
import io.medusa.wire.v1.Mode;
import io.medusa.wire.v1.PurgeRequest;
import io.medusa.wire.v1.PurgeResponse;
import io.medusa.wire.v1.RestoreNodeRequest;
import io.medusa.wire.v1.RestoreTableRequest;
import io.medusa.wire.v1.StopBackupRequest;
import io.medusa.wire.v1.TakeSnapshotRequest;
import io.medusa.wire.v1.VerifyEvent;
import io.medusa.wire.v1.VerifyRequest;
import io.medusa.wire.v1.VerifyResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node does for others, over real connections; the node is files without a database. */
final class AgentServiceTest {
    @TempDir
    Path directory;

    private ServedNode served;
    private MedusaServer server;
    private AgentBlockingStub agent;

    @BeforeEach
    void node() throws Exception {
        served = new ServedNode(directory, "n1");
        served.node().sstable("ks", "t", 1, "a");
        server = served.serve(Optional.empty(), 1 << 20);
        agent = AgentGrpc.newBlockingStub(served.channel(server));
    }

    @AfterEach
    void close() throws Exception {
        served.close();
    }

    private static BackupRequest backup(String name) {
        return BackupRequest.newBuilder().setName(name).build();
    }

    private static BackupResult result(Iterator<BackupEvent> events) {
        BackupEvent last = BackupEvent.getDefaultInstance();
        while (events.hasNext()) {
            assertThat(last.hasResult()).as("the result is the last").isFalse();
            last = events.next();
        }
        assertThat(last.hasResult()).isTrue();
        return last.getResult();
    }

    private static void assertStatus(Status.Code code, String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(StatusRuntimeException.class, failed -> {
            assertThat(failed.getStatus().getCode()).isEqualTo(code);
            assertThat(failed.getStatus().getDescription()).contains(message);
        });
    }

    private FindBackupResponse.State state(String name) {
        return agent.findBackup(FindBackupRequest.newBuilder().setName(name).build())
                .getState();
    }

    @Test
    void aBackupTellsItsProgressAndWhatItCameTo() {
        Iterator<BackupEvent> events = agent.backup(backup("b1"));
        assertThat(events.next().hasProgress()).isTrue();
        BackupResult first = result(events);
        assertThat(first.getFiles()).isEqualTo(8);
        assertThat(first.getBytes()).isPositive().isEqualTo(first.getUploadedBytes());
        assertThat(first.getFinished().getSeconds())
                .isGreaterThanOrEqualTo(first.getStarted().getSeconds());
        BackupResult second =
                result(agent.backup(backup("b2").toBuilder().setMode(Mode.FULL).build()));
        assertThat(second.getCopiedBytes()).isEqualTo(first.getBytes());
        assertStatus(Status.Code.ALREADY_EXISTS, "choose another name", () -> result(agent.backup(backup("b1"))));
        assertStatus(Status.Code.INVALID_ARGUMENT, "cannot be used", () -> result(agent.backup(backup("../b"))));
        assertStatus(
                Status.Code.INVALID_ARGUMENT,
                "stagger_seconds",
                () -> result(agent.backup(
                        backup("b3").toBuilder().setStaggerSeconds(-1).build())));
        assertStatus(
                Status.Code.INVALID_ARGUMENT,
                "mode is",
                () -> result(
                        agent.backup(backup("b3").toBuilder().setModeValue(7).build())));
        List<ClusterBackup> all = new ArrayList<>();
        agent.listBackups(ListBackupsRequest.getDefaultInstance()).forEachRemaining(all::add);
        assertThat(all).extracting(ClusterBackup::getName).containsExactlyInAnyOrder("b1", "b2");
        ClusterBackup one = agent.listBackups(
                        ListBackupsRequest.newBuilder().setName("b1").build())
                .next();
        assertThat(one.getBytes()).isEqualTo(first.getBytes());
        assertThat(one.getNodes(0).getNode()).isEqualTo("n1");
        assertThat(one.hasFinished()).isTrue();
        assertStatus(Status.Code.NOT_FOUND, "No such backup: nosuch", () -> agent.listBackups(
                        ListBackupsRequest.newBuilder().setName("nosuch").build())
                .next());
        assertStatus(Status.Code.INVALID_ARGUMENT, "cannot be the name of a backup", () -> agent.listBackups(
                        ListBackupsRequest.newBuilder()
                                .setName("x".repeat(100_000))
                                .build())
                .next());
    }

    @Test
    void theSameRequestJoinsWhatRunsAndOneCanStopIt() {
        served.stall();
        Iterator<BackupEvent> one = agent.backup(backup("b1"));
        assertThat(one.next().getProgress().getPhase()).isEqualTo("Preparing");
        assertThat(state("b1")).isEqualTo(FindBackupResponse.State.RUNNING);
        Iterator<BackupEvent> other = agent.backup(backup("b1"));
        assertThat(other.next().hasProgress()).isTrue();
        assertStatus(
                Status.Code.ABORTED, "backup b1 of this node is running", () -> result(agent.backup(backup("b2"))));
        assertStatus(
                Status.Code.ABORTED,
                "is running with other options",
                () -> result(
                        agent.backup(backup("b1").toBuilder().setMode(Mode.FULL).build())));
        served.goOn();
        assertThat(result(one)).isEqualTo(result(other));
        assertThat(state("b1")).as("both know").isEqualTo(FindBackupResponse.State.UNKNOWN);
    }

    @Test
    void aStoppedBackupGivesBackWhatItHoldsAndIsTakenUp() {
        served.stall();
        Iterator<BackupEvent> stopped = agent.backup(backup("b1"));
        assertThat(stopped.next().hasProgress()).isTrue();
        StopBackupRequest stop = StopBackupRequest.newBuilder().setName("b1").build();
        assertThat(agent.stopBackup(stop).getWasRunning()).isTrue();
        assertStatus(Status.Code.ABORTED, "", () -> result(stopped));
        assertThat(agent.stopBackup(stop).getWasRunning()).isFalse();
        assertThat(directory.resolve("medusa_backup_in_progress")).doesNotExist();
        served.goOn();
        assertThat(result(agent.backup(backup("b1"))).getFiles()).isEqualTo(8);
    }

    @Test
    void aBackupWhoseEndNobodyHeardIsFound() throws Exception {
        served.stall();
        Iterator<BackupEvent> lost = agent.backup(backup("b1"));
        assertThat(lost.next().hasProgress()).isTrue();
        try (LoggedLines requests = new LoggedLines(RequestLog.class)) {
            ((io.grpc.ManagedChannel) agent.getChannel()).shutdownNow();
            Await.until("the server hears that its client is gone", () -> requests.all().stream()
                    .anyMatch(line -> line.contains("CANCELLED")));
        }
        agent = AgentGrpc.newBlockingStub(served.channel(server));
        assertThat(state("b1")).isEqualTo(FindBackupResponse.State.RUNNING);
        served.goOn();
        Await.until("the backup ends", () -> state("b1") != FindBackupResponse.State.RUNNING);
        assertThat(state("b1")).isEqualTo(FindBackupResponse.State.ENDED);
        agent = AgentGrpc.newBlockingStub(served.channel(served.serve(Optional.empty(), 1 << 20)));
        assertThat(state("b1")).as("another process").isEqualTo(FindBackupResponse.State.UNKNOWN);
    }

    @Test
    void snapshotsAreTakenForABackupThatFollowsAndCleared() throws Exception {
        assertThat(agent.takeSnapshot(TakeSnapshotRequest.newBuilder()
                                .setBackupName("b1")
                                .build())
                        .getFiles())
                .isEqualTo(8);
        TakeSnapshotRequest twice =
                TakeSnapshotRequest.newBuilder().setBackupName("b1").build();
        List<java.util.concurrent.Future<io.medusa.wire.v1.TakeSnapshotResponse>> atOnce = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            atOnce.add(AgentGrpc.newFutureStub(agent.getChannel()).takeSnapshot(twice));
        }
        for (var one : atOnce) {
            assertThat(one.get().getFiles()).as("of several coordinators").isEqualTo(8);
        }
        Path snapshots = directory.resolve("data/ks");
        assertThat(snapshotsBelow(snapshots)).containsExactly("medusa-b1");
        ClearSnapshotRequest clear =
                ClearSnapshotRequest.newBuilder().setBackupName("b1").build();
        assertThat(agent.clearSnapshot(clear).getCleared()).isTrue();
        assertThat(agent.clearSnapshot(clear).getCleared()).isFalse();
        assertThat(snapshotsBelow(snapshots)).isEmpty();
        served.node().failSnapshots(true);
        assertStatus(
                Status.Code.INTERNAL,
                "snapshot",
                () -> agent.takeSnapshot(
                        TakeSnapshotRequest.newBuilder().setBackupName("b1").build()));
    }

    @Test
    void aSnapshotExpiresOnlyIfTheRequestSaysThatItMay() {
        TakeSnapshotRequest request =
                TakeSnapshotRequest.newBuilder().setBackupName("b1").build();
        TakeSnapshotRequest expiring = request.toBuilder().setMayExpire(true).build();
        String staying = agent.takeSnapshot(request).getId();
        assertThat(served.node().lastExpires())
                .as("an older client does not say")
                .isFalse();
        assertThat(agent.takeSnapshot(expiring).getId()).as("it is used").isEqualTo(staying);
        var unused = agent.clearSnapshot(
                ClearSnapshotRequest.newBuilder().setBackupName("b1").build());
        String first = agent.takeSnapshot(expiring).getId();
        assertThat(served.node().lastExpires()).isTrue();
        assertThat(agent.takeSnapshot(expiring).getId()).isEqualTo(first);
        assertThat(agent.takeSnapshot(request).getId())
                .as("one that expires is not kept")
                .isNotEqualTo(first);
        assertThat(served.node().lastExpires()).isFalse();
    }

    @Test
    void aSnapshotTellsTheEpochIfThereIsOne() {
        assertThat(agent.takeSnapshot(TakeSnapshotRequest.newBuilder()
                                .setBackupName("b1")
                                .build())
                        .hasEpoch())
                .isFalse();
        served.node().epoch(17);
        assertThat(agent.takeSnapshot(TakeSnapshotRequest.newBuilder()
                                .setBackupName("b2")
                                .build())
                        .getEpoch())
                .isEqualTo(17);
    }

    private static List<String> snapshotsBelow(Path keyspace) throws Exception {
        try (Stream<Path> tables = Files.walk(keyspace, 3)) {
            return tables.filter(path -> path.getParent().endsWith("snapshots"))
                    .map(path -> path.getFileName().toString())
                    .toList();
        }
    }

    private List<VerifyResult> verify(VerifyRequest request) {
        List<VerifyResult> results = new ArrayList<>();
        agent.verify(request).forEachRemaining(event -> {
            if (event.getEventCase() == VerifyEvent.EventCase.RESULT) {
                results.add(event.getResult());
            }
        });
        return results;
    }

    @Test
    void backupsAreVerifiedAndPurged() throws Exception {
        result(agent.backup(backup("b1")));
        Await.nextSecond();
        served.node().sstable("ks", "t", 2, "b");
        result(agent.backup(backup("b2")));
        assertThat(verify(VerifyRequest.newBuilder()
                        .setLevel(VerifyRequest.Level.SSTABLE)
                        .build()))
                .hasSize(2)
                .allSatisfy(result -> assertThat(result.getGood()).isTrue());
        PurgeResponse would =
                agent.purge(PurgeRequest.newBuilder().setDryRun(true).build());
        assertThat(would.getBackupsList())
                .extracting(PurgeResponse.Removed::getName)
                .containsExactly("b1");
        assertThat(agent.purge(PurgeRequest.newBuilder().setAllNodes(true).build()))
                .as("what was foretold")
                .isEqualTo(would);
        try (Stream<Path> data = Files.walk(directory.resolve("bucket/n1/data"))) {
            Files.delete(data.filter(path -> path.toString().endsWith("2-big-Data.db"))
                    .findFirst()
                    .orElseThrow());
        }
        VerifyResult damaged =
                verify(VerifyRequest.newBuilder().setName("b2").build()).get(0);
        assertThat(damaged.getComplete()).isTrue();
        assertThat(damaged.getGood()).isFalse();
        assertThat(damaged.getFindingsList()).singleElement().satisfies(finding -> {
            assertThat(finding.getNode()).isEqualTo("n1");
            assertThat(finding.getKey()).endsWith("2-big-Data.db");
            assertThat(finding.getProblem()).isEqualTo("missing");
        });
        assertStatus(
                Status.Code.NOT_FOUND,
                "nosuch",
                () -> verify(VerifyRequest.newBuilder().setName("nosuch").build()));
    }

    @Test
    void S8_restoresNeedAClientWithACertificate() throws Exception {
        RestoreTableRequest table = RestoreTableRequest.newBuilder()
                .setBackupName("nosuch")
                .setTable("ks.t")
                .build();
        RestoreNodeRequest whole =
                RestoreNodeRequest.newBuilder().setBackupName("nosuch").build();
        assertStatus(Status.Code.FAILED_PRECONDITION, "clients with a certificate", () -> agent.restoreTable(table)
                .next());
        assertStatus(Status.Code.FAILED_PRECONDITION, "clients with a certificate", () -> agent.restoreNode(whole)
                .next());
        Certificates authority = new Certificates(directory.resolve("ca"), "ours");
        MedusaServer secure = served.serve(Optional.of(ServedNode.files(authority, authority.pair("server"))), 1 << 20);
        AgentBlockingStub known = AgentGrpc.newBlockingStub(
                served.channel(secure, ServedNode.credentials(authority, authority.pair("client"))));
        Files.writeString(
                directory.resolve("node.yaml"),
                "data_file_directories: [ \"" + directory.resolve("data") + "\" ]\nlisten_address: 127.0.0.1\n");
        assertStatus(Status.Code.NOT_FOUND, "nosuch", () -> known.restoreNode(whole)
                .forEachRemaining(event -> assertThat(event.hasResult()).isFalse()));
        assertStatus(Status.Code.INVALID_ARGUMENT, "KEYSPACE.TABLE", () -> known.restoreTable(
                        table.toBuilder().setTable("t").build())
                .next());
    }
}
