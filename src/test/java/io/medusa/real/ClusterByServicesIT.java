package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.medusa.testing.Certificates;
import io.medusa.testing.RealNode;
import io.medusa.testing.TestCluster;
import io.medusa.wire.BackupRequest;
import io.medusa.wire.BackupStatusRequest;
import io.medusa.wire.BackupSummary;
import io.medusa.wire.DeleteBackupRequest;
import io.medusa.wire.GetBackupRequest;
import io.medusa.wire.MedusaGrpc;
import io.medusa.wire.StatusType;
import io.medusa.wire.v1.AgentGrpc;
import io.medusa.wire.v1.ClearSnapshotRequest;
import io.medusa.wire.v1.RestoreEvent;
import io.medusa.wire.v1.RestoreNodeRequest;
import io.medusa.wire.v1.RestoreTableRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real cluster of two nodes whose services are the only way in: mutual TLS, no SSH. */
final class ClusterByServicesIT {
    @TempDir
    static Path directory;

    private static TestCluster cluster;
    private static Certificates authority;
    private static int port;
    private static final List<Process> services = new ArrayList<>();
    private static final List<ManagedChannel> channels = new ArrayList<>();

    @BeforeAll
    static void shop() throws Exception {
        cluster = new TestCluster(
                Files.createDirectories(Path.of("target/real").toAbsolutePath())
                        .resolve("services-" + ProcessHandle.current().pid()),
                directory,
                1,
                List.of("r1", "r2"));
        cluster.cql(
                "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TABLE shop.orders (id int PRIMARY KEY, status text)");
        for (int i = 0; i < 100; i++) {
            cluster.cql("INSERT INTO shop.orders (id, status) VALUES (" + i + ", 'open')");
        }
        authority = new Certificates(directory.resolve("ca"), "ours");
        port = RealNode.freePort();
        for (int i = 0; i < 2; i++) {
            // whoever comes by SSH finds nobody
            cluster.host(i).close();
            Certificates.Pair own = authority.pair("node" + i);
            Path ini = cluster.directory(i).resolve("medusa.ini");
            Files.writeString(
                    ini,
                    Files.readString(ini) + "\n[grpc]\naddress = "
                            + cluster.node(i).address() + "\nport = " + port + "\ntls_cert = " + own.certificate()
                            + "\ntls_key = " + own.key() + "\nca_cert = " + authority.ca()
                            + "\ntls_server_name = localhost\n");
            serve(i);
        }
    }

