package io.medusa.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cluster.BackupCluster;
import io.medusa.cluster.ClusterBackupRequest;
import io.medusa.cluster.ClusterView;
import io.medusa.cluster.NodeAgents;
import io.medusa.cluster.NodeFanOut;
import io.medusa.cluster.NodeOutcome;
import io.medusa.cluster.grpc.GrpcAgents;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TokenMap;
import io.medusa.os.PemFiles;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Bucket;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.Await;
import io.medusa.testing.Certificates;
import io.medusa.testing.RealNode;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster whose nodes are reached by their services: real connections with mutual TLS, nodes of files. */
final class ClusterByServicesTest {
    private static final List<String> NAMES = List.of("127.0.0.1", "127.0.0.2", "127.0.0.3");

    @TempDir
    Path directory;

    private final List<ServedNode> nodes = new ArrayList<>();
    private final List<MedusaServer> servers = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private Certificates authority;
    private int port;

    @BeforeEach
    void cluster() throws Exception {
        authority = new Certificates(directory.resolve("ca"), "ours");
        port = RealNode.freePort();
        for (String name : NAMES) {
            NodeName[] others = NAMES.stream()
                    .filter(other -> !other.equals(name))
                    .map(NodeName::new)
                    .toArray(NodeName[]::new);
            ServedNode node = new ServedNode(Files.createDirectories(directory.resolve(name)), directory, name, others);
            node.node().sstable("ks", "t", 1, name);
            nodes.add(node);
            servers.add(node.serve(Optional.of(name), port, Optional.of(files("server")), 1 << 20));
        }
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        for (ServedNode node : nodes) {
            node.close();
        }
    }

    private PemFiles files(String who) {
        return ServedNode.files(authority, authority.pair(who));
    }

    private BackupCluster flow(Optional<PemFiles> tls, Optional<String> serverName) {
        GrpcAgents agents = new GrpcAgents(new GrpcAgents.Settings(port, tls, serverName, 1 << 20));
        open.add(agents);
        return new BackupCluster(repository(), new NodeFanOut(ClusterView.NONE), agents);
    }

    private BackupCatalog repository() {
        return new BackupCatalog(new Bucket(
                new LocalStorage(directory.resolve("bucket")),
                new RepositoryLayout(""),
                new TransferPool(4, false, Progress.NONE),
                java.time.Clock.systemUTC()));
    }

    private BackupCluster flow() {
        return flow(Optional.of(files("client")), Optional.of("localhost"));
    }

    private ClusterBackupRequest request(String name) {
        return request(name, false, 500);
    }

    private ClusterBackupRequest request(String name, boolean keepSnapshot, int parallelSnapshots) {
        Map<NodeName, TokenMap.Node> ring = new LinkedHashMap<>();
        for (String node : NAMES) {
            ring.put(
                    new NodeName(node),
                    new TokenMap.Node(List.of(BigInteger.valueOf(ring.size())), false, true, "r1", "dc1"));
        }
        return new ClusterBackupRequest(
                new BackupName(name),
                BackupMode.DIFFERENTIAL,
                new TokenMap(ring),
                Optional.empty(),
                false,
                keepSnapshot,
                false,
                parallelSnapshots,
                3,
                OptionalInt.empty(),
                OptionalInt.empty(),
                directory,
                false);
    }

    private static List<String> causes(BackupCluster.Result result) {
        return result.outcomes().stream().map(NodeOutcome::cause).toList();
    }

    /** Adds a column to the table on all nodes, when one of them takes its first snapshots. */
    private void changeSchemaDuringSnapshotsOf(int index, int most) {
        AtomicInteger calls = new AtomicInteger();
        nodes.get(index).node().duringSnapshots(() -> {
            int call = calls.getAndIncrement();
            if (call < most) {
                nodes.forEach(node -> node.node().addColumn("ks", "t", "added" + call));
            }
        });
    }

    private String schema(String node, String name) {
        return repository()
                .stored(repository()
                        .findNodeBackup(new NodeName(node), new BackupName(name))
                        .orElseThrow())
                .metaText("schema_with_internals.txt")
                .orElseThrow();
    }

