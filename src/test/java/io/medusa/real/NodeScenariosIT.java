package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.testing.Await;
import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scenarios of a single node and a local store, each on a real Cassandra, through the command line. */
final class NodeScenariosIT {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path directory;

    private RealNode node;
    private Path ini;
    private Cli medusa;

    @BeforeEach
    void freshKeyspace() throws Exception {
        node = SharedNode.get();
        node.cql(
                "DROP KEYSPACE IF EXISTS medusa",
                "CREATE KEYSPACE medusa WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
        ini = node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket", "storage.prefix = p1");
        medusa = new Cli(ini).with("TMPDIR", directory.toString());
    }

    private void table(String name) {
        node.cql("CREATE TABLE medusa." + name + " (id timeuuid PRIMARY KEY, value text)");
    }

    private void indexedTable() {
        table("test");
        node.cql("CREATE INDEX test_value_idx ON medusa.test (value)");
    }

    private void insert(String table, int rows) {
        for (int i = 0; i < rows; i++) {
            node.cql("INSERT INTO medusa." + table + " (id, value) VALUES (now(), '" + i + "')");
        }
    }

    private void load(int rows) throws Exception {
        insert("test", rows);
        node.flush("medusa");
    }

    private Cli.Result backup(String name, String mode, String... more) {
        return medusa.run(Stream.concat(Stream.of("backup", "--backup-name", name, "--mode", mode), Stream.of(more))
                        .toArray(String[]::new))
                .ok();
    }

    private JsonNode backupJson(String name, String mode, String... more) throws IOException {
        return JSON.readTree(backup(
                        name,
                        mode,
                        Stream.concat(Stream.of("--output", "json"), Stream.of(more))
                                .toArray(String[]::new))
                .out());
    }

    private void restore(String name, String... more) {
        medusa.run(Stream.concat(Stream.of("restore-node", "--backup-name", name), Stream.of(more))
                        .toArray(String[]::new))
                .ok();
    }

    private void verifies(String... names) {
        for (String name : names) {
            Cli.Result result = medusa.run("verify", "--backup-name", name);
            assertThat(result.status()).as(result.out() + result.err()).isZero();
            assertThat(result.out())
                    .isEqualTo("Validating " + name + " ...\n- Completion: OK!\n- Manifest validated: OK!!\n");
        }
    }

    private List<String> listed() {
        return medusa.run("list-backups")
                .ok()
                .out()
                .lines()
                .map(line -> line.split(" ", 2)[0])
                .toList();
    }

    private Path bucket() {
        return directory.resolve("bucket/p1");
    }

    private Path meta(String name, String file) {
        return bucket().resolve("127.0.0.1").resolve(name).resolve("meta").resolve(file);
    }

    private List<JsonNode> objects(String backup, String keyspace, String table) throws IOException {
        JsonNode manifest = JSON.readTree(Files.readString(meta(backup, "manifest.json")));
        for (JsonNode section : manifest) {
            if (section.path("keyspace").asText().equals(keyspace)
                    && section.path("columnfamily").asText().startsWith(table + "-")) {
                return IntStream.range(0, section.path("objects").size())
                        .mapToObj(i -> section.path("objects").get(i))
                        .toList();
            }
        }
        throw new AssertionError("no section " + keyspace + "." + table + " in " + backup);
    }

    private List<Path> pool(String table) throws IOException {
        Path keyspace = bucket().resolve("127.0.0.1/data/medusa");
        try (Stream<Path> files = Files.walk(keyspace)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> keyspace.relativize(file).toString().startsWith(table + "-"))
                    .toList();
        }
    }

    private static long dataFiles(List<Path> files) {
        return files.stream()
                .filter(file -> file.getFileName().toString().endsWith("-Data.db"))
                .count();
    }

