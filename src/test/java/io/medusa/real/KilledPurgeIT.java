package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.model.NodeName;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.S3Server;
import io.medusa.testing.Seeds;
import io.medusa.testing.StandInMedusa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup and a purge as real processes at the same time, and either killed at a random moment, again and again. */
final class KilledPurgeIT {
    @TempDir
    Path directory;

    private Path ini;
    private Path data;

    private Process start(String... command) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                StandInMedusa.class.getName(),
                data.toString(),
                "n1",
                "ks.t0,ks.t1",
                "--config-file",
                ini.toString()));
        line.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("out.log").toFile()));
        builder.environment().put("TMPDIR", directory.toString());
        return builder.start();
    }

    private static int rounds() {
        return Integer.parseInt(System.getenv().getOrDefault("MEDUSA_PURGE_KILLS", "12"));
    }

    /** A store, and how its leases grow old: they are files of a directory, or objects of a bucket. */
    private record Store(String ini, Leases leases) {}

    /** Makes the leases of killed processes expire, for which nobody here has an hour. */
    private interface Leases {
        void expire() throws IOException;
    }

    @Test
    void D14_P15_onTheLocalStoreWhateverIsKilledEveryFinishedBackupIsWhole() throws Exception {
        killAgainAndAgain(new Store(
                "storage_provider = local\nbase_path = " + directory + "\nbucket_name = bucket\n", this::ageLeases));
    }

    @Test
    void D14_P15_onS3WhateverIsKilledEveryFinishedBackupIsWhole() throws Exception {
        S3Server server = S3Server.get();
        String bucket = server.newBucket();
        Path keys = S3Server.keyFile(directory, S3Server.KEY, S3Server.SECRET);
        killAgainAndAgain(new Store(
                String.join(
                        "\n", S3Server.ini(bucket, server.endpoint(), keys, "multi_part_upload_threshold = 1024", "")),
                () -> server.remove(bucket, "index/leases/")));
        server.empty(bucket);
    }

    private void killAgainAndAgain(Store store) throws Exception {
        data = directory.resolve("data");
        ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\n" + store.ini() + "fqdn = n1\nmax_backup_count = 2\nbackup_grace_period_in_days = 0\n"
                        + "[cassandra]\nresolve_ip_addresses = False\n");
        FakeCassandraNode node = new FakeCassandraNode(data, new NodeName("n1"));
        long seed = Seeds.ofThisBuild();
        Random random = new Random(seed);
        for (int generation = 1; generation <= 30; generation++) {
            node.sstable("ks", "t" + generation % 2, generation, "rows " + generation);
        }
        long whole = timed("backup", "--backup-name", "first");
        int finished = 0;
        for (int round = 0; round < rounds(); round++) {
            String where = "seed " + seed + ", round " + round;
            // some SSTables come, some go, and some come back with other content
            for (int i = 0; i < 4; i++) {
                int generation = 1 + random.nextInt(40);
                node.remove("ks", "t" + generation % 2, generation);
                if (random.nextBoolean()) {
                    node.sstable("ks", "t" + generation % 2, generation, "rows " + random.nextInt(3) + generation);
                }
            }
            store.leases().expire();
            Process backup = start(
                    "backup", "--backup-name", "b" + round / 2, "--mode", round % 6 < 4 ? "differential" : "full");
            Process purge = start("purge");
            Process victim = random.nextBoolean() ? backup : purge;
            victim.waitFor(whole / 3 + (long) (random.nextDouble() * whole), TimeUnit.MILLISECONDS);
            victim.destroyForcibly();
            backup.waitFor();
            purge.waitFor();
            finished += verifyFinished(where);
        }
        assertThat(finished).as("backups were finished and looked at").isGreaterThan(rounds());
        store.leases().expire();
        Cli medusa = new Cli(ini).with("TMPDIR", directory.toString());
        medusa.run("purge").ok();
        JsonNode left = new JsonMapper()
                .readTree(medusa.run("verify", "--all", "--level", "sstable", "--output", "json")
                        .ok()
                        .out());
        assertThat(left.path("num_orphans").asLong())
                .as("and nothing is left over")
                .isZero();
    }

    private long timed(String... command) throws Exception {
        long began = System.nanoTime();
        assertThat(start(command).waitFor())
                .as(Files.readString(directory.resolve("out.log")))
                .isZero();
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }

    private void ageLeases() throws IOException {
        Path leases = directory.resolve("bucket/index/leases");
        if (Files.exists(leases)) {
            try (Stream<Path> paths = Files.walk(leases)) {
                for (Path lease : paths.filter(Files::isRegularFile).toList()) {
                    Files.setLastModifiedTime(lease, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
                }
            }
        }
    }

    private int verifyFinished(String where) throws IOException {
        JsonNode all = new JsonMapper()
                .readTree(new Cli(ini)
                        .with("TMPDIR", directory.toString())
                        .run("verify", "--all", "--level", "sstable", "--output", "json")
                        .out());
        int finished = 0;
        for (JsonNode backup : all.path("backups")) {
            assertThat(backup.path("findings")).as(where + "\n" + backup).isEmpty();
            finished += backup.path("complete").asBoolean() ? 1 : 0;
        }
        return finished;
    }
}
