package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.Cli;
import io.medusa.testing.Distribution;
import io.medusa.testing.RealNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node that is upgraded from 3.11 by 4.0 to 5.0 without rewriting its SSTables, and backed up on each: every version restores the
 * backups that it can read, which hold SSTables of all versions up to it, and refuses the others before it changes anything.
 */
final class UpgradesIT {
    private static final List<String> CHAIN = List.of("3.11.19", "4.0.19", "5.0.0");
    private static final List<String> TABLES = List.of(
            "up.plain",
            "up.collections",
            "up.counters",
            "up.dense",
            "up.thrift",
            "up.dropped",
            "up.based",
            "up.viewed");

    @TempDir
    Path directory;

    private RealNode node;
    private Cli medusa;

    private static String[] settings(String version) {
        return switch (version) {
            case "3.11.19" -> new String[0];
            case "4.0.19" -> new String[] {"drop_compact_storage_enabled: true"};
            // else it would write SSTables as 4.0 does
            default -> new String[] {"drop_compact_storage_enabled: true", "storage_compatibility_mode: NONE"};
        };
    }

    private void createSchema() {
        node.cql(
                "CREATE KEYSPACE up WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TYPE up.pair (a int, b text)",
                "CREATE TABLE up.plain (k int, c text, s text static, v text, PRIMARY KEY (k, c))"
                        + " WITH CLUSTERING ORDER BY (c DESC)",
                "CREATE TABLE up.collections (k int PRIMARY KEY, l list<int>, m map<text, int>, u frozen<pair>)",
                "CREATE TABLE up.counters (k int PRIMARY KEY, n counter)",
                "CREATE TABLE up.dense (k int, c text, v int, PRIMARY KEY (k, c)) WITH COMPACT STORAGE",
                "CREATE TABLE up.thrift (k int PRIMARY KEY, v text) WITH COMPACT STORAGE",
                "CREATE TABLE up.dropped (k int PRIMARY KEY, gone text, stays text)",
                "CREATE TABLE up.based (k int PRIMARY KEY, v int)",
                "CREATE MATERIALIZED VIEW up.viewed AS SELECT * FROM up.based WHERE v IS NOT NULL AND k IS NOT NULL"
                        + " PRIMARY KEY (v, k)");
    }

    private void load(int from, boolean withGone) throws Exception {
        for (int i = from; i < from + 5; i++) {
            node.cql(
                    "INSERT INTO up.plain (k, c, s, v) VALUES (" + i % 3 + ", 'c" + i + "', 's" + i + "', 'v')",
                    "INSERT INTO up.collections (k, l, m, u) VALUES (" + i + ", [1, " + i
                            + "], {'x': 1}, {a: 6, b: 'b'})",
                    "UPDATE up.counters SET n = n + " + i + " WHERE k = " + i % 2,
                    "INSERT INTO up.dense (k, c, v) VALUES (" + i % 3 + ", 'c" + i + "', " + i + ")",
                    "INSERT INTO up.thrift (k, v) VALUES (" + i + ", 'v')",
                    "INSERT INTO up.dropped (k, " + (withGone ? "gone, " : "") + "stays) VALUES (" + i + ", "
                            + (withGone ? "'gone', " : "") + "'stays')",
                    "INSERT INTO up.based (k, v) VALUES (" + i + ", " + i % 4 + ")");
        }
        node.cql(
                "DELETE FROM up.plain WHERE k = " + from % 3 + " AND c = 'c" + from + "'",
                "DELETE FROM up.thrift WHERE k = " + (from + 1));
        node.flush("up");
    }

    private Map<String, List<String>> rows() throws Exception {
        node.reconnect();
        Map<String, List<String>> rows = new TreeMap<>();
        for (String table : TABLES) {
            rows.put(
                    table,
                    node.rows("SELECT JSON * FROM " + table).stream()
                            .map(row -> row.getString(0))
                            .sorted()
                            .toList());
        }
        return rows;
    }

    /** Starts the next version on the same data. */
    private void upgrade(String version) throws Exception {
        node.storageService("drain", new Object[0]);
        node.stop();
        node = node.as(Distribution.of(version), settings(version)).start();
    }

    private String refused(String... arguments) {
        Cli.Result result = medusa.run(arguments);
        assertThat(result.status()).as(result.err()).isNotZero();
        return result.lastError();
    }

    private void backUp(String name) {
        medusa.run("backup", "--backup-name", name).ok();
    }

    private void restore(String name) {
        medusa.run("restore-node", "--backup-name", name).ok();
    }

