package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that crashes around restores, whose cassandra.yaml names neither commit log nor hints: one node, one story. */
final class CrashedNodeIT {
    @TempDir
    Path directory;

    private RealNode node;

    private void crash() throws Exception {
        ProcessHandle process = ProcessHandle.of(Long.parseLong(
                        Files.readString(node.directory().resolve("pid")).strip()))
                .orElseThrow();
        process.destroyForcibly();
        process.onExit().get();
    }

    private void insert(String table, int from, int to) {
        for (int id = from; id < to; id++) {
            node.cql("INSERT INTO crash." + table + " (id) VALUES (" + id + ")");
        }
    }

    @Test
    void acknowledgedWritesAreNeitherLostNorReplayedOverRestoredDataAndAStopThatFailsIsTold() throws Exception {
        Path home = Files.createDirectories(Path.of("target/real").toAbsolutePath());
        node = RealNode.create(Files.createTempDirectory(home, "crashed"));
        List<String> named = Files.readAllLines(node.yamlFile());
        Files.write(
                node.yamlFile(),
                named.stream()
                        .filter(line -> !line.startsWith("commitlog_directory")
                                && !line.startsWith("hints_directory")
                                && !line.startsWith("saved_caches_directory")
                                && !line.startsWith("commitlog_sync_period"))
                        // so that what is acknowledged survives a kill at any moment
                        .map(line -> line.replace("commitlog_sync: periodic", "commitlog_sync: batch"))
                        .toList());
        try {
            node.start();
            story();
        } finally {
            node.close();
        }
    }

    private void story() throws Exception {
        Path ini = node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket");
        Cli medusa = new Cli(ini).with("TMPDIR", directory.toString());
        node.cql(
                "CREATE KEYSPACE crash WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TABLE crash.t (id int PRIMARY KEY)",
                "CREATE TABLE crash.other (id int PRIMARY KEY)");
        insert("t", 0, 100);
        medusa.run("backup", "--backup-name", "good").ok();
        insert("t", 100, 150);
        crash();
        medusa.run("restore-node", "--backup-name", "good").ok();
        assertThat(node.count("crash.t"))
                .as("the commit log that no setting names was not replayed over the restored data")
                .isEqualTo(100);

        medusa.run("restore-node", "--backup-name", "good", "--table", "crash.t", "--keep-previous")
                .ok();
        node.reconnect();
        insert("other", 0, 500);
        assertThat(node.directory().resolve("commitlog")).isNotEmptyDirectory();
        crash();
        Cli.Result refused = medusa.run("restore-node", "--undo");
        assertThat(refused.status()).isEqualTo(13);
        assertThat(refused.lastError())
                .contains("may hold writes to other tables")
                .contains("Start Cassandra");
        node.start();
        assertThat(node.count("crash.other")).isEqualTo(500);
        medusa.run("restore-node", "--undo").ok();
        assertThat(node.count("crash.other")).as("after the undo").isEqualTo(500);
        assertThat(node.count("crash.t")).isEqualTo(100);

        long process =
                Long.parseLong(Files.readString(node.directory().resolve("pid")).strip());
        Path idle = Files.writeString(
                directory.resolve("idle.ini"),
                Files.readString(ini).replaceFirst("stop_cmd = .*", "stop_cmd = /bin/true"));
        Cli unable = new Cli(idle).with("TMPDIR", directory.toString());
        Cli.Result stays = unable.run("restore-node", "--backup-name", "good", "--table", "crash.t");
        assertThat(stays.status()).isEqualTo(1);
        assertThat(stays.lastError())
                .contains("Cassandra still runs (process " + process + "), drained")
                .contains("Restart Cassandra, and set stop_cmd");
        assertThat(medusa.run("restore-node", "--backup-name", "good", "--table", "crash.t")
                        .lastError())
                .contains("is drained and serves no clients");
    }
}
