package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medusa.testing.TestCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A real cluster of two datacenters with two nodes each, backed up and restored as one. */
@TestMethodOrder(OrderAnnotation.class)
final class TwoDatacentersIT {
    private static final int ROWS = 100;

    @TempDir
    static Path directory;

    private static TestCluster cluster;

    @BeforeAll
    static void shop() throws Exception {
        cluster = new TestCluster(
                Files.createDirectories(Path.of("target/real").toAbsolutePath())
                        .resolve("two-datacenters-" + ProcessHandle.current().pid()),
                directory,
                61,
                List.of("dc1:r1", "dc1:r2", "dc2:r1", "dc2:r2"),
                "auto_snapshot: false");
        cluster.cql(
                "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 1, 'dc2': 1}",
                "CREATE KEYSPACE west WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 1}",
                "CREATE TABLE shop.orders (id int PRIMARY KEY)",
                "CREATE TABLE west.hits (id int PRIMARY KEY)");
        insert("shop.orders", 0, ROWS);
        insert("west.hits", 0, ROWS);
        cluster.run("backup-cluster", "--backup-name", "both", "--all-datacenters", "-pu", "4")
                .ok();
    }

    @AfterAll
    static void stop() throws Exception {
        cluster.close();
    }

    private static void insert(String table, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            cluster.cql("INSERT INTO " + table + " (id) VALUES (" + i + ")");
        }
    }

    private static Set<Integer> ids(String table) {
        Set<Integer> ids = new TreeSet<>();
        cluster.rows("SELECT id FROM " + table).forEach(row -> ids.add(row.getInt(0)));
        return ids;
    }

    private static JsonNode json(TestCluster.Done done) throws Exception {
        return new ObjectMapper().readTree(done.ok().out());
    }

    private static TestCluster.Done plan(int node, String... more) throws Exception {
        String[] words = {"restore-cluster", "--dry-run", "--output", "json", "--backup-name"};
        String[] all = java.util.stream.Stream.concat(List.of(words).stream(), List.of(more).stream())
                .toArray(String[]::new);
        return cluster.runOn(node, all);
    }

    @Test
    @Order(1)
    void everyDatacenterCountsWhicheverNodeIsAsked() throws Exception {
        cluster.runOn(2, "backup-cluster", "--backup-name", "dc2-alone", "-pu", "2")
                .ok();
        JsonNode status = json(cluster.runOn(2, "status", "--backup-name", "both", "--output", "json"));
        assertThat(status.path("completed_nodes").asInt()).isEqualTo(4);
        assertThat(Files.readString(directory.resolve("bucket/127.0.0.63/dc2-alone/meta/tokenmap.json")))
                .contains("\"other_dcs\": [\"dc1\"]");
        assertThat(cluster.run("get-last-complete-cluster-backup").ok().out()).isEqualTo("both\n");
        JsonNode plan = json(plan(2, "both"));
        assertThat(plan.path("method").asText()).isEqualTo("nodes");
        assertThat(plan.path("nodes").findValuesAsText("target"))
                .containsExactlyInAnyOrder("127.0.0.61", "127.0.0.62", "127.0.0.63", "127.0.0.64");
        assertThat(plan.path("nodes").findValuesAsText("in_place")).containsOnly("true");
        TestCluster.Done alone = plan(2, "dc2-alone");
        assertThat(alone.status()).isEqualTo(1);
        assertThat(alone.err())
                .contains("datacenter dc1 (127.0.0.61, 127.0.0.62) would keep its present data")
                .contains("--leave-other-datacenters");
        TestCluster.Done notHeld = plan(2, "dc2-alone", "--table", "west.hits");
        assertThat(notHeld.status()).isEqualTo(1);
        assertThat(notHeld.err()).contains("keyspace west is not replicated to datacenter dc2");
    }

    @Test
    @Order(2)
    void oneNodeDoesNotEmptyATableForAll() throws Exception {
        TestCluster.Done refused =
                cluster.runOn(1, "restore-table", "shop.orders", "--backup-name", "both", "--truncate-first", "--yes");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err())
                .contains("--truncate-first would empty shop.orders on all 4 nodes of the cluster")
                .contains("medusa restore-cluster --backup-name both --table shop.orders");
        assertThat(ids("shop.orders")).hasSize(ROWS);
    }

    @Test
    @Order(3)
    void aTableComesBackInAllDatacenters() throws Exception {
        insert("shop.orders", ROWS, ROWS + 10);
        insert("west.hits", ROWS, ROWS + 10);
        TestCluster.Done done =
                cluster.runOn(3, "restore-cluster", "--backup-name", "both", "--table", "shop.orders", "-y");
        assertThat(done.ok().err())
                .contains("Cassandra takes no snapshots of tables before they are truncated or dropped");
        assertThat(ids("shop.orders")).hasSize(ROWS);
        assertThat(ids("west.hits")).hasSize(ROWS + 10);
    }

    @Test
    @Order(4)
    void allDatacentersComeBackTogether() throws Exception {
        insert("shop.orders", ROWS, ROWS + 10);
        cluster.runOn(2, "restore-cluster", "--backup-name", "both", "-y").ok();
        cluster.reconnect();
        assertThat(ids("shop.orders")).hasSize(ROWS);
        assertThat(ids("west.hits")).hasSize(ROWS);
        for (int i = 0; i < 4; i++) {
            int own = 61 + i;
            assertThat(cluster.commands(i).stream().filter(line -> line.contains("restore-node --in-place")))
                    .isNotEmpty()
                    .allSatisfy(line -> assertThat(line).contains("--fqdn=127.0.0." + own + " "));
        }
    }
}
