package io.medusa.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.Nodetool;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ImportPlan;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TokenMap;
import io.medusa.remote.CommandResult;
import io.medusa.remote.Shell;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.testing.FakeRemoteHosts;
import io.medusa.testing.InMemoryStorage;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What hosts are sent, and what is made of their answers. */
final class NodeCommandsTest {
    private static final BackupName MONDAY = new BackupName("monday");

    @TempDir
    Path directory;

    private static Nodetool nodetool(boolean needsPassword) {
        return new Nodetool(
                "nodetool",
                List.of("-Dcom.sun.jndi.rmiURLParsing=legacy"),
                true,
                Optional.of("jmx"),
                needsPassword ? Optional.empty() : Optional.of(Path.of("/etc/jmx file")),
                Optional.of("127.0.0.1"),
                OptionalInt.of(7199));
    }

    private static TokenMap ring(String... names) {
        Map<NodeName, TokenMap.Node> nodes = new LinkedHashMap<>();
        for (String name : names) {
            nodes.put(
                    new NodeName(name),
                    new TokenMap.Node(
                            List.of(BigInteger.valueOf(nodes.size())), false, true, "r" + nodes.size() % 2, "dc1"));
        }
        return new TokenMap(nodes);
    }

    private ClusterBackupRequest request(TokenMap ring, int uploads, OptionalInt perRack) {
        return new ClusterBackupRequest(
                MONDAY,
                BackupMode.DIFFERENTIAL,
                ring,
                Optional.empty(),
                true,
                false,
                false,
                500,
                uploads,
                perRack,
                OptionalInt.empty(),
                directory,
                false);
    }

    private static BackupCluster backup(FakeRemoteHosts hosts, NodeProgram program, boolean needsPassword) {
        ClusterHosts nodes = new ClusterHosts(hosts, new Shell(false, false), ClusterView.NONE);
        return new BackupCluster(
                new BackupCatalog(new InMemoryStorage(java.time.Clock.systemUTC()), new RepositoryLayout("")),
                new NodeFanOut(ClusterView.NONE),
                new SshAgents(nodes, program, nodetool(needsPassword), needsPassword));
    }

    private static final NodeProgram PROGRAM =
            new NodeProgram(Optional.of(Path.of("/etc/medusa/medusa.ini")), List.of(), true);