    private ClusterBackupRequest oneAfterTheOther(String name) {
        return request(name, false, 1);
    }

    @Test
    void theSnapshotsOfAClusterShowOneVersionOfTheSchema() {
        // the first node has its snapshot already, of the schema before
        changeSchemaDuringSnapshotsOf(1, 1);
        BackupCluster.Result result = flow().run(oneAfterTheOther("b1"));
        assertThat(causes(result)).containsExactly("", "", "");
        assertThat(nodes.get(0).node().snapshotsTaken()).isEqualTo(2);
        assertThat(result.bySchemaVersion()).hasSize(1);
        assertThat(result.snapshots()).hasSize(3);
        for (String node : NAMES) {
            assertThat(schema(node, "b1")).contains("added0");
        }
    }

    @Test
    void theSnapshotsOfAClusterShowOneEpoch() {
        nodes.forEach(node -> node.node().epoch(7));
        // the first node has its snapshot already, of the epoch before
        AtomicInteger epoch = new AtomicInteger(7);
        nodes.get(1).node().duringSnapshots(() -> {
            if (epoch.compareAndSet(7, 8)) {
                nodes.forEach(node -> node.node().epoch(8));
            }
        });
        BackupCluster.Result result = flow().run(oneAfterTheOther("b1"));
        assertThat(causes(result)).containsExactly("", "", "");
        assertThat(nodes.get(0).node().snapshotsTaken()).isEqualTo(2);
        assertThat(result.snapshots().values()).hasSize(3).allSatisfy(snapshot -> assertThat(snapshot.epoch())
                .hasValue(8));
    }

    @Test
    void aNodeOfAnOlderEpochIsNotBackedUpAndOneOfAnUnknownEpochIs() {
        nodes.get(0).node().epoch(8);
        nodes.get(1).node().epoch(7);
        BackupCluster.Result result = flow().run(request("b1"));
        assertThat(causes(result).get(0)).isEmpty();
        assertThat(causes(result).get(1)).contains("at epoch 7, that of another node at epoch 8");
        assertThat(causes(result).get(2)).as("as of an older service").isEmpty();
    }

    @Test
    void snapshotsExpireUnlessTheBackupKeepsThem() {
        assertThat(causes(flow().run(request("b1")))).containsExactly("", "", "");
        assertThat(nodes)
                .allSatisfy(node -> assertThat(node.node().lastExpires()).isTrue());
        assertThat(causes(flow().run(request("b2", true, 500)))).containsExactly("", "", "");
        assertThat(nodes).allSatisfy(node -> {
            assertThat(node.node().lastExpires()).isFalse();
            assertThat(node.node().node().snapshotTags()).containsExactly("medusa-b2");
        });
    }

    @Test
    void aClusterWhoseNodesDisagreeOnTheSchemaSaysSo() {
        nodes.get(1).node().addColumn("ks", "t", "only_here");
        BackupCluster.Result result = flow().run(request("b1"));
        assertThat(causes(result)).containsExactly("", "", "");
        assertThat(result.bySchemaVersion()).hasSize(2).doesNotContainKey(Optional.empty());
    }

    @Test
    void whatChangesInTheSchemaBetweenSnapshotAndUploadIsNotInTheBackup() throws Exception {
        nodes.get(2).stallAfter(1);
        BackupCluster flow = flow();
        java.util.concurrent.CompletableFuture<BackupCluster.Result> running =
                java.util.concurrent.CompletableFuture.supplyAsync(() -> flow.run(request("b1")));
        // two of the nodes are done: all have their snapshots
        Await.until(
                "two nodes are done",
                () -> repository()
                                .findClusterBackup(new BackupName("b1"))
                                .map(backup -> backup.nodeBackups().stream()
                                        .filter(io.medusa.model.NodeBackup::isFinished)
                                        .count())
                                .orElse(0L)
                        == 2);
        nodes.get(2).node().drop("ks", "t");
        nodes.get(2).node().sstable("ks", "u", 1, "u");
        nodes.get(2).goOn();
        BackupCluster.Result result = running.get();
        assertThat(causes(result)).containsExactly("", "", "");
        assertThat(nodes.get(2).node().snapshotsTaken()).isEqualTo(1);
        assertThat(schema(NAMES.get(2), "b1")).isEqualTo(schema(NAMES.get(0), "b1"));
        assertThat(result.bySchemaVersion()).hasSize(1);
    }

