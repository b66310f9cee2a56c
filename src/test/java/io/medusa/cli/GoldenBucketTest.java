package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.Cli;
import io.medusa.testing.GoldenBucket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the reference printed for its own bucket, byte for byte. */
final class GoldenBucketTest {
    private final TimeZone zone = TimeZone.getDefault();

    @TempDir
    Path directory;

    private Path bucket;
    private Cli medusa;

    @BeforeEach
    void unpack() throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone(ZoneId.of("UTC")));
        bucket = GoldenBucket.unpack(directory);
        medusa = new Cli(GoldenBucket.ini(directory, directory));
    }

    @AfterEach
    void zoneAsItWas() {
        TimeZone.setDefault(zone);
    }

    @Test
    void listBackups() throws IOException {
        Cli.Result text = medusa.run("list-backups").ok();
        assertThat(text.out()).isEqualTo("""
                        monday (started: 2026-11-23 02:16:08, finished: 2026-11-23 02:16:17)
                        tuesday (started: 2026-11-23 02:16:32, finished: 2026-11-23 02:16:42)
                        wednesday (started: 2026-11-23 02:16:50, finished: 2026-11-23 02:17:02)
                        thursday (started: 2026-11-23 02:17:15, finished: 2026-11-23 02:17:28)
                        friday (started: 2026-11-23 02:17:32, finished: Incomplete [1 of 3 nodes finished])

                        Incomplete backups found. You can run "medusa status --backup-name <name>" for more details
                        """);
        assertThat(text.err()).isEmpty();
        assertThat(medusa.run("list-backups", "--output", "json").ok().out())
                .isEqualTo(GoldenBucket.printed("list-backups.json"));
        assertThat(medusa.run("--fqdn", "127.0.0.2", "list-backups").ok().out().lines())
                .hasSize(4);
        assertThat(medusa.run("list-backups", "--fqdn", "nobody").ok().out()).isEmpty();
        assertThat(medusa.run("--fqdn", "nobody", "list-backups", "--show-all")
                        .ok()
                        .out()
                        .lines())
                .hasSize(7);
        assertThat(medusa.run("--fqdn", "nobody", "list-backups", "--output", "json")
                        .ok()
                        .out())
                .isEqualTo("[]\n");
    }

    @Test
    void status() throws IOException {
        assertThat(medusa.run("status", "--backup-name", "friday").ok().out()).isEqualTo("""
                        friday [Incomplete!]
                        - Started: 2026-11-23 02:17:32, Finished: never
                        - 1 nodes completed, 0 nodes incomplete, 2 nodes missing
                        - Missing nodes:
                            127.0.0.2
                            127.0.0.3
                        - 328 files, 264.67 KB
                        """);
        assertThat(medusa.run("status", "-o", "json", "--backup-name", "friday")
                        .ok()
                        .out())
                .isEqualTo(GoldenBucket.printed("status-friday.json"));
        assertThat(medusa.run("status", "--backup-name", "monday").ok().out()).startsWith("monday\n- Started: ");
        Cli.Result unknown = medusa.run("status", "--backup-name", "nosuch", "-o", "json");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.out()).isEqualTo("{}\n");
        assertThat(unknown.lastError()).startsWith("ERROR: No such backup");
    }

    @Test
    void verify() {
        for (String name : List.of("monday", "tuesday", "wednesday", "thursday")) {
            Cli.Result result = medusa.run("verify", "--backup-name", name).ok();
            assertThat(result.out())
                    .isEqualTo("Validating " + name + " ...\n- Completion: OK!\n- Manifest validated: OK!!\n");
            assertThat(result.err().lines())
                    .singleElement()
                    .asString()
                    .contains("INFO: Verified 1 backup at level exists: ");
            assertThat(medusa.run("verify", "--enable-md5-checks", "--backup-name", name)
                            .status())
                    .isZero();
        }
        Cli.Result friday = medusa.run("verify", "--backup-name", "friday");
        assertThat(friday.status()).isEqualTo(1);
        assertThat(friday.out())
                .isEqualTo("Validating friday ...\n- Completion: Not complete!\n  - [127.0.0.2] Backup missing\n"
                        + "  - [127.0.0.3] Backup missing\n");
        Cli.Result unknown = medusa.run("verify", "--backup-name", "nosuch");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.out()).isEmpty();
    }

    @Test
    void fetchTokenMap() throws IOException {
        assertThat(medusa.run("fetch-tokenmap", "--backup-name", "thursday")
                        .ok()
                        .out())
                .isEqualTo(GoldenBucket.printed("fetch-tokenmap-thursday.txt"));
        Cli.Result unknown = medusa.run("fetch-tokenmap", "--backup-name", "nosuch");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.lastError()).startsWith("ERROR: No such backup: nosuch");
    }

    @Test
    void aMistypedBackupNameIsAnsweredWithTheOneThatIsNear(@TempDir Path target) {
        for (String[] command : List.of(
                new String[] {"status", "--backup-name", "mondey"},
                new String[] {"verify", "--backup-name", "mondey"},
                new String[] {"fetch-tokenmap", "--backup-name", "mondey"},
                new String[] {"delete-backup", "--backup-name", "mondey"},
                new String[] {"pin", "mondey"},
                new String[] {"download", "--backup-name", "mondey", "--download-destination", target.toString()})) {
            Cli.Result result = medusa.run(command);
            assertThat(result.status()).as(command[0]).isEqualTo(1);
            assertThat(result.lastError())
                    .as(command[0])
                    .startsWith("ERROR: No such backup: mondey")
                    .contains("Did you mean monday?");
        }
        assertThat(medusa.run("verify", "--backup-name", "0815").lastError()).doesNotContain("Did you mean");
    }

    @Test
    void reportAndLastComplete() {
        assertThat(medusa.run("get-last-complete-cluster-backup").ok().out()).isEqualTo("thursday\n");
        Cli.Result report =
                medusa.run("--without-log-timestamp", "report-last-backup").ok();
        assertThat(report.out()).isEmpty();
        assertThat(report.err())
                .contains("INFO: Latest complete backup:\nINFO: - Name: thursday\n")
                .contains("INFO: - Name: friday\nINFO: - Finished: False\n")
                .endsWith("INFO: - Total size: 264.67 KiB\nINFO: - Total files: 328\n");
    }

    @Test
    void D12_aMissingOrCorruptManifestFailsVerify() throws IOException {
        Path manifest = bucket.resolve("127.0.0.2/tuesday/meta/manifest.json");
        Files.writeString(manifest, Files.readString(manifest).substring(0, 2000));
        Cli.Result cut = medusa.run("verify", "--backup-name", "tuesday");
        assertThat(cut.status()).isEqualTo(1);
        assertThat(cut.out())
                .endsWith("- Manifest validation: Failed!\n"
                        + "  - [127.0.0.2/tuesday/meta/manifest.json] Manifest cannot be read\n");
        Files.delete(manifest);
        assertThat(medusa.run("verify", "--backup-name", "tuesday").status()).isEqualTo(1);
        assertThat(medusa.run("list-backups", "--output", "json").ok().out())
                .as("a damaged manifest does not hide the other backups")
                .contains("\"name\": \"thursday\"");
    }

    @Test
    void D13_listingsDeleteNothing() throws IOException {
        // a dangling entry: its backup is gone, its index is not
        Files.delete(bucket.resolve("127.0.0.1/monday/meta/schema.cql"));
        medusa.run("list-backups").ok();
        medusa.run("status", "--backup-name", "monday");
        assertThat(bucket.resolve("index/backup_index/monday/tokenmap_127.0.0.1.json"))
                .exists();
    }

    @Test
    void D16_D18_B26_namesThatContainEachOtherAndWordsOfTheIndex() throws IOException {
        // B26, D18: a node called after words of the index, and a foreign file beside the six kinds
        Path index = bucket.resolve("index/backup_index/monday");
        Files.writeString(index.resolve("notes.txt"), "left by an operator");
        Path odd = Files.createDirectories(bucket.resolve("index/backup_index/odd"));
        String node = "finished.manifest.json.example.cql";
        Files.writeString(
                odd.resolve("tokenmap_" + node + ".json"), "{\"" + node + "\": {\"tokens\": 5, \"is_up\": null}}");
        Files.writeString(odd.resolve("schema_" + node + ".cql"), "");
        Files.writeString(odd.resolve("started_" + node + "_1700000000.timestamp"), "");
        Path meta = Files.createDirectories(bucket.resolve(node + "/odd/meta"));
        Files.writeString(meta.resolve("schema.cql"), "");
        assertThat(medusa.run("list-backups", "--show-all").ok().out())
                .startsWith(
                        "odd (started: 2023-11-14 22:13:20, finished: Incomplete [0 of 1 nodes finished])\nmonday (");
        assertThat(medusa.run("fetch-tokenmap", "--backup-name", "odd").ok().out())
                .isEqualTo(node + "\n5\n");
        // D16: 127.0.0.1 is not 127.0.0.10
        assertThat(medusa.run("--fqdn", "127.0.0.10", "list-backups").ok().out())
                .isEmpty();
    }

    @Test
    void row24_addressesThatBeginLikeOthers() throws IOException {
        Path own = Files.createDirectory(directory.resolve("row24"));
        String ring = "{\"127.0.0.10\": {\"tokens\": [1]}, \"127.0.0.101\": {\"tokens\": [2]},"
                + " \"127.0.0.102\": {\"tokens\": [3]}}";
        for (String name : List.of("backup1", "backup2", "backup3")) {
            for (String node : List.of("127.0.0.10", "127.0.0.101", "127.0.0.102")) {
                if (name.equals("backup3") && node.equals("127.0.0.10")) {
                    continue;
                }
                Path index = Files.createDirectories(
                        own.resolve("golden/index/backup_index").resolve(name));
                Files.writeString(index.resolve("tokenmap_" + node + ".json"), ring);
                Files.writeString(index.resolve("schema_" + node + ".cql"), "");
                Files.writeString(index.resolve("manifest_" + node + ".json"), "[]");
                Path meta = Files.createDirectories(
                        own.resolve("golden").resolve(node).resolve(name).resolve("meta"));
                Files.writeString(meta.resolve("schema.cql"), "");
                Files.writeString(meta.resolve("manifest.json"), "[]");
            }
        }
        Cli other = new Cli(GoldenBucket.ini(own, own));
        assertThat(other.run("--fqdn", "127.0.0.10", "list-backups")
                        .ok()
                        .out()
                        .lines()
                        .map(line -> line.split(" ", 2)[0]))
                .containsExactly("backup1", "backup2");
        assertThat(other.run("--fqdn", "127.0.0.101", "list-backups").ok().out())
                .contains("backup3 (started: ");
        assertThat(other.run("status", "--backup-name", "backup3").ok().out())
                .contains("- Missing nodes:\n    127.0.0.10\n");
    }

    @Test
    void buildIndexChangesNothingThatIsRight() throws IOException {
        String before = medusa.run("list-backups", "--output", "json").ok().out();
        medusa.run("build-index").ok();
        assertThat(medusa.run("list-backups", "--output", "json").ok().out()).isEqualTo(before);
    }
}
