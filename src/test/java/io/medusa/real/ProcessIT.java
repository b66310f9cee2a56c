package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The distribution as real processes: two at once, signals, and kill -9 at odd moments. */
final class ProcessIT {
    private static final Path MEDUSA = Path.of("target/medusa/bin/medusa").toAbsolutePath();

    @TempDir
    Path directory;

    private RealNode node;
    private Path ini;
    private Cli inProcess;

    @BeforeEach
    void rows() throws Exception {
        node = SharedNode.get();
        node.cql(
                "DROP KEYSPACE IF EXISTS proc",
                "CREATE KEYSPACE proc WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TABLE proc.t (id int PRIMARY KEY, v text)");
        for (int i = 0; i < 100; i++) {
            node.cql("INSERT INTO proc.t (id, v) VALUES (" + i + ", 'v')");
        }
        ini = node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket");
        inProcess = new Cli(ini).with("TMPDIR", directory.toString());
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(MEDUSA.toString(), "--config-file", ini.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("out.log").toFile()));
        builder.environment().put("TMPDIR", directory.toString());
        return builder.start();
    }

    private void signal(Process process, String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .start()
                .waitFor();
    }

    private String log() throws IOException {
        return Files.readString(directory.resolve("out.log"));
    }

    private void awaitFile(Path file) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!Files.exists(file)) {
            assertThat(System.nanoTime())
                    .as("waiting for " + file + "\n" + log())
                    .isLessThan(end);
            Thread.sleep(20);
        }
    }

    @Test
    void B1_aSecondBackupIsRefusedAcrossProcessesWithPidAndStart() throws Exception {
        // the first waits for a node before it that never comes
        Path ring = directory.resolve("bucket/127.0.0.1/x");
        Files.createDirectories(ring.getParent());
        Process first = start("backup", "--backup-name", "one");
        awaitFile(directory.resolve("medusa_backup_in_progress"));
        Cli.Result second = inProcess.run("backup", "--backup-name", "two");
        int firstStatus = first.waitFor();
        assertThat(firstStatus).as(log()).isZero();
        assertThat(second.status()).isEqualTo(1);
        assertThat(second.lastError())
                .matches("ERROR: a backup of node 127\\.0\\.0\\.1 is running already: process " + first.pid()
                        + ", started [-0-9T:Z]+; wait for its end");
        assertThat(directory.resolve("medusa_backup_in_progress")).doesNotExist();
        inProcess.run("backup", "--backup-name", "two").ok();
    }

    @Test
    void aSignalClearsTheSnapshotAndTheMarker() throws Exception {
        Process backup = start("backup", "--backup-name", "stopped");
        awaitFile(directory.resolve("bucket/127.0.0.1/stopped/meta/schema.cql"));
        signal(backup, "TERM");
        int status = backup.waitFor();
        assertThat(status).as(log()).isIn(143, 130, 0);
        assertThat(directory.resolve("medusa_backup_in_progress")).doesNotExist();
        assertThat(node.hasSnapshot("medusa-stopped")).isFalse();
        if (status != 0) {
            inProcess.run("backup", "--backup-name", "stopped").ok();
        }
        inProcess.run("verify", "--backup-name", "stopped").ok();
    }

    @Test
    void P15_killedBackupsAreTakenUpAndOlderOnesVerify() throws Exception {
        inProcess.run("backup", "--backup-name", "before").ok();
        Random random = new Random(42);
        for (int i = 0; i < 6; i++) {
            Process backup = start("backup", "--backup-name", "killed", "--mode", i % 2 == 0 ? "full" : "differential");
            backup.waitFor(300 + random.nextInt(1800), TimeUnit.MILLISECONDS);
            signal(backup, "KILL");
            backup.waitFor();
            inProcess
                    .run("verify", "--backup-name", "before", "--enable-md5-checks")
                    .ok();
        }
        Cli.Result last = inProcess.run("backup", "--backup-name", "killed");
        assertThat(last.status() == 0 || last.lastError().contains("is finished already"))
                .as(last.err())
                .isTrue();
        inProcess
                .run("verify", "--backup-name", "killed", "--enable-md5-checks")
                .ok();
        if (last.status() != 0) {
            // killed between the manifest and the clearing of its snapshot: what is left is found and offered for
            // removal
            Cli.Result next = inProcess.run("backup", "--backup-name", "next").ok();
            assertThat(next.err().contains("medusa-killed")).isEqualTo(node.hasSnapshot("medusa-killed"));
            inProcess.run("clear-snapshots", "--backup-name", "killed", "-y").ok();
        }
        assertThat(node.hasSnapshot("medusa-killed")).isFalse();
    }

    @Test
    void D19_killedRestoresAreCarriedOn() throws Exception {
        inProcess.run("backup", "--backup-name", "good").ok();
        Random random = new Random(7);
        for (int i = 0; i < 4; i++) {
            node.cql("INSERT INTO proc.t (id, v) VALUES (" + (1000 + i) + ", 'later')");
            Process restore = start("restore-node", "--backup-name", "good");
            if (i == 0) {
                awaitFile(node.directory().resolve(".medusa-data/restore-good/journal.json"));
            } else {
                restore.waitFor(400 + random.nextInt(2500), TimeUnit.MILLISECONDS);
            }
            signal(restore, "KILL");
            restore.waitFor();
            inProcess.run("restore-node", "--backup-name", "good").ok();
            assertThat(node.count("proc.t")).isEqualTo(100);
            assertThat(node.directory().resolve(".medusa-data")).doesNotExist();
        }
    }

    @Test
    void theLauncherFindsNoJavaOrAnOldOneAndSaysSo() throws Exception {
        Path fake = Files.createDirectories(directory.resolve("old/bin"));
        Path java = Files.writeString(
                fake.resolve("java"), "#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        ProcessBuilder builder = new ProcessBuilder(MEDUSA.toString(), "--version").redirectErrorStream(true);
        builder.environment().remove("JAVA_HOME");
        builder.environment().put("MEDUSA_JAVA_HOME", directory.resolve("old").toString());
        Process old = builder.start();
        assertThat(new String(old.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("is version 11; install a JRE of version 17 or newer, or set MEDUSA_JAVA_HOME");
        assertThat(old.waitFor()).isEqualTo(1);
    }
}
