package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.Await;
import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.Seeds;
import io.medusa.testing.SharedNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        // on a busy machine, a backup that yields to everything else may not get its turn for minutes
        Path nice = Files.writeString(
                Files.createDirectories(directory.resolve("path")).resolve("nice"),
                "#!/bin/sh\nshift 2\nexec \"$@\"\n");
        assertThat(nice.toFile().setExecutable(true)).isTrue();
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(MEDUSA.toString(), "--config-file", ini.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("out.log").toFile()));
        builder.environment().put("TMPDIR", directory.toString());
        builder.environment().merge("PATH", directory.resolve("path").toString(), (path, own) -> own + ":" + path);
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
        Await.until(() -> Files.exists(file), () -> file + "\n" + log());
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
        assertThat(second.status()).isEqualTo(11);
        assertThat(second.lastError())
                .matches("ERROR: a backup of node 127\\.0\\.0\\.1 is already running: process " + first.pid()
                        + ", started [-0-9T:Z]+\\. Wait for it to finish");
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

    private String status(String name) {
        return inProcess.run("status", "--backup-name", name).out();
    }

    @Test
    void othersSeeWhetherABackupRunsOrWasKilled() throws Exception {
        String fast = Files.readString(ini);
        Files.writeString(ini, fast.replace("[storage]", "[storage]\ntransfer_max_bandwidth = 1KB/s"));
        Process backup = start("backup", "--backup-name", "slow");
        awaitFile(directory.resolve("bucket/index/runs/127.0.0.1/slow.json"));
        assertThat(status("slow"))
                .contains("- Node 127.0.0.1: running since ")
                .contains("(PID " + backup.pid() + "), taking the snapshot");
        signal(backup, "KILL");
        backup.waitFor();
        assertThat(status("slow")).contains("- Node 127.0.0.1: died on ").contains("(PID " + backup.pid() + ")");
        assertThat(inProcess.run("list-backups", "--state", "died").out()).startsWith("slow (started: ");
        Files.writeString(ini, fast);
        inProcess.run("backup", "--backup-name", "slow").ok();
        assertThat(status("slow")).startsWith("slow\n").doesNotContain("- Node");
        assertThat(directory.resolve("bucket/index/runs")).doesNotExist();
    }

    /** How many times a process is killed; CI asks for more. */
    private static int kills(int otherwise) {
        return Integer.parseInt(System.getenv().getOrDefault("MEDUSA_KILLS", String.valueOf(otherwise)));
    }

    /** Milliseconds that a command takes when nobody kills it. */
    private long undisturbed(String... arguments) throws Exception {
        long began = System.nanoTime();
        assertThat(start(arguments).waitFor()).as(log()).isZero();
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }

    private void killAfter(Process process, long millis) throws Exception {
        process.waitFor(millis, TimeUnit.MILLISECONDS);
        signal(process, "KILL");
        process.waitFor();
    }

    @Test
    void P15_killedBackupsAreTakenUpAndEveryFinishedOneVerifies() throws Exception {
        long whole = undisturbed("backup", "--backup-name", "before");
        long seed = Seeds.ofThisBuild();
        Random random = new Random(seed);
        for (int i = 0; i < kills(6); i++) {
            node.cql("INSERT INTO proc.t (id, v) VALUES (" + (5000 + i) + ", 'more')");
            String name = "killed" + i / 3;
            Process backup = start("backup", "--backup-name", name, "--mode", i % 2 == 0 ? "full" : "differential");
            killAfter(backup, 100 + (long) (random.nextDouble() * whole));
            if (i % 5 == 4) {
                verifyFinished();
            }
            if (i % 3 == 2) {
                Cli.Result last = inProcess.run("backup", "--backup-name", name);
                assertThat(last.status() == 0 || last.lastError().contains("is finished already"))
                        .as("seed " + seed + ", kill " + i + "\n" + last.err())
                        .isTrue();
            }
        }
        verifyFinished();
        // one that was killed between its manifest and the clearing of its snapshot has left it: it is found and
        // offered
        Cli.Result next = inProcess.run("backup", "--backup-name", "next").ok();
        assertThat(next.err().contains("medusa-killed")).isEqualTo(hasSnapshotOfKilled());
        inProcess.run("clear-snapshots", "-y").ok();
        assertThat(hasSnapshotOfKilled()).isFalse();
    }

    private boolean hasSnapshotOfKilled() throws IOException {
        for (int i = 0; i <= kills(6) / 3; i++) {
            if (node.hasSnapshot("medusa-killed" + i)) {
                return true;
            }
        }
        return false;
    }

    /** Everything that the list calls finished is as its manifest says, to the byte. */
    private void verifyFinished() throws IOException {
        for (var backup : new com.fasterxml.jackson.databind.json.JsonMapper()
                .readTree(inProcess.run("list-backups", "--output", "json").ok().out())) {
            if (!backup.path("finished").isNull()) {
                inProcess
                        .run(
                                "verify",
                                "--enable-md5-checks",
                                "--backup-name",
                                backup.path("name").asText())
                        .ok();
            }
        }
    }

    @Test
    void D19_killedRestoresLeaveTheOldOrTheNewNodeAndAreCarriedOn() throws Exception {
        inProcess.run("backup", "--backup-name", "good").ok();
        long whole = undisturbed("restore-node", "--backup-name", "good");
        long seed = Seeds.ofThisBuild();
        Random random = new Random(seed);
        for (int i = 0; i < kills(4); i++) {
            String where = "seed " + seed + ", kill " + i;
            node.reconnect();
            node.cql("INSERT INTO proc.t (id, v) VALUES (" + (1000 + i) + ", 'later, only in memory')");
            Process restore = start("restore-node", "--backup-name", "good");
            if (i == 0) {
                awaitFile(node.directory().resolve(".medusa-data/restore-good/journal.json"));
            } else {
                killAfter(restore, (long) (random.nextDouble() * whole));
            }
            signal(restore, "KILL");
            restore.waitFor();
            // somebody starts the node by hand: it is the old one with all its rows, or the new one with all of its own
            node.bringUp();
            assertThat(node.count("proc.t")).as(where).isIn(100L, 101L);
            inProcess.run("restore-node", "--backup-name", "good").ok();
            assertThat(node.count("proc.t")).as(where).isEqualTo(100);
            assertThat(node.directory().resolve(".medusa-data")).as(where).doesNotExist();
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

    private static String output(Map<String, String> environment, String... arguments) throws Exception {
        return output(MEDUSA, environment, arguments);
    }

    private static String output(Path medusa, Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(medusa.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void P17_whatACommandDoesNotNeedIsNotLoaded() throws Exception {
        inProcess.run("backup", "--backup-name", "listed").ok();
        // as installed: a distribution of its own, with an archive for the Java that is here
        Path home = directory.resolve("installed");
        assertThat(new ProcessBuilder(
                                "cp", "-r", MEDUSA.resolve("../..").normalize().toString(), home.toString())
                        .start()
                        .waitFor())
                .isZero();
        Path installed = home.resolve("bin/medusa");
        output(installed, Map.of("MEDUSA_MAKE_ARCHIVE", "1"));
        Path classes = directory.resolve("classes.log");
        for (List<String> arguments : List.of(
                List.of("--help"), List.of("--config-file", ini.toString(), "list-backups", "--output", "json"))) {
            output(
                    installed,
                    Map.of("MEDUSA_JAVA_OPTS", "-Xlog:class+load:file=" + classes),
                    arguments.toArray(new String[0]));
            List<String> loaded = Files.readAllLines(classes);
            assertThat(loaded).as("the log of classes").hasSizeGreaterThan(500);
            assertThat(loaded)
                    .as("driver, network and JMX belong to commands that talk to the node")
                    .noneMatch(line -> line.contains("com.datastax")
                            || line.contains("io.netty")
                            || line.contains("javax.management.remote"));
            assertThat(loaded.stream()
                            .filter(line -> line.contains("shared objects file"))
                            .count())
                    .as("most come from the archive")
                    .isGreaterThan(loaded.size() / 2);
        }
    }

    @Test
    void P8_aManifestIsReadAsAStream() throws Exception {
        inProcess.run("backup", "--backup-name", "large").ok();
        Path manifest = directory.resolve("bucket/127.0.0.1/large/meta/manifest.json");
        int objects = 400_000;
        try (var out = Files.newBufferedWriter(manifest)) {
            out.write("[{\"keyspace\": \"proc\", \"columnfamily\": \"t-" + "0".repeat(32) + "\", \"objects\": [");
            for (int i = 0; i < objects; i++) {
                out.write((i == 0 ? "" : ", ") + "{\"path\": \"127.0.0.1/data/proc/t-" + "0".repeat(32) + "/nb-" + i
                        + "-big-Data.db\", \"MD5\": \"" + "0".repeat(32) + "\", \"size\": 7}");
            }
            out.write("]}]");
        }
        // as of another writer, of whose backups the index says no sizes
        try (var files = Files.walk(directory.resolve("bucket/index/stats"))) {
            for (Path stats : files.filter(Files::isRegularFile).toList()) {
                Files.delete(stats);
            }
        }
        assertThat(Files.size(manifest)).as("more than the heap").isGreaterThan(50L << 20);
        assertThat(output(
                        Map.of("MEDUSA_JAVA_OPTS", "-Xms16m -Xmn8m -Xmx24m"),
                        "--config-file",
                        ini.toString(),
                        "status",
                        "--backup-name",
                        "large"))
                .contains("- 400000 files, 2.67 MB");
    }
}
