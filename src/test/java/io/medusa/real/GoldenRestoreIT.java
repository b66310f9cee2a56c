package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.data.UdtValue;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.testing.Cli;
import io.medusa.testing.GoldenBucket;
import io.medusa.testing.RealNode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup that the reference took of three nodes, restored by us into three real nodes with the same addresses. */
final class GoldenRestoreIT {
    private static final String SEEDS = "127.0.0.1:7000";

    @TempDir
    Path directory;

    @Test
    void B25_thursdayIntoThreeNodesAndABackupOfThem() throws Exception {
        Path bucket = GoldenBucket.unpack(directory);
        List<RealNode> nodes = new ArrayList<>();
        try {
            for (int i = 1; i <= 3; i++) {
                // the restored system tables know their peers by these ports
                RealNode node =
                        RealNode.ofRing(directory.resolve("n" + i), "t", "127.0.0." + i, 9042, 7000, SEEDS, "r" + i);
                nodes.add(node);
                Files.createDirectories(node.directory().resolve("data"));
                Path ini = node.medusaIni(directory.resolve("n" + i + ".ini"), bucket.getParent(), "golden");
                new Cli(ini)
                        .with("TMPDIR", directory.toString())
                        .run("restore-node", "--backup-name", "thursday")
                        .ok();
            }
            RealNode first = nodes.get(0);
            first.reconnect();
            List<Row> users = first.rows("SELECT * FROM shop.users");
            assertThat(users).hasSize(250);
            for (Row user : users) {
                int id = user.getInt("id");
                UdtValue home = user.getUdtValue("home");
                assertThat(user.getString("name")).isEqualTo("user-" + id);
                assertThat(home.getString(0)).isEqualTo("street " + id);
                assertThat(home.getString(1)).isEqualTo("city " + id % 10);
                assertThat(home.getInt(2)).isEqualTo(10000 + id);
                assertThat(user.getSet("tags", String.class)).isEqualTo(Set.of("t" + id % 3, "all"));
            }
            assertThat(first.rows("SELECT * FROM shop.orders")).hasSize(250);
            assertThat(first.rows("SELECT * FROM shop.orders WHERE status = 'open'"))
                    .hasSize(125);
            List<Row> mixed = first.rows("SELECT * FROM shop.\"MixedCase\"");
            assertThat(mixed).hasSize(250);
            assertThat(mixed.stream()
                            .map(row -> row.getByteBuffer(1))
                            .map(ByteBuffer::remaining)
                            .distinct())
                    .containsExactly(50);
            assertThat(first.rows("SELECT * FROM shop.counters").stream()
                            .map(row -> row.getLong(1))
                            .sorted())
                    .containsExactly(6125L, 6175L, 6225L, 6275L, 6325L);
            // B25: each node describes itself, whoever else is in the ring
            for (RealNode node : nodes) {
                node.reconnect();
                Path ini = directory.resolve("n" + (nodes.indexOf(node) + 1) + ".ini");
                Cli medusa = new Cli(ini).with("TMPDIR", directory.toString());
                medusa.run("backup", "--backup-name", "saturday").ok();
                String ring = Files.readString(bucket.resolve(node.address() + "/saturday/meta/tokenmap.json"));
                JsonNode json = new JsonMapper().readTree(ring);
                assertThat(json.size()).isEqualTo(3);
                for (RealNode other : nodes) {
                    assertThat(json.path(other.address()).path("is_up").isBoolean())
                            .as(ring)
                            .isEqualTo(other == node);
                    assertThat(json.path(other.address()).path("rack").asText())
                            .isEqualTo("r" + (nodes.indexOf(other) + 1));
                }
            }
            Cli medusa = new Cli(directory.resolve("n1.ini"));
            assertThat(medusa.run("status", "--backup-name", "saturday").ok().out())
                    .contains("- 3 nodes completed, 0 nodes incomplete, 0 nodes missing\n");
            medusa.run("verify", "--backup-name", "saturday", "--enable-md5-checks")
                    .ok();
            medusa.run("verify", "--backup-name", "thursday", "--enable-md5-checks")
                    .ok();
        } finally {
            for (RealNode node : nodes) {
                node.close();
            }
        }
    }
}
