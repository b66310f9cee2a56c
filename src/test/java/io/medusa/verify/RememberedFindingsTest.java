package io.medusa.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.model.NodeName;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A finding stays until a check at least as deep has cleared it. */
final class RememberedFindingsTest {
    @TempDir
    Path directory;

    private FakeCassandraNode node;
    private Cli medusa;
    private Path bucket;

    @BeforeEach
    void setUp() throws IOException {
        bucket = directory.resolve("bucket");
        node = new FakeCassandraNode(directory.resolve("data"), new NodeName("n1"));
        Path ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory
                        + "\nbucket_name = bucket\nfqdn = n1\nbackup_grace_period_in_days = 0\n"
                        + "[cassandra]\nresolve_ip_addresses = False\n");
        medusa = new Cli(ini).with("TMPDIR", directory.toString()).onNode(() -> {
            try {
                return node.node();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        for (int i = 1; i <= 20; i++) {
            node.sstable("ks", "t", i, "the rows of " + i);
        }
    }

    private void backup(String name, String mode) {
        medusa.run("backup", "--backup-name", name, "--mode", mode).ok();
    }

    private Cli.Result verify(String level, String... what) {
        return medusa.run(Stream.concat(Stream.of("verify", "--level", level), Stream.of(what))
                .toArray(String[]::new));
    }

    private long open(String name) throws IOException {
        JsonNode status = new JsonMapper()
                .readTree(medusa.run("status", "--backup-name", name, "--output", "json")
                        .ok()
                        .out());
        long open = status.path("open_findings").asLong();
        for (JsonNode listed : new JsonMapper()
                .readTree(medusa.run("list-backups", "--output", "json").ok().out())) {
            if (listed.path("name").asText().equals(name)) {
                assertThat(listed.path("open_findings").asLong()).isEqualTo(open);
            }
        }
        return open;
    }

    private List<Path> data(String below) throws IOException {
        try (Stream<Path> paths = Files.walk(bucket.resolve(below))) {
            return paths.filter(path -> path.toString().endsWith("-Data.db"))
                    .sorted()
                    .toList();
        }
    }

    private static byte[] flip(Path file) throws IOException {
        byte[] before = Files.readAllBytes(file);
        byte[] bytes = before.clone();
        bytes[0] ^= 1;
        Files.write(file, bytes);
        return before;
    }

    private List<Path> records() throws IOException {
        try (Stream<Path> all = Files.list(bucket.resolve("index/verified"))) {
            return all.sorted().toList();
        }
    }

    @Test
    void aShallowerCheckClearsNothing() throws IOException {
        backup("b1", "differential");
        Path file = data("n1/data").get(0);
        byte[] good = flip(file);
        assertThat(verify("exists", "--backup-name", "b1").status())
                .as("its size is as it was")
                .isZero();
        assertThat(verify("content", "--backup-name", "b1").status()).isEqualTo(1);
        assertThat(open("b1")).isEqualTo(1);
        Files.write(file, good);
        Cli.Result shallow = verify("exists", "--backup-name", "b1");
        assertThat(shallow.status()).isEqualTo(1);
        assertThat(shallow.out())
                .contains("[" + bucket.relativize(file) + "] Blob different (found on ")
                .contains("and not cleared since, which takes --level content)");
        assertThat(medusa.run("list-backups").ok().out())
                .as("scripts read the lines of the Python Medusa")
                .doesNotContain("Damaged");
        assertThat(medusa.run("status", "--backup-name", "b1").ok().out())
                .contains("- Verified:\n    content: ")
                .contains("- Damaged: 1 problem found and not cleared since");
        assertThat(verify("sstable", "--backup-name", "b1").status()).isZero();
        assertThat(open("b1")).isZero();
        assertThat(verify("exists", "--backup-name", "b1").status()).isZero();
        assertThat(records()).as("each replaces those before it").hasSize(1);
    }

    @Test
    void anObjectDamagesAllBackupsThatNeedItAndIsClearedForAll() throws IOException {
        backup("b1", "differential");
        backup("b2", "differential");
        backup("own", "full");
        Path file = data("n1/data").get(3);
        byte[] good = flip(file);
        assertThat(verify("content", "--backup-name", "b2").status()).isEqualTo(1);
        assertThat(open("b1")).isEqualTo(1);
        assertThat(open("b2")).isEqualTo(1);
        assertThat(open("own")).isZero();
        assertThat(verify("exists", "--backup-name", "b1").status()).isEqualTo(1);
        assertThat(verify("exists", "--backup-name", "own").status()).isZero();
        Files.write(file, good);
        assertThat(verify("content", "--backup-name", "b1").status()).isZero();
        assertThat(open("b1")).isZero();
        assertThat(open("b2")).isZero();
    }

    @Test
    void ofAllBackupsEachReportsTheObjectThatWasReadOnce() throws IOException {
        backup("b1", "differential");
        backup("b2", "differential");
        flip(data("n1/data").get(0));
        JsonNode json = new JsonMapper()
                .readTree(verify("content", "--all", "--output", "json").out());
        assertThat(json.path("backups").findValuesAsText("good")).containsExactly("false", "false");
        assertThat(json.path("objects_read").asLong()).isEqualTo(20 * 8);
    }

    @Test
    void aLaterBackupThatReusesADamagedObjectIsDamagedOnceItIsChecked() throws IOException {
        backup("b1", "differential");
        flip(data("n1/data").get(0));
        verify("content", "--all");
        Path records = bucket.resolve("index/verified");
        Files.move(records, directory.resolve("unseen"));
        backup("b2", "differential");
        Files.move(directory.resolve("unseen"), records);
        assertThat(verify("exists", "--all").status()).isEqualTo(1);
        assertThat(open("b2")).isEqualTo(1);
    }

    @Test
    void aBackupRepairsWhatAVerificationFoundInsteadOfReusingIt() throws IOException {
        backup("b1", "differential");
        List<Path> files = data("n1/data");
        byte[] good = flip(files.get(0));
        Files.setLastModifiedTime(files.get(0), java.nio.file.attribute.FileTime.fromMillis(0));
        verify("content", "--all");
        backup("own", "full");
        assertThat(data("n1/own/data").get(0)).hasBinaryContent(good);
        backup("b2", "differential");
        assertThat(files.get(0)).hasBinaryContent(good);
        assertThat(verify("exists", "--all").status())
                .as("nothing has read it since")
                .isEqualTo(1);
        assertThat(verify("sample", "--all", "--percent", "1").status()).isZero();
        assertThat(open("b1")).isZero();
        assertThat(open("b2")).isZero();
    }

    @Test
    void aSampleReadsWhatIsKnownToBeBadWhateverElseItReads() throws IOException {
        backup("b1", "differential");
        List<Path> files = data("n1/data");
        List<byte[]> good = new ArrayList<>();
        for (Path file : files) {
            good.add(flip(file));
        }
        verify("content", "--all");
        assertThat(open("b1")).isEqualTo(20);
        for (int i = 0; i < 19; i++) {
            Files.write(files.get(i), good.get(i));
        }
        assertThat(verify("sample", "--all", "--percent", "1").status()).isEqualTo(1);
        assertThat(open("b1")).isEqualTo(1);
        Files.write(files.get(19), good.get(19));
        assertThat(verify("sample", "--all", "--percent", "1").status()).isZero();
    }

    @Test
    void whatTheListingShowsIsClearedByTheListing() throws IOException {
        backup("b1", "differential");
        Path file = data("n1/data").get(0);
        byte[] good = Files.readAllBytes(file);
        Files.delete(file);
        assertThat(verify("exists", "--all").status()).isEqualTo(1);
        assertThat(open("b1")).isEqualTo(1);
        Files.write(file, good);
        assertThat(verify("exists", "--backup-name", "b1").status()).isZero();
        assertThat(open("b1")).isZero();
    }

    @Test
    void aContentProblemOutlivesThatTheObjectWasMissing() throws IOException {
        backup("b1", "differential");
        Path file = data("n1/data").get(0);
        flip(file);
        verify("content", "--all");
        byte[] bad = Files.readAllBytes(file);
        Files.delete(file);
        verify("exists", "--all");
        Files.write(file, bad);
        assertThat(verify("exists", "--all").status()).isEqualTo(1);
        assertThat(open("b1")).isEqualTo(1);
    }

    @Test
    void metadataAndSSTablesHaveTheirOwnLevels() throws IOException {
        backup("b1", "differential");
        Path schema = bucket.resolve("n1/b1/meta/schema.cql");
        String text = Files.readString(schema);
        Files.writeString(schema, "");
        assertThat(verify("exists", "--all").status()).isEqualTo(1);
        Files.writeString(schema, text);
        assertThat(verify("exists", "--all").status()).isZero();

        Path manifest = bucket.resolve("n1/b1/meta/manifest.json");
        Path copy = bucket.resolve("index/backup_index/b1/manifest_n1.json");
        String whole = Files.readString(manifest);
        JsonNode sections = new JsonMapper().readTree(whole);
        sections.forEach(section -> {
            var objects = section.path("objects").iterator();
            while (objects.hasNext()) {
                if (objects.next().path("path").asText().endsWith("nb-1-big-Index.db")) {
                    objects.remove();
                }
            }
        });
        Files.writeString(manifest, sections.toString());
        Files.writeString(copy, sections.toString());
        assertThat(verify("sstable", "--all").status()).isEqualTo(1);
        Files.writeString(manifest, whole);
        Files.writeString(copy, whole);
        assertThat(verify("content", "--all").status())
                .as("it does not compare with TOC.txt")
                .isEqualTo(1);
        assertThat(verify("sstable", "--all").status()).isZero();
    }

    @Test
    void aDeletedBackupIsForgottenAndItsSuccessorHasAHistoryOfItsOwn() throws Exception {
        backup("b1", "full");
        backup("b2", "full");
        flip(data("n1/b1/data").get(0));
        verify("content", "--all");
        assertThat(open("b1")).isEqualTo(1);
        medusa.run("delete-backup", "--backup-name", "b1").ok();
        // times are in seconds
        Thread.sleep(1100);
        backup("b1", "full");
        assertThat(open("b1")).isZero();
        assertThat(verify("exists", "--all").status()).isZero();
        assertThat(Files.readString(records().get(0))).doesNotContain("\"different\"");
    }

    @Test
    void whatEarlierVersionsCountedStaysUntilTheWholeBackupIsChecked() throws IOException {
        backup("b1", "differential");
        long later = System.currentTimeMillis() / 1000 + 5;
        Files.writeString(bucket.resolve("index/verified.json"), "{\"b1\": [\"" + later + "\", \"content\", \"3\"]}");
        assertThat(open("b1")).isEqualTo(3);
        Cli.Result sampled = verify("sample", "--all");
        assertThat(sampled.status()).isEqualTo(1);
        assertThat(sampled.out()).contains("3 problems found by earlier verifications");
        assertThat(bucket.resolve("index/verified.json")).doesNotExist();
        assertThat(open("b1")).isEqualTo(3);
        assertThat(verify("content", "--all").status()).isZero();
        assertThat(open("b1")).isZero();
    }

    @Test
    void twelveThousandLinesAreGroupedAndJsonHasAll() throws IOException {
        for (int i = 21; i <= 60; i++) {
            node.sstable("ks", "t", i, "the rows of " + i);
        }
        backup("b1", "differential");
        for (Path file : data("n1/data")) {
            Files.delete(file);
        }
        Cli.Result result = verify("exists", "--all");
        assertThat(result.out().lines()).hasSizeLessThan(12);
        assertThat(result.out()).contains("  - ... and 55 more: Doesn't exists\n");
        assertThat(result.err()).contains("Found problems in 1 of 1 backup (Doesn't exists: 60 objects)");
        assertThat(new JsonMapper()
                        .readTree(verify("exists", "--all", "--output", "json").out())
                        .findValue("findings"))
                .hasSize(60);
    }

    @Test
    void nodesWithOneScheduleShareAVerification() throws IOException {
        backup("b1", "differential");
        assertThat(verify("sample", "--all", "--if-older-than", "3").out()).contains("Validating b1");
        Cli.Result second = verify("sample", "--all", "--if-older-than", "3");
        assertThat(second.status()).isZero();
        assertThat(second.out()).isEmpty();
        assertThat(second.err()).contains("Nothing to do: host ").contains(" verified all backups on ");
        assertThat(verify("content", "--all", "--if-older-than", "3").out())
                .as("the last one was not as deep")
                .contains("Validating b1");
        assertThat(verify("exists", "--all", "--if-older-than", "3").out()).isEmpty();
        assertThat(bucket.resolve("index/verifying")).doesNotExist();
        assertThat(verify("exists", "--backup-name", "b1", "--if-older-than", "3")
                        .status())
                .isEqualTo(2);
    }

    @Test
    void whoeverMayNotWriteStillTellsByTheExitStatus() throws IOException {
        backup("b1", "differential");
        flip(data("n1/data").get(0));
        Files.writeString(bucket.resolve("index/verified"), "no directory");
        Cli.Result result = verify("content", "--all", "--output", "json");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).contains("The result of this verification is not remembered, because the bucket");
        assertThat(new JsonMapper().readTree(result.out()).path("recorded").asBoolean())
                .isFalse();
    }
}