    private void restoreTables(String backup, String... tables) {
        for (String table : tables) {
            medusa.run("restore-table", table, "--backup-name", backup).ok();
        }
    }

    private boolean hasFiles(String table, String pattern) throws Exception {
        try (var files = Files.list(node.tableDirectory("up", table))) {
            return files.anyMatch(file -> file.getFileName().toString().matches(pattern));
        }
    }

    @Test
    void backupsOfOneVersionAreRestoredOnTheNext() throws Exception {
        Distribution.requireAsked(CHAIN);
        Path home = Files.createTempDirectory(
                Files.createDirectories(Path.of("target/real").toAbsolutePath()), "upgrades");
        node = RealNode.of(Distribution.of("3.11.19"), home.resolve("node"), settings("3.11.19"));
        try {
            node.start();
            medusa = new Cli(node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket"))
                    .with("TMPDIR", directory.toString());
            createSchema();
            load(0, true);
            backUp("of-3.11");
            Map<String, List<String>> of311 = rows();
            node.cql("ALTER TABLE up.dropped DROP gone");

            upgrade("4.0.19");
            load(5, false);
            backUp("of-4.0");
            Map<String, List<String>> of40 = rows();
            assertThat(hasFiles("plain", "me-.*-Data.db") && hasFiles("plain", "nb-.*-Data.db"))
                    .isTrue();
            restore("of-3.11");
            assertThat(rows()).isEqualTo(of311);
            // its SSTables of 3.11 and those of 4.0 come beside those that are there
            node.cql("ALTER TABLE up.dropped DROP gone", "DROP TABLE up.dense", "TRUNCATE up.counters");
            restoreTables("of-4.0", "up.plain", "up.collections", "up.counters", "up.dense", "up.thrift", "up.dropped");
            restoreTables("of-4.0", "up.based");
            assertThat(rows()).isEqualTo(of40);

            upgrade("5.0.0");
            load(10, false);
            backUp("of-5.0");
            assertThat(hasFiles("plain", "oa-.*-Data.db")).isTrue();
            assertThat(refused("restore-node", "--backup-name", "of-3.11"))
                    .contains("Cassandra cannot be upgraded from 3.11 to 5.0 in one step");
            Map<String, List<String>> of50 = rows();
            restore("of-4.0");
            assertThat(rows()).isEqualTo(of40);
            node.cql("DROP MATERIALIZED VIEW up.viewed");
            for (String table : List.of("plain", "collections", "counters", "dense", "thrift", "dropped", "based")) {
                node.cql("DROP TABLE up." + table);
            }
            restoreTables(
                    "of-3.11", "up.plain", "up.collections", "up.counters", "up.dense", "up.thrift", "up.dropped");
            restoreTables("of-3.11", "up.based");
            assertThat(rows()).isEqualTo(of311);
            // it has the column again that was dropped before this backup
            assertThat(refused("restore-node", "--backup-name", "of-5.0", "--keyspace", "up"))
                    .contains("column gone was dropped before the backup and is there again");
            node.cql("DROP TABLE up.dropped");
            medusa.run("restore-node", "--backup-name", "of-5.0", "--keyspace", "up")
                    .ok();
            assertThat(rows()).isEqualTo(of50);
            String tokens = node.rows("SELECT tokens FROM system.local").get(0).getSet("tokens", String.class).stream()
                    .collect(Collectors.joining(","));
            node.stop();
            anOlderOneRefusesIt(home.resolve("older"), tokens);
        } finally {
            node.close();
        }
    }

    private void anOlderOneRefusesIt(Path place, String tokens) throws Exception {
        RealNode newer = node;
        try (RealNode older = RealNode.of(
                Distribution.of("4.0.19"), place, "drop_compact_storage_enabled: true", "initial_token: " + tokens)) {
            node = older.start();
            medusa = new Cli(older.medusaIni(directory.resolve("older.ini"), directory, "bucket"))
                    .with("TMPDIR", directory.toString());
            createSchema();
            load(0, true);
            Map<String, List<String>> before = rows();
            assertThat(refused("restore-node", "--backup-name", "of-5.0"))
                    .contains("cannot be restored into Cassandra 4.0.19: ", "No data was changed");
            assertThat(refused("restore-node", "--backup-name", "of-5.0", "--keyspace", "up"))
                    .contains("which it cannot read", "No data was changed");
            assertThat(refused("restore-table", "up.thrift", "--truncate-first", "--yes", "--backup-name", "of-5.0"))
                    .contains("which it cannot read");
            assertThat(node.isRunning()).isTrue();
            assertThat(rows()).isEqualTo(before);
        } finally {
            node = newer;
        }
    }
}