    private String latest() throws IOException {
        return Files.readString(bucket().resolve("index/latest_backup/127.0.0.1/backup_name.txt"));
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void row01_fullBackupDownloadVerifyAndRestore() throws Exception {
        indexedTable();
        load(100);
        load(100);
        backup("first_backup", "full");
        assertThat(listed()).containsExactly("first_backup");
        Path all = Files.createDirectory(directory.resolve("all"));
        medusa.run("download", "--backup-name", "first_backup", "--download-destination", all.toString())
                .ok();
        JsonNode manifest = JSON.readTree(Files.readString(meta("first_backup", "manifest.json")));
        for (JsonNode section : manifest) {
            for (JsonNode object : section.path("objects")) {
                String path = object.path("path").asText();
                Path file = all.resolve(path.substring("p1/127.0.0.1/first_backup/data/".length()));
                assertThat(file).hasSize(object.path("size").asLong());
            }
        }
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
        try (Stream<Path> entries = Files.list(one)) {
            assertThat(entries.filter(Files::isDirectory)
                            .map(path -> path.getFileName().toString()))
                    .containsExactly("medusa");
        }
        assertThat(objects("first_backup", "medusa", "test")).hasSize(32);
        try (Stream<Path> files = Files.walk(bucket().resolve("127.0.0.1/first_backup/data/medusa"))) {
            assertThat(dataFiles(files.toList())).isEqualTo(4);
        }
        assertThat(medusa.run("fetch-tokenmap", "--backup-name", "first_backup")
                        .ok()
                        .out())
                .matches("127\\.0\\.0\\.1\n\\[-?\\d+(, -?\\d+){3}\\]\n");
        assertThat(medusa.run("status", "--backup-name", "first_backup").ok().out())
                .startsWith("first_backup\n- Started: ")
                .contains("- 1 nodes completed, 0 nodes incomplete, 0 nodes missing\n");
        assertThat(Files.readString(meta("first_backup", "server_version.json")))
                .isEqualTo("{\"server_type\": \"cassandra\", \"release_version\": \"5.0.9\"}");
        verifies("first_backup");
        assertThat(medusa.run("verify", "--backup-name", "first_backup", "--enable-md5-checks")
                        .status())
                .isZero();
        load(100);
        assertThat(node.count("medusa.test")).isEqualTo(300);
        restore("first_backup");
        assertThat(node.count("medusa.test")).isEqualTo(200);
    }

    @Test
    void row02_indexCopiesAndLatestMarker() throws Exception {
        table("test");
        load(100);
        backup("second_backup", "full");
        Path index = bucket().resolve("index/backup_index/second_backup");
        assertThat(Files.readString(index.resolve("tokenmap_127.0.0.1.json")))
                .isEqualTo(Files.readString(meta("second_backup", "tokenmap.json")));
        assertThat(Files.readString(index.resolve("manifest_127.0.0.1.json")))
                .isEqualTo(Files.readString(meta("second_backup", "manifest.json")));
        assertThat(Files.readString(index.resolve("schema_127.0.0.1.cql")))
                .isEqualTo(Files.readString(meta("second_backup", "schema.cql")));
        assertThat(latest()).isEqualTo("second_backup");
        backup("third_backup", "full");
        assertThat(latest()).isEqualTo("third_backup");
        assertThat(medusa.run("report-last-backup").ok().err()).contains("- Name: third_backup");
        backup("fourth_backup", "full", "--enable-md5-checks");
        assertThat(medusa.run("report-last-backup").ok().err()).contains("- Name: fourth_backup");
    }

    @Test
    void row03_latestMarkerOfAnEmptyBucket() throws Exception {
        assertThat(medusa.run("get-last-complete-cluster-backup").ok().out())
                .isEqualTo("Could not find any full backup for the cluster\n");
        table("test");
        load(100);
        backup("fourth_backup", "full");
        assertThat(latest()).isEqualTo("fourth_backup");
        load(100);
        backup("fifth_backup", "full");
        assertThat(latest()).isEqualTo("fifth_backup");
        assertThat(medusa.run("get-last-complete-cluster-backup").ok().out()).isEqualTo("fifth_backup\n");
    }

    @Test
    void D4_row05_06_07_indexLostAndRebuilt() throws Exception {
        table("test");
        load(100);
        backup("second_backup", "full");
        backup("third_backup", "differential");
        deleteTree(bucket().resolve("index"));
        assertThat(medusa.run("list-backups").ok().out()).isEmpty();
        assertThat(medusa.run("get-last-complete-cluster-backup").ok().out())
                .isEqualTo("Could not find any full backup for the cluster\n");
        medusa.run("build-index").ok();
        assertThat(listed()).containsExactly("second_backup", "third_backup");
        assertThat(latest()).isEqualTo("third_backup");
        assertThat(medusa.run("get-last-complete-cluster-backup").ok().out()).isEqualTo("third_backup\n");
        assertThat(medusa.run("status", "--backup-name", "third_backup", "-o", "json")
                        .ok()
                        .out())
                .as("D4: the rebuilt index still knows what is differential")
                .contains("\"backup_type\": \"differential\"");
        // row 7: the report rebuilds by itself, and says so
        deleteTree(bucket().resolve("index"));
        assertThat(medusa.run("report-last-backup").ok().err())
                .contains("rebuilding the index")
                .contains("- Name: third_backup");
        assertThat(bucket().resolve("index/backup_index/third_backup/differential_127.0.0.1"))
                .exists();
        // row 6: an index without backups
        deleteTree(bucket().resolve("127.0.0.1"));
        Cli.Result list = medusa.run("list-backups").ok();
        assertThat(list.out()).isEmpty();
        assertThat(bucket().resolve("index/backup_index/third_backup"))
                .as("D13: a listing deletes nothing")
                .isNotEmptyDirectory();
    }

    @Test
    void row08_differentialChainAndRestoreInTheMiddle() throws Exception {
        indexedTable();
        load(100);
        backup("first", "differential");
        assertThat(objects("first", "medusa", "test")).hasSize(16);
        assertThat(dataFiles(pool("test"))).isEqualTo(2);
        load(100);
        JsonNode second = backupJson("second", "differential");
        assertThat(objects("second", "medusa", "test")).hasSize(32);
        assertThat(objects("first", "medusa", "test")).hasSize(16);
        assertThat(dataFiles(pool("test"))).isEqualTo(4);
        assertThat(second.path("reused_objects").asInt()).isPositive();
        assertThat(second.path("uploaded_objects").asInt()).isGreaterThanOrEqualTo(16);
        backup("third", "differential", "--enable-md5-checks");
        load(100);
        JsonNode fourth = backupJson("fourth", "differential", "--enable-md5-checks");
        assertThat(fourth.path("reused_objects").asInt()).isGreaterThanOrEqualTo(32);
        verifies("first", "second", "third");
        assertThat(node.count("medusa.test")).isEqualTo(300);
        restore("third");
        assertThat(node.count("medusa.test")).isEqualTo(200);
        assertThat(node.rows("SELECT * FROM medusa.test WHERE value = '7'")).hasSize(2);
        load(100);
        backup("fifth", "differential");
        assertThat(listed()).containsExactly("first", "second", "third", "fourth", "fifth");
        verifies("first", "second", "third", "fourth", "fifth");
    }

    @Test
    void row12_oneTableOfTwo() throws Exception {
        table("test1");
        table("test2");
        insert("test1", 100);
        insert("test2", 100);
        node.flush("medusa");
        backup("fifth_backup", "full");
        medusa.run("status", "--backup-name", "fifth_backup").ok();
        verifies("fifth_backup");
        node.cql("TRUNCATE medusa.test1", "TRUNCATE medusa.test2");
        // a write that is only in memory, in a table that is not restored
        node.cql("INSERT INTO medusa.test1 (id, value) VALUES (now(), 'unflushed')");
        restore("fifth_backup", "--table", "medusa.test2");
        assertThat(node.count("medusa.test2")).isEqualTo(100);
        assertThat(node.count("medusa.test1"))
                .as("the other table, with its unflushed row")
                .isEqualTo(1);
    }

    @Test
    void row13_restoreIsVerifiedByAQuery() throws Exception {
        table("test");
        load(100);
        backup("sixth", "full");
        verifies("sixth");
        Files.write(
                ini,
                List.of("[checks]", "query = SELECT * FROM medusa.test", "expected_rows = 100"),
                StandardOpenOption.APPEND);
        restore("sixth", "--verify");
        assertThat(node.count("medusa.test")).isEqualTo(100);
        Files.writeString(ini, Files.readString(ini).replace("expected_rows = 100", "expected_rows = 99"));
        Cli.Result wrong = medusa.run("restore-node", "--backup-name", "sixth", "--verify");
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.lastError()).contains("gave 100 rows instead of 99").contains("previous data is kept in");
        // the same command again, with the right expectation, carries on and cleans up
        Files.writeString(ini, Files.readString(ini).replace("expected_rows = 99", "expected_rows = 100"));
        restore("sixth", "--verify");
        assertThat(node.directory().resolve("data/.medusa/snapshots")).doesNotExist();
    }

