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
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VerifyLevelsTest {
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
    }

    private void backup(String name, String mode) {
        medusa.run("backup", "--backup-name", name, "--mode", mode).ok();
    }

    private JsonNode verify(String... options) throws IOException {
        Cli.Result result = medusa.run(Stream.concat(Stream.of("verify", "--output", "json"), Stream.of(options))
                .toArray(String[]::new));
        JsonNode json = new JsonMapper().readTree(result.out());
        assertThat(result.status()).as(result.err()).isEqualTo(findings(json).isEmpty() ? 0 : 1);
        return json;
    }

    private static List<JsonNode> findings(JsonNode json) {
        List<JsonNode> findings = new ArrayList<>();
        json.findValues("findings").forEach(list -> list.forEach(findings::add));
        return findings;
    }

    private static Set<String> paths(JsonNode json, String problem) {
        Set<String> paths = new TreeSet<>();
        findings(json).stream()
                .filter(finding -> finding.path("problem").asText().equals(problem))
                .forEach(finding -> paths.add(finding.path("path").asText()));
        return paths;
    }

    private List<Path> data(Path below) throws IOException {
        try (Stream<Path> paths = Files.walk(below)) {
            return paths.filter(path -> path.toString().contains("/data/") && Files.isRegularFile(path))
                    .sorted()
                    .toList();
        }
    }

    private static String md5(Path file) throws IOException {
        try (var in = java.nio.channels.FileChannel.open(file)) {
            return io.medusa.storage.ContentHasher.of(in, Files.size(file)).hex();
        }
    }

    private static void flip(Path file, Random random) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, bytes);
    }

    @Test
    void fiveHundredFlippedBitsAreAllFound() throws IOException {
        for (int i = 1; i <= 12; i++) {
            node.sstable("ks", "t" + i % 3, i, "the rows of " + i);
        }
        backup("diff", "differential");
        backup("full", "full");
        Random random = new Random(4711);
        List<Path> files = new ArrayList<>(data(bucket));
        assertThat(files).hasSize(2 * 12 * 8);
        for (int round = 0; round < 10; round++) {
            Collections.shuffle(files, random);
            List<Path> hit = files.subList(0, 50);
            Set<String> keys = new TreeSet<>();
            List<byte[]> before = new ArrayList<>();
            for (Path file : hit) {
                before.add(Files.readAllBytes(file));
                flip(file, random);
                keys.add(bucket.relativize(file).toString());
            }
            assertThat(verify("--all").path("backups"))
                    .as("sizes are as they were")
                    .hasSize(2);
            assertThat(paths(verify("--all", "--level", "content"), "different"))
                    .isEqualTo(keys);
            for (int i = 0; i < hit.size(); i++) {
                Files.write(hit.get(i), before.get(i));
            }
        }
        assertThat(findings(verify("--all", "--level", "sstable"))).isEmpty();
    }

    @Test
    void dataThatItsDigestContradictsIsNamedThoughItsHashIsRight() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        backup("b1", "differential");
        // as if somebody had rewritten data and manifest
        Path data = data(bucket).stream()
                .filter(path -> path.toString().endsWith("Data.db"))
                .findFirst()
                .orElseThrow();
        Files.writeString(data, "lies");
        String md5 = md5(data);
        Path manifest = bucket.resolve("n1/b1/meta/manifest.json");
        Files.writeString(
                manifest,
                Files.readString(manifest).replaceAll("(nb-1-big-Data.db\", \"MD5\": \")[0-9a-f]{32}", "$1" + md5));
        assertThat(findings(verify("--backup-name", "b1", "--level", "content")))
                .isEmpty();
        assertThat(paths(verify("--backup-name", "b1", "--level", "sstable"), "digest_mismatch"))
                .containsExactly(bucket.relativize(data).toString());
    }

    /** Changes a manifest and its copy in the index. */
    private void rewriteManifest(String backup, String pattern, String by) throws IOException {
        Path manifest = bucket.resolve("n1/" + backup + "/meta/manifest.json");
        String text = Files.readString(manifest).replaceAll(pattern, by);
        Files.writeString(manifest, text);
        Files.writeString(bucket.resolve("index/backup_index/" + backup + "/manifest_n1.json"), text);
    }

    /** Gives a component the hash of parts that an upload in parts of three bytes has. */
    private Path multipart(String component, String more) throws IOException {
        Path object = data(bucket).stream()
                .filter(path -> path.toString().endsWith(component))
                .findFirst()
                .orElseThrow();
        byte[] bytes = Files.readAllBytes(object);
        var hasher = new io.medusa.storage.ContentHasher(bytes.length, 3);
        hasher.update(java.nio.ByteBuffer.wrap(bytes));
        rewriteManifest("b1", "(" + component + "\", \"MD5\": \")[0-9a-f]{32}\"", "$1" + hasher.finish() + "\"" + more);
        return object;
    }

    private Cli.Result download() throws IOException {
        Path to = Files.createTempDirectory(directory, "download");
        return medusa.run("download", "--backup-name", "b1", "--download-destination", to.toString());
    }

    @Test
    void whatCannotBeVerifiedIsNeverCalledGood() throws IOException {
        node.sstable("ks", "t", 1, "the rows of the table");
        backup("b1", "differential");
        String index = bucket.relativize(multipart("nb-1-big-Index.db", "")).toString();
        Path data = multipart("nb-1-big-Data.db", "");
        for (String level : List.of("content", "sstable")) {
            JsonNode found = verify("--backup-name", "b1", "--level", level);
            assertThat(paths(found, "unverifiable"))
                    .as("the data is vouched for by its digest")
                    .containsExactly(index);
            assertThat(findings(found)).hasSize(1);
        }
        assertThat(download().ok().err()).contains("Only the size of 1 object could be checked, such as " + index);
        flip(data, new Random(1));
        assertThat(paths(verify("--backup-name", "b1", "--level", "content"), "digest_mismatch"))
                .containsExactly(bucket.relativize(data).toString());
        Cli.Result refused = download();
        assertThat(refused.status()).isNotZero();
        assertThat(refused.err()).contains("nb-1-big-Data.db does not match its Digest.crc32");
    }

    @Test
    void aWrongBitInAnObjectOfPartsIsFoundByTheRecordedPartSize() throws IOException {
        node.sstable("ks", "t", 1, "the rows of the table");
        backup("b1", "differential");
        Path index = multipart("nb-1-big-Index.db", ", \"part_size\": 3");
        assertThat(findings(verify("--backup-name", "b1", "--level", "content")))
                .isEmpty();
        assertThat(download().ok().err()).doesNotContain("Only the size");
        flip(index, new Random(1));
        assertThat(paths(verify("--backup-name", "b1", "--level", "content"), "different"))
                .containsExactly(bucket.relativize(index).toString());
        assertThat(download().err()).contains("does not have the MD5");
    }

    /** The reference notes no hash for what it reuses in a local store, but the backup that stored it has one. */
    @Test
    void anObjectWithoutHashIsComparedWithTheHashThatAnotherBackupHas() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        backup("b1", "differential");
        backup("b2", "differential");
        rewriteManifest("b2", "\"MD5\": \"[0-9a-f]{32}\"", "\"MD5\": null");
        assertThat(findings(verify("--backup-name", "b2", "--level", "content")))
                .isEmpty();
        Path index = data(bucket).stream()
                .filter(path -> path.toString().endsWith("Index.db"))
                .findFirst()
                .orElseThrow();
        flip(index, new Random(1));
        assertThat(paths(verify("--backup-name", "b2", "--level", "content"), "different"))
                .containsExactly(bucket.relativize(index).toString());
        medusa.run("delete-backup", "--backup-name", "b1").ok();
        assertThat(paths(verify("--backup-name", "b2", "--level", "content"), "unverifiable"))
                .as("nobody knows now")
                .contains(bucket.relativize(index).toString())
                .noneMatch(path -> path.endsWith("Data.db"));
    }

    /** The build of an index appends to the file that the snapshot has a link to. */
    @Test
    void aTocThatGrewAfterTheSnapshotIsNoDamage() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        Path toc = node.component("ks", "t", 1, "TOC.txt");
        FakeCassandraNode.replace(toc, Files.readString(toc) + "SAI+aa+GroupComplete.db\nSAI+aa+idx+Meta.db\n");
        backup("b1", "differential");
        assertThat(findings(verify("--backup-name", "b1", "--level", "sstable")))
                .isEmpty();
    }

    @Test
    void anSstableThatLacksAComponentIsFound() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        FakeCassandraNode.replace(
                node.component("ks", "t", 1, "TOC.txt"), "Data.db\nIndex.db\nStatistics.db\nTOC.txt\n");
        Files.delete(node.component("ks", "t", 1, "Index.db"));
        backup("b1", "differential");
        assertThat(findings(verify("--backup-name", "b1", "--level", "content")))
                .isEmpty();
        assertThat(paths(verify("--backup-name", "b1", "--level", "sstable"), "incomplete_sstable"))
                .hasSize(1)
                .allMatch(path -> path.endsWith("nb-1-big-Index.db"));
    }

    @Test
    void row25_aRewrittenComponentIsDamageOnlyWhereTheOtherProgramDoesNotLook() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        backup("b1", "differential");
        Path statistics = bucket.resolve("n1/data/ks/t-" + FakeCassandraNode.ID + "/nb-1-big-Statistics.db");
        Files.writeString(statistics, "overwritten in place");
        for (List<String> level : List.of(List.<String>of(), List.of("--enable-md5-checks"))) {
            List<String> words = new ArrayList<>(List.of("verify", "--backup-name", "b1"));
            words.addAll(level);
            Cli.Result verified = medusa.run(words.toArray(String[]::new)).ok();
            assertThat(verified.out()).contains("Manifest validated: OK!!");
            assertThat(verified.err()).contains("nb-1-big-Statistics.db differs from the manifest");
        }
        assertThat(paths(verify("--backup-name", "b1", "--level", "content"), "different"))
                .containsExactly(bucket.relativize(statistics).toString());
        // the next differential backup stores it again, under another key
        backup("b2", "differential");
        assertThat(findings(verify("--backup-name", "b2", "--level", "content")))
                .isEmpty();
    }

    /** Every level reports it: a restore needs them. */
    @Test
    void metadataThatCannotBeReadIsDamage() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        backup("b1", "differential");
        Path meta = bucket.resolve("n1/b1/meta");
        String tokens = Files.readString(meta.resolve("tokenmap.json"));
        Files.writeString(meta.resolve("tokenmap.json"), tokens.substring(0, tokens.length() / 2));
        assertThat(paths(verify("--backup-name", "b1"), "metadata_unreadable"))
                .containsExactly("n1/b1/meta/tokenmap.json");
        Files.writeString(meta.resolve("tokenmap.json"), tokens);
        for (String torn : List.of("", "\u0000\u0000\u0000", "CREATE KEYS")) {
            Files.writeString(meta.resolve("schema.cql"), torn);
            assertThat(paths(verify("--backup-name", "b1"), "metadata_unreadable"))
                    .as(torn)
                    .containsExactly("n1/b1/meta/schema.cql");
        }
    }

    @Test
    void anEmptyManifestIsDamageIfTheSchemaDefinesTables() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        backup("b1", "differential");
        for (String copy : List.of("n1/b1/meta/manifest.json", "index/backup_index/b1/manifest_n1.json")) {
            Files.writeString(bucket.resolve(copy), "[]");
        }
        assertThat(paths(verify("--backup-name", "b1"), "empty")).containsExactly("n1/b1/meta/manifest.json");
        assertThat(medusa.run("verify", "--backup-name", "b1").status()).isEqualTo(1);
    }

    @Test
    void ofAFullBackupWithoutReadableManifestOnlyThatIsReported() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        backup("b1", "full");
        Files.writeString(bucket.resolve("n1/b1/meta/manifest.json"), "[{");
        assertThat(findings(verify("--backup-name", "b1"))).hasSize(1);
    }

    @Test
    void D12_aManifestThatIsMissingOrCutOffFails() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        backup("b1", "differential");
        Path manifest = bucket.resolve("n1/b1/meta/manifest.json");
        String text = Files.readString(manifest);
        Files.writeString(manifest, text.substring(0, text.length() - 20));
        assertThat(paths(verify("--backup-name", "b1"), "unreadable")).containsExactly("n1/b1/meta/manifest.json");
        Files.delete(manifest);
        assertThat(paths(verify("--backup-name", "b1"), "unreadable")).containsExactly("n1/b1/meta/manifest.json");
    }

    @Test
    void whatOtherBackupsShareTheDamageIsTold() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        backup("b1", "differential");
        backup("b2", "differential");
        backup("f", "full");
        Path data = data(bucket.resolve("n1/data")).get(0);
        Files.delete(data);
        JsonNode json = verify("--all");
        assertThat(findings(json)).hasSize(2);
        assertThat(findings(json).get(0).path("also_in").get(0).asText()).isEqualTo("b2");
        assertThat(medusa.run("verify", "--backup-name", "b1").err()).contains("also belongs to backups [b2]");
    }

    @Test
    void orphansAreCountedWhenAllAreCompared() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        backup("b1", "differential");
        Path orphan = bucket.resolve("n1/data/ks/t-" + FakeCassandraNode.ID + "/nb-9-big-Data.db");
        Files.writeString(orphan, "12345");
        JsonNode json = verify("--all");
        assertThat(json.path("num_orphans").asLong()).isEqualTo(1);
        assertThat(json.path("size_orphans").asLong()).isEqualTo(5);
        medusa.run("purge").ok();
        assertThat(orphan).doesNotExist();
        assertThat(verify("--all").path("num_orphans").asLong()).isZero();
    }

    @Test
    void aSampleReadsSomeAndACheckpointGoesOn() throws IOException {
        for (int i = 1; i <= 50; i++) {
            node.sstable("ks", "t", i, "rows " + i);
        }
        backup("b1", "differential");
        long read = verify("--backup-name", "b1", "--level", "sample", "--percent", "20")
                .path("objects_read")
                .asLong();
        assertThat(read).isBetween(20L, 200L);
        Path checkpoint = directory.resolve("checkpoint");
        Path last = data(bucket).get(399);
        // all but one have been read by a run that was cut off, in the middle of its last entry
        try (var out = new java.io.DataOutputStream(Files.newOutputStream(checkpoint))) {
            out.writeLong(0x6d65647573614350L);
            out.writeLong(io.medusa.repository.Fingerprints.of("directory " + bucket + "//CONTENT/b1"));
            for (Path file : data(bucket).subList(0, 399)) {
                out.writeLong(io.medusa.repository.Fingerprints.of(
                        bucket.relativize(file).toString()));
            }
            out.write(new byte[] {1, 2, 3});
        }
        flip(last, new Random(1));
        JsonNode json = verify("--backup-name", "b1", "--level", "content", "--checkpoint", checkpoint.toString());
        assertThat(json.path("objects_read").asLong()).isEqualTo(1);
        assertThat(paths(json, "different"))
                .containsExactly(bucket.relativize(last).toString());
        assertThat(checkpoint).doesNotExist();
    }

    @Test
    void wrongOptionsAreOneLine() {
        assertThat(medusa.run("verify").status()).isEqualTo(2);
        assertThat(medusa.run("verify", "--all", "--backup-name", "x").lastError())
                .isEqualTo("Error: --all and --backup-name cannot be combined");
        assertThat(medusa.run("verify", "--all", "--percent", "0").status()).isEqualTo(2);
        assertThat(medusa.run("verify", "--all", "--level", "deep").status()).isEqualTo(2);
    }

    @Test
    void aFileThatIsNoCheckpointOfThisCheckIsRefusedAndLeftAlone() throws IOException {
        node.sstable("ks", "t", 1, "rows");
        backup("b1", "differential");
        Path notes = Files.writeString(directory.resolve("notes.txt"), "these are my notes, all of them");
        Cli.Result result = medusa.run("verify", "--all", "--level", "content", "--checkpoint", notes.toString());
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.lastError()).contains("is the checkpoint of another command or bucket");
        assertThat(notes).hasContent("these are my notes, all of them");
        assertThat(medusa.run("--prefix", "typo", "verify", "--all").status()).isEqualTo(1);
    }
}
