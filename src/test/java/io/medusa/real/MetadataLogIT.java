package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.cql.Row;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medusa.testing.Distribution;
import io.medusa.testing.RealNode;
import io.medusa.testing.TestCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A ring of Cassandra 6, whose nodes keep the log of the cluster's metadata: its backup shows one epoch of it, no node is put back alone,
 * and all are put back together.
 */
final class MetadataLogIT {
    private static final String VERSION = "6.0-alpha2";

    @TempDir
    Path directory;

    private static Set<Integer> ids(TestCluster cluster) {
        Set<Integer> ids = new TreeSet<>();
        for (Row row : cluster.rows("SELECT id FROM shop.orders")) {
            ids.add(row.getInt(0));
        }
        return ids;
    }

    private static List<Long> epochs(TestCluster cluster) {
        List<Long> epochs = new ArrayList<>();
        for (RealNode node : cluster.nodes()) {
            epochs.add(node.rows("SELECT epoch FROM system.local_metadata_log LIMIT 1")
                    .get(0)
                    .getLong(0));
        }
        return epochs;
    }

    private JsonNode meta(TestCluster cluster, int node, String file) throws Exception {
        return new ObjectMapper()
                .readTree(directory
                        .resolve("bucket")
                        .resolve(cluster.node(node).address())
                        .resolve("one/meta")
                        .resolve(file)
                        .toFile());
    }

    @Test
    void allNodesArePutBackTogetherToOneEpochAndNoneAlone() throws Exception {
        Distribution.requireAsked(List.of(VERSION));
        Path place = Files.createDirectories(Path.of("target/real").toAbsolutePath())
                .resolve("metadata-" + ProcessHandle.current().pid());
        try (TestCluster cluster =
                new TestCluster(Distribution.of(VERSION), place, directory, 61, List.of("r1", "r2"))) {
            cluster.cql(
                    "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2}",
                    "CREATE TABLE shop.orders (id int PRIMARY KEY, note text)",
                    "CREATE TABLE shop.dropped (id int PRIMARY KEY)");
            for (int i = 0; i < 50; i++) {
                cluster.cql("INSERT INTO shop.orders (id, note) VALUES (" + i + ", 'n')");
            }
            cluster.cql("INSERT INTO shop.dropped (id) VALUES (1)");
            cluster.run("backup-cluster", "--backup-name", "one").ok();
            long epoch = epochs(cluster).get(0);
            String first = cluster.node(0).address();
            for (int i = 0; i < 2; i++) {
                assertThat(meta(cluster, i, "tokenmap.json")
                                .path(first)
                                .path("epoch")
                                .asLong())
                        .isEqualTo(epoch);
                assertThat(meta(cluster, i, "snapshot.json").path("epoch").asLong())
                        .isEqualTo(epoch);
            }
            Set<Integer> before = ids(cluster);

            cluster.cql("DROP TABLE shop.dropped", "CREATE TABLE shop.younger (id int PRIMARY KEY)");
            cluster.cql("INSERT INTO shop.orders (id, note) VALUES (1000, 'younger')");
            TestCluster.Done alone = cluster.run("restore-node", "--backup-name", "one");
            assertThat(alone.status()).isNotZero();
            assertThat(alone.err())
                    .contains("a single node of a Cassandra " + VERSION
                            + " cluster cannot be restored to an older state");
            assertThat(epochs(cluster)).as("nothing was stopped or changed").allMatch(now -> now > epoch);

            JsonNode plan = new ObjectMapper()
                    .readTree(cluster.run("restore-cluster", "--backup-name", "one", "--dry-run", "--output", "json")
                            .ok()
                            .out());
            assertThat(plan.path("method").asText()).isEqualTo("nodes");
            cluster.run("restore-cluster", "--backup-name", "one", "-y").ok();
            cluster.reconnect();
            assertThat(ids(cluster)).isEqualTo(before);
            assertThat(cluster.rows("SELECT id FROM shop.dropped")).hasSize(1);
            assertThat(new TreeSet<>(epochs(cluster))).as("one epoch").hasSize(1);
            cluster.cql("CREATE TABLE shop.after (id int PRIMARY KEY)", "INSERT INTO shop.after (id) VALUES (1)");
            assertThat(cluster.rows("SELECT id FROM shop.after"))
                    .as("it commits to its log")
                    .hasSize(1);
            assertThat(new TreeSet<>(epochs(cluster))).hasSize(1);
        }
    }
}
