package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.testing.Cli;
import io.medusa.testing.Distribution;
import io.medusa.testing.RealNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that a node can do, on other versions of Cassandra: {@code -Dmedusa.cassandra=4.0.19,4.1.10/8,6.0-alpha2}, where
 * {@code /8} is Java 8. The other tests run on 5.0.9. Most of its time are the starts of nodes, so it restarts no more of them than
 * restores do.
 */
final class VersionsIT {
    private static final List<String> LEVELS = List.of("exists", "sample", "content", "sstable");

    @TempDir
    Path directory;

    private Distribution version;
    private RealNode node;
    private Cli medusa;

    static List<String> versions() {
        return Distribution.asked();
    }

    private boolean isImporting() {
        return version.atLeast(4, 0);
    }

    private void createSchema() {
        node.cql(
                "CREATE KEYSPACE every WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TYPE every.inner (a int, b text)",
                "CREATE TYPE every.\"Outer\" (i frozen<inner>, l list<int>)",
                "CREATE TABLE every.plain (k int, c text, s text static, v text, PRIMARY KEY (k, c))"
                        + " WITH CLUSTERING ORDER BY (c DESC) AND comment = 'it''s; one'",
                "CREATE TABLE every.collections (k int PRIMARY KEY, l list<int>, s set<text>, m map<text, int>,"
                        + " f frozen<map<text, frozen<list<int>>>>, t tuple<int, text>, u frozen<\"Outer\">)",
                "CREATE TABLE every.counters (k int PRIMARY KEY, n counter)",
                "CREATE TABLE every.\"QuotedNames\" (\"The Key\" int PRIMARY KEY, \"it's\" text, \"select\" int)",
                "CREATE TABLE every.short (k int PRIMARY KEY, v text)"
                        + " WITH default_time_to_live = 864000 AND compression = {'enabled': 'false'}",
                "CREATE TABLE every.types (k uuid PRIMARY KEY, a ascii, b bigint, c blob, d boolean, e date, f decimal,"
                        + " g double, h float, i inet, j smallint, l time, m timestamp, n timeuuid, o tinyint, p varint)",
                "CREATE TABLE every.dropped (k int PRIMARY KEY, gone text, stays text)",
                "CREATE TABLE every.indexed (k int PRIMARY KEY, v text, w int)",
                "CREATE INDEX by_v ON every.indexed (v)",
                "CREATE TABLE every.based (k int, c int, v int, PRIMARY KEY (k, c))",
                "CREATE MATERIALIZED VIEW every.viewed AS SELECT * FROM every.based WHERE v IS NOT NULL AND k IS NOT NULL"
                        + " AND c IS NOT NULL PRIMARY KEY (v, k, c)",
                "CREATE TABLE every.dense (k int, c text, v int, PRIMARY KEY (k, c)) WITH COMPACT STORAGE"
                        + " AND CLUSTERING ORDER BY (c DESC)",
                "CREATE TABLE every.thrift (k int PRIMARY KEY, v text) WITH COMPACT STORAGE",
                "CREATE KEYSPACE other WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TABLE other.t (k int PRIMARY KEY, v text)");
        if (version.atLeast(5, 0)) {
            node.cql(
                    "CREATE TABLE every.vectors (k int PRIMARY KEY, v vector<float, 2>, body text)",
                    "CREATE INDEX sai_body ON every.vectors (body) USING 'sai'");
        }
        if (version.atLeast(4, 0)) {
            node.cql(
                    "CREATE TABLE every.zstd (k int PRIMARY KEY, v text) WITH compression = {'class': 'ZstdCompressor'}");
        }
    }

    private void comment() {
        node.cql(
                "COMMENT ON TABLE every.dropped IS 'it''s; a table'",
                "COMMENT ON COLUMN every.dropped.stays IS 'a column'",
                "SECURITY LABEL ON TABLE every.dropped IS 'secret'",
                "COMMENT ON KEYSPACE other IS 'a keyspace'");
    }

    private List<String> comments() {
        return Stream.of("KEYSPACE other", "TABLE every.dropped")
                .flatMap(what -> node.rows("DESCRIBE " + what).stream())
                .flatMap(row -> Stream.of(row.getString("create_statement").split("\n(?=COMMENT|SECURITY)", -1)))
                .map(String::strip)
                .filter(line -> line.startsWith("COMMENT") || line.startsWith("SECURITY"))
                .sorted()
                .toList();
    }

