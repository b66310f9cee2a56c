package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.cql.Row;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.Ring;
import io.medusa.model.TokenMap;
import io.medusa.testing.RealNode;
import io.medusa.testing.TestCluster;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A real cluster of three nodes, restored in place, table by table, onto other nodes, and onto clusters of another shape. */
@TestMethodOrder(OrderAnnotation.class)
final class ClusterRestoreIT {
    private static final int ROWS = 300;
    private static final List<String> THREE_RACKS = List.of("r1", "r2", "r3");

    @TempDir
    static Path directory;

    private static TestCluster cluster;
    private static Set<String> orders;
    private static Set<String> others;

    private static TestCluster start(String name, int first, List<String> racks, String... yaml) throws Exception {
        return new TestCluster(
                Files.createDirectories(Path.of("target/real").toAbsolutePath())
                        .resolve(name + "-" + ProcessHandle.current().pid()),
                directory,
                first,
                racks,
                yaml);
    }

    @BeforeAll
    static void shop() throws Exception {
        // so that a read at ONE is one of the node that is asked
        cluster = start("origin", 1, THREE_RACKS, "dynamic_snitch: false");
        cluster.cql(
                "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2}",
                "CREATE TYPE shop.address (street text, city text)",
                "CREATE FUNCTION shop.half (x int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS $$ return x"
                        + " / 2; $$",
                "CREATE TABLE shop.orders (id int PRIMARY KEY, status text, home frozen<address>, note text)",
                "CREATE INDEX by_status ON shop.orders (status)",
                "CREATE MATERIALIZED VIEW shop.by_note AS SELECT * FROM shop.orders WHERE note IS NOT NULL AND id IS"
                        + " NOT NULL PRIMARY KEY (note, id)",
                "CREATE TABLE shop.\"Others\" (id int PRIMARY KEY, n int) WITH comment = 'a; b'",
                "CREATE TABLE shop.hits (id int PRIMARY KEY, n counter)");
        for (int i = 0; i < ROWS; i++) {
            cluster.cql("INSERT INTO shop.orders (id, status, home, note) VALUES (" + i + ", '"
                    + (i % 3 == 0 ? "open" : "paid") + "', {street: 's" + i + "', city: 'c'}, 'n" + i % 10 + "')");
            cluster.cql("INSERT INTO shop.\"Others\" (id, n) VALUES (" + i + ", " + i + ")");
            cluster.cql("UPDATE shop.hits SET n = n + " + i + " WHERE id = " + i % 20);
            if (i == ROWS / 2) {
                cluster.flush("shop");
            }
        }
        cluster.flush("shop");
        for (int i = 0; i < ROWS; i += 7) {
            cluster.cql("DELETE FROM shop.orders WHERE id = " + i);
        }
        cluster.cql("INSERT INTO shop.orders (id, status) VALUES (9999, 'brief') USING TTL 864000");
        orders = text(cluster.rows("SELECT id, status, home, note, writetime(status) FROM shop.orders"));
        others = text(cluster.rows("SELECT * FROM shop.\"Others\""));
        assertThat(orders).hasSize(ROWS - 43 + 1);
        cluster.run("backup-cluster", "--backup-name", "origin", "-pu", "3").ok();
    }

    @AfterAll
    static void stop() throws Exception {
        cluster.close();
    }