    @Test
    void everyNodeTakesItsPart() throws Exception {
        BackupCluster.Result result = flow().run(request("b1"));
        assertThat(causes(result)).containsExactly("", "", "");
        assertThat(repository()
                        .findClusterBackup(new BackupName("b1"))
                        .orElseThrow()
                        .isComplete())
                .isTrue();
        for (String node : NAMES) {
            assertThat(directory.resolve(node + "/data/ks"))
                    .as("the snapshot is cleared")
                    .isDirectoryNotContaining("glob:**/snapshots/medusa-b1");
        }
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> flow().run(request("b1")))
                .hasMessageContaining("already exists and is finished on every node");
    }

    @Test
    void aNodeWithoutAServiceLetsTheOthersGoOnAndIsTakenUpLater() throws Exception {
        servers.get(1).close();
        BackupCluster.Result partial = flow().run(request("b1"));
        assertThat(partial.isComplete()).isFalse();
        assertThat(causes(partial).get(1))
                .startsWith("snapshot: the service at 127.0.0.2:" + port
                        + ": Connection refused; does medusa server run there?");
        assertThat(partial.uncleared())
                .as("there is nothing to clear where nobody was reached")
                .isEmpty();
        servers.set(1, nodes.get(1).serve(Optional.of("127.0.0.2"), port, Optional.of(files("server")), 1 << 20));
        BackupCluster.Result rest = flow().run(request("b1"));
        assertThat(rest.isComplete()).isTrue();
        assertThat(rest.outcomes().stream().map(NodeOutcome::state))
                .containsExactly(NodeOutcome.State.WAS_DONE, NodeOutcome.State.DONE, NodeOutcome.State.WAS_DONE);
    }

    @Test
    void S8_whoeverAnswersForANodeMustProveItsName() {
        BackupCluster.Result nameless =
                flow(Optional.of(files("client")), Optional.empty()).run(request("b1"));
        assertThat(causes(nameless).get(0))
                .as("the certificate is good for 127.0.0.1")
                .isEmpty();
        assertThat(causes(nameless).get(1))
                .contains("the service at 127.0.0.2:" + port + ": ")
                .contains("Set tls_server_name in [grpc] to the name that it has");
        Certificates others = new Certificates(directory.resolve("others"), "others");
        BackupCluster.Result stranger = flow(
                        Optional.of(ServedNode.files(others, others.pair("client"))), Optional.of("localhost"))
                .run(request("b2"));
        assertThat(causes(stranger)).allMatch(cause -> cause.contains("issued by the CA in ca_cert in [grpc]"));
        assertThat(causes(flow(Optional.empty(), Optional.empty()).run(request("b3"))))
                .as("plain text is not understood")
                .allMatch(cause -> cause.contains("it does not answer as a service of Medusa; check port in [grpc]")
                        || cause.contains("Connection reset"));
    }

    @Test
    void aServiceThatStopsMidwayFailsItsNodeAloneAndWhatItHeldIsGivenBack() throws Exception {
        BackupCluster flow = flow();
        // the snapshot is taken, and the backup waits before it uses it
        nodes.get(2).stallAfter(1);
        GrpcAgents looking = new GrpcAgents(
                new GrpcAgents.Settings(port, Optional.of(files("client")), Optional.of("localhost"), 1 << 20));
        open.add(looking);
        Thread stopping = new Thread(() -> {
            while (looking.look(new NodeName("127.0.0.3"), request("b1")) != NodeAgents.Earlier.RUNS) {
                Thread.onSpinWait();
            }
            servers.get(2).close();
        });
        stopping.start();
        BackupCluster.Result result = flow.run(request("b1"));
        stopping.join();
        assertThat(causes(result).subList(0, 2)).containsExactly("", "");
        assertThat(causes(result).get(2)).isNotEmpty();
        assertThat(directory.resolve("127.0.0.3/medusa_backup_in_progress")).doesNotExist();
    }
}