    @Test
    void B27_row14_secondaryIndexIsRestoredAndCassandraYamlIsAsItWas() throws Exception {
        byte[] yaml = Files.readAllBytes(node.yamlFile());
        indexedTable();
        load(100);
        backup("seventh", "differential");
        verifies("seventh");
        assertThat(objects("seventh", "medusa", "test").stream()
                        .map(object -> object.path("path").asText())
                        .filter(path -> path.contains("/.test_value_idx/")))
                .hasSize(8);
        restore("seventh");
        assertThat(node.count("medusa.test")).isEqualTo(100);
        assertThat(node.rows("SELECT * FROM medusa.test WHERE value = '0'")).hasSize(1);
        assertThat(node.yamlFile()).hasBinaryContent(yaml);
    }

    @Test
    void row15_differentialAfterFullAndFullAfterDifferentialCopyInsideTheStore() throws Exception {
        table("test");
        load(100);
        backup("first", "full");
        JsonNode second = backupJson("second", "differential");
        assertThat(second.path("uploaded_bytes").asLong())
                .isLessThan(second.path("copied_bytes").asLong());
        assertThat(dataFiles(pool("test"))).isEqualTo(1);
        JsonNode third = backupJson("third", "full");
        assertThat(third.path("copied_objects").asInt()).isGreaterThan(100);
        verifies("first", "second", "third");
        // the copies are independent
        deleteTree(bucket().resolve("127.0.0.1/first"));
        verifies("second", "third");
    }

