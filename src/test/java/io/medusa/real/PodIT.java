package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.medusa.os.PemFiles;
import io.medusa.testing.Await;
import io.medusa.testing.Certificates;
import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import io.medusa.wire.BackupRequest;
import io.medusa.wire.BackupStatusRequest;
import io.medusa.wire.BackupSummary;
import io.medusa.wire.DeleteBackupRequest;
import io.medusa.wire.GetBackupsRequest;
import io.medusa.wire.MedusaGrpc;
import io.medusa.wire.PurgeBackupsRequest;
import io.medusa.wire.StatusType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node as in a pod: snapshots through an agent by HTTP, everything else through the service with certificates on both sides. */
final class PodIT {
    @TempDir
    Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private RealNode node;
    private Certificates certificates;

    @BeforeEach
    void setUp() throws Exception {
        node = SharedNode.get();
        certificates = new Certificates(directory.resolve("certificates"), "pod");
        node.cql(
                "CREATE KEYSPACE IF NOT EXISTS pod WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TABLE IF NOT EXISTS pod.t (id int PRIMARY KEY, value text)",
                "INSERT INTO pod.t (id, value) VALUES (1, 'one')");
        node.flush("pod");
    }

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        node.cql("DROP KEYSPACE IF EXISTS pod");
        node.clearSnapshots();
    }

    private Path ini(String... kubernetes) throws IOException {
        Certificates.Pair server = certificates.pair("server");
        Path ini = node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket");
        Files.writeString(
                ini,
                Files.readString(ini).replace("[storage]", "[storage]\nmax_backup_count = 1")
                        + "\n[grpc]\nenabled = True\ntls_cert = " + server.certificate() + "\ntls_key = "
                        + server.key() + "\nca_cert = " + certificates.ca() + "\n\n[kubernetes]\nenabled = True\n"
                        + String.join("\n", kubernetes) + "\n");
        return ini;
    }

    /** The real agent, put into the running node. */
    private int jolokia() throws Exception {
        int port = RealNode.freePort();
        Path agent = Path.of("target/cassandra/jolokia/jolokia.jar").toAbsolutePath();
        String pid = Files.readString(node.directory().resolve("pid")).strip();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        run(java, "-jar", agent.toString(), "--host", "127.0.0.1", "--port", String.valueOf(port), "start", pid);
        open.add(() -> run(java, "-jar", agent.toString(), "stop", pid));
        return port;
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    /** The program itself, serving. */
    private int serve(Path ini) throws Exception {
        Path log = directory.resolve("server.log");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of("target/medusa/bin/medusa").toAbsolutePath().toString(),
                        "--config-file",
                        ini.toString(),
                        "server",
                        "--port",
                        "0",
                        "--restore-mappings",
                        directory.resolve("mappings").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("TMPDIR", directory.toString());
        builder.environment().put("POD_IP", "127.0.0.1");
        Process process = builder.start();
        open.add(() -> {
            process.destroy();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        });
        Await.until(
                () -> Files.readString(log).contains("Serving on port ") || !process.isAlive(),
                () -> Files.readString(log));
        return Files.readString(log)
                .lines()
                .filter(text -> text.contains("Serving on port "))
                .map(text -> Integer.parseInt(text.replaceFirst(".* ", "")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the service ended"));
    }

    private ManagedChannel connect(int port) throws IOException {
        Certificates.Pair own = certificates.pair("client");
        ManagedChannel channel = Grpc.newChannelBuilderForAddress(
                        "127.0.0.1",
                        port,
                        TlsChannelCredentials.newBuilder()
                                .trustManager(certificates.ca().toFile())
                                .keyManager(
                                        own.certificate().toFile(), own.key().toFile())
                                .build())
                .build();
        open.add(channel::shutdownNow);
        return channel;
    }

    private static BackupRequest backup(String name) {
        return BackupRequest.newBuilder().setName(name).build();
    }

    private static StatusType waitForEnd(MedusaGrpc.MedusaBlockingStub client, String name) throws Exception {
        BackupStatusRequest request =
                BackupStatusRequest.newBuilder().setBackupName(name).build();
        Await.until("backup " + name, () -> client.backupStatus(request).getStatus() != StatusType.IN_PROGRESS);
        return client.backupStatus(request).getStatus();
    }

    @Test
    void row16_row17_row23_row31_B9_throughJolokia() throws Exception {
        Path ini = ini("cassandra_url = http://127.0.0.1:" + jolokia() + "/jolokia/");
        int port = serve(ini);
        ManagedChannel channel = connect(port);
        MedusaGrpc.MedusaBlockingStub client = MedusaGrpc.newBlockingStub(channel);
        assertThat(HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
        assertThat(client.backup(backup("grpc_backup_2")).getStatus()).isEqualTo(StatusType.SUCCESS);
        assertThat(node.hasSnapshot("medusa-grpc_backup_2"))
                .as("the snapshot is cleared, though Cassandra 5 has two operations of that name")
                .isFalse();
        assertThatThrownBy(() -> client.backup(backup("grpc_backup_2")))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("finished already");
        assertThat(client.asyncBackup(backup("grpc_backup_2_2")).getStatus()).isEqualTo(StatusType.IN_PROGRESS);
        assertThat(waitForEnd(client, "grpc_backup_2_2")).isEqualTo(StatusType.SUCCESS);
        assertThat(directory.resolve("medusa_backup_in_progress")).doesNotExist();
        List<BackupSummary> all =
                client.getBackups(GetBackupsRequest.getDefaultInstance()).getBackupsList();
        assertThat(all).extracting(BackupSummary::getBackupName).containsExactly("grpc_backup_2", "grpc_backup_2_2");
        for (BackupSummary each : all) {
            assertThat(each.getStatus()).isEqualTo(StatusType.SUCCESS);
            assertThat(each.getFinishedNodes()).isEqualTo(1);
            assertThat(each.getTotalNodes()).isEqualTo(1);
            assertThat(each.getTotalSize()).isPositive();
            assertThat(each.getNodes(0).getHost()).isEqualTo("127.0.0.1");
            assertThat(each.getNodes(0).getTokensCount()).isPositive();
            assertThat(each.getNodes(0).getDatacenter()).isNotEmpty();
        }
        Cli medusa = new Cli(ini).with("TMPDIR", directory.toString()).with("POD_IP", "127.0.0.1");
        medusa.run("verify", "--all", "--level", "sstable").ok();
        assertThat(client.purgeBackups(PurgeBackupsRequest.getDefaultInstance()).getNbBackupsPurged())
                .isEqualTo(1);
        // a server that has begun nothing knows it from the bucket
        MedusaGrpc.MedusaBlockingStub another = MedusaGrpc.newBlockingStub(connect(serve(ini)));
        assertThat(waitForEnd(another, "grpc_backup_2_2")).isEqualTo(StatusType.SUCCESS);
        DeleteBackupRequest delete =
                DeleteBackupRequest.newBuilder().setName("grpc_backup_2_2").build();
        assertThat(another.deleteBackup(delete).getStatus()).isEqualTo(StatusType.SUCCESS);
        assertThatThrownBy(() -> client.deleteBackup(delete)).isInstanceOf(StatusRuntimeException.class);
        assertThat(client.getBackups(GetBackupsRequest.getDefaultInstance()).getBackupsCount())
                .isZero();
    }

    @Test
    void snapshotsAreTakenOverJmxWhereThereIsNoUrl() throws Exception {
        Cli medusa = new Cli(ini()).with("TMPDIR", directory.toString()).with("POD_IP", "127.0.0.1");
        medusa.run("backup", "--backup-name", "b1").ok();
        assertThat(node.hasSnapshot("medusa-b1")).isFalse();
        medusa.run("verify", "--backup-name", "b1", "--level", "sstable").ok();
        Cli.Result asked =
                new Cli(ini("use_mgmt_api = True")).with("POD_IP", "127.0.0.1").run("backup", "--backup-name", "b2");
        assertThat(asked.status()).isEqualTo(1);
        assertThat(asked.lastError()).contains("cassandra_url").contains("set use_mgmt_api = False");
    }

    private Process container(Path ini, String... variables) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(Path.of("target/medusa/bin/medusa-container")
                        .toAbsolutePath()
                        .toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("container.log").toFile());
        for (int i = 0; i < variables.length; i += 2) {
            builder.environment().put(variables[i], variables[i + 1]);
        }
        builder.environment().put("TMPDIR", directory.toString());
        builder.environment().put("MEDUSA_CONFIG_FILE", ini.toString());
        return builder.start();
    }

    private String said() throws IOException {
        return Files.readString(directory.resolve("container.log"));
    }

    @Test
    void aPodRestoresWhatTheMappingSaysOnce() throws Exception {
        new Cli(node.medusaIni(directory.resolve("node.ini"), directory, "bucket"))
                .with("TMPDIR", directory.toString())
                .run("backup", "--backup-name", "b1")
                .ok();
        String tokens = node.rows("SELECT tokens FROM system.local").get(0).getFormattedContents();
        Path place = Files.createTempDirectory(Path.of("target/real").toAbsolutePath(), "pod");
        try (RealNode pod = RealNode.ofRing(
                place, "medusa-tests", "127.0.0.2", RealNode.freePort(), RealNode.freePort(), "", "r1")) {
            Path ini = pod.medusaIni(directory.resolve("pod.ini"), directory, "bucket");
            Files.writeString(
                    ini,
                    Files.readString(ini) + "\n[kubernetes]\nenabled = True\ncassandra_url = http://127.0.0.1:1/\n");
            String mapping =
                    "{\"in_place\": false, \"host_map\": {\"pod-1\": {\"source\": [\"127.0.0.1\"], \"seed\": false}}}";
            pod.start();
            String[] wanted = {
                "MEDUSA_MODE",
                "RESTORE",
                "BACKUP_NAME",
                "b1",
                "RESTORE_KEY",
                "key-1",
                "RESTORE_MAPPING",
                mapping,
                "POD_NAME",
                "pod-1",
                "POD_IP",
                "127.0.0.2",
                "MEDUSA_TMP_DIR",
                directory.toString(),
                "MEDUSA_STATE_DIR",
                place.toString()
            };
            Process running = container(ini, wanted);
            assertThat(running.waitFor()).isEqualTo(1);
            assertThat(said()).contains("Cassandra is running in this pod");
            pod.stop();
            Process restore = container(ini, wanted);
            assertThat(restore.waitFor()).as(said()).isZero();
            assertThat(said()).contains("Restored backup b1 of node 127.0.0.1").contains("left to its pod to start");
            pod.start();
            assertThat(pod.count("pod.t")).isEqualTo(1);
            assertThat(pod.rows("SELECT tokens FROM system.local").get(0).getFormattedContents())
                    .isEqualTo(tokens);
            assertThat(place.resolve(".last-restore")).hasContent("key-1");
            Process again = container(ini, wanted);
            assertThat(again.waitFor()).isZero();
            assertThat(said()).contains("Restore key-1 was done before");
            String[] typo = wanted.clone();
            typo[3] = "b11";
            typo[5] = "key-typo";
            Process unknown = container(ini, typo);
            assertThat(unknown.waitFor()).as(said()).isEqualTo(1);
            assertThat(said()).contains("No such backup: b11");
            assertThat(place.resolve(".last-restore"))
                    .as("the key is not used up")
                    .hasContent("key-1");
            String[] other = wanted.clone();
            other[5] = "key-2";
            other[9] = "pod-7";
            Process notMapped = container(ini, other);
            assertThat(notMapped.waitFor()).as(said()).isZero();
            assertThat(said()).contains("RESTORE_MAPPING has nothing for pod pod-7");
            other[5] = "key-3";
            other[7] = "{\"in_place\": false, \"host_map\": {\"pod-7\": {\"source\": [\"../../etc\"]}}}";
            Process hostile = container(ini, other);
            assertThat(hostile.waitFor()).isNotZero();
            assertThat(said()).contains("RESTORE_MAPPING cannot be used");
        }
    }

    @Test
    void aContainerEndsWhenItsConfigurationChanges() throws Exception {
        Path ini = ini("cassandra_url = http://127.0.0.1:1/");
        Files.writeString(ini, Files.readString(ini).replace("[grpc]", "[grpc]\nport = " + RealNode.freePort()));
        Process serving = container(ini, "MEDUSA_MODE", "GRPC", "MEDUSA_CONFIG_CHECK_SECONDS", "1");
        Await.until(() -> said().contains("Serving on port"), this::said);
        // the marker of a living process, as a backup writes it
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String start = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19];
        Path marker = Files.writeString(
                directory.resolve("medusa_backup_in_progress"),
                ProcessHandle.current().pid() + " " + start + "\n");
        Files.writeString(ini, Files.readString(ini) + "# changed\n");
        assertThat(serving.waitFor(3, TimeUnit.SECONDS))
                .as("a backup is running")
                .isFalse();
        // a process that has the same id, but is not that one, has left it
        Files.writeString(marker, ProcessHandle.current().pid() + " 1\n");
        assertThat(serving.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(serving.exitValue()).as(said()).isZero();
        assertThat(container(ini, "MEDUSA_MODE", "DANCE").waitFor()).isEqualTo(1);
        assertThat(container(ini, "MEDUSA_MODE", "RESTORE").waitFor()).isZero();
    }

    /** Answers as the documentation of the Management API says, and takes real snapshots; only with a client's certificate. */
    private int managementApi(Certificates authority, Certificates clients) throws Exception {
        Certificates.Pair own = authority.pair("management");
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(
                new HttpsConfigurator(new PemFiles(
                                Optional.of(clients.ca()),
                                Optional.of(own.certificate()),
                                Optional.of(own.key()),
                                "of the test")
                        .context()) {
                    @Override
                    public void configure(HttpsParameters parameters) {
                        SSLParameters ssl = getSSLContext().getDefaultSSLParameters();
                        ssl.setNeedClientAuth(true);
                        parameters.setSSLParameters(ssl);
                    }
                });
        server.createContext("/api/v0/ops/node/snapshots", exchange -> {
            int status = 400;
            try {
                String query = exchange.getRequestURI().getQuery();
                if (exchange.getRequestMethod().equals("POST")) {
                    JsonNode body = new JsonMapper().readTree(exchange.getRequestBody());
                    if (body.path("snapshot_name").isTextual()) {
                        node.snapshot(body.path("snapshot_name").asText());
                        status = 200;
                    }
                } else if (exchange.getRequestMethod().equals("DELETE")
                        && query != null
                        && query.startsWith("snapshotNames=")) {
                    node.storageService(
                            "clearSnapshot",
                            new Object[] {query.substring("snapshotNames=".length()), new String[0]},
                            String.class.getName(),
                            String[].class.getName());
                    status = 200;
                }
            } catch (Exception failed) {
                status = 500;
            }
            byte[] answer = (status == 200 ? "OK" : "no").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        open.add(() -> server.stop(0));
        return server.getAddress().getPort();
    }

    private Cli inPod(int port, Certificates trusted, Certificates.Pair own, String scheme) throws IOException {
        Path ini = ini(
                "use_mgmt_api = True",
                "cassandra_url = " + scheme + "://127.0.0.1:" + port + "/api/v0/ops/node/snapshots",
                "ca_cert = " + trusted.ca(),
                "tls_cert = " + own.certificate(),
                "tls_key = " + own.key());
        return new Cli(ini).with("TMPDIR", directory.toString()).with("POD_IP", "127.0.0.1");
    }

    @Test
    void row18_B8_S4_throughAManagementApiWithCertificatesOnBothSides() throws Exception {
        Certificates strangers = new Certificates(directory.resolve("strangers"), "strangers");
        Certificates.Pair own = certificates.pair("medusa");
        int port = managementApi(certificates, certificates);
        Cli medusa = inPod(port, certificates, own, "https");
        medusa.run("backup", "--backup-name", "b1").ok();
        assertThat(node.hasSnapshot("medusa-b1")).isFalse();
        medusa.run("verify", "--backup-name", "b1", "--level", "sstable").ok();
        Cli.Result untrusted = inPod(managementApi(strangers, certificates), certificates, own, "https")
                .run("backup", "--backup-name", "b2");
        assertThat(untrusted.status()).isEqualTo(1);
        assertThat(untrusted.lastError()).contains("no TLS connection").contains("ca_cert");
        Cli.Result stranger =
                inPod(port, certificates, strangers.pair("medusa"), "https").run("backup", "--backup-name", "b3");
        assertThat(stranger.status()).isEqualTo(1);
        Cli.Result plain = inPod(port, certificates, own, "http").run("backup", "--backup-name", "b4");
        assertThat(plain.status()).isEqualTo(1);
        assertThat(plain.lastError()).contains("taking snapshot medusa-b4");
    }
}
