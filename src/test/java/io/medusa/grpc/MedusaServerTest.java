package io.medusa.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ChannelCredentials;
import io.grpc.Context;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.medusa.config.MedusaConfig;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.WeeklyTime;
import io.medusa.model.WeeklyTimes;
import io.medusa.os.ExclusiveLock;
import io.medusa.testing.Await;
import io.medusa.testing.Certificates;
import io.medusa.testing.Cli;
import io.medusa.testing.LoggedLines;
import io.medusa.wire.BackupRequest;
import io.medusa.wire.BackupResponse;
import io.medusa.wire.BackupStatusRequest;
import io.medusa.wire.BackupStatusResponse;
import io.medusa.wire.BackupSummary;
import io.medusa.wire.DeleteBackupRequest;
import io.medusa.wire.GetBackupRequest;
import io.medusa.wire.GetBackupsRequest;
import io.medusa.wire.GetBackupsResponse;
import io.medusa.wire.MedusaGrpc;
import io.medusa.wire.PrepareRestoreRequest;
import io.medusa.wire.PurgeBackupsRequest;
import io.medusa.wire.PurgeBackupsResponse;
import io.medusa.wire.StatusType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service as its clients see it, over real connections; the node is files without a database. */
final class MedusaServerTest {
    @TempDir
    Path directory;

    private ServedNode served;

    @BeforeEach
    void node() {
        served = new ServedNode(directory, "n1");
    }

    @AfterEach
    void close() throws Exception {
        served.close();
    }

    private MedusaGrpc.MedusaBlockingStub client(MedusaServer server) {
        return MedusaGrpc.newBlockingStub(served.channel(server));
    }

    private MedusaGrpc.MedusaBlockingStub client() throws IOException {
        return client(served.serve(Optional.empty(), 1 << 20));
    }

    private static BackupRequest differential(String name) {
        return BackupRequest.newBuilder().setName(name).build();
    }

    private static BackupStatusResponse status(MedusaGrpc.MedusaBlockingStub client, String name) {
        return client.backupStatus(
                BackupStatusRequest.newBuilder().setBackupName(name).build());
    }

    private static StatusType waitForEnd(MedusaGrpc.MedusaBlockingStub client, String name) throws Exception {
        Await.until("backup " + name, () -> status(client, name).getStatus() != StatusType.IN_PROGRESS);
        return status(client, name).getStatus();
    }

    private static void assertStatus(Status.Code code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(StatusRuntimeException.class, failed -> assertThat(
                        failed.getStatus().getCode())
                .isEqualTo(code));
    }

    @Test
    void row16_backupsAreListedAndPurged() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaServer server = served.serve(Optional.empty(), 1 << 20);
        MedusaGrpc.MedusaBlockingStub client = client(server);
        assertThat(HealthGrpc.newBlockingStub(served.channel(server))
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
        assertThat(client.getBackups(GetBackupsRequest.getDefaultInstance()).getOverallStatus())
                .isEqualTo(StatusType.UNKNOWN);
        BackupResponse done = client.backup(differential("grpc_backup_2"));
        assertThat(done.getBackupName()).isEqualTo("grpc_backup_2");
        assertThat(done.getStatus()).isEqualTo(StatusType.SUCCESS);
        Await.nextSecond();
        client.backup(differential("grpc_backup_2_2"));
        GetBackupsResponse all = client.getBackups(GetBackupsRequest.getDefaultInstance());
        assertThat(all.getOverallStatus()).isEqualTo(StatusType.SUCCESS);
        assertThat(all.getBackupsList())
                .extracting(BackupSummary::getBackupName)
                .containsExactly("grpc_backup_2", "grpc_backup_2_2");
        BackupSummary first = all.getBackups(0);
        assertThat(first.getBackupType()).isEqualTo("differential");
        assertThat(first.getTotalNodes()).isEqualTo(1);
        assertThat(first.getFinishedNodes()).isEqualTo(1);
        assertThat(first.getStatus()).isEqualTo(StatusType.SUCCESS);
        assertThat(first.getTotalObjects()).isEqualTo(8);
        assertThat(first.getTotalSize()).isPositive();
        assertThat(first.getFinishTime()).isGreaterThanOrEqualTo(first.getStartTime());
        assertThat(first.getNodes(0).getHost()).isEqualTo("n1");
        assertThat(first.getNodes(0).getTokensList()).hasSize(1);
        assertThat(first.getNodes(0).getDatacenter()).isEqualTo("dc1");
        assertThat(first.getNodes(0).getRack()).isEqualTo("r1");
        PurgeBackupsResponse purged = client.purgeBackups(PurgeBackupsRequest.getDefaultInstance());
        assertThat(purged.getNbBackupsPurged()).isEqualTo(1);
        assertThat(purged.getNbObjectsPurged()).isPositive();
        assertThat(purged.getTotalPurgedSize()).isPositive();
        assertThat(client.getBackups(GetBackupsRequest.getDefaultInstance()).getBackupsList())
                .extracting(BackupSummary::getBackupName)
                .containsExactly("grpc_backup_2_2");
        assertThat(client.getBackup(GetBackupRequest.newBuilder()
                                .setBackupName("grpc_backup_2_2")
                                .build())
                        .getBackup())
                .isEqualTo(all.getBackups(1));
    }

