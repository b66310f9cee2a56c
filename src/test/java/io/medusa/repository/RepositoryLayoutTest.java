package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ContentHash;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import io.medusa.model.TokenMap;
import io.medusa.repository.RepositoryLayout.IndexKind;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RepositoryLayoutTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("b1");
    private static final TableDirectory TABLE = new TableDirectory("ks", "t-" + "0".repeat(32));

    @Provide
    Arbitrary<String> segments() {
        return Arbitraries.strings()
                .withCharRange('!', '~')
                .excludeChars('/', '\\', '~')
                .ofMinLength(1)
                .ofMaxLength(20)
                .filter(text -> !text.startsWith("."));
    }

    @Property(tries = 300)
    void dataKeysRoundTrip(
            @ForAll("segments") String prefix,
            @ForAll("segments") String node,
            @ForAll("segments") String backup,
            @ForAll("segments") String file,
            @ForAll boolean full,
            @ForAll boolean indexed) {
        if (backup.equals("data")) {
            return;
        }
        RepositoryLayout layout = new RepositoryLayout(prefix);
        String path = indexed ? ".idx/" + file : file;
        BackupMode mode = full ? BackupMode.FULL : BackupMode.DIFFERENTIAL;
        ObjectKey key = layout.data(new NodeName(node), new BackupName(backup), mode, TABLE, path);
        RepositoryLayout.DataFile parsed = layout.parseData(key.value()).orElseThrow();
        assertThat(parsed.node().value()).isEqualTo(node);
        assertThat(parsed.backup().map(BackupName::value)).isEqualTo(full ? Optional.of(backup) : Optional.empty());
        assertThat(parsed.table()).isEqualTo(TABLE);
        assertThat(parsed.relativePath()).isEqualTo(path);
        ObjectKey tagged = layout.taggedData(new NodeName(node), TABLE, path, "900150983cd24fb0d6963f7d28e17f72");
        assertThat(tagged.value()).contains("~900150983cd2/");
        assertThat(layout.parseData(tagged.value()).orElseThrow().table()).isEqualTo(TABLE);
        assertThat(new RepositoryLayout(prefix + "x").parseData(key.value())).isEmpty();
    }

    @Property(tries = 300)
    void indexKeysRoundTrip(@ForAll("segments") String node, @ForAll("segments") String backup) {
        RepositoryLayout layout = new RepositoryLayout("p");
        for (IndexKind kind :
                List.of(IndexKind.TOKENMAP, IndexKind.SCHEMA, IndexKind.MANIFEST, IndexKind.DIFFERENTIAL)) {
            var parsed = layout.parseIndex(layout.index(new BackupName(backup), kind, new NodeName(node))
                            .value())
                    .orElseThrow();
            assertThat(parsed.kind()).isEqualTo(kind);
            assertThat(parsed.node().value()).isEqualTo(node);
            assertThat(parsed.name().value()).isEqualTo(backup);
        }
        Instant time = Instant.ofEpochSecond(1574343029);
        var stamp = layout.parseIndex(
                        layout.indexTime(new BackupName(backup), IndexKind.FINISHED, new NodeName(node), time)
                                .value())
                .orElseThrow();
        assertThat(stamp.epoch()).contains(time);
        assertThat(stamp.node().value()).isEqualTo(node);
    }

    @Test
    void B26_indexNamesOfOtherWriters() {
        RepositoryLayout layout = new RepositoryLayout("");
        String at = "index/backup_index/third_backup/";
        assertThat(layout.parseIndex(at + "finished_localhost_1574343029.timestamp")
                        .orElseThrow()
                        .node()
                        .value())
                .isEqualTo("localhost");
        assertThat(layout.parseIndex(at + "schema_node_with_underscores.whatever.com.txt")
                        .orElseThrow()
                        .node()
                        .value())
                .isEqualTo("node_with_underscores.whatever.com");
        assertThat(layout.parseIndex(at + "finished_some_underscores.host.net_1558021519.timestamp")
                        .orElseThrow()
                        .epoch())
                .contains(Instant.ofEpochSecond(1558021519));
        assertThat(layout.parseIndex(at + "tokenmap_a.json.example.cql.json")
                        .orElseThrow()
                        .node()
                        .value())
                .isEqualTo("a.json.example.cql");
        assertThat(layout.parseIndex(at + "incremental_n1").orElseThrow().kind())
                .isEqualTo(IndexKind.DIFFERENTIAL);
        assertThat(layout.parseIndex(at + "started_n1_999999999999999999.timestamp"))
                .isEmpty();
        assertThat(layout.parseIndex(at + "notes.txt")).isEmpty();
        assertThat(layout.parseIndex("index/backup_index/a/b/tokenmap_n1.json")).isEmpty();
    }

    @Test
    void S7_onlyRealSubdirectoriesAreDataFiles() {
        RepositoryLayout layout = new RepositoryLayout("px");
        var indexed = layout.parseData("px/db1/data/ks/t-1/.ix/f.db").orElseThrow();
        assertThat(indexed.relativePath()).isEqualTo(".ix/f.db");
        assertThat(layout.parseData("px/db1/data/dse/metadata/nodes/local")
                        .orElseThrow()
                        .subdirectory())
                .isEqualTo("nodes");
        assertThat(layout.parseData("px/db1/data/ks/t-1/snapshots/f.db")).isEmpty();
        assertThat(layout.parseData("px/db1/data/ks/.t-1/f.db")).isEmpty();
        assertThat(layout.parseData("px/db1/data/ks/f.db")).isEmpty();
        assertThat(layout.parseData("other/db1/data/ks/t-1/f.db")).isEmpty();
    }

    @Test
    void manifestsAreWrittenAndReadAsTheReferenceDoes() throws IOException {
        Manifest manifest = new Manifest(
                List.of(
                        new ManifestSection(
                                new TableDirectory("ks", "t1-0a1b"),
                                List.of(new ManifestEntry(
                                        "db1/data/ks/t1-0a1b/nb-1-big-Data.db",
                                        5,
                                        ContentHash.parse("900150983cd24fb0d6963f7d28e17f72")
                                                .orElseThrow()))),
                        new ManifestSection(new TableDirectory("ks", "t2-0c2d"), List.of())),
                TableScope.ALL);
        String text = ManifestJson.write(manifest, HashRule.PLAIN);
        assertThat(text)
                .isEqualTo("[{\"keyspace\": \"ks\", \"columnfamily\": \"t1-0a1b\", \"objects\": [{\"path\":"
                        + " \"db1/data/ks/t1-0a1b/nb-1-big-Data.db\", \"MD5\": \"900150983cd24fb0d6963f7d28e17f72\","
                        + " \"size\": 5}]}, {\"keyspace\": \"ks\", \"columnfamily\": \"t2-0c2d\", \"objects\": []}]");
        List<String> seen = new ArrayList<>();
        read(text.replace("\"size\": 5", "\"extra\": {\"a\": [1]}, \"size\": \"5\""), seen);
        assertThat(seen).containsExactly("ks/t1-0a1b", "ks/t1-0a1b 5", "ks/t2-0c2d");
    }

    @Test
    void whichIndexesWereBuiltIsReadAsItWasWrittenAndUnknownIsNotNone() throws IOException {
        TableDirectory table = new TableDirectory("ks", "t1-0a1b");
        String text = ManifestJson.write(
                new Manifest(
                        List.of(
                                new ManifestSection(
                                        table, List.of(), java.util.Optional.of(java.util.Set.of("b", "a"))),
                                new ManifestSection(
                                        new TableDirectory("ks", "t2-0c2d"),
                                        List.of(),
                                        java.util.Optional.of(java.util.Set.of())),
                                new ManifestSection(new TableDirectory("ks", "t3-0e3f"), List.of())),
                        TableScope.ALL),
                HashRule.PLAIN);
        assertThat(text)
                .contains("\"columnfamily\": \"t1-0a1b\", \"built_indexes\": [\"a\", \"b\"], \"objects\"")
                .contains("\"columnfamily\": \"t2-0c2d\", \"built_indexes\": [], \"objects\"")
                .contains("\"columnfamily\": \"t3-0e3f\", \"objects\"");
        List<String> seen = new ArrayList<>();
        read(text, seen);
        assertThat(seen).containsExactly("ks/t1-0a1b", "[a, b]", "ks/t2-0c2d", "[]", "ks/t3-0e3f");
    }

    private static void read(String text, List<String> seen) {
        try (ManifestEntries entries = new ManifestEntries(
                new ObjectKey("n1/b1/meta/manifest.json"),
                new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
                HashRule.PLAIN)) {
            for (var section = entries.nextSection(); section.isPresent(); section = entries.nextSection()) {
                TableDirectory table = section.get().table();
                seen.add(table.toString());
                section.get().builtIndexes().ifPresent(built -> seen.add(new java.util.TreeSet<>(built).toString()));
                entries.nextEntries(entry -> seen.add(table + " " + entry.size()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "null",
                "[",
                "[{\"keyspace\": \"k\"",
                "[] []",
                "[{\"keyspace\": \"k\", \"columnfamily\": \"t\"}]",
                "[{\"objects\": [], \"keyspace\": \"k\", \"columnfamily\": \"t\"}]",
                "[{\"keyspace\": \"..\", \"columnfamily\": \"t\", \"objects\": []}]",
                "[{\"keyspace\": \"k\", \"columnfamily\": \"a/b\", \"objects\": []}]",
                "[{\"keyspace\": \"k\", \"columnfamily\": \"t\", \"objects\": [{\"path\": \"n/data/k/t/../x\", \"size\": 1}]}]",
                "[{\"keyspace\": \"k\", \"columnfamily\": \"t\", \"objects\": [{\"path\": \"/etc/passwd\", \"size\": 1}]}]",
                "[{\"keyspace\": \"k\", \"columnfamily\": \"t\", \"objects\": [{\"path\": null, \"size\": 1}]}]",
                "[{\"keyspace\": \"k\", \"columnfamily\": \"t\", \"objects\": [{\"path\": \"n/data/k/t/f\", \"size\": -1}]}]",
                "[{\"keyspace\": \"k\", \"columnfamily\": \"t\", \"objects\": [{\"path\": \"n/data/k/t/f\", \"size\": 9.5}]}]",
                "[{\"keyspace\": \"k\", \"columnfamily\": \"t\", \"objects\": [{\"path\": \"n/data/k/t/f\", \"size\": null}]}]",
                "[{\"keyspace\": \"k\", \"columnfamily\": \"t\", \"objects\": [{\"path\": \"n/data/k/t/f\"}]}]"
            })
    void hostileManifestsAreRefused(String text) {
        assertThatThrownBy(() -> read(text, new ArrayList<>()))
                .isInstanceOfSatisfying(io.medusa.error.MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(io.medusa.error.FailureKind.BACKUP_DAMAGED));
    }

    @Test
    void tokenMapsOfAllAges() throws IOException {
        TokenMap old = TokenMapJson.read("{\"n1\": {\"tokens\": -5, \"is_up\": null}}");
        assertThat(old.nodes().get(NODE).singleToken()).isTrue();
        assertThat(old.nodes().get(NODE).rack()).isNull();
        String text = "{\"n2\": {\"tokens\": [-4106, 5051, 704], \"is_up\": true, \"rack\": \"r1\", \"dc\": \"dc1\"}}";
        assertThat(TokenMapJson.write(TokenMapJson.read(text))).isEqualTo(text);
        for (String bad :
                List.of("", "[]", "{\"n\": {}}", "{\"n\": {\"tokens\": [\"x\"]}}", "{\"a/b\": {\"tokens\": 1}}")) {
            assertThatThrownBy(() -> TokenMapJson.read(bad))
                    .as(bad)
                    .isInstanceOfAny(IOException.class, io.medusa.error.MedusaException.class);
        }
    }

    @Test
    void hashesOfAllForms() {
        ContentHash hex = ContentHash.parse("900150983cd24fb0d6963f7d28e17f72").orElseThrow();
        assertThat(ContentHash.parse("kAFQmDzST7DWlj99KOF/cg==")).contains(hex);
        assertThat(ContentHash.parse("\"900150983CD24FB0D6963F7D28E17F72\"")).contains(hex);
        assertThat(ContentHash.parse(null)).isEmpty();
        assertThat(ContentHash.parse("no-md5-hash")).isEmpty();
        ContentHash multipart =
                ContentHash.parse("900150983cd24fb0d6963f7d28e17f72-2").orElseThrow();
        assertThat(multipart.contradicts(hex)).isFalse();
        assertThat(multipart).hasToString("900150983cd24fb0d6963f7d28e17f72-2");
    }

    @Test
    void keysOfOneBackupNeverHoldThoseOfAnother() {
        RepositoryLayout layout = new RepositoryLayout("");
        String own = layout.dataPrefix(NODE, NAME, BackupMode.FULL);
        assertThat(layout.data(NODE, new BackupName("b10"), BackupMode.FULL, TABLE, "f")
                        .value())
                .doesNotStartWith(own);
        assertThat(layout.indexPrefix(Optional.of(NAME))).endsWith("/b1/");
    }
}
