package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.NodeName;
import io.medusa.os.ExclusiveLock;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code medusa backup --scheduled} on one node. */
final class ScheduledBackupTest {
    @TempDir
    Path directory;

    private FakeCassandraNode fake;
    private Cli medusa;
    private String name;

    @BeforeEach
    void schedule() throws Exception {
        LocalTime anHourAgo = LocalTime.now(ZoneOffset.UTC).minusHours(1).truncatedTo(ChronoUnit.MINUTES);
        Path ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory + "\nbucket_name = bucket\nfqdn = n1\n"
                        + "[cassandra]\nresolve_ip_addresses = False\n[grpc]\nschedule_backup = " + anHourAgo + "\n");
        fake = new FakeCassandraNode(directory.resolve("data"), new NodeName("n1"));
        fake.sstable("ks", "t", 1, "a");
        medusa = new Cli(ini).with("TMPDIR", directory.toString()).onNode(() -> {
            try {
                return fake.node();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        name = "T" + anHourAgo.toString().replace(":", "") + "Z";
    }

    private String names() {
        return medusa.run("list-backups", "--show-all").ok().out();
    }

    @Test
    void aFailedRoundIsResumedAndAFinishedOneIsLeftAlone() {
        fake.failSnapshots(true);
        assertThat(medusa.run("backup", "--scheduled").status()).isEqualTo(1);
        assertThat(names()).containsOnlyOnce(name);
        fake.failSnapshots(false);
        assertThat(medusa.run("backup", "--scheduled", "--output", "json").ok().out())
                .contains(name, "\"finished\"");
        int snapshots = fake.snapshotsTaken();
        for (String[] again : new String[][] {{}, {"--mode", "differential"}, {"--dry-run"}}) {
            Cli.Result done = medusa.run(concat(again)).ok();
            assertThat(done.lastError())
                    .contains(name + " of node n1 is finished already. The next round begins at 20");
        }
        assertThat(fake.snapshotsTaken()).isEqualTo(snapshots);
        assertThat(names()).containsOnlyOnce(name);
        assertThat(medusa.run("backup", "--scheduled", "--output", "json").ok().out())
                .contains("\"finished_already\": true");
    }

    @Test
    void aFullOneIsNeverTakenForDone() {
        medusa.run("backup", "--scheduled").ok();
        Cli.Result full = medusa.run("backup", "--scheduled", "--mode", "full");
        assertThat(full.status()).isEqualTo(1);
        assertThat(full.lastError())
                .contains("is finished already, as a differential one. Give full backups names of their own");
    }

    @Test
    void anAttemptResumesInTheModeOfTheFirst() {
        fake.failSnapshots(true);
        assertThat(medusa.run("backup", "--scheduled", "--mode", "full").status())
                .isEqualTo(1);
        fake.failSnapshots(false);
        assertThat(medusa.run("backup", "--scheduled", "--output", "json").ok().out())
                .contains("\"backup_type\": \"full\"");
    }

    @Test
    void onlyOneSchedulerOfANodeIsAtWork() {
        String data =
                ExclusiveLock.identity(directory.resolve("data")).orElseThrow().replace(':', '-');
        try (ExclusiveLock other =
                ExclusiveLock.acquire(ExclusiveLock.privateDirectory(), "scheduled." + data, "a scheduled backup")) {
            assertThat(other.identity()).isPresent();
            Cli.Result second =
                    medusa.run("backup", "--scheduled", "--output", "json").ok();
            assertThat(second.err()).contains("Another scheduler of this node is at work on its backups");
            assertThat(second.out()).contains("\"finished_already\": false");
            assertThat(names()).doesNotContain(name);
        }
        assertThat(medusa.run("backup", "--scheduled").ok().err()).contains(name);
    }

    @Test
    void aNodeThatJoinsTheRingAfterTheRoundBeganTakesPartInTheNext() throws Exception {
        medusa.run("backup", "--scheduled").ok();
        FakeCassandraNode later =
                new FakeCassandraNode(directory.resolve("data2"), new NodeName("n2"), new NodeName("n1"));
        later.sstable("ks", "t", 1, "a");
        Path ini = Files.writeString(
                directory.resolve("n2.ini"),
                Files.readString(directory.resolve("medusa.ini")).replace("fqdn = n1", "fqdn = n2"));
        Cli.Result refused = new Cli(ini)
                .with("TMPDIR", directory.toString())
                .onNode(() -> {
                    try {
                        return later.node();
                    } catch (IOException failed) {
                        throw new UncheckedIOException(failed);
                    }
                })
                .run("backup", "--scheduled")
                .ok();
        assertThat(refused.err()).contains("Node n2 was not in the ring yet when backup", "from the next round on");
        assertThat(medusa.run("status", "--backup-name", roundName()).ok().out())
                .contains("1 nodes completed, 0 nodes incomplete, 0 nodes missing")
                .doesNotContain("n2");
    }

    @Test
    void aBackupFromBeforeTheRoundDoesNotCount() throws Exception {
        medusa.run("backup", "--scheduled").ok();
        // its clock was ahead by a day
        try (java.util.stream.Stream<Path> stored = Files.walk(directory.resolve("bucket"))) {
            for (Path file : stored.filter(Files::isRegularFile).toList()) {
                Files.setLastModifiedTime(
                        file,
                        java.nio.file.attribute.FileTime.from(
                                java.time.Instant.now().minus(1, ChronoUnit.DAYS)));
            }
        }
        Cli.Result again = medusa.run("backup", "--scheduled");
        assertThat(again.status()).isEqualTo(1);
        assertThat(again.lastError()).contains("before it was due: the clock of this machine was wrong then");
    }

    private String roundName() {
        return medusa.run("get-last-complete-cluster-backup").ok().out().strip();
    }

    private static String[] concat(String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "backup";
        all[1] = "--scheduled";
        System.arraycopy(more, 0, all, 2, more.length);
        return all;
    }

    @Test
    void aRunningRestoreIsWaitedFor() throws Exception {
        CompletableFuture<Cli.Result> round;
        try (ExclusiveLock restore =
                ExclusiveLock.acquire(directory, "medusa_restore_in_progress.n1", "a restore of node n1")) {
            assertThat(medusa.run("backup", "--backup-name", "by-hand").status())
                    .isEqualTo(11);
            round = CompletableFuture.supplyAsync(() -> medusa.run("backup", "--scheduled"));
            assertThat(round).isNotCompleted();
            assertThat(restore.identity()).isPresent();
        }
        assertThat(round.get(1, TimeUnit.MINUTES).ok().err()).contains(name);
        assertThat(names()).containsOnlyOnce(name);
    }

    @Test
    void theNameAndTheTablesAreTheSchedules() {
        for (String[] more : new String[][] {
            {"--backup-name", "x"}, {"--keyspace", "ks"}, {"--table", "ks.t"}, {"--use-existing-snapshot"}
        }) {
            assertThat(medusa.run(concat(more)).err()).contains("--scheduled cannot be combined with");
        }
    }
}
