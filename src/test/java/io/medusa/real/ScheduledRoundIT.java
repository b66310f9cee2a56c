package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medusa.model.Round;
import io.medusa.testing.TestCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the package ships to start backups, on three real nodes whose clocks differ by two minutes each: one backup of the cluster. */
final class ScheduledRoundIT {
    private static final List<Integer> CLOCKS = List.of(-120, 0, 120);
    private static final Path SHARE = Path.of("src/main/dist/share");

    @TempDir
    static Path directory;

    private static TestCluster cluster;
    private static final List<String> configured = new ArrayList<>();

    @BeforeAll
    static void shop() throws Exception {
        cluster = new TestCluster(
                Files.createDirectories(Path.of("target/real").toAbsolutePath())
                        .resolve("rounds-" + ProcessHandle.current().pid()),
                directory,
                1,
                List.of("r1", "r2", "r3"));
        cluster.cql(
                "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}",
                "CREATE TABLE shop.orders (id int PRIMARY KEY, status text)");
        for (int i = 0; i < 100; i++) {
            cluster.cql("INSERT INTO shop.orders (id, status) VALUES (" + i + ", 'open')");
        }
        for (int i = 0; i < CLOCKS.size(); i++) {
            Path bin = cluster.directory(i).resolve("bin");
            Files.copy(Path.of("src/main/dist/bin/medusa-cron"), bin.resolve("medusa-cron"));
            Path syslog = Files.writeString(bin.resolve("logger"), "#!/bin/sh\nexec cat\n");
            assertThat(syslog.toFile().setExecutable(true)).isTrue();
            configured.add(Files.readString(cluster.directory(i).resolve("medusa.ini")));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        cluster.close();
    }

    private static void schedule(Instant due, String... more) throws IOException {
        LocalTime time = due.atZone(ZoneOffset.UTC).toLocalTime();
        for (int i = 0; i < CLOCKS.size(); i++) {
            Files.writeString(
                    cluster.directory(i).resolve("medusa.ini"),
                    configured.get(i) + "\n[grpc]\nschedule_backup = " + time + "\n"
                            + String.join("\n", more)
                                    .replace("ADDRESS", cluster.node(i).address()) + "\n");
        }
    }

    /** The command that a shipped file starts a backup with, as it is there. */
    private static String shipped(String file, String line) throws IOException {
        Matcher command = Pattern.compile(line, Pattern.MULTILINE).matcher(Files.readString(SHARE.resolve(file)));
        assertThat(command.find()).as(file).isTrue();
        return command.group(1);
    }

    private static Process start(int node, String command, String log) throws IOException {
        Path bin = cluster.directory(node).resolve("bin");
        ProcessBuilder builder = new ProcessBuilder(
                        "/bin/sh", "-c", "exec " + command.replace("/usr/bin/medusa", "medusa"))
                .redirectErrorStream(true)
                .redirectOutput(cluster.directory(node).resolve(log).toFile());
        builder.environment().merge("PATH", bin.toString(), (path, first) -> first + ":" + path);
        builder.environment().put("MEDUSA_JAVA_OPTS", "-Dmedusa.clock.offset.seconds=" + CLOCKS.get(node));
        return builder.start();
    }

    private static void assertOneCompleteBackup(Instant due) throws Exception {
        String name = Round.nameOf(due).value();
        JsonNode backups = new ObjectMapper()
                .readTree(cluster.run("list-backups", "--show-all", "--output", "json")
                        .ok()
                        .out());
        assertThat(backups.findValuesAsText("name")).contains(name).allMatch(one -> one.endsWith("Z"));
        assertThat(cluster.run("get-last-complete-cluster-backup").ok().out()).isEqualTo(name + "\n");
        cluster.run("verify", "--backup-name", name, "--level", "sstable").ok();
    }

    @Test
    void theUnitAndTheCronLineGiveOneBackupOfTheClusterUnderTheDueTime() throws Exception {
        Instant due = Instant.now().truncatedTo(ChronoUnit.MINUTES);
        schedule(due);
        List<String> commands = List.of(
                shipped("systemd/medusa-backup.service", "^ExecStart=(.*)$"),
                shipped("cron/medusa", "^7 .* cassandra +(medusa-cron .*)$"));
        List<Process> running = new ArrayList<>();
        for (int i = 0; i < CLOCKS.size(); i++) {
            for (String command : commands) {
                running.add(start(i, command, "log-" + running.size() % 2));
            }
        }
        for (Process process : running) {
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        }
        for (int i = 0; i < CLOCKS.size(); i++) {
            String both = Files.readString(cluster.directory(i).resolve("log-0"))
                    + Files.readString(cluster.directory(i).resolve("log-1"));
            assertThat(running.get(2 * i).exitValue()).as(both).isZero();
            assertThat(running.get(2 * i + 1).exitValue()).as(both).isZero();
            assertThat(both)
                    .containsOnlyOnce("is finished: ")
                    .containsAnyOf("is finished already. The next round", "Another scheduler of this node is at work");
        }
        assertOneCompleteBackup(due);
    }

    @Test
    void theServicesJoinTheRoundThatTheyHaveMissed() throws Exception {
        Instant due = Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(7, ChronoUnit.MINUTES);
        schedule(due, "address = ADDRESS", "port = 0", "schedule_spread_minutes = 0");
        List<Process> services = new ArrayList<>();
        try {
            for (int i = 0; i < CLOCKS.size(); i++) {
                services.add(start(i, shipped("systemd/medusa-server.service", "^ExecStart=(.*)$"), "service.log"));
            }
            String finished = "Finished the scheduled backup " + Round.nameOf(due);
            cluster.await(() -> {
                for (int i = 0; i < CLOCKS.size(); i++) {
                    if (!Files.readString(cluster.directory(i).resolve("service.log"))
                            .contains(finished)) {
                        return false;
                    }
                }
                return true;
            });
            assertOneCompleteBackup(due);
        } finally {
            services.forEach(Process::destroy);
            for (Process service : services) {
                assertThat(service.waitFor(60, TimeUnit.SECONDS)).isTrue();
            }
        }
        // the timer of a node whose service has done the round
        Process timer = start(1, shipped("systemd/medusa-backup.service", "^ExecStart=(.*)$"), "log-0");
        assertThat(timer.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(timer.exitValue()).isZero();
        assertThat(Files.readString(cluster.directory(1).resolve("log-0")))
                .contains("is finished already. The next round");
    }
}