    @Test
    void theBackupCommandIsTheOneThatAllNodesKnow() {
        FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> CommandResult.ended(0, "", ""));
        BackupCluster.Result result = backup(hosts, PROGRAM, false).run(request(ring("db1"), 1, OptionalInt.empty()));
        assertThat(hosts.sent())
                .anyMatch(line ->
                        line.matches("db1: mkdir -p (\\S+/medusa-job-[-0-9a-f]{36}); cd \\1 && medusa-wrapper sudo"
                                + " medusa --config-file /etc/medusa/medusa.ini backup-node --backup-name monday"
                                + " --enable-md5-checks --mode differential"));
        assertThat(result.isComplete())
                .as("a host says that it is done, but the bucket has nothing")
                .isFalse();
        assertThat(result.outcomes().get(0).cause())
                .contains("Check that fqdn in [storage] on that node is its name in the ring");
    }

    @Test
    void aNodeThatTellsItsSnapshotIsToldToUploadThatOne() {
        FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> CommandResult.ended(
                0,
                command.contains("take-snapshot")
                        ? "{\"files\": 7, \"id\": \"s-" + host + "\", \"schema_version\": \"v1\", \"taken\":"
                                + " \"2026-11-27T10:00:00Z\"}\n"
                        : "",
                ""));
        var unused = backup(hosts, PROGRAM, false).run(request(ring("db1", "db2"), 2, OptionalInt.empty()));
        assertThat(hosts.sent())
                .anyMatch(line -> line.startsWith("db1: ") && line.endsWith("--mode differential --snapshot-id s-db1"))
                .anyMatch(line -> line.startsWith("db2: ") && line.endsWith("--mode differential --snapshot-id s-db2"));
    }

    @Test
    void nodesWhoseSnapshotsShowAnEarlierSchemaTakeThemAgain() {
        AtomicInteger asked = new AtomicInteger();
        FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> CommandResult.ended(
                0,
                command.contains("take-snapshot")
                        ? "{\"taken\": \"2026-11-27T10:00:00Z\", \"schema_version\": \"v"
                                + (asked.getAndIncrement() == 0 ? 1 : 2) + "\", \"id\": \"s" + asked.get() + "\"}"
                        : "",
                ""));
        var unused = backup(hosts, PROGRAM, false)
                .run(new ClusterBackupRequest(
                        MONDAY,
                        BackupMode.DIFFERENTIAL,
                        ring("db1", "db2", "db3"),
                        Optional.empty(),
                        true,
                        false,
                        false,
                        1,
                        1,
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        directory,
                        false));
        assertThat(hosts.sent().stream().filter(line -> line.contains("take-snapshot")))
                .hasSize(4);
        assertThat(hosts.sent().stream().filter(line -> line.contains("clear-snapshots") && line.contains("monday")))
                .as("that of the one node, and of all at the end")
                .hasSize(4);
    }

    /** Every host's snapshots show these epochs, one after the other. */
    private BackupCluster.Result ofEpochs(FakeRemoteHosts[] hosts, Map<String, List<Integer>> epochs) {
        Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
        hosts[0] = new FakeRemoteHosts((host, command) -> {
            if (!command.contains("take-snapshot")) {
                return CommandResult.ended(0, "", "");
            }
            List<Integer> own = Objects.requireNonNull(epochs.get(host));
            int times =
                    asked.computeIfAbsent(host, absent -> new AtomicInteger()).getAndIncrement();
            return CommandResult.ended(
                    0,
                    "{\"taken\": \"2026-11-27T10:00:00Z\", \"schema_version\": \"v\", \"id\": \"s\", \"epoch\": "
                            + own.get(Math.min(times, own.size() - 1)) + "}",
                    "");
        });
        return backup(hosts[0], PROGRAM, false).run(request(ring("db1", "db2"), 2, OptionalInt.empty()));
    }

    @Test
    void nodesWhoseSnapshotsShowAnEarlierEpochOfTheClustersMetadataTakeThemAgain() {
        FakeRemoteHosts[] hosts = new FakeRemoteHosts[1];
        var unused = ofEpochs(hosts, Map.of("db1", List.of(17, 18), "db2", List.of(18)));
        assertThat(hosts[0].sent().stream().filter(line -> line.contains("take-snapshot")))
                .hasSize(3);
        assertThat(hosts[0].sent().stream().filter(line -> line.contains("backup-node")))
                .anyMatch(line -> line.startsWith("db1: "))
                .anyMatch(line -> line.startsWith("db2: "));
    }

    @Test
    void aSnapshotWhoseEpochIsNeverThatOfTheOthersIsNotUploaded() {
        FakeRemoteHosts[] hosts = new FakeRemoteHosts[1];
        BackupCluster.Result result = ofEpochs(hosts, Map.of("db1", List.of(17), "db2", List.of(18)));
        assertThat(hosts[0].sent().stream().filter(line -> line.contains("take-snapshot")))
                .hasSize(5);
        assertThat(hosts[0].sent()).noneMatch(line -> line.startsWith("db1: ") && line.contains("backup-node"));
        assertThat(result.outcomes().stream()
                        .filter(outcome -> outcome.node().value().equals("db1"))
                        .map(NodeOutcome::cause))
                .singleElement(org.assertj.core.api.InstanceOfAssertFactories.STRING)
                .contains("at epoch 17, that of another node at epoch 18, after 4 attempts");
    }

    @Test
    void S1_S2_aPasswordIsNeverOnACommandLine() {
        FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> command.contains("take-snapshot")
                ? CommandResult.ended(2, "", "no such command")
                : CommandResult.ended(0, "", ""));
        BackupCluster.Result result = backup(hosts, PROGRAM, true).run(request(ring("db1"), 1, OptionalInt.empty()));
        assertThat(result.outcomes().get(0).cause()).contains("Set nodetool_password_file_path in [cassandra]");
        assertThat(hosts.sent()).noneMatch(line -> line.contains("nodetool"));
    }

    @Test
    void B24_aNodeThatDoesNotKnowTheCommandIsAskedByNodetoolInWholeWords() {
        FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> command.contains("take-snapshot")
                ? CommandResult.ended(2, "", "no such command")
                : CommandResult.ended(0, "", ""));
        var unused = backup(hosts, PROGRAM, false).run(request(ring("db1"), 1, OptionalInt.empty()));
        assertThat(hosts.sent())
                .contains("db1: nodetool -Dcom.sun.jndi.rmiURLParsing=legacy --ssl -u jmx -pwf '/etc/jmx file' -h"
                        + " 127.0.0.1 -p 7199 snapshot -t medusa-monday");
    }

    @Test
    void B35_aRingWithoutNodesIsAnError() {
        FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> CommandResult.ended(0, "", ""));
        assertThatThrownBy(() -> backup(hosts, PROGRAM, false).run(request(ring(), 1, OptionalInt.empty())))
                .isInstanceOf(MedusaException.class)
                .hasMessage("the ring has no nodes");
        assertThat(hosts.sent()).isEmpty();
    }

    @Test
    void S5_whateverIsInAnOptionReachesTheProgramAsItIs() throws Exception {
        Path bin = Files.createDirectories(directory.resolve("bin"));
        Path seen = directory.resolve("seen");
        for (String name : List.of("medusa", "sudo")) {
            Path program = Files.writeString(
                    bin.resolve(name),
                    "#!/bin/sh\nfor word in \"$@\"; do printf '<%s>' \"$word\"; done >" + seen + "\n");
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Files.createSymbolicLink(
                bin.resolve("medusa-wrapper"),
                Path.of("src/main/dist/bin/medusa-wrapper").toAbsolutePath());
        String nasty = "a'; touch " + directory.resolve("owned") + "; echo '$(id) `id` \"x\" \\ *";
        NodeProgram program =
                new NodeProgram(Optional.of(Path.of("/etc/my medusa.ini")), List.of("--prefix", nasty), false);
        RemoteJob job = RemoteJob.of(directory, nasty);
        String text = new Shell(false, true).wrap(job.run(program.line("backup-node", "--backup-name", "x")));
        Process process = new ProcessBuilder("sh", "-c", text.replace("$SHELL", "/bin/sh"))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        process.getOutputStream().close();
        // a login shell reads a profile, which may set the PATH
        Process plain = sh(bin, job.run(program.line("backup-node", "--backup-name", "x")));
        assertThat(plain.waitFor()).isZero();
        process.waitFor();
        assertThat(Files.readString(seen))
                .isEqualTo(
                        "<--config-file></etc/my medusa.ini><--prefix><" + nasty + "><backup-node><--backup-name><x>");
        assertThat(directory.resolve("owned")).doesNotExist();
    }

    private Process sh(Path bin, String text) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", text)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("plain.log").toFile());
        builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
        return builder.start();
    }

    @Test
    void onlySoManyOfARackUploadAtOnce() {
        Map<String, AtomicInteger> running = new java.util.concurrent.ConcurrentHashMap<>();
        Map<String, Integer> most = new java.util.concurrent.ConcurrentHashMap<>();
        // nobody ends before as many run as may
        CyclicBarrier four = new CyclicBarrier(4);
        FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> {
            if (command.contains("backup-node")) {
                for (String group : List.of("all", "r" + Integer.parseInt(host.substring(2)) % 2)) {
                    int now = running.computeIfAbsent(group, absent -> new AtomicInteger())
                            .incrementAndGet();
                    most.merge(group, now, Math::max);
                }
                try {
                    four.await(3, TimeUnit.MINUTES);
                    four.await(3, TimeUnit.MINUTES);
                } catch (InterruptedException | BrokenBarrierException | TimeoutException failed) {
                    throw new IllegalStateException(failed);
                }
                running.get("all").decrementAndGet();
                running.get("r" + Integer.parseInt(host.substring(2)) % 2).decrementAndGet();
            }
            return CommandResult.ended(0, "", "");
        });
        String[] names = new String[12];
        for (int i = 0; i < names.length; i++) {
            names[i] = "db" + i;
        }
        var unused = backup(hosts, PROGRAM, false).run(request(ring(names), 5, OptionalInt.of(2)));
        assertThat(most).isEqualTo(Map.of("all", 4, "r0", 2, "r1", 2));
    }

    @Test
    void P4_asOneNodeEndsTheNextStarts() {
        List<String> order = new java.util.concurrent.CopyOnWriteArrayList<>();
        CountDownLatch last = new CountDownLatch(1);
        FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> {
            if (command.contains("backup-node")) {
                order.add("begin " + host);
                if (host.equals("db3")) {
                    last.countDown();
                }
                try {
                    // the first takes longer than all others
                    if (host.equals("db0") && !last.await(3, TimeUnit.MINUTES)) {
                        return CommandResult.ended(1, "", "the others wait for this one");
                    }
                } catch (InterruptedException interrupted) {
                    throw new IllegalStateException(interrupted);
                }
                order.add("end " + host);
            }
            return CommandResult.ended(0, "", "");
        });
        var unused =
                backup(hosts, PROGRAM, false).run(request(ring("db0", "db1", "db2", "db3"), 2, OptionalInt.empty()));
        assertThat(order.indexOf("begin db3")).as("%s", order).isLessThan(order.indexOf("end db0"));
    }

    @Test
    void theCauseIsTheLastErrorOfTheNodesOwnLog() {
        FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> {
            if (command.contains("backup-node")) {
                return CommandResult.ended(1, "", "");
            }
            if (command.startsWith("tail")) {
                return CommandResult.ended(
                        0,
                        "[2026-11-26 01:00:00,000] ERROR: no space left on device\n"
                                + "[2026-11-26 01:00:00,001] INFO: bye\n",
                        "");
            }
            return CommandResult.ended(0, "", "");
        });
        BackupCluster.Result result = backup(hosts, PROGRAM, false).run(request(ring("db1"), 1, OptionalInt.empty()));
        assertThat(result.outcomes().get(0).cause()).startsWith("no space left on device (its log: ");
        assertThat(hosts.sent())
                .as("its snapshot is cleared")
                .anyMatch(line -> line.contains("clear-snapshots --backup-name monday --yes"));
    }

    @Test
    void aPlanIsReadAsItWasWrittenAndNotIfItIsCutOff() {
        ImportPlan plan = new ImportPlan(
                MONDAY,
                Map.of(
                        new NodeName("db1"),
                        Map.of(
                                new TableDirectory("shop", "orders-0123456789abcdef0123456789abcdef"),
                                Set.of("nb-1-big", "nb-2-big"))),
                Set.of(new TableName("shop", "orders")));
        List<String> lines = plan.text().lines().toList();
        assertThat(ImportPlan.parse(lines)).isEqualTo(plan);
        for (int length = 0; length < lines.size(); length++) {
            List<String> cut = lines.subList(0, length);
            assertThatThrownBy(() -> ImportPlan.parse(cut))
                    .isInstanceOf(MedusaException.class)
                    .hasMessageContaining("cut off");
        }
        assertThatThrownBy(() -> ImportPlan.parse(List.of("medusa-import 1", "rm -rf /", "end")))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("none of its own");
        assertThat(plan.text().getBytes(StandardCharsets.UTF_8)).isNotEmpty();
    }
}
