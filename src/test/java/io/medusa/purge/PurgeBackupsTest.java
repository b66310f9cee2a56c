package io.medusa.purge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.model.NodeName;
import io.medusa.testing.Await;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import java.io.IOException;
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

/** The commands that delete, on a bucket in a directory, by the command line. */
final class PurgeBackupsTest {
    @TempDir
    Path directory;

    private Path bucket;

    @BeforeEach
    void setUp() {
        bucket = directory.resolve("bucket");
    }

    private Cli medusa(String fqdn, String... options) throws IOException {
        FakeCassandraNode fake = nodes.computeIfAbsent(
                fqdn, name -> new FakeCassandraNode(directory.resolve("data-" + name), new NodeName(name)));
        Path ini = directory.resolve(fqdn + options.length + ".ini");
        Files.writeString(
                ini,
                "[storage]\nstorage_provider = local\nbase_path = " + directory + "\nbucket_name = bucket\nfqdn = "
                        + fqdn
                        + "\n" + String.join("\n", options)
                        + "\n[cassandra]\nresolve_ip_addresses = False\nconfig_file = "
                        + directory.resolve("cassandra.yaml") + "\n");
        return new Cli(ini).with("TMPDIR", directory.toString()).onNode(() -> {
            try {
                return fake.node();
            } catch (IOException failed) {
                throw new java.io.UncheckedIOException(failed);
            }
        });
    }

    private final java.util.Map<String, FakeCassandraNode> nodes = new java.util.HashMap<>();

    private FakeCassandraNode node(String fqdn) throws IOException {
        medusa(fqdn);
        return nodes.get(fqdn);
    }

    private void backup(String fqdn, String name, String... more) throws IOException {
        medusa(fqdn)
                .run(Stream.concat(Stream.of("backup", "--backup-name", name), Stream.of(more))
                        .toArray(String[]::new))
                .ok();
    }

