package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to the schema and its indexes around a snapshot, on a real node. */
final class SnapshotMomentIT {
    private static final int ROWS = 10_000;

    @TempDir
    Path directory;

    private RealNode node;
    private Cli medusa;

    @BeforeEach
    void keyspace() throws Exception {
        node = SharedNode.get();
        node.cql(
                "DROP KEYSPACE IF EXISTS moment",
                "CREATE KEYSPACE moment WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
        Path ini = node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket");
        medusa = new Cli(ini).with("TMPDIR", directory.toString());
    }

    private String meta(String backup, String file) throws Exception {
        return Files.readString(directory.resolve("bucket/127.0.0.1/" + backup + "/meta/" + file));
    }

    private long number(String query) {
        return node.rows(query).get(0).getLong(0);
    }

    @Test
    void whatChangesInTheSchemaBetweenSnapshotAndUploadIsNotInTheBackup() throws Exception {
        node.cql(
                "CREATE TYPE moment.place (city text)",
                "CREATE TABLE moment.a (k int PRIMARY KEY, v text)",
                "CREATE TABLE moment.b (k int PRIMARY KEY, at frozen<place>)",
                "INSERT INTO moment.a (k, v) VALUES (1, 'v')",
                "INSERT INTO moment.b (k, at) VALUES (1, {city: 'Ulm'})");
        String left = medusa.run("take-snapshot", "--backup-name", "one").ok().out();
        String version = String.valueOf(
                node.rows("SELECT schema_version FROM system.local").get(0).getUuid(0));
        assertThat(left).contains("\"schema_version\": \"" + version + "\"").contains("\"id\"");
        node.snapshot("byhand");
        node.cql(
                "ALTER TABLE moment.a ADD w text",
                "INSERT INTO moment.a (k, w) VALUES (2, 'w')",
                "DROP TABLE moment.b",
                "DROP TYPE moment.place",
                "CREATE TABLE moment.c (k int PRIMARY KEY)");

        medusa.run("backup", "--backup-name", "one").ok();
        assertThat(node.hasSnapshot("medusa-one")).isFalse();
        assertThat(meta("one", "snapshot.json")).contains(version);
        medusa.run("backup", "--backup-name", "byhand", "--use-existing-snapshot")
                .ok();
        for (String backup : List.of("one", "byhand")) {
            for (String file : List.of("schema.cql", "schema_with_internals.txt")) {
                assertThat(meta(backup, file))
                        .as(backup + " " + file)
                        .contains("CREATE TYPE moment.place")
                        .contains("CREATE TABLE moment.b")
                        .doesNotContain("w text");
            }
            assertThat(meta(backup, "manifest.json")).contains("\"b-").doesNotContain("\"c-");
            medusa.run("verify", "--backup-name", backup).ok();
        }

        medusa.run("restore-node", "--backup-name", "byhand", "--table", "moment.b")
                .ok();
        assertThat(node.count("moment.b")).isEqualTo(1);
        assertThat(node.rows("SELECT at FROM moment.b WHERE k = 1")
                        .get(0)
                        .getUdtValue(0)
                        .getString("city"))
                .isEqualTo("Ulm");
    }

    /** Leaves an index in the middle of its build, as a node does that is backed up meanwhile. */
    private void halfBuild(String create, String drop) throws Exception {
        for (int attempt = 0; attempt < 10; attempt++) {
            node.cql(create);
            for (int stops = 0; stops < 20 && !isBuilt("i_v"); stops++) {
                node.jmx(
                        "org.apache.cassandra.db:type=CompactionManager",
                        "stopCompaction",
                        new Object[] {"INDEX_BUILD"},
                        "java.lang.String");
            }
            if (!isBuilt("i_v")) {
                return;
            }
            node.cql(drop);
        }
        throw new AssertionError("the index is always built before it can be stopped");
    }

    private boolean isBuilt(String index) {
        return !node.rows("SELECT * FROM system.\"IndexInfo\" WHERE table_name = 'moment' AND index_name = '" + index
                        + "'")
                .isEmpty();
    }

    @Test
    void point6_anIndexThatWasHalfBuiltInTheBackupFindsEveryRowAfterEveryKindOfRestore() throws Exception {
        node.cql(
                "CREATE TABLE moment.i (k int PRIMARY KEY, v text, s text, u text)",
                "CREATE INDEX i_u ON moment.i (u)");
        for (int from = 0; from < ROWS; from += 100) {
            StringBuilder batch = new StringBuilder("BEGIN UNLOGGED BATCH ");
            for (int k = from; k < from + 100; k++) {
                batch.append("INSERT INTO moment.i (k, v, s, u) VALUES (" + k + ", 'x', 'x', 'x'); ");
            }
            node.cql(batch.append("APPLY BATCH").toString());
        }
        node.flush("moment");
        halfBuild("CREATE INDEX i_v ON moment.i (v)", "DROP INDEX moment.i_v");
        medusa.run("backup", "--backup-name", "half").ok();
        assertThat(meta("half", "manifest.json")).contains("\"built_indexes\": [\"i_u\"]");
        // an index of the kind that looks at each SSTable when it is opened
        node.cql("CREATE INDEX i_s ON moment.i (s) USING 'sai'");

        String log = medusa.run("restore-node", "--backup-name", "half", "--table", "moment.i")
                .ok()
                .err();
        node.reconnect();
        for (String column : List.of("v", "s", "u")) {
            assertThat(number("SELECT count(*) FROM moment.i WHERE " + column + " = 'x'"))
                    .as("by the index on " + column)
                    .isEqualTo(ROWS);
        }
        assertThat(log).contains("Rebuilding index i_v of moment.i").doesNotContain("Rebuilding index i_u");

        medusa.run("restore-table", "moment.i", "--backup-name", "half", "--as", "moment.copy")
                .ok();
        assertThat(number("SELECT count(*) FROM moment.copy WHERE v = 'x'")).isEqualTo(ROWS);

        medusa.run("restore-node", "--backup-name", "half").ok();
        node.reconnect();
        assertThat(number("SELECT count(*) FROM moment.i WHERE v = 'x'")).isEqualTo(ROWS);
    }
}