    private static Set<String> text(List<Row> rows) {
        Set<String> texts = new TreeSet<>();
        for (Row row : rows) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                text.append(row.getObject(i)).append('|');
            }
            texts.add(text.toString());
        }
        return texts;
    }

    private static void hasEverything(TestCluster restored) throws Exception {
        restored.reconnect();
        assertThat(text(restored.rows("SELECT id, status, home, note, writetime(status) FROM shop.orders")))
                .isEqualTo(orders);
        assertThat(text(restored.rows("SELECT * FROM shop.\"Others\""))).isEqualTo(others);
        assertThat(restored.rows("SELECT id FROM shop.orders WHERE status = 'brief'"))
                .as("by index")
                .hasSize(1);
        assertThat(restored.rows("SELECT id FROM shop.by_note WHERE note = 'n1'"))
                .as("by view")
                .hasSameSizeAs(
                        orders.stream().filter(row -> row.contains("|n1|")).toList());
        assertThat(restored.rows("SELECT ttl(status) FROM shop.orders WHERE id = 9999")
                        .get(0)
                        .getInt(0))
                .isBetween(1, 864000);
        assertThat(restored.rows("SELECT shop.half(id) FROM shop.orders WHERE id = 8")
                        .get(0)
                        .getInt(0))
                .isEqualTo(4);
        assertThat(restored.rows("SELECT sum(n) FROM shop.hits").get(0).getLong(0))
                .isEqualTo(ROWS * (ROWS - 1) / 2);
    }

    private static JsonNode plan(TestCluster target, String... words) throws Exception {
        return new ObjectMapper().readTree(target.run(words).ok().out());
    }

    /** What {@link Ring} says is what Cassandra does. */
    @Test
    @Order(0)
    void replicasAreWhereCassandraPlacesThem() throws Exception {
        cluster.cql(
                "CREATE KEYSPACE simple2 WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}",
                "CREATE KEYSPACE topology3 WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}");
        TokenMap tokenMap = tokenMap();
        for (var keyspace : Map.of(
                        "simple2",
                        "{'class': 'SimpleStrategy', 'replication_factor': 2}",
                        "shop",
                        "{'class': 'NetworkTopologyStrategy', 'dc1': 2}",
                        "topology3",
                        "{'class': 'NetworkTopologyStrategy', 'dc1': '3'}")
                .entrySet()) {
            Map<String, Set<String>> ours = new TreeMap<>();
            new Ring(tokenMap)
                    .ranges(Replication.parse(keyspace.getValue()))
                    .forEach(range -> ours.put(
                            range.after() + " " + range.upTo(),
                            range.replicas().stream()
                                    .map(NodeName::value)
                                    .collect(Collectors.toCollection(TreeSet::new))));
            Map<String, Set<String>> theirs = new TreeMap<>();
            ((Map<?, ?>) cluster.node(0)
                            .jmx(
                                    "org.apache.cassandra.db:type=StorageService",
                                    "getRangeToEndpointMap",
                                    new Object[] {keyspace.getKey()},
                                    "java.lang.String"))
                    .forEach((range, endpoints) -> {
                        List<?> ends = (List<?>) range;
                        theirs.put(
                                ends.get(0) + " " + ends.get(1),
                                ((List<?>) endpoints)
                                        .stream().map(String::valueOf).collect(Collectors.toCollection(TreeSet::new)));
                    });
            assertThat(ours).as(keyspace.getKey()).isEqualTo(theirs);
        }
        cluster.cql("DROP KEYSPACE simple2", "DROP KEYSPACE topology3");
    }

    private static TokenMap tokenMap() {
        Map<NodeName, TokenMap.Node> nodes = new LinkedHashMap<>();
        for (RealNode node : cluster.nodes()) {
            Row local = node.rows("SELECT tokens, rack, data_center FROM system.local")
                    .get(0);
            nodes.put(
                    new NodeName(node.address()),
                    new TokenMap.Node(
                            local.getSet(0, String.class).stream()
                                    .map(BigInteger::new)
                                    .toList(),
                            false,
                            true,
                            local.getString(1),
                            local.getString(2)));
        }
        return new TokenMap(nodes);
    }

    @Test
    @Order(1)
    void singleTablesComeBackWhileTheClusterRuns() throws Exception {
        List<String> processes = processes(cluster);
        cluster.cql("DELETE FROM shop.\"Others\" WHERE id = 5", "INSERT INTO shop.\"Others\" (id, n) VALUES (-1, 1)");
        cluster.cql("INSERT INTO shop.orders (id, status) VALUES (-5, 'after')");
        JsonNode plan = plan(
                cluster,
                "restore-cluster",
                "--backup-name",
                "origin",
                "--table",
                "shop.Others",
                "--dry-run",
                "--output",
                "json");
        assertThat(plan.path("method").asText()).isEqualTo("import");
        assertThat(plan.path("tables").toString())
                .as("D9: nothing that was not asked for")
                .isEqualTo("{\"shop.Others\":\"truncate\"}");
        cluster.run("restore-cluster", "--backup-name", "origin", "--table", "shop.Others", "-y")
                .ok();
        assertThat(text(cluster.rows("SELECT * FROM shop.\"Others\""))).isEqualTo(others);
        assertThat(cluster.rows("SELECT id FROM shop.orders WHERE id = -5"))
                .as("D9: other tables stay")
                .hasSize(1);
        assertThat(processes(cluster)).isEqualTo(processes);
    }

    private static List<String> processes(TestCluster of) throws Exception {
        List<String> pids = new java.util.ArrayList<>();
        for (RealNode node : of.nodes()) {
            pids.add(Files.readString(node.directory().resolve("pid")));
        }
        return pids;
    }

    @Test
    @Order(2)
    void aQuestionIsAskedBeforeAndNoMeansNothingHappens() throws Exception {
        TestCluster.Done declined = cluster.runWith("maybe\nn\n", "restore-cluster", "--backup-name", "origin");
        assertThat(declined.status()).isEqualTo(1);
        assertThat(declined.out()).contains("(type Y or n) Are you sure? The data above will be replaced.");
        assertThat(declined.err()).contains("the restore was declined; nothing was changed");
        TestCluster.Done silent = cluster.run("restore-cluster", "--backup-name", "origin");
        assertThat(silent.status()).isEqualTo(1);
        assertThat(silent.err()).contains("Use -y to skip the question");
        assertThat(cluster.run("restore-cluster", "--backup-name", "nowhere", "-y")
                        .err())
                .contains("No such backup: nowhere");
    }

    @Test
    @Order(3)
    void ifANodeFailsBeforeTheExchangeNothingIsChangedAnywhere() throws Exception {
        List<String> processes = processes(cluster);
        assertThat(cluster.run("doctor", "--cluster").ok().out())
                .containsPattern("127.0.0.3 +restore-cluster: stop_cmd +OK")
                .containsPattern("127.0.0.2 +restore: permissions +OK");
        cluster.host(1).close();
        assertThat(cluster.run("doctor", "--cluster").out())
                .containsPattern("127.0.0.2 +ssh +FAILED")
                .containsPattern("127.0.0.3 +ssh +OK");
        TestCluster.Done failed = cluster.run("restore-cluster", "--backup-name", "origin", "-y");
        cluster.startHost(1);
        assertThat(failed.status()).isEqualTo(1);
        assertThat(failed.err())
                .contains("Failed: 127.0.0.2: SSH to 127.0.0.2")
                .contains("Nothing has been changed on any node");
        assertThat(processes(cluster)).isEqualTo(processes);
        assertThat(cluster.rows("SELECT id FROM shop.orders WHERE id = -5")).hasSize(1);
        cluster.host(1).close();
        TestCluster.Done noImport =
                cluster.run("restore-cluster", "--backup-name", "origin", "-y", "--table", "shop.orders");
        cluster.startHost(1);
        assertThat(noImport.status()).isEqualTo(1);
        assertThat(noImport.err()).contains("Nothing has been changed in the cluster");
        assertThat(cluster.rows("SELECT id FROM shop.orders WHERE id = -5"))
                .as("not even truncated")
                .hasSize(1);
    }

    @Test
    @Order(4)
    void D8_theWholeClusterInPlaceWithFewerAtOnceThanNodes() throws Exception {
        cluster.cql("TRUNCATE shop.\"Others\"", "CREATE TABLE shop.younger (id int PRIMARY KEY)");
        JsonNode plan = plan(cluster, "restore-cluster", "--backup-name", "origin", "--dry-run", "--output", "json");
        assertThat(plan.path("method").asText()).isEqualTo("nodes");
        assertThat(plan.path("nodes").findValuesAsText("in_place")).containsExactly("true", "true", "true");
        List<String> before = processes(cluster);
        cluster.run("restore-cluster", "--backup-name", "origin", "-y", "-pr", "1")
                .ok();
        assertThat(processes(cluster)).doesNotContainAnyElementsOf(before);
        hasEverything(cluster);
        for (int i = 0; i < 3; i++) {
            int own = i + 1;
            assertThat(cluster.commands(i).stream().filter(line -> line.contains("restore-node --in-place")))
                    .isNotEmpty()
                    .allSatisfy(line -> assertThat(line).contains("--fqdn=127.0.0." + own + " "));
        }
        assertThat(cluster.commands(1).stream().filter(line -> line.contains("--seeds")))
                .allSatisfy(line -> assertThat(line).contains("--seeds 127.0.0.1 "))
                .isNotEmpty();
    }

    @Test
    @Order(5)
    void B18_aClusterThatIsDownIsRestoredInPlaceAndChecked() throws Exception {
        for (RealNode node : cluster.nodes()) {
            node.stop();
        }
        assertThat(cluster.run("restore-cluster", "--backup-name", "origin", "-y")
                        .err())
                .contains("A cluster that is down is restored with --in-place");
        Path ini = cluster.directory(0).resolve("medusa.ini");
        String before = Files.readString(ini);
        Files.writeString(ini, before + "[checks]\nquery = SELECT * FROM shop.orders\nexpected_rows = 1\n");
        TestCluster.Done wrong =
                cluster.run("restore-cluster", "--backup-name", "origin", "-y", "--in-place", "--verify");
        assertThat(wrong.status()).as("B18: a query that fails is a failure").isEqualTo(1);
        assertThat(wrong.err())
                .contains("Restored origin on 3 of 3 nodes")
                .contains("gave " + orders.size() + " rows instead of 1");
        Files.writeString(ini, before);
        hasEverything(cluster);
    }

    @Test
    @Order(6)
    void D11_anIncompleteBackupIsRefusedUnlessItIsAskedFor() throws Exception {
        cluster.host(2).close();
        cluster.run("backup-cluster", "--backup-name", "two-of-three", "-pu", "3");
        cluster.startHost(2);
        TestCluster.Done refused = cluster.run("restore-cluster", "--backup-name", "two-of-three", "-y");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err())
                .contains("backup two-of-three is incomplete: 1 of 3 nodes have not finished it, and some token ranges"
                        + " have no backed-up replica in system_auth.");
        cluster.cql("TRUNCATE shop.orders");
        cluster.run("restore-cluster", "--backup-name", "two-of-three", "-y", "--incomplete", "--keyspace", "shop")
                .ok();
        hasEverything(cluster);
    }

    @Test
    @Order(7)
    void threeOtherNodesTakeTheirPlaces() throws Exception {
        try (TestCluster other = start("other", 11, THREE_RACKS)) {
            JsonNode plan = plan(other, "restore-cluster", "--backup-name", "origin", "--dry-run", "--output", "json");
            assertThat(plan.path("method").asText()).isEqualTo("nodes");
            TestCluster.Done done = other.runWith("n\nY\n", "restore-cluster", "--backup-name", "origin")
                    .ok();
            assertThat(done.out()).startsWith("Do you want to keep the roles and permissions");
            hasEverything(other);
        }
    }

    @Test
    @Order(8)
    void oneNodeTakesAllOfIt() throws Exception {
        try (TestCluster one = start("one", 21, List.of("r1"), "num_tokens: 8")) {
            assertThat(one.run("restore-cluster", "--backup-name", "origin", "--dry-run")
                            .ok()
                            .out())
                    .contains("keyspace shop has more replicas than datacenter dc1 has nodes")
                    .contains("--replication \"shop={'class': 'NetworkTopologyStrategy', 'dc1': 1}\"");
            one.run(
                            "restore-cluster",
                            "--backup-name",
                            "origin",
                            "-y",
                            "--replication",
                            "{'class': 'SimpleStrategy', 'replication_factor': 1}")
                    .ok();
            hasEverything(one);
        }
    }

    /** Row 11, on a cluster: what was truncated comes back by Cassandra's own loader. */
    @Test
    @Order(9)
    void sstableloaderLoadsWhatIsAskedFor() throws Exception {
        cluster.cql("TRUNCATE shop.orders");
        cluster.run(
                        "restore-cluster",
                        "--backup-name",
                        "origin",
                        "-y",
                        "--use-sstableloader",
                        "--table",
                        "shop.orders",
                        "--table",
                        "shop.Others")
                .ok();
        hasEverything(cluster);
    }

    @Test
    @Order(10)
    void twoNodesAndBackOntoThree() throws Exception {
        try (TestCluster two = start(
                "two",
                31,
                List.of("r1", "r2"),
                "num_tokens: 3",
                "storage_compatibility_mode: NONE",
                "sstable:",
                "  selected_format: bti")) {
            two.run("restore-cluster", "--backup-name", "origin", "-y", "--keep-auth", "--one-replica")
                    .ok();
            hasEverything(two);
            try (Stream<Path> files = Files.list(two.node(0).tableDirectory("shop", "orders"))) {
                assertThat(files).as("imported as they were written").anyMatch(file -> file.toString()
                        .endsWith("-big-Data.db"));
            }
            for (RealNode node : two.nodes()) {
                node.compact("shop");
            }
            try (Stream<Path> files = Files.list(two.node(0).tableDirectory("shop", "orders"))) {
                assertThat(files).anyMatch(file -> file.toString().endsWith("-bti-Partitions.db"));
            }
            two.run("backup-cluster", "--backup-name", "of-two", "-pu", "2").ok();
        }
        cluster.cql("TRUNCATE shop.orders", "DROP MATERIALIZED VIEW shop.by_note", "DROP TABLE shop.orders");
        cluster.cql("CREATE TABLE shop.orders (id text PRIMARY KEY)");
        JsonNode plan = plan(
                cluster,
                "restore-cluster",
                "--backup-name",
                "of-two",
                "--keyspace",
                "shop",
                "--dry-run",
                "--output",
                "json");
        assertThat(plan.path("tables").path("shop.orders").asText()).isEqualTo("recreate");
        cluster.run("restore-cluster", "--backup-name", "of-two", "-y", "--keyspace", "shop")
                .ok();
        hasEverything(cluster);
    }

    /** Nodes whose clusters grew, or keyspaces whose replicas became fewer, keep rows of others until they are cleaned up. */
    @Test
    @Order(11)
    void aBackupWithRowsThatTheNodeDoesNotOwnIsTakenIn() throws Exception {
        cluster.cql(
                "CREATE KEYSPACE wide WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}",
                "CREATE TABLE wide.t (id int PRIMARY KEY)");
        for (int i = 0; i < 50; i++) {
            cluster.cql("INSERT INTO wide.t (id) VALUES (" + i + ")");
        }
        cluster.flush("wide");
        cluster.run("backup", "--backup-name", "three-replicas").ok();
        cluster.cql("ALTER KEYSPACE wide WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 1}");
        TestCluster.Done refused =
                cluster.run("restore-table", "wide.t", "--backup-name", "three-replicas", "--truncate-first", "--yes");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err())
                .contains("belong to other nodes than this one now")
                .contains("restore-cluster --backup-name three-replicas --table wide.t");
        assertThat(cluster.rows("SELECT id FROM wide.t")).as("not truncated").hasSize(50);
        cluster.run("backup", "--backup-name", "not-cleaned").ok();
        assertThat(cluster.run("restore-table", "wide.t", "--backup-name", "not-cleaned", "--as", "wide.again")
                        .ok()
                        .err())
                .contains("Removing rows from wide.again that this node does not own");
        int own = cluster.node(0).rows("SELECT id FROM wide.again").size();
        assertThat(own).isBetween(1, 49);
    }

    /** What Cassandra does with a replica that is older than the others is what the guide says of it. */
    @Test
    @Order(12)
    void oneReplicaAloneIsRestoredAndSaysWhatToRepair() throws Exception {
        cluster.cql(
                "CREATE KEYSPACE replica WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}",
                "CREATE TABLE replica.t (id int PRIMARY KEY)",
                "CREATE TABLE replica.emptied (id int PRIMARY KEY)",
                "CREATE TABLE replica.dropped (id int PRIMARY KEY)");
        cluster.cql("INSERT INTO replica.t (id) VALUES (1)", "INSERT INTO replica.emptied (id) VALUES (1)");
        cluster.flush("replica");
        cluster.node(0).repair("replica", true);
        cluster.runOn(1, "backup", "--backup-name", "replica").ok();
        cluster.cql("INSERT INTO replica.t (id) VALUES (2)");
        cluster.flush("replica");
        cluster.node(0).repair("replica", true);
        cluster.cql("TRUNCATE replica.emptied", "DROP TABLE replica.dropped");
        JsonNode after = new ObjectMapper()
                .readTree(cluster.runOn(1, "restore-node", "--backup-name", "replica", "--dry-run", "--output", "json")
                        .ok()
                        .out())
                .path("after_restore");
        assertThat(after.path("commands").toString()).isEqualTo("[\"nodetool repair --full\"]");
        assertThat(after.path("notes").toString())
                .contains("Truncated since the backup: replica.emptied")
                .contains("table replica.dropped");
        TestCluster.Done done =
                cluster.runOn(1, "restore-node", "--backup-name", "replica").ok();
        assertThat(done.err()).contains("Run on this node afterwards: nodetool repair --full");
        cluster.reconnect();
        RealNode restored = cluster.node(1);
        cluster.await(() -> !restored.hasOpen("replica", "dropped"));
        assertThat(restored.rows("SELECT id FROM replica.t")).hasSize(1);
        restored.repair("replica", true);
        assertThat(restored.rows("SELECT id FROM replica.t"))
                .as("an incremental repair passes it over")
                .hasSize(1);
        cluster.cql("TRUNCATE replica.emptied");
        restored.repair("replica", false);
        assertThat(restored.rows("SELECT id FROM replica.t")).hasSize(2);
        assertThat(cluster.rows("SELECT id FROM replica.emptied")).isEmpty();
    }
}
