package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.Await;
import io.medusa.testing.Guide;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that the documents show for one node, typed into a shell in the order in which they stand there, on a real node. */
final class GuideIT {
    /** These need more than one node; other tests run them. */
    private static final Set<String> OF_CLUSTERS = Set.of("backup-cluster", "restore-cluster", "--fqdn");

    @TempDir
    Path directory;

    private RealNode node;

    @BeforeEach
    void shop() throws Exception {
        node = SharedNode.get();
        node.cql(
                "DROP KEYSPACE IF EXISTS shop",
                "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TABLE shop.orders (id int PRIMARY KEY, status text)",
                "CREATE TABLE shop.tmp_carts (id int PRIMARY KEY)");
        for (int i = 0; i < 50; i++) {
            node.cql("INSERT INTO shop.orders (id, status) VALUES (" + i + ", 'open')");
        }
        node.flush("shop");
        Path ini = node.medusaIni(
                directory.resolve("medusa.ini"),
                directory,
                "bucket",
                "storage.max_backup_count = 5",
                "[grpc]",
                "port = " + RealNode.freePort());
        Path program = Files.createDirectories(directory.resolve("bin")).resolve("medusa");
        Files.writeString(
                program,
                "#!/bin/sh\nexec '" + Path.of("target/medusa/bin/medusa").toAbsolutePath() + "' --config-file '" + ini
                        + "' \"$@\"\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Process start(String line, Path log) throws Exception {
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", "exec " + line)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        shell.environment().put("PATH", directory.resolve("bin") + ":" + System.getenv("PATH"));
        shell.environment().put("TMPDIR", directory.toString());
        return shell.start();
    }

    private String run(String line) throws Exception {
        Path log = directory.resolve("said");
        Process process = start(line, log);
        assertThat(process.waitFor(3, TimeUnit.MINUTES)).as(line).isTrue();
        String said = Files.readString(log);
        assertThat(process.exitValue()).as("$ " + line + "\n" + said).isZero();
        return said;
    }

    /** It ends when it is told to. */
    private void serve(String line) throws Exception {
        Path log = directory.resolve("served");
        Process process = start(line, log);
        Await.until(() -> Files.readString(log).contains("Serving on port "), () -> Files.readString(log));
        assertThat(run("medusa health")).isEqualTo("SERVING\n");
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "guide.md"})
    void whatTheDocumentShowsCanBeTyped(String name) throws Exception {
        Path document = name.equals("README.md") ? Path.of(name) : Path.of("docs", name);
        List<String> done = new ArrayList<>();
        // of the day before
        run("medusa backup --backup-name sunday");
        for (Guide.Shown shown : Guide.commands(document)) {
            String line = shown.line();
            if (OF_CLUSTERS.stream().anyMatch(line::contains) || line.contains("partial")) {
                continue;
            }
            if (line.contains("restore") && !line.contains("dry-run")) {
                node.reconnect();
                node.cql("DELETE FROM shop.orders WHERE id = 7");
            }
            if (line.contains("delete-backup")) {
                run("medusa backup --backup-name tuesday");
            }
            if (line.equals("medusa server")) {
                serve(line);
            } else {
                run(line.replace("/tmp/", directory + "/"));
            }
            done.add(line);
        }
        assertThat(done).as(name).hasSizeGreaterThan(4);
        if (name.equals("guide.md")) {
            node.reconnect();
            assertThat(node.rows("SELECT id FROM shop.orders WHERE id = 7"))
                    .as("the last restore was of the whole keyspace")
                    .hasSize(1);
            assertThat(directory.resolve("backups.html")).isNotEmptyFile();
        }
    }
}