    @Test
    void B34_row20_withoutManifestABackupIsIncomplete() throws Exception {
        table("test");
        insert("test", 100);
        backup("twelfth", "full");
        assertThat(medusa.run("verify", "--backup-name", "twelfth", "--enable-md5-checks")
                        .status())
                .isZero();
        Files.delete(meta("twelfth", "manifest.json"));
        Path index = bucket().resolve("index/backup_index/twelfth");
        Files.delete(index.resolve("manifest_127.0.0.1.json"));
        try (Stream<Path> files = Files.list(index)) {
            for (Path file : files.filter(path -> path.getFileName().toString().startsWith("finished"))
                    .toList()) {
                Files.delete(file);
            }
        }
        assertThat(medusa.run("list-backups").ok().out())
                .contains("twelfth (started: ")
                .contains("finished: Incomplete [0 of 1 nodes finished])")
                .endsWith("\n\nIncomplete backups found. You can run \"medusa status --backup-name <name>\" for more"
                        + " details\n");
        Cli.Result verify = medusa.run("verify", "--backup-name", "twelfth");
        assertThat(verify.status()).isEqualTo(1);
        assertThat(verify.out()).contains("- Completion: Not complete!\n  - [127.0.0.1] Backup started at ");
        Cli.Result restore = medusa.run("restore-node", "--backup-name", "twelfth");
        assertThat(restore.status()).isEqualTo(1);
        assertThat(restore.lastError()).contains("is not finished");
        // B34, P15: the name is not burnt
        assertThat(backupJson("twelfth", "full").path("reused_objects").asInt()).isGreaterThan(100);
        verifies("twelfth");
    }

