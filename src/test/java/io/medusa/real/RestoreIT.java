package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.testing.Await;
import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restores that move only what differs, that can be looked at before and undone after, and that take another node's place. */
final class RestoreIT {
    @TempDir
    Path directory;

    private RealNode node;
    private Cli medusa;

    @BeforeEach
    void rows() throws Exception {
        node = SharedNode.get();
        node.cql(
                "DROP KEYSPACE IF EXISTS delta",
                "CREATE KEYSPACE delta WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TABLE delta.t (id int PRIMARY KEY, v text) WITH compaction ="
                        + " {'class': 'SizeTieredCompactionStrategy', 'enabled': 'false'}");
        for (int sstable = 0; sstable < 5; sstable++) {
            for (int i = 0; i < 20; i++) {
                node.cql("INSERT INTO delta.t (id, v) VALUES (" + (sstable * 20 + i) + ", 'value')");
            }
            node.flush("delta");
        }
        medusa = new Cli(node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket"))
                .with("TMPDIR", directory.toString());
        medusa.run("backup", "--backup-name", "good").ok();
    }

    private static JsonNode json(Cli.Result result) throws IOException {
        return new JsonMapper().readTree(result.ok().out());
    }

    /** What would be done with table delta.t; earlier incarnations of it, of which only snapshots are left, are passed over. */
    private JsonNode plan(String... more) throws IOException {
        JsonNode plan = json(medusa.run(Stream.concat(
                        Stream.of("restore-node", "--backup-name", "good", "--dry-run", "--output", "json"),
                        Stream.of(more))
                .toArray(String[]::new)));
        for (JsonNode table : plan.path("tables")) {
            if (table.path("table").asText().equals("delta.t")
                    && !table.path("action").asText().equals("removed")) {
                return table;
            }
        }
        throw new AssertionError(plan.toPrettyString());
    }

    private List<Path> components(int sstable) throws IOException {
        Path table = node.tableDirectory("delta", "t");
        try (Stream<Path> files = Files.list(table)) {
            List<Path> all = files.filter(Files::isRegularFile).sorted().toList();
            String name = new TreeSet<>(all.stream()
                            .map(file -> file.getFileName().toString())
                            .map(file -> file.substring(0, file.lastIndexOf('-') + 1))
                            .toList())
                    .stream().skip(sstable).findFirst().orElseThrow();
            return all.stream()
                    .filter(file -> file.getFileName().toString().startsWith(name))
                    .toList();
        }
    }

    private static long size(List<Path> files) throws IOException {
        long size = 0;
        for (Path file : files) {
            size += Files.size(file);
        }
        return size;
    }

    @Test
    void B16_P13_onlyTheSSTableThatIsLostIsFetchedAndSpaceIsNeededForItAlone() throws Exception {
        assertThat(plan().path("bytes_to_fetch").asLong()).isZero();
        List<Path> lost = components(2);
        long lostBytes = size(lost);
        long keptInode = (long) Files.getAttribute(components(1).get(0), "unix:ino");
        node.stop();
        for (Path file : lost) {
            Files.delete(file);
        }
        JsonNode table = plan();
        assertThat(table.path("bytes_to_fetch").asLong()).isEqualTo(lostBytes);
        assertThat(table.path("action").asText()).isEqualTo("replaced");
        JsonNode plan = json(medusa.run("restore-node", "--backup-name", "good", "--dry-run", "--output", "json"));
        assertThat(plan.path("space").get(0).path("needed").asLong())
                .isEqualTo(plan.path("bytes_to_fetch").asLong());
        assertThat(plan.path("stops_cassandra").asBoolean()).isFalse();
        JsonNode result = json(medusa.run("restore-node", "--backup-name", "good", "--output", "json"));
        assertThat(result.path("fetched_bytes").asLong())
                .isEqualTo(plan.path("bytes_to_fetch").asLong());
        assertThat(node.count("delta.t")).isEqualTo(100);
        assertThat((long) Files.getAttribute(components(1).get(0), "unix:ino"))
                .as("linked, not copied")
                .isEqualTo(keptInode);
    }

    @Test
    void whatCassandraSavedBeforeATruncationIsLinkedFromThere() throws Exception {
        node.cql("TRUNCATE delta.t");
        assertThat(node.count("delta.t")).isZero();
        assertThat(plan("--table", "delta.t").path("bytes_to_fetch").asLong()).isZero();
        JsonNode result =
                json(medusa.run("restore-node", "--backup-name", "good", "--table", "delta.t", "--output", "json"));
        assertThat(result.path("fetched_objects").asInt()).isZero();
        assertThat(result.path("restored_tables").asInt()).isEqualTo(1);
        assertThat(node.count("delta.t")).isEqualTo(100);
    }

    @Test
    void aDryRunIsReadableAndChangesNothing() throws Exception {
        node.cql(
                "INSERT INTO delta.t (id, v) VALUES (1000, 'in memory')",
                "CREATE TABLE delta.young (id int PRIMARY KEY)");
        Cli.Result run =
                medusa.run("restore-node", "--backup-name", "good", "--dry-run").ok();
        assertThat(run.out())
                .startsWith("Restore of good, dry run: nothing is changed\n\nTABLE ")
                .containsPattern("delta\\.t +replaced +\\d+ +[0-9.]+ KB +0\\.00 B")
                .containsPattern("delta\\.young +removed")
                .contains("- Cassandra is running and will be drained, stopped and started")
                .contains("- Old and new data are swapped in one step");
        assertThat(node.directory().resolve(".medusa-data")).doesNotExist();
        assertThat(node.rows("SELECT * FROM delta.t WHERE id = 1000")).hasSize(1);
    }

    @Test
    void D19_aKeptStateIsComeBackToWithEverythingThatWasOnlyInMemory() throws Exception {
        node.cql("INSERT INTO delta.t (id, v) VALUES (1000, 'only in memory')");
        medusa.run("restore-node", "--backup-name", "good", "--keep-previous").ok();
        assertThat(node.count("delta.t")).isEqualTo(100);
        node.cql("INSERT INTO delta.t (id, v) VALUES (2000, 'after the restore')");
        Cli.Result undo = medusa.run("restore-node", "--undo").ok();
        assertThat(undo.err()).contains("Undid the last restore: the node has its previous data (restore-good)");
        node.reconnect();
        assertThat(node.rows("SELECT id FROM delta.t")).hasSize(101);
        assertThat(node.rows("SELECT * FROM delta.t WHERE id = 1000")).hasSize(1);
        assertThat(node.directory().resolve(".medusa-data")).doesNotExist();
        Cli.Result again = medusa.run("restore-node", "--undo");
        assertThat(again.status()).isEqualTo(1);
        assertThat(again.lastError()).contains("there is nothing to undo");
    }

    @Test
    void D19_ofSeveralKeptStatesTheLastOneIsComeBackToFirst() throws Exception {
        medusa.run("backup", "--backup-name", "zulu").ok();
        medusa.run("restore-node", "--backup-name", "good", "--keep-previous").ok();
        node.reconnect();
        node.cql("INSERT INTO delta.t (id, v) VALUES (3000, 'since the first restore')");
        // a second one whose node does not come up
        Path broken = Files.writeString(
                directory.resolve("broken.ini"),
                Files.readString(directory.resolve("medusa.ini"))
                        .replaceFirst("start_cmd = .*", "start_cmd = /bin/false"));
        Cli.Result failed =
                new Cli(broken).with("TMPDIR", directory.toString()).run("restore-node", "--backup-name", "zulu");
        assertThat(failed.status()).isEqualTo(1);
        assertThat(failed.lastError()).contains("To go back to it, run restore-node --undo");
        medusa.run("restore-node", "--undo").ok();
        assertThat(node.count("delta.t")).isEqualTo(101);
        assertThat(medusa.run("restore-node", "--undo").ok().err()).contains("(restore-good)");
        assertThat(node.count("delta.t")).as("as before the first").isEqualTo(100);
        assertThat(node.rows("SELECT * FROM delta.t WHERE id = 3000")).isEmpty();
    }

    @Test
    void D19_whileDirectoriesAreExchangedOneByOneCassandraIsKeptFromStarting() throws Exception {
        node.stop();
        Path guard = node.directory().resolve("data/A_RESTORE_WAS_INTERRUPTED_run_medusa_restore-node_again.db");
        Files.createFile(guard);
        node.launch();
        Await.until("Cassandra refuses to start", () -> !node.isRunning());
        assertThat(Files.readString(node.directory().resolve("system.log")))
                .contains("A_RESTORE_WAS_INTERRUPTED_run_medusa_restore-node_again.db");
        Files.delete(guard);
        node.start();
        assertThat(node.count("delta.t")).isEqualTo(100);
    }

    @Test
    void D10_B27_anotherNodeTakesOverDataAndTokensButStaysItself() throws Exception {
        node.cql(
                "CREATE TABLE delta.peers (id int PRIMARY KEY, v text)",
                "INSERT INTO delta.peers (id, v) VALUES (1, 'no system table')",
                "INSERT INTO system_auth.roles (role, can_login) VALUES ('of_the_backup', true)");
        medusa.run("backup", "--backup-name", "taken").ok();
        String tokens = node.rows("SELECT tokens FROM system.local").get(0).getFormattedContents();
        Object hostId = node.rows("SELECT host_id FROM system.local").get(0).getUuid(0);
        node.cql("DELETE FROM system_auth.roles WHERE role = 'of_the_backup'");
        Path place = Files.createTempDirectory(Path.of("target/real").toAbsolutePath(), "remote");
        try (RealNode other = RealNode.ofRing(
                place, "medusa-tests", "127.0.0.2", RealNode.freePort(), RealNode.freePort(), "", "r1")) {
            other.start();
            other.cql("INSERT INTO system_auth.roles (role, can_login) VALUES ('of_the_node', true)");
            String yaml = Files.readString(other.yamlFile());
            Cli there = new Cli(other.medusaIni(directory.resolve("other.ini"), directory, "bucket"))
                    .with("TMPDIR", directory.toString());
            there.run("--fqdn", "127.0.0.1", "restore-node", "--backup-name", "taken", "--remote", "--keep-auth")
                    .ok();
            assertThat(other.count("delta.t")).isEqualTo(100);
            assertThat(other.rows("SELECT * FROM delta.peers"))
                    .as("a table of the user's that is called peers")
                    .hasSize(1);
            assertThat(other.rows("SELECT tokens FROM system.local").get(0).getFormattedContents())
                    .isEqualTo(tokens);
            assertThat(other.rows("SELECT host_id FROM system.local").get(0).getUuid(0))
                    .isNotEqualTo(hostId);
            assertThat(other.rows("SELECT broadcast_address FROM system.local")
                            .get(0)
                            .getInetAddress(0)
                            .getHostAddress())
                    .isEqualTo("127.0.0.2");
            assertThat(other.rows("SELECT role FROM system_auth.roles WHERE role = 'of_the_node'"))
                    .hasSize(1);
            assertThat(other.rows("SELECT role FROM system_auth.roles WHERE role = 'of_the_backup'"))
                    .isEmpty();
            assertThat(Files.readString(other.yamlFile())).as("cassandra.yaml").isEqualTo(yaml);
            other.stop();
            other.start();
            assertThat(other.count("delta.t")).as("it starts again by itself").isEqualTo(100);

            there.run("--fqdn", "127.0.0.1", "restore-node", "--backup-name", "taken", "--remote")
                    .ok();
            other.reconnect();
            assertThat(other.rows("SELECT role FROM system_auth.roles WHERE role = 'of_the_backup'"))
                    .hasSize(1);
            assertThat(other.rows("SELECT role FROM system_auth.roles WHERE role = 'of_the_node'"))
                    .isEmpty();
        }
    }

    @Test
    void wrongCombinationsAreOneLine() {
        assertThat(medusa.run("restore-node", "--backup-name", "good", "--keep-auth")
                        .lastError())
                .startsWith("ERROR: --keep-auth works with --remote only");
        assertThat(medusa.run("restore-node", "--backup-name", "good", "--remote", "--table", "delta.t")
                        .lastError())
                .startsWith("ERROR: --remote turns this node into another one");
        assertThat(medusa.run("restore-node", "--undo", "--backup-name", "good").status())
                .isEqualTo(2);
        assertThat(medusa.run("restore-node").lastError()).isEqualTo("Error: Missing option '--backup-name'.");
    }

    @Test
    void aPartialBackupIsShownAndRestoredByTableOnly() throws Exception {
        JsonNode backup = json(medusa.run(
                "backup",
                "--backup-name",
                "part",
                "--keyspace",
                "delta*",
                "--table",
                "!delta.none",
                "--output",
                "json"));
        assertThat(backup.path("scope").toString()).isEqualTo("[\"delta*\",\"!delta.none\"]");
        assertThat(medusa.run("list-backups").ok().out())
                .containsPattern("part \\(started: .*, finished: .*\\) \\[Partial: delta\\*, !delta\\.none]");
        assertThat(medusa.run("status", "--backup-name", "part").ok().out())
                .endsWith("- Partial: only delta*, !delta.none\n");
        assertThat(medusa.run("get-last-complete-cluster-backup").ok().out()).isEqualTo("good\n");
        assertThat(medusa.run("verify", "--backup-name", "part").ok().err()).contains("is partial: only delta*");
        assertThat(medusa.run("restore-node", "--backup-name", "part").lastError())
                .contains("is partial (only delta*, !delta.none), so the whole node cannot be restored from it");
        node.cql("TRUNCATE delta.t");
        medusa.run("restore-node", "--backup-name", "part", "--keyspace", "delta")
                .ok();
        assertThat(node.count("delta.t")).isEqualTo(100);
    }
}
