package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medusa.testing.RealNode;
import io.medusa.testing.TestCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real cluster of three nodes, backed up over SSH as an operator does it. */
final class ClusterBackupIT {
    @TempDir
    static Path directory;

    private static TestCluster cluster;

    @BeforeAll
    static void shop() throws Exception {
        cluster = new TestCluster(
                Files.createDirectories(Path.of("target/real").toAbsolutePath())
                        .resolve("backup-" + ProcessHandle.current().pid()),
                directory,
                1,
                List.of("r1", "r2", "r3"));
        cluster.cql(
                "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2}",
                "CREATE TABLE shop.orders (id int PRIMARY KEY, status text)",
                "CREATE KEYSPACE single WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TABLE single.items (id int PRIMARY KEY)");
        for (int i = 0; i < 100; i++) {
            cluster.cql("INSERT INTO shop.orders (id, status) VALUES (" + i + ", 'open')");
            cluster.cql("INSERT INTO single.items (id) VALUES (" + i + ")");
        }
    }

    @AfterAll
    static void stop() throws Exception {
        cluster.close();
    }

    private static JsonNode json(TestCluster.Done done) throws Exception {
        return new ObjectMapper().readTree(done.out());
    }

    @Test
    void everyNodeIsBackedUpInBothModes() throws Exception {
        for (String mode : List.of("differential", "full")) {
            JsonNode result = json(cluster.run(
                            "backup-cluster",
                            "--backup-name",
                            "both-" + mode.substring(0, 4),
                            "--mode",
                            mode,
                            "-pu",
                            "3",
                            "--output",
                            "json")
                    .ok());
            assertThat(result.path("complete").asBoolean()).isTrue();
            assertThat(result.path("completed_nodes").asInt()).isEqualTo(3);
            assertThat(result.path("outcomes").findValuesAsText("state")).containsExactly("done", "done", "done");
            assertThat(result.path("coverage").path("complete").asBoolean()).isTrue();
            cluster.noSnapshots("medusa-both-" + mode.substring(0, 4));
            cluster.run("verify", "--backup-name", "both-" + mode.substring(0, 4))
                    .ok();
        }
        assertThat(cluster.run("backup-cluster", "--backup-name", "both-full").err())
                .contains("backup both-full already exists and is finished on every node. Choose another name");
        assertThat(cluster.run("backup-cluster", "--backup-name", "both-full", "--resume")
                        .ok()
                        .err())
                .contains("finished on 3 of 3 nodes");
    }

    @Test
    void B2_B22_B23_staggerAndOverriddenOptionsReachTheNodes() throws Exception {
        Path jobs = Files.createDirectories(directory.resolve("jobs"));
        cluster.run(
                        "--prefix",
                        "px y",
                        "backup-cluster",
                        "--backup-name",
                        "staggered",
                        "--stagger",
                        "90",
                        "--temp-dir",
                        jobs.toString())
                .ok();
        for (int i = 0; i < 3; i++) {
            assertThat(cluster.commands(i)).anySatisfy(line -> assertThat(line)
                    .startsWith("--prefix px y backup-node --backup-name staggered --stagger 90 --mode differential"
                            + " --snapshot-id "));
        }
        assertThat(directory.resolve("bucket/px y/127.0.0.3/staggered/meta/manifest.json"))
                .exists();
        assertThat(jobs).as("B23: job directories").isEmptyDirectory();
    }

    @Test
    void aNodeThatRefusesSshLetsTheOthersGoOnAndIsTakenUpLater() throws Exception {
        cluster.host(2).close();
        TestCluster.Done partial =
                cluster.run("backup-cluster", "--backup-name", "partial", "-pu", "2", "--output", "json");
        assertThat(partial.status()).isEqualTo(1);
        JsonNode result = json(partial);
        assertThat(result.path("completed_nodes").asInt()).isEqualTo(2);
        assertThat(result.path("outcomes").get(2).path("cause").asText()).contains("SSH to 127.0.0.3: ");
        assertThat(partial.err())
                .contains("Not backed up: 127.0.0.3: ")
                .contains("is finished on 2 of 3 nodes")
                .contains("of keyspace single")
                .contains("are backed up; the others are on 127.0.0.3")
                .doesNotContain("of keyspace shop ");
        cluster.noSnapshots("medusa-partial");
        TestCluster.Done status =
                cluster.run("status", "--backup-name", "partial").ok();
        assertThat(status.out()).contains("2 nodes completed");
        assertThat(status.err()).contains(" token ranges of keyspace single are backed up");
        assertThat(json(cluster.run("status", "--backup-name", "partial", "--replicas", "2", "-o", "json"))
                        .path("coverage")
                        .path("keyspaces")
                        .toString())
                .contains("{\"covered\": ".replace(" ", ""));

        cluster.startHost(2);
        TestCluster.Done again = cluster.run("backup-cluster", "--backup-name", "partial", "--resume")
                .ok();
        assertThat(again.err()).contains("which is finished on 2 of 3 nodes");
        cluster.run("verify", "--backup-name", "partial").ok();
        assertThat(cluster.commands(0).stream().filter(line -> line.contains("backup-node --backup-name partial")))
                .as("what was done is not done again")
                .hasSize(1);
    }