    private List<Path> files(Path below) throws IOException {
        if (!Files.exists(below)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.walk(below)) {
            return paths.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private List<Path> pool(String fqdn) throws IOException {
        return files(bucket.resolve(fqdn).resolve("data"));
    }

    private void age(Path below, Duration age) throws IOException {
        for (Path file : files(below)) {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
        }
    }

    private List<String> listed(String fqdn) throws IOException {
        JsonNode list = new JsonMapper()
                .readTree(medusa(fqdn)
                        .run("list-backups", "--output", "json")
                        .ok()
                        .out());
        return Stream.iterate(0, i -> i < list.size(), i -> i + 1)
                .map(i -> list.get(i).path("name").asText())
                .toList();
    }

    private static JsonNode json(Cli.Result result) throws IOException {
        return new JsonMapper().readTree(result.ok().out());
    }

    @Test
    void row09_afterCompactionsThePoolHoldsJustWhatIsNamed() throws IOException {
        FakeCassandraNode node = node("n1");
        for (int i = 1; i <= 5; i++) {
            node.sstable("ks", "t", i, "rows " + i);
            if (i == 3) {
                node.remove("ks", "t", 1);
                node.remove("ks", "t", 2);
            }
            backup("n1", "b" + i);
        }
        Cli purge = medusa("n1", "max_backup_count = 2", "backup_grace_period_in_days = 0");
        JsonNode planned = json(purge.run("purge", "--dry-run", "--output", "json"));
        assertThat(listed("n1")).containsExactly("b1", "b2", "b3", "b4", "b5");
        JsonNode done = json(purge.run("purge", "--output", "json"));
        assertThat(listed("n1")).containsExactly("b4", "b5");
        assertThat(pool("n1")).hasSize(3 * 8);
        assertThat(done.path("num_objects").asLong())
                .as("what was announced")
                .isEqualTo(planned.path("num_objects").asLong());
        assertThat(done.path("size").asLong()).isEqualTo(planned.path("size").asLong());
        for (String name : List.of("b4", "b5")) {
            medusa("n1")
                    .run("verify", "--backup-name", name, "--level", "sstable")
                    .ok();
        }
        assertThat(files(bucket.resolve("index/pending-deletions"))).isEmpty();
        assertThat(purge.run("purge").ok().err()).contains("Deleted 0 backups: 0 objects");
    }

    @Test
    void row19_theGracePeriodKeepsYoungObjects() throws IOException {
        FakeCassandraNode node = node("n1");
        node.sstable("ks", "t", 1, "old");
        backup("n1", "b1");
        node.remove("ks", "t", 1);
        node.sstable("ks", "t", 2, "new");
        backup("n1", "b2");
        Cli purge = medusa("n1", "max_backup_count = 1", "backup_grace_period_in_days = 1");
        assertThat(purge.run("purge").ok().err()).contains("8 data objects").contains("within the grace period");
        assertThat(listed("n1")).containsExactly("b2");
        assertThat(pool("n1")).hasSize(16);
        age(bucket.resolve("n1/data"), Duration.ofHours(25));
        purge.run("purge").ok();
        assertThat(pool("n1")).hasSize(8);
    }

    @Test
    void D1_D2_D16_namesThatBeginAlikeAreStrangers() throws IOException {
        for (String fqdn : List.of("node1", "node10", "node1.example.com")) {
            node(fqdn).sstable("ks", "t", 1, "of " + fqdn);
            backup(fqdn, "daily1");
            backup(fqdn, "daily10", "--mode", "full");
        }
        medusa("node1", "backup_grace_period_in_days = 0")
                .run("delete-backup", "--backup-name", "daily1")
                .ok();
        assertThat(listed("node1")).containsExactly("daily10");
        for (String fqdn : List.of("node10", "node1.example.com")) {
            assertThat(listed(fqdn)).containsExactlyInAnyOrder("daily1", "daily10");
            medusa(fqdn)
                    .run("verify", "--backup-name", "daily1", "--level", "content")
                    .ok();
        }
        medusa("node1").run("verify", "--all", "--level", "content").ok();
    }

    @Test
    void row22_anUnfinishedBackupIsListedAndCanBeDeleted() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        backup("n1", "b2");
        backup("n1", "b3");
        Files.delete(bucket.resolve("n1/b2/meta/manifest.json"));
        for (Path file : files(bucket.resolve("index/backup_index/b2"))) {
            if (file.getFileName().toString().matches("(manifest|finished)_.*")) {
                Files.delete(file);
            }
        }
        medusa("n1").run("delete-backup", "--backup-name", "b1").ok();
        assertThat(listed("n1")).containsExactly("b2", "b3");
        medusa("n1").run("delete-backup", "--backup-name", "b2").ok();
        assertThat(listed("n1")).containsExactly("b3");
        assertThat(files(bucket.resolve("n1/b2"))).isEmpty();
        medusa("n1").run("verify", "--backup-name", "b3", "--level", "sstable").ok();
    }

    @Test
    void anUnknownNameDeletesNothing() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        Cli.Result result = medusa("n1").run("delete-backup", "--backup-name", "b1", "--backup-name", "nosuch");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.lastError()).contains("No such backup: nosuch").contains("nothing was deleted");
        assertThat(listed("n1")).containsExactly("b1");
        assertThat(medusa("n1")
                        .run("delete-backup", "--backup-name", "b1", "-a", "-c")
                        .status())
                .isEqualTo(2);
    }

    @Test
    void aPinnedBackupStaysUntilItIsUnpinned() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        backup("n1", "b2");
        medusa("n1").run("pin", "b1", "--reason", "audit 2026").ok();
        assertThat(medusa("n1").run("list-backups").ok().out()).contains("[Pinned: audit 2026]");
        Cli purge = medusa("n1", "max_backup_count = 1");
        purge.run("purge").ok();
        assertThat(listed("n1")).containsExactly("b1", "b2");
        Cli.Result refused = medusa("n1").run("delete-backup", "--backup-name", "b1");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.lastError()).contains("is pinned (audit 2026)").contains("medusa unpin b1");
        medusa("n1").run("unpin", "b1").ok();
        purge.run("purge").ok();
        assertThat(listed("n1")).containsExactly("b2");
        assertThat(medusa("n1").run("pin", "nosuch").status()).isEqualTo(1);
    }

    @Test
    void whatIsNotUnderstoodStopsTheNodeBeforeAnythingIsDeleted() throws IOException {
        FakeCassandraNode node = node("n1");
        node.sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        node.remove("ks", "t", 1);
        node.sstable("ks", "t", 2, "b");
        backup("n1", "b2");
        backup("n1", "b3");
        Cli purge = medusa("n1", "max_backup_count = 2", "backup_grace_period_in_days = 0");
        List<Path> before = files(bucket);
        Path stranger = Files.writeString(bucket.resolve("n1/data/notes"), "whose?");
        Cli.Result unknownKey = purge.run("purge");
        assertThat(unknownKey.status()).isEqualTo(1);
        assertThat(unknownKey.err()).contains("n1/data/notes").contains("nothing of node n1 was purged");
        Files.delete(stranger);
        assertThat(files(bucket)).isEqualTo(before);
        Path manifest = bucket.resolve("n1/b2/meta/manifest.json");
        byte[] whole = Files.readAllBytes(manifest);
        Files.write(manifest, java.util.Arrays.copyOf(whole, whole.length / 2));
        Cli.Result unreadable = purge.run("purge");
        assertThat(unreadable.status()).isEqualTo(1);
        assertThat(unreadable.err()).contains("b2/meta/manifest.json");
        assertThat(files(bucket)).isEqualTo(before);
        Files.write(manifest, whole);
        purge.run("purge").ok();
        assertThat(listed("n1")).containsExactly("b2", "b3");
    }

    @Test
    void D4_aLostIndexOrMarkerDoesNotMakeDataGarbage() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        for (Path file : files(bucket.resolve("index"))) {
            Files.delete(file);
        }
        Files.delete(bucket.resolve("n1/b1/meta/differential"));
        medusa("n1", "backup_grace_period_in_days = 0").run("purge").ok();
        assertThat(pool("n1")).hasSize(8);
        Files.writeString(bucket.resolve("n1/b1/meta/differential"), "differential");
        medusa("n1").run("build-index").ok();
        assertThat(bucket.resolve("index/backup_index/b1/differential_n1")).exists();
        medusa("n1").run("verify", "--backup-name", "b1", "--level", "sstable").ok();
    }

    @Test
    void B6_row26_onlyNodesThatAreGoneFromTheRingAreCleaned() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        node("gone").sstable("ks", "t", 1, "b");
        backup("n1", "b1");
        backup("gone", "b1");
        backup("gone", "b2");
        Cli.Result unattended = medusa("n1").run("purge-decommissioned");
        assertThat(unattended.status())
                .as("a cron job that deletes nothing does not look like one that did")
                .isEqualTo(1);
        assertThat(unattended.err())
                .contains("Node gone has backups and is not in the ring")
                .contains("nothing was deleted: deleting the backups of 1 decommissioned node needs confirmation")
                .contains("Add --yes");
        assertThat(listed("gone")).containsExactly("b1", "b2");
        Cli.Result dry = medusa("n1").run("purge-decommissioned", "--dry-run").ok();
        assertThat(dry.err()).contains("Would delete backup b1 of node gone").doesNotContain("b2 of node gone");
        medusa("n1").run("purge-decommissioned", "-y").ok();
        assertThat(listed("gone")).as("the last one stays").containsExactly("b2");
        assertThat(bucket.resolve("gone/b1"))
                .satisfies(path -> assertThat(files(path)).isEmpty());
        medusa("n1", "backup_grace_period_in_days = 0")
                .run("purge-decommissioned", "-y", "--even-the-last")
                .ok();
        assertThat(pool("gone")).isEmpty();
        assertThat(pool("n1")).hasSize(8);
        assertThat(medusa("n1").run("purge-decommissioned", "-y").ok().err())
                .contains("No backups of decommissioned nodes to delete");
    }

    @Test
    void aLiveNodeWhoseNameCannotBeLookedUpIsNotTakenForADeadOne() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        node("n1").elsewhere(new NodeName("10.0.0.9"));
        medusa("n1").run("purge-decommissioned", "-y").ok();
        node("down").sstable("ks", "t", 1, "b");
        backup("down", "b1");
        Cli.Result refused = medusa("n1").run("purge-decommissioned", "-y", "--even-the-last");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.lastError())
                .contains("the DNS has no names for [10.0.0.9], so [down] may still be in it")
                .contains("Nothing was deleted");
        assertThat(listed("down")).containsExactly("b1");
    }

    @Test
    void theLatestMarkerFollowsWhatIsLeft() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        backup("n1", "b2");
        medusa("n1").run("delete-backup", "--backup-name", "b2").ok();
        assertThat(bucket.resolve("index/latest_backup/n1/backup_name.txt")).hasContent("b1");
        medusa("n1").run("delete-backup", "--backup-name", "b1").ok();
        assertThat(bucket.resolve("index/latest_backup/n1/backup_name.txt")).doesNotExist();
        assertThat(medusa("n1").run("status", "--backup-name", "b1").status()).isEqualTo(1);
    }

    @Test
    void D14_whileALeaseIsHeldDataIsLeftAlone() throws IOException {
        FakeCassandraNode node = node("n1");
        node.sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        backup("n1", "b2");
        node.remove("ks", "t", 1);
        node.sstable("ks", "t", 2, "b");
        backup("n1", "b3");
        Path lease = bucket.resolve("index/leases/n1/somebody.json");
        Files.createDirectories(lease.getParent());
        Files.writeString(lease, "{\"node\": \"n1\", \"backup\": \"b1\"}");
        Cli purge = medusa("n1", "max_backup_count = 1", "backup_grace_period_in_days = 0");
        Cli.Result first = purge.run("purge").ok();
        assertThat(first.err()).contains("Backup b1 of node n1 is in use").contains("left for the next purge");
        assertThat(listed("n1")).containsExactly("b1", "b3");
        assertThat(pool("n1")).hasSize(16);
        age(lease, Duration.ofMinutes(61));
        purge.run("purge").ok();
        assertThat(listed("n1")).containsExactly("b3");
        assertThat(pool("n1")).hasSize(8);
    }

    @Test
    void D14_aBackupThatIsBeingReadStaysAndTheRestGoes() throws IOException {
        FakeCassandraNode node = node("n1");
        for (int i = 1; i <= 3; i++) {
            node.sstable("ks", "t", i, "rows " + i);
            backup("n1", "b" + i);
            node.remove("ks", "t", i);
        }
        Path lease = bucket.resolve("index/leases/n1/reader.json");
        Files.createDirectories(lease.getParent());
        Files.writeString(lease, "{\"node\": \"n1\", \"backup\": \"b2\", \"purpose\": \"read\"}");
        Cli purge = medusa("n1", "max_backup_count = 1", "backup_grace_period_in_days = 0");
        assertThat(purge.run("purge").ok().err())
                .contains("Backup b2 of node n1 is in use")
                .doesNotContain("left for the next purge");
        assertThat(listed("n1")).containsExactly("b2", "b3");
        assertThat(pool("n1")).as("b1's data is gone").hasSize(16);
        assertThat(medusa("n1").run("delete-backup", "--backup-name", "b2").status())
                .isEqualTo(1);
        medusa("n1").run("verify", "--backup-name", "b2", "--level", "sstable").ok();
    }

    @Test
    void theNewestCompleteBackupOfTheClusterStaysOnEveryNode() throws IOException {
        for (String fqdn : List.of("n1", "n2")) {
            nodes.put(
                    fqdn,
                    new FakeCassandraNode(
                            directory.resolve("data-" + fqdn),
                            new NodeName(fqdn),
                            new NodeName(fqdn.equals("n1") ? "n2" : "n1")));
            node(fqdn).sstable("ks", "t", 1, "of " + fqdn);
            backup(fqdn, "both");
        }
        backup("n1", "only1");
        backup("n1", "only2");
        backup("n2", "only2-failed-elsewhere");
        Cli purge = medusa("n1", "max_backup_count = 1", "backup_grace_period_in_days = 0");
        purge.run("purge", "--all-nodes").ok();
        assertThat(listed("n1")).containsExactly("both", "only2");
        assertThat(listed("n2")).containsExactly("both", "only2-failed-elsewhere");
        assertThat(json(medusa("n1").run("verify", "--backup-name", "both", "--output", "json"))
                        .findValuesAsText("complete"))
                .containsExactly("true");
        purge.run("purge", "--all-nodes", "--even-the-last").ok();
        assertThat(listed("n1")).containsExactly("only2");
        assertThat(listed("n2")).containsExactly("only2-failed-elsewhere");
    }

    @Test
    void D3_aBackupWhoseNameBeginsWithDataIsNoData() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        assertThat(medusa("n1").run("backup", "--backup-name", "data-2026").lastError())
                .contains("for the pool of data files");
        // as another program may have named it
        Files.move(bucket.resolve("n1/b1"), bucket.resolve("n1/data-2026"));
        Files.move(bucket.resolve("index/backup_index/b1"), bucket.resolve("index/backup_index/data-2026"));
        age(bucket.resolve("n1"), Duration.ofDays(30));
        medusa("n1", "max_backup_count = 5", "backup_grace_period_in_days = 0")
                .run("purge")
                .ok();
        assertThat(listed("n1")).containsExactly("data-2026");
        medusa("n1").run("verify", "--all", "--level", "sstable").ok();
    }

    @Test
    void aManifestThatDiffersFromItsCopyIsNotTrusted() throws IOException {
        FakeCassandraNode node = node("n1");
        for (int i = 1; i <= 3; i++) {
            node.sstable("ks", "t", i, "rows " + i);
            backup("n1", "b" + i);
        }
        Path manifest = bucket.resolve("n1/b3/meta/manifest.json");
        Path copy = bucket.resolve("index/backup_index/b3/manifest_n1.json");
        byte[] good = Files.readAllBytes(manifest);
        Files.writeString(manifest, "[]");
        List<Path> before = files(bucket);
        Cli purge = medusa("n1", "max_backup_count = 2", "backup_grace_period_in_days = 0");
        Cli.Result refused = purge.run("purge");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err())
                .contains("two manifests that differ")
                .contains("medusa --fqdn n1 delete-backup --backup-name b3");
        assertThat(files(bucket)).isEqualTo(before);
        Cli.Result verified = medusa("n1").run("verify", "--backup-name", "b3");
        assertThat(verified.status()).isEqualTo(1);
        assertThat(verified.out()).contains("differs from its copy in the index");
        assertThat(medusa("n1").run("build-index").err()).contains("Not indexed");
        assertThat(copy).hasBinaryContent(good);
        Files.copy(copy, manifest, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        purge.run("purge").ok();
        assertThat(listed("n1")).containsExactlyInAnyOrder("b2", "b3");
        medusa("n1").run("verify", "--all", "--level", "sstable").ok();
    }

    @Test
    void metaFilesThatARestoreNeedsAreVerifiedToo() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b0");
        backup("n1", "b1");
        for (String file : List.of("schema.cql", "tokenmap.json")) {
            Path path = bucket.resolve("n1/b1/meta/" + file);
            byte[] content = Files.readAllBytes(path);
            Files.delete(path);
            Cli.Result all = medusa("n1").run("verify", "--all");
            assertThat(all.status()).isEqualTo(1);
            assertThat(all.out()).contains("n1/b1/meta/" + file);
            Files.write(path, content);
        }
        medusa("n1").run("verify", "--all").ok();
    }

    @Test
    void S7_nothingIsDeletedBehindALinkThatLeavesTheBucket() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        Path outside = Files.createDirectories(directory.resolve("outside"));
        Path file = Files.writeString(outside.resolve("nb-9-big-Data.db"), "precious");
        age(outside, Duration.ofDays(30));
        Path table = files(bucket.resolve("n1/data")).get(0).getParent();
        Path link = Files.createSymbolicLink(table.resolve(".idx"), outside);
        Cli purge = medusa("n1", "max_backup_count = 1", "backup_grace_period_in_days = 0");
        Cli.Result refused = purge.run("purge");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.lastError()).contains("outside the bucket");
        assertThat(file).hasContent("precious");
        Files.delete(link);
        Files.createSymbolicLink(bucket.resolve("n1/data/loop"), bucket.resolve("n1/data"));
        purge.run("purge").ok();
        medusa("n1").run("verify", "--all", "--level", "sstable").ok();
    }

    @Test
    void aMisspeltRuleOfRetentionIsNotPassedOver() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        Cli.Result refused =
                medusa("n1", "max_backup_age = 1", "keep_dayly = 7").run("purge");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.lastError()).contains("keep_dayly").contains("did you mean 'keep_daily'?");
    }

    @Test
    void aBasePathThatIsNotThereIsSaid() throws IOException {
        Path ini = Files.writeString(
                directory.resolve("unmounted.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory.resolve("nomount")
                        + "\nbucket_name = bucket\nfqdn = n1\n");
        for (String command : List.of("list-backups", "purge", "build-index")) {
            Cli.Result result = new Cli(ini).run(command);
            assertThat(result.status()).as(command).isEqualTo(command.equals("list-backups") ? 12 : 1);
            assertThat(result.lastError()).contains("is its file system mounted?");
        }
    }

    @Test
    void B5_theIndexOfAPrefixIsBuiltAnew() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        Cli medusa = medusa("n1", "prefix = east");
        medusa.run("backup", "--backup-name", "b1").ok();
        String list = medusa.run("list-backups").ok().out();
        for (Path file : files(bucket.resolve("east/index"))) {
            Files.delete(file);
        }
        assertThat(medusa.run("list-backups").ok().out()).isNotEqualTo(list);
        medusa.run("build-index").ok();
        assertThat(medusa.run("list-backups").ok().out()).isEqualTo(list);
    }

    @Test
    void B11_withoutAHashTheSizeIsWhatCanBeCompared() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        for (Path manifest : files(bucket)) {
            if (manifest.getFileName().toString().startsWith("manifest")) {
                Files.writeString(
                        manifest,
                        Files.readString(manifest)
                                .replaceFirst("\"MD5\": \"[^\"]*\"", "\"MD5\": null")
                                .replaceFirst("\"MD5\": \"[0-9a-f]+\"", "\"MD5\": \"no-md5-hash\""));
                assertThat(Files.readString(manifest)).contains("no-md5-hash").contains("null");
            }
        }
        medusa("n1").run("verify", "--backup-name", "b1", "--enable-md5-checks").ok();
        medusa("n1").run("backup", "--backup-name", "b2", "--enable-md5-checks").ok();
        medusa("n1").run("verify", "--all", "--level", "sstable").ok();
    }

    @Test
    void sizesTellWhatDeletingWouldFree() throws IOException {
        FakeCassandraNode node = node("n1");
        node.sstable("ks", "t", 1, "shared");
        backup("n1", "b1");
        node.sstable("ks", "t", 2, "only in b2");
        backup("n1", "b2");
        node.remove("ks", "t", 2);
        backup("n1", "b3");
        JsonNode list = json(medusa("n1").run("list-backups", "--sizes", "--output", "json"));
        long freed = list.get(1).path("size_unique").asLong();
        assertThat(list.get(0).path("size_unique").asLong()).isZero();
        assertThat(freed).isGreaterThan(0).isLessThan(list.get(1).path("size").asLong());
        long before =
                pool("n1").stream().mapToLong(file -> file.toFile().length()).sum();
        medusa("n1", "backup_grace_period_in_days = 0")
                .run("delete-backup", "--backup-name", "b2")
                .ok();
        long after =
                pool("n1").stream().mapToLong(file -> file.toFile().length()).sum();
        assertThat(before - after).isEqualTo(freed);
    }

    @Test
    void forABackupThatCannotBeRestoredNoOtherIsDeleted() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        backup("n1", "b2");
        Cli purge = medusa("n1", "max_backup_count = 1", "backup_grace_period_in_days = 0");
        Path meta = bucket.resolve("n1/b2/meta");
        for (String file : List.of("schema.cql", "tokenmap.json", "manifest.json")) {
            byte[] content = Files.readAllBytes(meta.resolve(file));
            Files.delete(meta.resolve(file));
            Cli.Result result = purge.run("purge");
            assertThat(result.status()).as(file).isEqualTo(1);
            assertThat(result.err()).contains(file).contains("delete-backup --backup-name b2");
            assertThat(bucket.resolve("n1/b1/meta/manifest.json")).exists();
            assertThat(pool("n1")).hasSize(8);
            Files.write(meta.resolve(file), content);
        }
        String manifest = Files.readString(meta.resolve("manifest.json"));
        Files.writeString(meta.resolve("manifest.json"), manifest.replace("n1/data/", "n2/data/"));
        assertThat(purge.run("purge").status()).isEqualTo(1);
        Files.writeString(meta.resolve("manifest.json"), manifest);
        purge.run("purge").ok();
        assertThat(listed("n1")).containsExactly("b2");
    }

    @Test
    void dataOfABackupWhoseDirectoryWasRemovedIsKeptUntilItIsDeletedOrExpires() throws Exception {
        FakeCassandraNode node = node("n1");
        node.sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        node.remove("ks", "t", 1);
        node.sstable("ks", "t", 2, "b");
        backup("n1", "b2");
        node.remove("ks", "t", 2);
        node.sstable("ks", "t", 3, "c");
        // the index knows seconds only, and what began in the same one is not older
        long second = Instant.now().getEpochSecond();
        Await.until("the next second", () -> Instant.now().getEpochSecond() > second);
        backup("n1", "b3");
        for (String removed : List.of("b1", "b2")) {
            for (Path file : files(bucket.resolve("n1").resolve(removed))) {
                Files.delete(file);
            }
        }
        Cli keepAll = medusa("n1", "backup_grace_period_in_days = 0");
        Cli.Result purged = keepAll.run("purge").ok();
        assertThat(purged.err())
                .contains(
                        "Backup b1 of node n1 is in the index, but n1/b1/meta/manifest.json is missing: what it names in the node's pool is kept.")
                .contains("delete this backup: medusa --fqdn n1 delete-backup --backup-name b2");
        assertThat(pool("n1")).as("kept").hasSize(3 * 8);
        keepAll.run("delete-backup", "--backup-name", "b2").ok();
        assertThat(pool("n1")).hasSize(2 * 8);
        // by a rule: it does not count as kept, and it is older than what is
        Cli.Result expired = medusa("n1", "backup_grace_period_in_days = 0", "max_backup_count = 2")
                .run("purge")
                .ok();
        assertThat(expired.err()).doesNotContain("is missing");
        assertThat(pool("n1")).hasSize(8);
        assertThat(listed("n1")).containsExactly("b3");
        medusa("n1").run("verify", "--backup-name", "b3").ok();
        assertThat(files(bucket.resolve("index/backup_index/b1"))).isEmpty();
    }

    @Test
    void theIndexCopyOfARemovedBackupMustBeReadable() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        node("n1").sstable("ks", "t", 2, "b");
        backup("n1", "b2");
        for (Path file : files(bucket.resolve("n1/b1"))) {
            Files.delete(file);
        }
        Path copy = bucket.resolve("index/backup_index/b1/manifest_n1.json");
        Files.writeString(copy, Files.readString(copy).substring(3));
        Cli.Result refused = medusa("n1", "backup_grace_period_in_days = 0").run("purge");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("manifest_n1.json").contains("delete-backup --backup-name b1");
        assertThat(pool("n1")).hasSize(2 * 8);
    }

    @Test
    void aNameThatIsUsedAgainDoesNotInheritTheTimesOfAKilledDeletion() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        Path index = Files.createDirectories(bucket.resolve("index/backup_index/b1"));
        Files.writeString(index.resolve("started_n1_1000000000.timestamp"), "1000000000");
        Files.writeString(index.resolve("tokenmap_n1.json"), "{}");
        backup("n1", "b1");
        backup("n1", "b2");
        assertThat(files(index)).noneMatch(file -> file.toString().contains("1000000000"));
        medusa("n1", "max_backup_age = 30").run("purge").ok();
        assertThat(listed("n1")).containsExactly("b1", "b2");
    }

    @Test
    void garbageInTheIndexIsOneLineAtMost() throws IOException {
        node("n1").sstable("ks", "t", 1, "a");
        backup("n1", "b1");
        backup("n1", "b2");
        Path pins = Files.createDirectories(bucket.resolve("index/pins"));
        Files.writeString(pins.resolve("b1.json"), "{\"reason\": {\"a\": 1}, \"pinned\": 9223372036854775807}");
        Files.write(pins.resolve("b2.json"), new byte[] {0, 0, 0, 'x', 'a', 'b'});
        assertThat(medusa("n1").run("list-backups").ok().out()).contains("b1 (").contains("[Pinned]");
        assertThat(medusa("n1").run("delete-backup", "--backup-name", "b1").status())
                .isEqualTo(1);
        medusa("n1").run("unpin", "b1").ok();
        assertThat(medusa("n1").run("unpin", "b1").status()).isEqualTo(1);
        Path leases = Files.createDirectories(bucket.resolve("index/leases/n1"));
        Files.write(leases.resolve("x.json"), new byte[] {0, 0, 0, 'x', 'a', 'b'});
        assertThat(medusa("n1").run("delete-backup", "--backup-name", "b1").ok().err())
                .contains("left for the next purge");
        Files.writeString(leases.resolve("x.json"), "{\"node\": \"n1\", \"backup\": \"b2\"}");
        medusa("n1").run("unpin", "b2").ok();
        assertThat(medusa("n1").run("delete-backup", "--backup-name", "b2").status())
                .as("it stays")
                .isEqualTo(1);
        assertThat(listed("n1")).containsExactly("b2");
    }

    @Test
    void D5_nodesOfOtherDatacentersAreNotTakenForDead() throws Exception {
        node("far").sstable("ks", "t", 1, "far away");
        medusa("far").run("backup", "--backup-name", "one").ok();
        node("near").sstable("ks", "t", 1, "near");
        node("near").elsewhere(new NodeName("far"));
        medusa("near").run("backup", "--backup-name", "one").ok();
        assertThat(medusa("near")
                        .run("purge-decommissioned", "-y", "--even-the-last")
                        .ok()
                        .err())
                .contains("No backups of decommissioned nodes to delete");
        assertThat(bucket.resolve("far/one/meta/manifest.json")).exists();
    }
}
