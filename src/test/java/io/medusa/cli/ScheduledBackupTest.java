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
        for (String[] again : new String[][] {{}, {"--mode", "full"}, {"--dry-run"}}) {
            Cli.Result done = medusa.run(concat(again)).ok();
            assertThat(done.lastError())
                    .contains(name + " of node n1 is finished already. The next round begins at 20");
        }
        assertThat(fake.snapshotsTaken()).isEqualTo(snapshots);
        assertThat(names()).containsOnlyOnce(name);
        assertThat(medusa.run("backup", "--scheduled", "--output", "json").ok().out())
                .contains("\"finished_already\": true");
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