    private static void serve(int index) throws Exception {
        Path log = cluster.directory(index).resolve("service.log");
        Files.deleteIfExists(log);
        ProcessBuilder builder = new ProcessBuilder(
                        cluster.directory(index).resolve("bin/medusa").toString(), "server")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment()
                .merge("PATH", cluster.directory(index).resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        services.add(builder.start());
        cluster.await(() -> Files.exists(log) && Files.readString(log).contains("Serving on port "));
    }

    @AfterAll
    static void stop() throws Exception {
        channels.forEach(ManagedChannel::shutdownNow);
        for (Process service : services) {
            service.destroy();
            assertThat(service.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        cluster.close();
    }

    private static ManagedChannel connect(int index) throws Exception {
        Certificates.Pair own = authority.pair("operator");
        ManagedChannel channel = Grpc.newChannelBuilderForAddress(
                        cluster.node(index).address(),
                        port,
                        TlsChannelCredentials.newBuilder()
                                .trustManager(authority.ca().toFile())
                                .keyManager(
                                        own.certificate().toFile(), own.key().toFile())
                                .build())
                .overrideAuthority("localhost")
                .build();
        channels.add(channel);
        return channel;
    }

    private static long restored(Iterator<RestoreEvent> events) {
        RestoreEvent last = RestoreEvent.getDefaultInstance();
        while (events.hasNext()) {
            last = events.next();
        }
        assertThat(last.hasResult()).isTrue();
        return last.getResult().getFiles();
    }

    @Test
    void everyNodeIsBackedUpWithoutSshAndRestoredByItsService() throws Exception {
        for (String mode : List.of("differential", "full")) {
            TestCluster.Done done = cluster.run(
                            "backup-cluster",
                            "--via",
                            "grpc",
                            "--backup-name",
                            "all-" + mode.substring(0, 4),
                            "--mode",
                            mode,
                            "-pu",
                            "2",
                            "--output",
                            "json")
                    .ok();
            JsonNode result = new ObjectMapper().readTree(done.out());
            assertThat(result.path("outcomes").findValuesAsText("state")).containsExactly("done", "done");
            assertThat(result.path("coverage").path("complete").asBoolean()).isTrue();
            cluster.noSnapshots("medusa-all-" + mode.substring(0, 4));
            cluster.run("verify", "--backup-name", "all-" + mode.substring(0, 4), "--level", "sstable")
                    .ok();
        }
        assertThat(cluster.run("backup-cluster", "--via", "grpc", "--backup-name", "all-full")
                        .err())
                .contains("backup all-full already exists and is finished on every node. Choose another name");
        assertThat(cluster.run("--prefix", "other", "backup-cluster", "--via", "grpc")
                        .err())
                .contains("--prefix cannot be used with --via grpc");
        assertThat(cluster.run("backup-cluster", "--backup-name", "by-ssh").err())
                .as("there is no SSH")
                .contains("SSH to 127.0.0.1: ");

        cluster.cql("TRUNCATE shop.orders");
        for (int i = 0; i < 2; i++) {
            assertThat(restored(AgentGrpc.newBlockingStub(connect(i))
                            .restoreTable(RestoreTableRequest.newBuilder()
                                    .setBackupName("all-diff")
                                    .setTable("shop.orders")
                                    .build())))
                    .isPositive();
        }
        assertThat(cluster.rows("SELECT id FROM shop.orders")).hasSize(100);
        cluster.cql("TRUNCATE shop.orders");
        for (int i = 0; i < 2; i++) {
            assertThat(restored(AgentGrpc.newBlockingStub(connect(i))
                            .restoreNode(RestoreNodeRequest.newBuilder()
                                    .setBackupName("all-full")
                                    .addKeyspaces("shop")
                                    .build())))
                    .isPositive();
            cluster.reconnect();
        }
        assertThat(cluster.rows("SELECT id FROM shop.orders")).hasSize(100);
    }

    @Test
    void row28_aBackupOfOneNodeOnlyIsReadAndDeleted() throws Exception {
        MedusaGrpc.MedusaBlockingStub client = MedusaGrpc.newBlockingStub(connect(0));
        String name = "grpc_backup_28";
        assertThat(client.asyncBackup(BackupRequest.newBuilder().setName(name).build())
                        .getStatus())
                .isEqualTo(StatusType.IN_PROGRESS);
        BackupStatusRequest ask =
                BackupStatusRequest.newBuilder().setBackupName(name).build();
        cluster.await(() -> client.backupStatus(ask).getStatus() != StatusType.IN_PROGRESS);
        assertThat(client.backupStatus(ask).getStatus()).as("the node's own").isEqualTo(StatusType.SUCCESS);
        BackupSummary summary = client.getBackup(
                        GetBackupRequest.newBuilder().setBackupName(name).build())
                .getBackup();
        assertThat(summary.getTotalNodes()).isEqualTo(2);
        assertThat(summary.getFinishedNodes()).isEqualTo(1);
        assertThat(summary.getStatus()).as("the other is missing").isEqualTo(StatusType.IN_PROGRESS);
        assertThat(summary.getTotalObjects()).isPositive();
        assertThat(summary.getFinishTime()).isZero();
        DeleteBackupRequest delete =
                DeleteBackupRequest.newBuilder().setName(name).build();
        assertThat(client.deleteBackup(delete).getStatus()).isEqualTo(StatusType.SUCCESS);
        assertThatThrownBy(() -> client.getBackup(
                        GetBackupRequest.newBuilder().setBackupName(name).build()))
                .isInstanceOf(StatusRuntimeException.class);
    }

    @Test
    void aServiceThatIsStoppedLetsItsRestoreEndFirst() throws Exception {
        cluster.run("backup-cluster", "--via", "grpc", "--backup-name", "before-stop")
                .ok();
        cluster.cql("TRUNCATE shop.orders");
        Path log = cluster.directory(1).resolve("service.log");
        Iterator<RestoreEvent> events = AgentGrpc.newBlockingStub(connect(1))
                .restoreNode(RestoreNodeRequest.newBuilder()
                        .setBackupName("before-stop")
                        .addKeyspaces("shop")
                        .build());
        assertThat(events.next().hasProgress()).isTrue();
        cluster.await(() -> Files.readString(log).contains("Stopping Cassandra"));
        Process service = services.remove(1);
        service.destroy();
        assertThat(service.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(service.exitValue()).as(Files.readString(log)).isZero();
        cluster.reconnect();
        assertThat(cluster.rows("SELECT id FROM shop.orders"))
                .as("the node runs, with its part of the rows")
                .isNotEmpty();
        serve(1);
        assertThat(restored(AgentGrpc.newBlockingStub(connect(0))
                        .restoreTable(RestoreTableRequest.newBuilder()
                                .setBackupName("before-stop")
                                .setTable("shop.orders")
                                .build())))
                .isPositive();
        assertThat(cluster.rows("SELECT id FROM shop.orders")).hasSize(100);
    }

    @Test
    void aSignalStopsTheNodesAndClearsTheirSnapshots() throws Exception {
        // a backup that waits, for a node before it that never comes
        Process coordinator =
                cluster.start("backup-cluster", "--via", "grpc", "--backup-name", "stopped", "--stagger", "300");
        cluster.await(() -> cluster.err().contains("Took snapshots on 2 of 2 nodes")
                && Files.exists(directory.resolve("bucket/index/backup_index/stopped")));
        for (int i = 0; i < 2; i++) {
            assertThat(manifests(i, "medusa-stopped"))
                    .as("this backup does not keep it")
                    .allMatch(ClusterByServicesIT::expires);
        }
        coordinator.destroy();
        assertThat(coordinator.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(coordinator.exitValue()).as(cluster.err()).isIn(130, 143);
        cluster.noSnapshots("medusa-stopped");
        cluster.run("backup-cluster", "--via", "grpc", "--backup-name", "stopped", "--keep-snapshot")
                .ok();
        for (int i = 0; i < 2; i++) {
            assertThat(manifests(i, "medusa-stopped")).as("this one does").noneMatch(ClusterByServicesIT::expires);
            assertThat(AgentGrpc.newBlockingStub(connect(i))
                            .clearSnapshot(ClearSnapshotRequest.newBuilder()
                                    .setBackupName("stopped")
                                    .build())
                            .getCleared())
                    .isTrue();
        }
    }

    private static boolean expires(String manifest) {
        // null if it does not
        return manifest.contains("\"expires_at\" : \"");
    }

    /** Cassandra's descriptions of a node's snapshot, one of each table. */
    private static List<String> manifests(int index, String tag) throws IOException {
        List<String> manifests = new ArrayList<>();
        for (Path data : cluster.node(index).dataDirectories()) {
            try (Stream<Path> paths = Files.walk(data, 5)) {
                for (Path manifest : paths.filter(path -> path.endsWith(Path.of("snapshots", tag, "manifest.json")))
                        .toList()) {
                    manifests.add(Files.readString(manifest));
                }
            }
        }
        assertThat(manifests).isNotEmpty();
        return manifests;
    }

    @Test
    void aCoordinatorThatIsKilledLeavesTheNodesToTheirWork() throws Exception {
        Process coordinator = cluster.start("backup-cluster", "--via", "grpc", "--backup-name", "killed", "-pu", "2");
        cluster.await(() -> cluster.err().contains("Took snapshots on 2 of 2 nodes"));
        coordinator.destroyForcibly().waitFor();
        cluster.run("backup-cluster", "--via", "grpc", "--backup-name", "killed", "-pu", "2")
                .ok();
        cluster.run("verify", "--backup-name", "killed").ok();
        cluster.noSnapshots("medusa-killed");
    }
}