    @Test
    void row21_aMissingFileFailsVerify() throws Exception {
        table("test");
        insert("test", 100);
        backup("thirteenth", "full");
        String victim = objects("thirteenth", "medusa", "test").stream()
                .map(object -> object.path("path").asText())
                .filter(path -> path.endsWith("-Data.db"))
                .findFirst()
                .orElseThrow();
        Files.delete(directory.resolve("bucket").resolve(victim));
        Cli.Result verify = medusa.run("verify", "--backup-name", "thirteenth");
        assertThat(verify.status()).isEqualTo(1);
        assertThat(verify.out()).endsWith("- Manifest validation: Failed!\n  - [" + victim + "] Doesn't exists\n");
        // nor has the node any more what the bucket has lost
        node.cql("TRUNCATE medusa.test");
        node.clearSnapshots();
        Cli.Result restore = medusa.run("restore-node", "--backup-name", "thirteenth");
        assertThat(restore.status()).isEqualTo(1);
        assertThat(restore.lastError()).contains(victim + " is missing. Nothing was changed");
        assertThat(node.isRunning())
                .as("the node was not stopped for a backup that cannot be restored")
                .isTrue();
    }

    @Test
    void row25_rewrittenStatisticsAndSummaries() throws Exception {
        indexedTable();
        load(100);
        backup("first", "differential", "--enable-md5-checks");
        verifies("first");
        List<String> before = new TreeSet<>(objects("first", "medusa", "test").stream()
                        .map(object -> object.path("path").asText()
                                + object.path("MD5").asText())
                        .toList())
                .stream().toList();
        Path statistics = pool("test").stream()
                .filter(file -> file.toString().endsWith("-Statistics.db"))
                .findFirst()
                .orElseThrow();
        byte[] original = Files.readAllBytes(statistics);
        Files.writeString(statistics, "more", StandardOpenOption.APPEND);
        verifies("first");
        Files.write(statistics, original);
        node.cql("ALTER TABLE medusa.test WITH min_index_interval = 4 AND max_index_interval = 8");
        node.jmx("org.apache.cassandra.db:type=IndexSummaries", "redistributeSummaries", new Object[0]);
        verifies("first");
        backup("second", "differential");
        verifies("first", "second");
        assertThat(objects("first", "medusa", "test").stream()
                        .map(object -> object.path("path").asText()
                                + object.path("MD5").asText())
                        .sorted()
                        .toList())
                .isEqualTo(before);
        assertThat(medusa.run("verify", "--backup-name", "first", "--enable-md5-checks")
                        .status())
                .as("D15: what the first backup names still has its content")
                .isZero();
    }

    @Test
    void row30_aLaterDifferentialRepairsThePool() throws Exception {
        indexedTable();
        insert("test", 100);
        backup("first", "differential");
        Path data = pool("test").stream()
                .filter(file -> file.toString().endsWith("-Data.db"))
                .findFirst()
                .orElseThrow();
        byte[] original = Files.readAllBytes(data);
        Files.delete(data);
        assertThat(medusa.run("verify", "--backup-name", "first").status()).isEqualTo(1);
        backup("second", "differential");
        verifies("first", "second");
        assertThat(data).hasBinaryContent(original);
        Files.write(data, new byte[0]);
        assertThat(medusa.run("verify", "--backup-name", "second").status()).isEqualTo(1);
        JsonNode fourth = backupJson("fourth", "differential", "--enable-md5-checks");
        assertThat(fourth.path("reused_objects").asInt()).isPositive();
        assertThat(fourth.path("replaced_objects").asInt()).isPositive();
        verifies("first", "second", "fourth");
        assertThat(data).hasBinaryContent(original);
        // the same size with other bytes is found by content only, and repaired with the bytes that are named
        Files.write(data, "x".repeat(original.length).getBytes(StandardCharsets.UTF_8));
        assertThat(medusa.run("verify", "--backup-name", "first", "--enable-md5-checks")
                        .status())
                .isEqualTo(1);
        backup("fifth", "differential", "--enable-md5-checks");
        assertThat(data).hasBinaryContent(original);
    }

