package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.NodeName;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small objects that a power cut has left empty or cut off stop neither backups nor purges, and no restore. */
final class TornObjectsTest {
    @TempDir
    Path directory;

    private Path bucket;
    private FakeCassandraNode node;

    @BeforeEach
    void backUp() throws IOException {
        bucket = directory.resolve("bucket");
        node = new FakeCassandraNode(directory.resolve("data"), new NodeName("n1"));
        node.sstable("ks", "t", 1, "rows");
        medusa(10).run("backup", "--backup-name", "b1").ok();
        medusa(10).run("verify", "--backup-name", "b1").ok();
    }

    private Cli medusa(int keep) throws IOException {
        Path ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory
                        + "\nbucket_name = bucket\nfqdn = n1\nbackup_grace_period_in_days = 0\nmax_backup_count = "
                        + keep + "\n[cassandra]\nresolve_ip_addresses = False\n");
        return new Cli(ini).with("TMPDIR", directory.toString()).onNode(() -> {
            try {
                return node.node();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    private Path below(String place, String name) throws IOException {
        try (Stream<Path> files = Files.walk(bucket.resolve(place))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.getFileName().toString().startsWith(name))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void tear(Path file, int percent) throws IOException {
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length * percent / 100));
    }

    private Path announcement(String text, Duration age) throws IOException {
        Path file = Files.createDirectories(bucket.resolve("index/pending-deletions/n1"))
                .resolve("some.json");
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
        return file;
    }

    private void download() throws IOException {
        Path to = Files.createTempDirectory(directory, "download");
        medusa(10)
                .run("download", "--backup-name", "b1", "--download-destination", to.toString())
                .ok();
        assertThat(to.resolve("ks/t-" + FakeCassandraNode.ID + "/nb-1-big-Data.db"))
                .hasContent("rows");
    }

    @ParameterizedTest
    @CsvSource({
        "index/backup_index/b1,manifest_n1",
        "index/backup_index/b1,tokenmap_n1",
        "index/backup_index/b1,schema_n1",
        "index/backup_index/b1,differential_n1",
        "index/backup_index/b1,started_n1",
        "index/backup_index/b1,finished_n1",
        "index/latest_backup/n1,backup_name",
        "index/latest_backup/n1,tokenmap",
        "index/verified,0",
    })
    void aTornObjectOfTheIndexStopsNothing(String place, String name) throws IOException {
        for (int percent : List.of(0, 50)) {
            Path file = below(place, name);
            byte[] whole = Files.readAllBytes(file);
            tear(file, percent);
            assertThat(medusa(10).run("list-backups").ok().out()).contains("b1");
            assertThat(medusa(10).run("status", "--backup-name", "b1").ok().out())
                    .contains("b1");
            medusa(10).run("backup", "--backup-name", "b-" + percent).ok();
            medusa(10).run("purge").ok();
            download();
            medusa(10).run("verify", "--backup-name", "b1").ok();
            medusa(10).run("build-index").ok();
            medusa(1).run("purge", "--dry-run").ok();
            if (place.startsWith("index/backup_index") && name.matches("(manifest|tokenmap|schema|differential).*")) {
                assertThat(file).as("written again by build-index").hasBinaryContent(whole);
            }
        }
    }

    @Test
    void aPinWhoseTextIsTornStillPins() throws IOException {
        medusa(10).run("pin", "b1").ok();
        tear(below("index/pins", "b1"), 0);
        medusa(1).run("backup", "--backup-name", "b2").ok();
        medusa(1).run("backup", "--backup-name", "b3").ok();
        medusa(1).run("purge").ok();
        assertThat(medusa(1).run("list-backups").ok().out())
                .contains("b1", "b3")
                .doesNotContain("b2");
    }

    @Test
    void aTornLeaseHoldsAPurgeBackNoLongerThanItIsValid() throws IOException {
        Path lease = Files.createDirectories(bucket.resolve("index/leases/n1")).resolve("some.json");
        Files.writeString(lease, "");
        Path orphan =
                Files.writeString(bucket.resolve("n1/data/ks/t-" + FakeCassandraNode.ID + "/nb-9-big-Data.db"), "x");
        Files.setLastModifiedTime(orphan, FileTime.from(Instant.now().minus(Duration.ofDays(9))));
        medusa(10).run("purge").ok();
        assertThat(orphan).as("somebody may be building upon it").exists();
        Files.setLastModifiedTime(lease, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        medusa(10).run("purge").ok();
        assertThat(orphan).doesNotExist();
    }

    @Test
    void aTornAnnouncementOfTheDeadIsForgotten() throws IOException {
        for (String text : List.of("", "{", "{\"objects\": [\"n1/da", "{\"objects\": [\"../x\"]}")) {
            announcement(text, Duration.ofHours(25));
            medusa(10).run("backup", "--backup-name", "after" + text.length()).ok();
        }
    }

    @Test
    void aTornAnnouncementThatMayStillBeActedOnIsWaitedOutByBackupsAndStopsNothingElse() throws IOException {
        Path torn = announcement("", Duration.ofHours(1));
        Cli.Result refused = medusa(10).run("backup", "--backup-name", "b2");
        assertThat(refused.status()).isNotZero();
        assertThat(refused.lastError())
                .contains("index/pending-deletions/n1/some.json cannot be read", "Backups of the node can run");
        download();
        medusa(10).run("purge").ok();
        medusa(10).run("verify", "--backup-name", "b1").ok();
        Files.setLastModifiedTime(torn, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        medusa(10).run("backup", "--backup-name", "b2").ok();
    }

    @Test
    void filesThatWereEncryptedBeforeTheUploadAreNotTakenForData() throws IOException {
        for (Path manifest :
                List.of(below("n1/b1/meta", "manifest.json"), below("index/backup_index/b1", "manifest_"))) {
            Files.writeString(
                    manifest,
                    Files.readString(manifest)
                            .replace("\"size\":", "\"source_MD5\": \"x\", \"source_size\": 1, \"size\":"));
        }
        medusa(10).run("list-backups").ok();
        Path to = Files.createTempDirectory(directory, "download");
        Cli.Result refused = medusa(10).run("download", "--backup-name", "b1", "--download-destination", to.toString());
        assertThat(refused.status()).isNotZero();
        assertThat(refused.lastError())
                .contains("backup b1 of node n1 has files that were encrypted before they were uploaded (source_MD5 in"
                        + " n1/b1/meta/manifest.json), and this version cannot decrypt them");
        assertThat(to.resolve("ks")).doesNotExist();
    }
}