    @Test
    void aNodeWhoseCassandraIsDownIsNamedWithItsOwnCause() throws Exception {
        cluster.node(1).stop();
        try {
            TestCluster.Done done = cluster.run("backup-cluster", "--backup-name", "down", "-pu", "3");
            assertThat(done.status()).isEqualTo(1);
            assertThat(done.err())
                    .contains("Not backed up: 127.0.0.2: snapshot: Cassandra's CQL at 127.0.0.2")
                    .contains("is finished on 2 of 3 nodes");
        } finally {
            cluster.start();
        }
        cluster.noSnapshots("medusa-down");
    }

    @Test
    void existingSnapshotsAreBackedUp() throws Exception {
        for (RealNode node : cluster.nodes()) {
            node.snapshot("by-hand");
        }
        cluster.run(
                        "backup-cluster",
                        "--backup-name",
                        "by-hand",
                        "--use-existing-snapshot",
                        "--keep-snapshot",
                        "-pu",
                        "3")
                .ok();
        cluster.run("verify", "--backup-name", "by-hand").ok();
        assertThat(cluster.node(2).hasSnapshot("by-hand")).isTrue();
        for (RealNode node : cluster.nodes()) {
            node.clearSnapshots();
        }
    }

    @Test
    void aCoordinatorThatIsKilledLeavesTheNodesToTheirWorkAndTheNextFindsThem() throws Exception {
        for (String moment : List.of("take-snapshot", "backup-node")) {
            String name = "killed-" + moment;
            Process coordinator = cluster.start("backup-cluster", "--backup-name", name, "-pu", "3");
            cluster.await(() ->
                    cluster.commands(2).stream().anyMatch(line -> line.contains(moment + " --backup-name " + name)));
            coordinator.destroyForcibly().waitFor();
            cluster.run("backup-cluster", "--backup-name", name, "-pu", "3").ok();
            cluster.run("verify", "--backup-name", name).ok();
            cluster.noSnapshots("medusa-" + name);
        }
    }

    @Test
    void aSignalStopsTheNodesAndClearsTheirSnapshots() throws Exception {
        // a backup that waits, for a node before it that never comes
        Process coordinator =
                cluster.start("backup-cluster", "--backup-name", "stopped", "--stagger", "300", "--prefix", "lonely");
        cluster.await(() ->
                cluster.commands(1).stream().anyMatch(line -> line.contains("take-snapshot --backup-name stopped"))
                        && cluster.err().contains("Took snapshots on 3 of 3 nodes"));
        coordinator.destroy();
        assertThat(coordinator.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(coordinator.exitValue()).as(cluster.err()).isIn(130, 143);
        assertThat(cluster.err()).contains("Cleared snapshots on 3 of 3 nodes");
        cluster.noSnapshots("medusa-stopped");
        assertThat(ProcessHandle.allProcesses()
                        .flatMap(process -> process.info().commandLine().stream())
                        .filter(line -> line.contains("backup-node --backup-name stopped")))
                .isEmpty();
    }

    @Test
    void aConnectionThatIsCutIsTakenUpAgain() throws Exception {
        Process coordinator = cluster.start("backup-cluster", "--backup-name", "cut", "-pu", "1");
        cluster.await(
                () -> cluster.commands(0).stream().anyMatch(line -> line.contains("backup-node --backup-name cut")));
        cluster.host(0).cut();
        assertThat(coordinator.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(coordinator.exitValue()).as(cluster.err()).isZero();
        assertThat(cluster.commands(0).stream().filter(line -> line.contains("backup-node --backup-name cut")))
                .hasSize(1);
        cluster.run("verify", "--backup-name", "cut").ok();
    }
}