    @Test
    void row33_aKeptSnapshotStays() throws Exception {
        table("test");
        insert("test", 100);
        backup("backup-keep", "full", "--keep-snapshot");
        assertThat(medusa.run("verify", "--backup-name", "backup-keep", "--enable-md5-checks")
                        .status())
                .isZero();
        assertThat(node.hasSnapshot("medusa-backup-keep")).isTrue();
        Cli.Result next = backup("another", "differential");
        assertThat(next.err()).contains("medusa-backup-keep").contains("medusa clear-snapshots");
        assertThat(medusa.run("clear-snapshots").ok().out())
                .isEqualTo("medusa-backup-keep kept; add --yes to clear it\n");
        assertThat(medusa.run("clear-snapshots", "-y").ok().out()).isEqualTo("medusa-backup-keep cleared\n");
        assertThat(node.hasSnapshot("medusa-backup-keep")).isFalse();
    }

    @Test
    void row34_anExistingSnapshotIsBackedUpAndKept() throws Exception {
        table("test");
        insert("test", 100);
        node.snapshot("manual_snapshot");
        backup("manual_snapshot", "full", "--use-existing-snapshot", "--keep-snapshot");
        verifies("manual_snapshot");
        assertThat(node.hasSnapshot("manual_snapshot")).isTrue();
        node.storageService(
                "clearSnapshot",
                new Object[] {"manual_snapshot", new String[0]},
                "java.lang.String",
                "[Ljava.lang.String;");
        Cli.Result missing = medusa.run("backup", "--backup-name", "nothing_there", "--use-existing-snapshot");
        assertThat(missing.status()).isEqualTo(1);
        assertThat(missing.lastError()).startsWith("ERROR: there is no snapshot nothing_there below");
        assertThat(listed()).containsExactly("manual_snapshot");
        Cli.Result unnamed = medusa.run("backup", "--use-existing-snapshot");
        assertThat(unnamed.status()).isEqualTo(1);
    }

    @Test
    void row35_oldAndNewSnapshotsRestored() throws Exception {
        table("test");
        insert("test", 100);
        node.snapshot("backup_from_snapshot");
        insert("test", 200);
        node.snapshot("never_used_snapshot");
        backup("regular_backup", "full");
        backup("backup_from_snapshot", "full", "--use-existing-snapshot");
        assertThat(node.hasSnapshot("backup_from_snapshot")).isFalse();
        restore("backup_from_snapshot");
        assertThat(node.count("medusa.test")).isEqualTo(100);
        assertThat(node.hasSnapshot("never_used_snapshot"))
                .as("a restore keeps the operator's snapshots")
                .isTrue();
        restore("regular_backup");
        assertThat(node.count("medusa.test")).isEqualTo(300);
        node.storageService(
                "clearSnapshot",
                new Object[] {"never_used_snapshot", new String[0]},
                "java.lang.String",
                "[Ljava.lang.String;");
    }

    @Test
    void row10_metrics() throws Exception {
        table("test");
        load(100);
        // the provider local writes into the working directory of the process
        Path metrics = Path.of("metrics.json");
        Files.deleteIfExists(metrics);
        Files.write(ini, List.of("[monitoring]", "monitoring_provider = local"), StandardOpenOption.APPEND);
        try {
            backup("first", "differential");
            assertThat(Files.readAllLines(metrics)).hasSize(3);
            medusa.run("report-last-backup", "--push-metrics").ok();
            assertThat(Files.readAllLines(metrics).stream()
                            .map(line -> line.replaceAll("\"value\".*", "").replaceAll("\"seq\": \\d+, ", ""))
                            .collect(Collectors.toList()))
                    .hasSize(10)
                    .element(4)
                    .isEqualTo("{\"tags\": [\"medusa-cluster-backup\", \"seconds-since-backup\", \"first\"], ");
        } finally {
            Files.deleteIfExists(metrics);
        }
    }