    @Test
    void row17_B20_aNameIsTakenOnceAndADeletionTellsTheTruth() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaGrpc.MedusaBlockingStub client = client();
        client.backup(differential("grpc_backup_1"));
        assertStatus(Status.Code.INTERNAL, () -> client.backup(differential("grpc_backup_1")));
        assertThat(status(client, "grpc_backup_1").getStatus())
                .as("a second attempt whose client hears that it failed does not make it look failed")
                .isEqualTo(StatusType.SUCCESS);
        assertStatus(Status.Code.INTERNAL, () -> client.backup(differential("../escape")));
        DeleteBackupRequest delete =
                DeleteBackupRequest.newBuilder().setName("grpc_backup_1").build();
        assertThat(client.deleteBackup(delete).getStatus()).isEqualTo(StatusType.SUCCESS);
        assertStatus(Status.Code.NOT_FOUND, () -> client.deleteBackup(delete));
        assertStatus(Status.Code.NOT_FOUND, () -> status(client, "grpc_backup_1"));
        assertStatus(
                Status.Code.INTERNAL,
                () -> client.getBackup(GetBackupRequest.newBuilder()
                        .setBackupName("grpc_backup_1")
                        .build()));
        // one that another process has taken
        new Cli(served.ini())
                .with("TMPDIR", directory.toString())
                .onNode(served::cassandra)
                .run("backup", "--backup-name", "cli");
        assertThat(client.deleteBackup(
                                DeleteBackupRequest.newBuilder().setName("cli").build())
                        .getStatus())
                .isEqualTo(StatusType.SUCCESS);
    }

    @Test
    void row23_B21_anAsynchronousBackupGoesOnByItselfOneAtATime() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaGrpc.MedusaBlockingStub client = client();
        served.stall();
        assertThat(client.asyncBackup(differential("b1")).getStatus()).isEqualTo(StatusType.IN_PROGRESS);
        assertThat(directory.resolve("medusa_backup_in_progress"))
                .as("whoever is told that the backup runs may change the configuration")
                .exists();
        assertThat(status(client, "b1").getStatus()).isEqualTo(StatusType.IN_PROGRESS);
        assertStatus(Status.Code.INTERNAL, () -> client.asyncBackup(differential("b2")));
        assertStatus(Status.Code.INTERNAL, () -> client.asyncBackup(differential("b1")));
        assertThat(client.deleteBackup(
                                DeleteBackupRequest.newBuilder().setName("b1").build())
                        .getStatus())
                .as("it is running")
                .isEqualTo(StatusType.FAILED);
        served.goOn();
        assertThat(waitForEnd(client, "b1")).isEqualTo(StatusType.SUCCESS);
        BackupStatusResponse ended = status(client, "b1");
        assertThat(ended.getStartTime()).matches("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}");
        assertThat(ended.getFinishTime()).isGreaterThanOrEqualTo(ended.getStartTime());
        assertThat(directory.resolve("medusa_backup_in_progress")).doesNotExist();
    }

    @Test
    void row23_aBackupThatCannotBeginIsRefusedInsteadOfPromised() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaGrpc.MedusaBlockingStub client = client();
        try (ExclusiveLock restore = ExclusiveLock.acquire(directory, "medusa_restore_in_progress.n1", "a restore")) {
            assertThat(restore.identity()).isPresent();
            assertThatThrownBy(() -> client.asyncBackup(differential("b1")))
                    .isInstanceOfSatisfying(StatusRuntimeException.class, refused -> assertThat(refused.getStatus())
                            .satisfies(status -> {
                                assertThat(status.getCode()).isEqualTo(Status.Code.INTERNAL);
                                assertThat(status.getDescription()).contains("a restore of node n1 is running");
                            }));
        }
        assertThat(client.asyncBackup(differential("b1")).getStatus()).isEqualTo(StatusType.IN_PROGRESS);
        assertThat(waitForEnd(client, "b1")).isEqualTo(StatusType.SUCCESS);
    }

    @Test
    void aRefusedAsynchronousBackupIsToldToWhoAsksForItsStatus() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaGrpc.MedusaBlockingStub client = client();
        client.backup(differential("b1"));
        assertStatus(Status.Code.INTERNAL, () -> client.asyncBackup(differential("b1")));
        assertThat(status(client, "b1").getStatus())
                .as("nothing was backed up for this request")
                .isEqualTo(StatusType.FAILED);
        assertThat(client.getBackup(GetBackupRequest.newBuilder()
                                .setBackupName("b1")
                                .build())
                        .getStatus())
                .as("the backup itself is as good as before")
                .isEqualTo(StatusType.SUCCESS);
        assertThat(status(client(), "b1").getStatus())
                .as("another process asks the bucket")
                .isEqualTo(StatusType.SUCCESS);
        // refused for another reason, with nothing in the bucket
        served.stall();
        client.asyncBackup(differential("b2"));
        assertStatus(Status.Code.INTERNAL, () -> client.asyncBackup(differential("b3")));
        assertThat(status(client, "b3").getStatus()).isEqualTo(StatusType.FAILED);
        assertStatus(Status.Code.INTERNAL, () -> client.asyncBackup(differential("b4")));
        assertStatus(Status.Code.INTERNAL, () -> client.asyncBackup(differential("b2")));
        assertThat(status(client, "b2").getStatus()).isEqualTo(StatusType.IN_PROGRESS);
        served.goOn();
        assertThat(waitForEnd(client, "b2"))
                .as("the running backup is not the refused one")
                .isEqualTo(StatusType.SUCCESS);
        // a later request counts, and a deletion forgets
        client.asyncBackup(differential("b3"));
        assertThat(waitForEnd(client, "b3")).isEqualTo(StatusType.SUCCESS);
        client.backup(differential("b4"));
        assertThat(status(client, "b4").getStatus())
                .as("made by another call since")
                .isEqualTo(StatusType.SUCCESS);
        client.deleteBackup(DeleteBackupRequest.newBuilder().setName("b1").build());
        assertStatus(Status.Code.NOT_FOUND, () -> status(client, "b1"));
    }

    @Test
    void row31_aServerThatKnowsNothingOfABackupAsksTheBucket() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        client().backup(differential("b1"));
        assertThat(status(client(), "b1").getStatus()).isEqualTo(StatusType.SUCCESS);
    }

    @Test
    void aClientThatGoesAwayDoesNotStopItsBackup() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaGrpc.MedusaBlockingStub client = client();
        served.stall();
        Context.CancellableContext impatient = Context.current().withCancellation();
        Thread caller = new Thread(() -> impatient.run(() -> {
            try {
                client.backup(differential("b1"));
            } catch (StatusRuntimeException cancelled) {
                assertThat(cancelled.getStatus().getCode()).isEqualTo(Status.Code.CANCELLED);
            }
        }));
        caller.start();
        Await.until("the backup begins", () -> {
            try {
                return status(client, "b1").getStatus() == StatusType.IN_PROGRESS;
            } catch (StatusRuntimeException notYet) {
                return false;
            }
        });
        impatient.cancel(null);
        caller.join();
        served.goOn();
        assertThat(waitForEnd(client, "b1")).isEqualTo(StatusType.SUCCESS);
    }

    @Test
    void aFailedBackupIsToldAndItsNameCanBeUsedAgain() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaGrpc.MedusaBlockingStub client = client();
        served.node().failSnapshots(true);
        client.asyncBackup(differential("b1"));
        assertThat(waitForEnd(client, "b1")).isEqualTo(StatusType.FAILED);
        served.node().failSnapshots(false);
        client.asyncBackup(differential("b1"));
        assertThat(waitForEnd(client, "b1")).isEqualTo(StatusType.SUCCESS);
    }

    @Test
    void aServerThatStopsInterruptsItsBackupWhichGivesBackWhatItHolds() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaServer server = served.serve(Optional.empty(), 1 << 20);
        served.stall();
        client(server).asyncBackup(differential("b1"));
        long began = System.nanoTime();
        server.close();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
        assertThat(directory.resolve("medusa_backup_in_progress")).doesNotExist();
        assertThat(directory.resolve("bucket/index/leases/n1"))
                .satisfiesAnyOf(leases -> assertThat(leases).doesNotExist(), leases -> assertThat(leases)
                        .isEmptyDirectory());
        served.goOn();
        assertThat(client().backup(differential("b1")).getStatus()).isEqualTo(StatusType.SUCCESS);
    }

    /** Kubernetes waits for 30 seconds in all. */
    @Test
    void aServerThatStopsInterruptsAllItsTasksBeforeItWaitsForAny() throws Exception {
        Program usual = served.program();
        CountDownLatch running = new CountDownLatch(2);
        CountDownLatch purgeInterrupted = new CountDownLatch(1);
        CountDownLatch together = new CountDownLatch(1);
        Program slow = shown -> {
            String task = Thread.currentThread().getName();
            if (!task.startsWith("backup ") && !task.startsWith("purge ")) {
                return usual.open(shown);
            }
            running.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException interrupted) {
                if (task.startsWith("purge ")) {
                    purgeInterrupted.countDown();
                } else if (awaits(purgeInterrupted)) {
                    together.countDown();
                }
            }
            throw new MedusaException(FailureKind.INTERRUPTED, "interrupted");
        };
        MedusaServer server = new MedusaServer(
                new MedusaServer.Settings(
                        Optional.empty(), 0, 1 << 20, 1 << 20, Optional.empty(), directory.resolve("mappings")),
                slow);
        server.start();
        MedusaGrpc.MedusaFutureStub client = MedusaGrpc.newFutureStub(served.channel(server));
        var unusedBackup = client.asyncBackup(differential("b1"));
        var unusedPurge = client.purgeBackups(PurgeBackupsRequest.getDefaultInstance());
        running.await();
        server.close();
        assertThat(together.getCount())
                .as("the purge was interrupted while the backup was still running")
                .isZero();
    }

    /** Long enough for any machine, and shorter than a server's stop waits for a task. */
    private static boolean awaits(CountDownLatch latch) {
        try {
            return latch.await(15, TimeUnit.SECONDS);
        } catch (InterruptedException again) {
            return false;
        }
    }

    @Test
    void S8_withTlsEveryClientNeedsACertificateOfThatAuthority() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        Certificates ours = new Certificates(directory.resolve("ours"), "ours");
        Certificates others = new Certificates(directory.resolve("others"), "others");
        Certificates.Pair own = ours.pair("server");
        MedusaServer server = served.serve(Optional.of(ServedNode.files(ours, own)), 1 << 20);
        Certificates.Pair friend = ours.pair("client");
        Certificates.Pair stranger = others.pair("client");
        assertThat(MedusaGrpc.newBlockingStub(served.channel(server, ServedNode.credentials(ours, friend)))
                        .backup(differential("b1"))
                        .getStatus())
                .isEqualTo(StatusType.SUCCESS);
        for (ChannelCredentials refused : List.of(
                InsecureChannelCredentials.create(),
                TlsChannelCredentials.newBuilder()
                        .trustManager(ours.ca().toFile())
                        .build(),
                ServedNode.credentials(ours, stranger))) {
            MedusaGrpc.MedusaBlockingStub client = MedusaGrpc.newBlockingStub(served.channel(server, refused));
            assertStatus(Status.Code.UNAVAILABLE, () -> client.getBackups(GetBackupsRequest.getDefaultInstance()));
        }
    }

    @Test
    void S8_whoIsRefusedIsToldInTheLogOnce() throws Exception {
        Certificates ours = new Certificates(directory.resolve("ours"), "ours");
        MedusaServer server = served.serve(Optional.of(ServedNode.files(ours, ours.pair("server"))), 1 << 20);
        try (LoggedLines log = new LoggedLines(LoggingTrustManager.class)) {
            for (int i = 0; i < 3; i++) {
                MedusaGrpc.MedusaBlockingStub late = MedusaGrpc.newBlockingStub(
                        served.channel(server, ServedNode.credentials(ours, ours.expired("client"))));
                assertStatus(Status.Code.UNAVAILABLE, () -> late.getBackups(GetBackupsRequest.getDefaultInstance()));
            }
            assertThat(log.all()).hasSizeBetween(1, 2).first().satisfies(line -> assertThat(line)
                    .startsWith("Refused the client certificate of 'CN=client': "));
        }
    }

    @Test
    void S8_oneFileOfTlsAloneDoesNotLeaveTheServiceOpen() throws Exception {
        String before = Files.readString(served.ini());
        for (String option : List.of("ca_cert", "tls_key", "tls_cert")) {
            Files.writeString(directory.resolve("half.ini"), before + "[grpc]\n" + option + " = /some.pem\n");
            Cli.Result refused = new Cli(directory.resolve("half.ini")).run("server", "--port", "0");
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.lastError()).contains("set all of tls_cert, tls_key and ca_cert");
        }
        assertThat(new Cli(served.ini()).run("server", "--port", "70000").status())
                .isEqualTo(2);
    }

    @Test
    void theServiceBacksUpByItself() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaServer server = served.serve(Optional.empty(), 1 << 20);
        MedusaGrpc.MedusaBlockingStub client = client(server);
        LocalTime anHourAgo = LocalTime.now(ZoneOffset.UTC).minusHours(1).truncatedTo(ChronoUnit.MINUTES);
        Map<MedusaConfig.ScheduledTask, WeeklyTimes> daily = Map.of(
                MedusaConfig.ScheduledTask.BACKUP,
                new WeeklyTimes(List.of(new WeeklyTime(Optional.empty(), anHourAgo))));
        for (String start : List.of("first", "restarted")) {
            try (Schedule schedule = server.schedule(daily, Duration.ZERO)) {
                schedule.look();
            }
            assertThat(client.getBackups(GetBackupsRequest.getDefaultInstance()).getBackupsList())
                    .as("the round that was missed, once: " + start)
                    .hasSize(1);
        }
        List<BackupSummary> all =
                client.getBackups(GetBackupsRequest.getDefaultInstance()).getBackupsList();
        assertThat(all).hasSize(1);
        assertThat(all.get(0).getBackupName())
                .matches("[0-9]{8}T" + anHourAgo.toString().replace(":", "") + "Z");
        assertThat(status(client, all.get(0).getBackupName()).getStatus()).isEqualTo(StatusType.SUCCESS);
    }

    @Test
    void prepareRestoreWritesWhoTakesWhose() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaGrpc.MedusaBlockingStub client = client();
        client.backup(differential("b1"));
        Files.writeString(
                directory.resolve("node.yaml"),
                "data_file_directories: [ \"" + directory.resolve("data") + "\" ]\nseed_provider:\n"
                        + "  - class_name: org.apache.cassandra.locator.SimpleSeedProvider\n    parameters:\n"
                        + "      - seeds: n1\n");
        client.prepareRestore(PrepareRestoreRequest.newBuilder()
                .setBackupName("b1")
                .setDatacenter("dc1")
                .setRestoreKey("key-1")
                .build());
        assertThat(directory.resolve("mappings/key-1"))
                .hasContent("{\"in_place\":true,\"host_map\":{\"n1\":{\"source\":[\"n1\"],\"seed\":true}}}");
        assertStatus(
                Status.Code.INVALID_ARGUMENT,
                () -> client.prepareRestore(PrepareRestoreRequest.newBuilder()
                        .setBackupName("b1")
                        .setRestoreKey("../../etc/passwd")
                        .build()));
        assertStatus(
                Status.Code.INTERNAL,
                () -> client.prepareRestore(PrepareRestoreRequest.newBuilder()
                        .setBackupName("nosuch")
                        .setRestoreKey("key-2")
                        .build()));
    }

    @Test
    void messagesHaveLimitsAndTheServiceDescribesItself() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaServer server = served.serve(Optional.empty(), 40);
        MedusaGrpc.MedusaBlockingStub client = client(server);
        client.backup(differential("b1"));
        assertStatus(Status.Code.RESOURCE_EXHAUSTED, () -> client.getBackups(GetBackupsRequest.getDefaultInstance()));
        assertStatus(Status.Code.RESOURCE_EXHAUSTED, () -> client.backup(differential("x".repeat(2 << 20))));
        List<String> services = new ArrayList<>();
        MedusaServer plain = served.serve(Optional.empty(), 1 << 20);
        CountDownLatch answered = new CountDownLatch(1);
        StreamObserver<ServerReflectionRequest> questions = ServerReflectionGrpc.newStub(served.channel(plain))
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse answer) {
                        answer.getListServicesResponse().getServiceList().forEach(each -> services.add(each.getName()));
                        answered.countDown();
                    }

                    @Override
                    public void onError(Throwable failed) {
                        answered.countDown();
                    }

                    @Override
                    public void onCompleted() {}
                });
        questions.onNext(
                ServerReflectionRequest.newBuilder().setListServices("").build());
        assertThat(answered.await(10, TimeUnit.SECONDS)).isTrue();
        questions.onCompleted();
        assertThat(services).contains("Medusa", "grpc.health.v1.Health");
    }

    /** Sends and receives bytes as they are. */
    private enum Raw implements io.grpc.MethodDescriptor.Marshaller<byte[]> {
        BYTES;

        @Override
        public java.io.InputStream stream(byte[] value) {
            return new java.io.ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(java.io.InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
    }

    @Test
    void whateverIsSentIsAnsweredAndTheServiceGoesOn() throws Exception {
        served.node().sstable("ks", "t", 1, "a");
        MedusaServer server = served.serve(Optional.empty(), 1 << 20);
        ManagedChannel channel = served.channel(server);
        Random random = new Random(5);
        List<String> methods = new ArrayList<>(List.of("Medusa/NoSuch"));
        for (String name :
                List.of("BackupStatus", "GetBackup", "GetBackups", "DeleteBackup", "PurgeBackups", "PrepareRestore")) {
            methods.add("Medusa/" + name);
        }
        io.medusa.wire.v1.AgentGrpc.getServiceDescriptor()
                .getMethods()
                .forEach(method -> methods.add(method.getFullMethodName()));
        for (int i = 0; i < 400; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
            if (random.nextBoolean() && bytes.length > 2) {
                // a text in the first field, of any characters
                bytes[0] = 0x0a;
                bytes[1] = (byte) (bytes.length - 2);
            }
            io.grpc.MethodDescriptor<byte[], byte[]> method = io.grpc.MethodDescriptor.<byte[], byte[]>newBuilder()
                    .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
                    .setFullMethodName(methods.get(random.nextInt(methods.size())))
                    .setRequestMarshaller(Raw.BYTES)
                    .setResponseMarshaller(Raw.BYTES)
                    .build();
            try {
                io.grpc.stub.ClientCalls.blockingServerStreamingCall(
                                channel, method, io.grpc.CallOptions.DEFAULT, bytes)
                        .forEachRemaining(answer -> assertThat(answer).isNotNull());
            } catch (StatusRuntimeException refused) {
                assertThat(String.valueOf(refused.getStatus().getDescription()))
                        .as(method.getFullMethodName() + " " + java.util.Arrays.toString(bytes))
                        .doesNotContain("an error in Medusa");
            }
        }
        assertThat(MedusaGrpc.newBlockingStub(channel)
                        .backup(differential("b1"))
                        .getStatus())
                .isEqualTo(StatusType.SUCCESS);
    }
}