    private void load(int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            node.cql(
                    "INSERT INTO every.plain (k, c, s, v) VALUES (" + i % 3 + ", 'c" + i + "', 's" + i + "', 'v')",
                    "INSERT INTO every.collections (k, l, s, m, f, t, u) VALUES (" + i + ", [1, " + i + "], {'a', 'b'},"
                            + " {'x': 1}, {'y': [2, 3]}, (4, 'five'), {i: {a: 6, b: 'seven'}, l: [8]})",
                    "UPDATE every.counters SET n = n + " + i + " WHERE k = " + i % 5,
                    "INSERT INTO every.\"QuotedNames\" (\"The Key\", \"it's\", \"select\") VALUES (" + i
                            + ", 'it''s', 1)",
                    "INSERT INTO every.short (k, v) VALUES (" + i + ", 'short') USING TTL " + (100_000 + i),
                    "INSERT INTO every.types (k, a, b, c, d, e, f, g, h, i, j, l, m, n, o, p) VALUES ("
                            + new java.util.UUID(7, i)
                            + ", 'a', 1, 0x02, true, '2026-11-28', 1.50, 2.5, 3.5, '::1', 4, '08:12:54.123', 1700000000000,"
                            + " 50554d6e-29bb-11e5-b345-feff819cdc9f, 5, 6)",
                    "INSERT INTO every.dropped (k, " + (from == 0 ? "gone, " : "") + "stays) VALUES (" + i + ", "
                            + (from == 0 ? "'gone', " : "") + "'stays')",
                    "INSERT INTO every.indexed (k, v, w) VALUES (" + i + ", 'v" + i % 4 + "', " + i + ")",
                    "INSERT INTO every.based (k, c, v) VALUES (" + i + ", 1, " + i % 4 + ")",
                    "INSERT INTO every.dense (k, c, v) VALUES (" + i % 3 + ", 'c" + i + "', " + i + ")",
                    "INSERT INTO every.thrift (k, v) VALUES (" + i + ", 'v')",
                    "INSERT INTO other.t (k, v) VALUES (" + i + ", 'v')");
            if (version.atLeast(5, 0)) {
                node.cql("INSERT INTO every.vectors (k, v, body) VALUES (" + i + ", [0.5, " + i + "], 'body')");
            }
            if (version.atLeast(4, 0)) {
                node.cql("INSERT INTO every.zstd (k, v) VALUES (" + i + ", 'zstd')");
            }
        }
        node.cql(
                "DELETE FROM every.plain WHERE k = 0 AND c = 'c" + from + "'",
                "DELETE FROM every.plain WHERE k = 1 AND c < 'c2'",
                "DELETE l[0] FROM every.collections WHERE k = " + from,
                "DELETE FROM every.types WHERE k = " + new java.util.UUID(7, from));
        node.flush("every");
        node.flush("other");
    }

    private List<String> tables() {
        List<String> tables = new ArrayList<>(List.of(
                "every.plain",
                "every.collections",
                "every.counters",
                "every.\"QuotedNames\"",
                "every.short",
                "every.types",
                "every.dropped",
                "every.indexed",
                "every.based",
                "every.viewed",
                "every.dense",
                "every.thrift",
                "other.t"));
        if (version.atLeast(5, 0)) {
            tables.add("every.vectors");
        }
        if (version.atLeast(4, 0)) {
            tables.add("every.zstd");
        }
        return tables;
    }

    /** Every row of every table, and what the index finds. */
    private Map<String, List<String>> rows() throws Exception {
        node.reconnect();
        Map<String, List<String>> rows = new TreeMap<>();
        for (String table : tables()) {
            rows.put(table, json("SELECT JSON * FROM " + table));
        }
        rows.put("index", json("SELECT JSON * FROM every.indexed WHERE v = 'v1'"));
        return rows;
    }

    private List<String> json(String query) {
        return node.rows(query).stream().map(row -> row.getString(0)).sorted().toList();
    }

    private void verify() {
        for (String level : LEVELS) {
            medusa.run("verify", "--backup-name", "two", "--level", level).ok();
        }
        for (String name : List.of("one", "full")) {
            medusa.run("verify", "--backup-name", name, "--level", "sstable").ok();
        }
        medusa.run("verify", "--backup-name", "one", "--level", "exists").ok();
        medusa.run("verify", "--backup-name", "full", "--level", "content").ok();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void everythingThatANodeCanDo(String name) throws Exception {
        version = Distribution.of(name);
        Path home = Files.createTempDirectory(
                Files.createDirectories(Path.of("target/real").toAbsolutePath()), "version");
        try (RealNode started = RealNode.of(version, home.resolve("node"), settings())) {
            node = started.start();
            medusa = new Cli(node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket"))
                    .with("TMPDIR", directory.toString());
            createSchema();
            if (version.atLeast(6, 0)) {
                comment();
            }
            load(0, 10);
            medusa.run("backup", "--backup-name", "one", "--mode", "differential")
                    .ok();
            Map<String, List<String>> one = rows();
            node.cql("ALTER TABLE every.dropped DROP gone");
            load(10, 20);
            JsonNode second = new JsonMapper()
                    .readTree(medusa.run("backup", "--backup-name", "two", "--output", "json")
                            .ok()
                            .out());
            assertThat(second.path("reused_objects").asInt()).isPositive();
            medusa.run("backup", "--backup-name", "full", "--mode", "full").ok();
            if (version.atLeast(6, 0)) {
                theClustersMetadataIsKept("full");
            }
            Map<String, List<String>> two = rows();
            verify();
            assertThat(medusa.run("list-backups").ok().out()).contains("one", "two", "full");
            downloads();

            load(20, 25);
            Map<String, List<String>> three = rows();
            restore("one", "--keep-previous");
            assertThat(rows()).isEqualTo(one);
            medusa.run("restore-node", "--undo").ok();
            assertThat(rows()).isEqualTo(three);
            node.cql("DROP TABLE other.t");
            restore("two", "--table", "every.plain", "--table", "every.thrift", "--keyspace", "other");
            List.of("every.plain", "every.thrift", "other.t").forEach(table -> three.put(table, two.get(table)));
            assertThat(rows()).isEqualTo(three);
            if (isImporting()) {
                tablesThatWereDropped(two, three);
            } else {
                assertThat(medusa.run("restore-table", "other.t", "--backup-name", "two")
                                .lastError())
                        .contains("Cassandra " + version.version() + " cannot import SSTables");
            }
            restore("full");
            assertThat(rows()).isEqualTo(two);
            onAnotherNode(home.resolve("other"), two);
        }
    }

    private void theClustersMetadataIsKept(String backup) throws Exception {
        Path meta = directory.resolve("bucket/127.0.0.1").resolve(backup).resolve("meta");
        Map<?, ?> described =
                (Map<?, ?>) node.jmx("org.apache.cassandra.tcm:type=CMSOperations", "describeCMS", new Object[0]);
        JsonNode ring = new JsonMapper().readTree(meta.resolve("tokenmap.json").toFile());
        assertThat(ring.path("127.0.0.1").path("epoch").asText()).isEqualTo(described.get("EPOCH"));
        assertThat(meta.resolve("cluster_metadata.dump")).isNotEmptyFile();
    }

    private String[] settings() {
        return version.atLeast(4, 0) ? new String[] {"drop_compact_storage_enabled: true"} : new String[0];
    }

    private void restore(String name, String... more) {
        medusa.run(Stream.concat(Stream.of("restore-node", "--backup-name", name), Stream.of(more))
                        .toArray(String[]::new))
                .ok();
    }

    private void downloads() throws Exception {
        Path to = Files.createDirectories(directory.resolve("downloaded"));
        medusa.run("download", "--backup-name", "two", "--download-destination", to.toString())
                .ok();
        try (Stream<Path> files = Files.walk(to)) {
            assertThat(files.map(Path::toString))
                    .anyMatch(file -> file.contains("/every/plain-") && file.endsWith("-Data.db"));
        }
    }

    private void tablesThatWereDropped(Map<String, List<String>> backup, Map<String, List<String>> expected)
            throws Exception {
        node.cql("TRUNCATE every.collections");
        medusa.run("restore-table", "every.collections", "--backup-name", "two").ok();
        node.cql("DROP MATERIALIZED VIEW every.viewed");
        List<String> names = new ArrayList<>(List.of("thrift", "plain", "dropped", "counters", "indexed", "based"));
        if (!version.atLeast(6, 0)) {
            // 6.0-alpha2 cannot create a table of compact storage with an id that it has given to one
            names.add("dense");
        }
        for (String table : names) {
            node.cql("DROP TABLE every." + table);
        }
        // with another id than that of the backup
        node.cql("CREATE TABLE every.thrift (k int PRIMARY KEY, v text) WITH COMPACT STORAGE");
        for (String table : names) {
            medusa.run("restore-table", "every." + table, "--backup-name", "two")
                    .ok();
        }
        names.forEach(table -> expected.put("every." + table, backup.get("every." + table)));
        List.of("every.collections", "every.viewed", "index").forEach(name -> expected.put(name, backup.get(name)));
        assertThat(rows()).isEqualTo(expected);
        node.cql("DROP KEYSPACE other");
        medusa.run("restore-table", "other.t", "--backup-name", "two").ok();
        assertThat(rows()).isEqualTo(expected);
        medusa.run("restore-table", "every.collections", "--as", "other.copied", "--backup-name", "two")
                .ok();
        node.reconnect();
        if (version.atLeast(6, 0)) {
            assertThat(comments()).hasSize(4);
        }
        assertThat(json("SELECT JSON * FROM other.copied")).isEqualTo(expected.get("every.collections"));
    }

    /** On a new node, which has never run. From Cassandra 6 on, the cluster's metadata would come along. */
    private void onAnotherNode(Path place, Map<String, List<String>> expected) throws Exception {
        RealNode source = node;
        try (RealNode other = RealNode.of(version, place, settings())) {
            Files.createDirectories(place.resolve("data"));
            Cli there = new Cli(other.medusaIni(directory.resolve("other.ini"), directory, "bucket"))
                    .with("TMPDIR", directory.toString());
            Cli.Result restored = there.run("restore-node", "--backup-name", "full", "--remote");
            if (version.atLeast(6, 0)) {
                assertThat(restored.lastError()).contains("would make this node join the cluster of the backup");
                return;
            }
            restored.ok();
            node = other;
            assertThat(rows()).isEqualTo(expected);
        } finally {
            node = source;
        }
    }
}
