package io.medusa.cassandra.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.NodeControl;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.TableName;
import io.medusa.os.Processes;
import io.medusa.testing.Await;
import io.medusa.testing.RealNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that answers nobody is still seen by its files; processes stand in for Cassandra. */
final class LocalCassandraServiceTest {
    private static final CassandraService.Identity NOBODY =
            new CassandraService.Identity("", List.of(), "", Optional.empty());

    @TempDir
    Path directory;

    private final List<Process> started = new ArrayList<>();
    private Path data;
    private CassandraYaml yaml;

    @BeforeEach
    void settings() throws IOException {
        data = Files.createDirectories(directory.resolve("data"));
        Path file = directory.resolve("cassandra.yaml");
        Files.writeString(
                file,
                "data_file_directories: [ \"" + data + "\" ]\nlisten_address: 127.0.0.1\nrpc_address: 127.0.0.1\n"
                        + "native_transport_port: " + RealNode.freePort() + "\nstorage_port: " + RealNode.freePort()
                        + "\n");
        yaml = CassandraYaml.read(file);
    }

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly();
            process.waitFor();
        }
    }

    /** A process with an argument like Cassandra's, and a file of the data directory open. */
    private Process cassandra(String body) throws Exception {
        Path ready = directory.resolve("ready" + started.size());
        Process process = new ProcessBuilder(
                        "bash",
                        "-c",
                        "exec 7>>'" + data.resolve("nb-1-big-Data.db") + "'; touch '" + ready + "'; " + body,
                        "org.apache.cassandra.service.CassandraDaemon")
                .start();
        started.add(process);
        Await.file(ready);
        return process;
    }

    private LocalCassandraService service(List<String> start, List<String> stop, NodeControl control) {
        return service(start, stop, control, Duration.ofSeconds(120));
    }

    private LocalCassandraService service(
            List<String> start, List<String> stop, NodeControl control, Duration stopAtMost) {
        return new LocalCassandraService(
                yaml,
                start,
                stop,
                control,
                false,
                new LocalCassandraService.Limits(
                        Duration.ofMillis(700),
                        stopAtMost,
                        Duration.ofSeconds(120),
                        Duration.ofMillis(500),
                        Duration.ofMillis(200)));
    }

    private static final NodeControl DEAF = control(OptionalLong.empty(), false);

    private static NodeControl control(OptionalLong process, boolean drained) {
        return new NodeControl() {
            @Override
            public void drain() {
                throw new MedusaException(FailureKind.CASSANDRA_UNREACHABLE, "no answer");
            }

            @Override
            public OptionalLong processId() {
                return process;
            }

            @Override
            public Optional<CassandraService.Locations> locations() {
                return Optional.empty();
            }

            @Override
            public Optional<CassandraService.Identity> identity() {
                return Optional.of(NOBODY);
            }

            @Override
            public boolean isDrained() {
                return drained;
            }

            @Override
            public void importSSTables(TableName table, Path from, boolean ownOnly) {
                throw new AssertionError();
            }

            @Override
            public void cleanUp(TableName table) {
                throw new AssertionError();
            }

            @Override
            public void rebuildIndex(String keyspace, String table, String index) {
                throw new AssertionError();
            }

            @Override
            public void linkLive(String tag, Set<TableName> tables) {
                throw new AssertionError();
            }

            @Override
            public void clear(String tag) {
                throw new AssertionError();
            }

            @Override
            public Optional<Path> log() {
                return Optional.empty();
            }
        };
    }

    @Test
    void aStopCommandThatDoesNotWaitIsWaitedForThoughJmxAndPortsAreSilent() throws Exception {
        Path told = directory.resolve("told");
        Process node = cassandra("while [ ! -e '" + told + "' ]; do sleep 0.05; done; exit 0");
        LocalCassandraService service = service(List.of("true"), List.of("touch", told.toString()), DEAF);
        assertThat(service.isUp()).as("by its open files").isTrue();
        service.stop();
        assertThat(Processes.isAlive(node.pid())).as("the process is gone").isFalse();
        assertThat(service.user(List.of(data))).isEmpty();
    }

    @Test
    void aStopCommandThatDoesNotStopIsSeenAndTheStateOfTheNodeIsTold() throws Exception {
        Process node = cassandra("while :; do sleep 0.05; done");
        LocalCassandraService service =
                service(List.of("true"), List.of("/bin/true"), control(OptionalLong.of(node.pid()), true));
        assertThatThrownBy(service::stop)
                .hasMessageContaining(
                        "Cassandra still runs (process " + node.pid() + "), drained: it serves no clients")
                .hasMessageContaining("'/bin/true' ended with status 0 but did not stop it")
                .hasMessageContaining("Restart Cassandra, and set stop_cmd");
    }

    @Test
    void aStopCommandThatHangsIsNotWaitedForForEver() throws Exception {
        Process node = cassandra("while :; do sleep 0.05; done");
        Path pid = directory.resolve("pid");
        LocalCassandraService service = service(
                List.of("true"),
                List.of("sh", "-c", "echo $$ > '" + pid + "'; exec sleep 600"),
                control(OptionalLong.of(node.pid()), true),
                Duration.ofSeconds(1));
        assertThatThrownBy(service::stop)
                .hasMessageContaining("Cassandra still runs (process " + node.pid() + "), drained")
                .hasMessageContaining("did not end within 1 s and was terminated");
        assertTerminated(pid);
    }

    @Test
    void aStopCommandThatHangsAfterCassandraHasEndedIsTerminatedWithItsChildren() throws Exception {
        Process node = cassandra("while :; do sleep 0.05; done");
        Path parent = directory.resolve("pid");
        Path child = directory.resolve("child-pid");
        String body = "trap '' TERM; echo $$ > '" + parent + "'; sh -c 'echo $$ > \"" + child
                + "\"; exec sleep 600' & while [ ! -s '" + child + "' ]; do sleep 0.05; done; while :; do kill -9 "
                + node.pid() + "; sleep 0.1; done";
        LocalCassandraService service =
                service(List.of("true"), List.of("bash", "-c", body), control(OptionalLong.of(node.pid()), true));
        service.stop();
        assertThat(Processes.isAlive(node.pid())).isFalse();
        assertTerminated(parent);
        assertTerminated(child);
    }

    @Test
    void anInterruptTerminatesTheStopCommandWhichWouldStopARestartedCassandra() throws Exception {
        Process node = cassandra("while :; do sleep 0.05; done");
        Path pid = directory.resolve("pid");
        LocalCassandraService service = service(
                List.of("true"),
                List.of("sh", "-c", "echo $$ > '" + pid + "'; exec sleep 600"),
                control(OptionalLong.of(node.pid()), true));
        Thread restore = Thread.currentThread();
        FutureTask<Boolean> interrupts = new FutureTask<>(() -> {
            Await.until("the stop command runs", () -> Files.exists(pid) && Files.size(pid) > 0);
            restore.interrupt();
            return true;
        });
        new Thread(interrupts).start();
        try {
            assertThatThrownBy(service::stop).hasMessageContaining("interrupted while waiting for Cassandra to stop");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(interrupts.get()).isTrue();
        assertTerminated(pid);
    }

    /** Kills it if it was not, so that nothing is left of the test. */
    private static void assertTerminated(Path pidFile) throws IOException {
        long pid = Long.parseLong(Files.readString(pidFile).strip());
        boolean alive = Processes.isAlive(pid);
        if (alive) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
        assertThat(alive).as("process in " + pidFile.getFileName()).isFalse();
    }

    @Test
    void anInterruptWhileWaitingForTheStopSaysThatCassandraStillRuns() throws Exception {
        Process node = cassandra("while :; do sleep 0.05; done");
        LocalCassandraService service =
                service(List.of("true"), List.of("/bin/true"), control(OptionalLong.of(node.pid()), true));
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(service::stop)
                    .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                            .isEqualTo(FailureKind.INTERRUPTED))
                    .hasMessageContaining("it still runs (process " + node.pid() + "), drained")
                    .hasMessageNotContaining("is down");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aJavaProcessThatIsEndingIsGivenItsTime() throws Exception {
        Path program = Files.writeString(directory.resolve("CassandraDaemon.java"), """
                public class CassandraDaemon {
                    public static void main(String[] a) throws Exception {
                        var open = new java.io.FileOutputStream(a[0], true);
                        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                            try { Thread.sleep(2500); } catch (InterruptedException e) { }
                        }));
                        new java.io.File(a[1]).createNewFile();
                        Thread.sleep(600000);
                        open.close();
                    }
                }
                """);
        Path ready = directory.resolve("java-ready");
        Process node = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        program.toString(),
                        data.resolve("nb-2-big-Data.db").toString(),
                        ready.toString(),
                        "org.apache.cassandra.service.CassandraDaemon")
                .start();
        started.add(node);
        Await.file(ready);
        LocalCassandraService service = service(List.of("true"), List.of("kill", String.valueOf(node.pid())), DEAF);
        service.stop();
        assertThat(Processes.isAlive(node.pid())).isFalse();
    }

    @Test
    void aSecondCassandraIsNeverStartedOnTheSameDirectories() throws Exception {
        Process node = cassandra("while :; do sleep 0.05; done");
        Path second = directory.resolve("second");
        LocalCassandraService service = service(List.of("touch", second.toString()), List.of("true"), DEAF);
        assertThatThrownBy(service::start)
                .hasMessageContaining("process " + node.pid() + " (Cassandra) uses [" + data + "] already");
        assertThat(second).doesNotExist();
    }

    @Test
    void whoeverHasFilesOpenForWritingIsSeenAndReadersAreNot() throws Exception {
        Path file = Files.writeString(data.resolve("nb-3-big-Data.db"), "x");
        Path ready = directory.resolve("r");
        started.add(new ProcessBuilder(
                        "bash", "-c", "exec 7<'" + file + "'; touch '" + ready + "'; while :; do sleep 0.05; done")
                .start());
        Await.file(ready);
        LocalCassandraService service = service(List.of("true"), List.of("true"), DEAF);
        assertThat(service.user(List.of(data))).as("a reader").isEmpty();
        Process writer = new ProcessBuilder(
                        "bash", "-c", "exec 7>>'" + file + "'; touch '" + ready + "2'; while :; do sleep 0.05; done")
                .start();
        started.add(writer);
        Await.file(directory.resolve("r2"));
        assertThat(service.user(List.of(data))).contains("process " + writer.pid() + " (bash)");
        assertThat(service.user(List.of(directory.resolve("other")))).isEmpty();
    }

    @Test
    void aNodeThatEndsWhileItStartsIsSeenAtOnceWithTheReasonFromItsLog() throws Exception {
        Files.writeString(
                directory.resolve("system.log"),
                "INFO  Starting\nERROR [main] Fatal configuration error\n\tat a.B\nINFO  Stopped\n");
        Path node = Files.writeString(directory.resolve("node.sh"), "exec 7>>'" + data.resolve("x") + "'; sleep 6\n");
        List<String> start = List.of(
                "bash",
                "-c",
                "bash '" + node + "' org.apache.cassandra.service.CassandraDaemon -Dcassandra.logdir='" + directory
                        + "' >/dev/null 2>&1 & exit 0");
        assertThatThrownBy(() -> service(start, List.of("true"), DEAF).start())
                .hasMessageContaining("Cassandra ended while it started")
                .hasMessageContaining("ERROR [main] Fatal configuration error")
                .hasMessageContaining(directory.resolve("system.log").toString());
    }

    @Test
    void theStorageDirectoryOfASilentProcessIsReadFromItsCommandLine() throws Exception {
        Path ready = directory.resolve("storage-ready");
        started.add(new ProcessBuilder(
                        "bash",
                        "-c",
                        "exec 7>>'" + data.resolve("nb-1-big-Data.db") + "'; touch '" + ready
                                + "'; while :; do sleep 0.05; done",
                        "org.apache.cassandra.service.CassandraDaemon",
                        "-Dcassandra.storagedir=/srv/c")
                .start());
        Await.file(ready);
        assertThat(service(List.of("true"), List.of("true"), DEAF).storageDirectory())
                .contains(Path.of("/srv/c"));
    }
}