    @Test
    void row09_row19_row22_afterCompactionsThePoolHoldsJustWhatIsNamed() throws Exception {
        table("test");
        load(50);
        backup("first", "differential");
        backup("second", "differential");
        load(50);
        node.compact("medusa");
        load(50);
        backup("third", "differential");
        Files.delete(meta("second", "manifest.json"));
        assertThat(medusa.run("delete-backup", "--backup-name", "first").err())
                .as("what the index calls finished is not taken for unfinished")
                .contains("its meta/manifest.json is missing");
        try (Stream<Path> index = Files.list(bucket().resolve("index/backup_index/second"))) {
            for (Path file : index.filter(path -> path.getFileName().toString().matches("(manifest|finished)_.*"))
                    .toList()) {
                Files.delete(file);
            }
        }
        medusa.run("delete-backup", "--backup-name", "first").ok();
        load(50);
        Await.nextSecond();
        backup("fourth", "differential");
        node.compact("medusa");
        backup("fifth", "differential");
        Cli cautious = new Cli(node.medusaIni(
                        directory.resolve("cautious.ini"),
                        directory,
                        "bucket",
                        "storage.prefix = p1",
                        "storage.max_backup_count = 2",
                        "storage.backup_grace_period_in_days = 1"))
                .with("TMPDIR", directory.toString());
        cautious.run("purge").ok();
        assertThat(listed()).containsExactly("fourth", "fifth");
        assertThat(pool("test").size()).as("grace").isGreaterThan(named("test", "fourth", "fifth"));
        verifies("fourth", "fifth");
        cautious.run("--backup-grace-period-in-days", "0", "purge").ok();
        assertThat(pool("test")).hasSize(named("test", "fourth", "fifth"));
        medusa.run("verify", "--all", "--level", "sstable").ok();
        restore("fourth");
        assertThat(node.count("medusa.test")).isEqualTo(200);
    }

    private int named(String table, String... backups) throws IOException {
        java.util.Set<String> paths = new java.util.HashSet<>();
        for (String backup : backups) {
            objects(backup, "medusa", table)
                    .forEach(object -> paths.add(object.path("path").asText()));
        }
        return paths.size();
    }

    @Test
    void aNodeThatCouldNotBeStartedAgainIsNotStopped() throws Exception {
        table("test");
        load(10);
        backup("good", "differential");
        String checked = medusa.run("doctor", "--restore", "--no-snapshot").ok().out();
        assertThat(checked)
                .containsPattern("restore: stop_cmd +OK")
                .containsPattern("restore: start_cmd +OK")
                .containsPattern("restore: JMX +OK")
                .containsPattern("restore: permissions +OK")
                .containsPattern("restore: room +OK");
        Path broken = Files.writeString(
                directory.resolve("broken.ini"),
                Files.readString(ini).replaceAll("(?m)^start_cmd = .*", "start_cmd = /nowhere/cassandra-start"));
        Cli without = new Cli(broken).with("TMPDIR", directory.toString());
        for (String[] words : new String[][] {
            {"restore-node", "--backup-name", "good"},
            {"restore-node", "--backup-name", "good", "--stage-only"},
            {"restore-node", "--backup-name", "good", "--dry-run"}
        }) {
            Cli.Result refused = without.run(words);
            assertThat(refused.status()).isNotZero();
            assertThat(refused.err())
                    .contains("/nowhere/cassandra-start does not exist")
                    .contains("Cassandra was not stopped. No data was changed");
        }
        assertThat(without.run("doctor", "--restore", "--no-snapshot").out())
                .containsPattern("restore: start_cmd +FAILED");
        insert("test", 1);
        assertThat(node.count("medusa.test")).isEqualTo(11);
    }
}
