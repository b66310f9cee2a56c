package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.testing.Await;
import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scenarios of a single node on one kind of object store: a real Cassandra, the command line, and a look into the bucket. */
abstract class StoreScenarios {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path directory;

    RealNode node;
    private Cli medusa;
    private ObjectStorage storage;
    private List<String> lines;

    /** The lines of {@code [storage]} that name a fresh bucket. */
    abstract List<String> newBucket() throws Exception;

    /** That bucket, to look into. */
    abstract ObjectStorage bucket() throws Exception;

    @BeforeEach
    void freshKeyspaceAndBucket() throws Exception {
        lines = newBucket();
        storage = bucket();
        node = SharedNode.get();
        node.cql(
                "DROP KEYSPACE IF EXISTS medusa",
                "CREATE KEYSPACE medusa WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
        medusa = cli("medusa.ini");
    }

    @AfterEach
    void close() {
        if (storage != null) {
            storage.close();
        }
    }

    private Cli cli(String file, String... more) throws IOException {
        List<String> options = new ArrayList<>(List.of("storage.prefix = p1"));
        options.addAll(List.of(more));
        return new Cli(node.medusaIni(directory.resolve(file), lines, options.toArray(new String[0])))
                .with("TMPDIR", directory.toString());
    }

    private void indexedTable() {
        node.cql("CREATE TABLE medusa.test (id timeuuid PRIMARY KEY, value text)");
        node.cql("CREATE INDEX test_value_idx ON medusa.test (value)");
    }

    private void load(int rows) throws Exception {
        for (int i = 0; i < rows; i++) {
            node.cql("INSERT INTO medusa.test (id, value) VALUES (now(), '" + i + "')");
        }
        node.flush("medusa");
    }

    private JsonNode backup(String name, String mode, String... more) throws Exception {
        Await.nextSecond();
        return JSON.readTree(medusa.run(Stream.concat(
                                Stream.of("backup", "--backup-name", name, "--mode", mode, "--output", "json"),
                                Stream.of(more))
                        .toArray(String[]::new))
                .ok()
                .out());
    }

    private void restore(String name, String... more) {
        medusa.run(Stream.concat(Stream.of("restore-node", "--backup-name", name), Stream.of(more))
                        .toArray(String[]::new))
                .ok();
    }

    private void verifies(String... names) {
        for (String name : names) {
            for (String[] level : new String[][] {{}, {"--enable-md5-checks"}, {"--level", "content"}}) {
                Cli.Result result =
                        medusa.run(Stream.concat(Stream.of("verify", "--backup-name", name), Stream.of(level))
                                .toArray(String[]::new));
                assertThat(result.status()).as(result.out() + result.err()).isZero();
            }
        }
    }

    private List<String> listed() {
        return medusa.run("list-backups")
                .ok()
                .out()
                .lines()
                .filter(line -> line.contains(" (started: "))
                .map(line -> line.split(" ", 2)[0])
                .toList();
    }

    private List<String> keys(String prefix) {
        try (Stream<StoredObject> objects = storage.list("p1/" + prefix)) {
            return objects.map(object -> object.key().value()).toList();
        }
    }

    private List<String> pool() {
        return keys("127.0.0.1/data/medusa/test-");
    }

    private static long dataFiles(List<String> keys) {
        return keys.stream().filter(key -> key.endsWith("-Data.db")).count();
    }

    private String read(String key) throws IOException {
        try (InputStream in = storage.open(new ObjectKey("p1/" + key)).orElseThrow()) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    private List<JsonNode> objects(String backup) throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        for (JsonNode section : JSON.readTree(read("127.0.0.1/" + backup + "/meta/manifest.json"))) {
            if (section.path("keyspace").asText().equals("medusa")) {
                section.path("objects").forEach(objects::add);
            }
        }
        return objects;
    }

    @Test
    void row01_row14_fullBackupDownloadVerifyAndRestore() throws Exception {
        indexedTable();
        load(100);
        load(100);
        backup("first_backup", "full");
        assertThat(listed()).containsExactly("first_backup");
        Path all = Files.createDirectory(directory.resolve("all"));
        medusa.run("download", "--backup-name", "first_backup", "--download-destination", all.toString())
                .ok();
        assertThat(all.resolve("manifest.json")).exists();
        Path one = Files.createDirectory(directory.resolve("one"));
        medusa.run(
                        "download",
                        "--backup-name",
                        "first_backup",
                        "--download-destination",
                        one.toString(),
                        "--table",
                        "medusa.test",
                        "--ignore-system-keyspaces")
                .ok();
        try (Stream<Path> files = Files.walk(one)) {
            assertThat(files.filter(file -> file.toString().endsWith("-Data.db")))
                    .hasSize(4);
        }
        assertThat(objects("first_backup")).hasSize(32);
        assertThat(dataFiles(keys("127.0.0.1/first_backup/data/medusa/"))).isEqualTo(4);
        assertThat(medusa.run("fetch-tokenmap", "--backup-name", "first_backup")
                        .ok()
                        .out())
                .startsWith("127.0.0.1\n");
        assertThat(medusa.run("status", "--backup-name", "first_backup").ok().out())
                .contains("- 1 nodes completed, 0 nodes incomplete, 0 nodes missing\n");
        verifies("first_backup");
        load(100);
        assertThat(node.count("medusa.test")).isEqualTo(300);
        restore("first_backup");
        assertThat(node.count("medusa.test")).isEqualTo(200);
        assertThat(node.rows("SELECT * FROM medusa.test WHERE value = '7'")).hasSize(2);
        // the schema and the data are encrypted and classed as the configuration says
        medusa.run("doctor", "--no-snapshot").ok();
    }

    @Test
    void row02_row03_indexCopiesAndLatestMarker() throws Exception {
        indexedTable();
        assertThat(keys("index/latest_backup/")).isEmpty();
        load(100);
        for (String name : List.of("second_backup", "third_backup")) {
            backup(name, "full");
            assertThat(read("index/backup_index/" + name + "/tokenmap_127.0.0.1.json"))
                    .isEqualTo(read("127.0.0.1/" + name + "/meta/tokenmap.json"));
            assertThat(read("index/backup_index/" + name + "/manifest_127.0.0.1.json"))
                    .isEqualTo(read("127.0.0.1/" + name + "/meta/manifest.json"));
            assertThat(read("index/latest_backup/127.0.0.1/backup_name.txt")).isEqualTo(name);
        }
        medusa.run("report-last-backup").ok();
        backup("fourth_backup", "full", "--enable-md5-checks");
        medusa.run("report-last-backup").ok();
        // wiped and built again, the index says the same
        List<String> before = keys("index/backup_index/");
        storage.deleteAll(keys("index/").stream().map(ObjectKey::new).toList());
        medusa.run("build-index").ok();
        assertThat(keys("index/backup_index/")).containsExactlyElementsOf(before);
        assertThat(listed()).containsExactly("second_backup", "third_backup", "fourth_backup");
    }

    @Test
    void row08_row10_differentialChainAndRestoreInTheMiddle() throws Exception {
        indexedTable();
        load(100);
        backup("first", "differential");
        assertThat(objects("first")).hasSize(16);
        assertThat(dataFiles(pool())).isEqualTo(2);
        load(100);
        JsonNode second = backup("second", "differential");
        assertThat(objects("second")).hasSize(32);
        assertThat(dataFiles(pool())).isEqualTo(4);
        assertThat(second.path("reused_objects").asInt()).isPositive();
        JsonNode third = backup("third", "differential", "--enable-md5-checks");
        assertThat(third.path("uploaded_objects").asInt())
                .as("system tables alone")
                .isLessThan(100);
        load(100);
        JsonNode fourth = backup("fourth", "differential", "--enable-md5-checks");
        assertThat(fourth.path("reused_objects").asInt()).isGreaterThanOrEqualTo(32);
        verifies("first", "second", "third");
        restore("third");
        assertThat(node.count("medusa.test")).isEqualTo(200);
        load(100);
        backup("fifth", "differential");
        verifies("first", "second", "third", "fourth", "fifth");
        medusa.run("delete-backup", "--backup-name", "first").ok();
        assertThat(listed()).containsExactly("second", "third", "fourth", "fifth");
        verifies("second", "third", "fourth", "fifth");
    }

    @Test
    void row09_row22_purgeLeavesJustWhatIsNamed() throws Exception {
        indexedTable();
        load(50);
        backup("first", "differential");
        backup("second", "differential");
        load(50);
        node.compact("medusa");
        load(50);
        backup("third", "differential");
        load(50);
        backup("fourth", "differential");
        node.compact("medusa");
        backup("fifth", "differential");
        storage.deleteAll(Stream.concat(
                        Stream.of("p1/127.0.0.1/second/meta/manifest.json"),
                        keys("index/backup_index/second/").stream()
                                .filter(key -> key.matches(".*/(manifest|finished)_[^/]*")))
                .map(ObjectKey::new)
                .toList());
        medusa.run("delete-backup", "--backup-name", "first").ok();
        assertThat(listed()).containsExactly("second", "third", "fourth", "fifth");
        cli("purge.ini", "storage.max_backup_count = 2", "storage.backup_grace_period_in_days = 0")
                .run("purge")
                .ok();
        assertThat(listed()).contains("fourth", "fifth").doesNotContain("first", "third");
        java.util.Set<String> named = new java.util.TreeSet<>();
        for (String name : List.of("fourth", "fifth")) {
            objects(name).forEach(object -> named.add(object.path("path").asText()));
        }
        assertThat(pool()).containsExactlyInAnyOrderElementsOf(named);
        verifies("fourth", "fifth");
        restore("fourth");
        assertThat(node.count("medusa.test")).isEqualTo(200);
    }

    @Test
    void row12_row13_oneTableOfTwoAndAQueryAfterwards() throws Exception {
        node.cql(
                "CREATE TABLE medusa.test (id timeuuid PRIMARY KEY, value text)",
                "CREATE TABLE medusa.other (id timeuuid PRIMARY KEY, value text)");
        load(100);
        node.cql("INSERT INTO medusa.other (id, value) VALUES (now(), 'x')");
        node.flush("medusa");
        backup("one", "full");
        node.cql("TRUNCATE medusa.test", "TRUNCATE medusa.other");
        cli("checked.ini", "[checks]", "query = SELECT * FROM medusa.test", "expected_rows = 100")
                .run("restore-node", "--backup-name", "one", "--table", "medusa.test")
                .ok();
        assertThat(node.count("medusa.test")).isEqualTo(100);
        assertThat(node.count("medusa.other")).isZero();
    }

    @Test
    void row15_fullAndThenDifferential() throws Exception {
        indexedTable();
        load(100);
        backup("first", "full");
        JsonNode second = backup("second", "differential");
        assertThat(second.path("copied_objects").asInt())
                .as("made of the full one")
                .isPositive();
        JsonNode third = backup("third", "full");
        assertThat(third.path("copied_objects").asInt()).isPositive();
        verifies("first", "second", "third");
    }

    @Test
    void row30_aLaterDifferentialRepairsThePool() throws Exception {
        indexedTable();
        load(100);
        backup("first", "differential");
        ObjectKey data = new ObjectKey(pool().stream()
                .filter(key -> key.endsWith("-Data.db"))
                .findFirst()
                .orElseThrow());
        storage.deleteAll(List.of(data));
        assertThat(medusa.run("verify", "--backup-name", "first").status()).isEqualTo(1);
        backup("second", "differential");
        verifies("first", "second");
        storage.put(data, ObjectSource.OfBytes.utf8(""));
        assertThat(medusa.run("verify", "--backup-name", "second").status()).isEqualTo(1);
        JsonNode fourth = backup("fourth", "differential", "--enable-md5-checks");
        assertThat(fourth.path("reused_objects").asInt()).isPositive();
        assertThat(fourth.path("replaced_objects").asInt()).isPositive();
        verifies("first", "second", "fourth");
    }
}
