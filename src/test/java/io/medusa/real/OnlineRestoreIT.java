package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables restored into a node that goes on running. */
final class OnlineRestoreIT {
    @TempDir
    Path directory;

    private RealNode node;
    private Cli medusa;
    private String process;

    @BeforeEach
    void shop() throws Exception {
        node = SharedNode.get();
        node.cql(
                "DROP KEYSPACE IF EXISTS live",
                "DROP KEYSPACE IF EXISTS copy",
                "CREATE KEYSPACE live WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TYPE live.street (name text, number int)",
                "CREATE TYPE live.address (home frozen<street>, city text)",
                "CREATE TABLE live.\"Orders\" (id int PRIMARY KEY, \"to\" frozen<address>, status text, gone text)"
                        + " WITH comment = 'a; WITH ID = b'",
                "ALTER TABLE live.\"Orders\" DROP gone",
                "CREATE INDEX by_status ON live.\"Orders\" (status)",
                "CREATE INDEX by_city ON live.\"Orders\" (full(\"to\")) USING 'sai'".replace("full(\"to\")", "\"to\""),
                "CREATE MATERIALIZED VIEW live.orders_by_status AS SELECT * FROM live.\"Orders\" WHERE status IS NOT"
                        + " NULL AND id IS NOT NULL PRIMARY KEY (status, id)",
                "CREATE TABLE live.other (id int PRIMARY KEY)",
                "INSERT INTO live.other (id) VALUES (1)");
        for (int i = 0; i < 100; i++) {
            node.cql("INSERT INTO live.\"Orders\" (id, \"to\", status) VALUES (" + i + ", {home: {name: 'Elm', number: "
                    + i + "}, city: 'c'}, '" + (i % 2 == 0 ? "paid" : "open") + "')");
        }
        medusa = new Cli(node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket"))
                .with("TMPDIR", directory.toString());
        medusa.run("backup", "--backup-name", "one").ok();
        process = Files.readString(node.directory().resolve("pid"));
    }

    @AfterEach
    void neverStopped() throws Exception {
        assertThat(Files.readString(node.directory().resolve("pid"))).isEqualTo(process);
        assertThat(node.isRunning()).isTrue();
        assertThat(node.rows("SELECT * FROM live.other")).as("other tables").hasSize(1);
        assertThat(node.directory().resolve(".medusa-data")).doesNotExist();
    }

    private void has(String table, String view, int rows) {
        assertThat(node.rows("SELECT * FROM " + table)).hasSize(rows);
        assertThat(node.rows("SELECT * FROM " + table + " WHERE status = 'open'"))
                .as("by index")
                .hasSize(rows / 2);
        if (view != null) {
            assertThat(node.rows("SELECT * FROM " + view + " WHERE status = 'paid'"))
                    .as("by view")
                    .hasSize(rows / 2);
        }
    }

    @Test
    void rowsThatWereTruncatedComeBackWithIndexesAndViews() {
        node.cql("TRUNCATE live.\"Orders\"");
        has("live.\"Orders\"", "live.orders_by_status", 0);
        Cli.Result result = medusa.run("restore-table", "live.Orders", "--backup-name", "one")
                .ok();
        has("live.\"Orders\"", "live.orders_by_status", 100);
        assertThat(node.rows(
                        "SELECT * FROM live.\"Orders\" WHERE \"to\" = {home: {name: 'Elm', number: 7}, city: 'c'}"))
                .as("by SAI")
                .hasSize(1);
        assertThat(result.err())
                .as("Cassandra saved the table before the truncation, but not its view")
                .contains("- Reused:     8 files");
    }

    @Test
    void rowsAreMergedUnlessTheTableIsTruncatedFirst() {
        node.cql(
                "DELETE FROM live.\"Orders\" WHERE id = 0",
                "UPDATE live.\"Orders\" SET status = 'open' WHERE id = 2",
                "INSERT INTO live.\"Orders\" (id, status) VALUES (500, 'open')");
        medusa.run("restore-table", "live.Orders", "--backup-name", "one").ok();
        assertThat(node.rows("SELECT * FROM live.\"Orders\"")).hasSize(100);
        assertThat(node.rows("SELECT * FROM live.orders_by_status WHERE status = 'open'"))
                .hasSize(52);
        medusa.run("restore-table", "live.Orders", "--backup-name", "one", "--truncate-first", "--yes")
                .ok();
        has("live.\"Orders\"", "live.orders_by_status", 100);
        assertThat(node.rows("SELECT * FROM live.\"Orders\" WHERE id = 500")).isEmpty();
    }

    @Test
    void whatIsLiveAlreadyIsNotTakenInTwice() throws Exception {
        long sstables = sstables();
        Cli.Result result = medusa.run("restore-table", "live.Orders", "--backup-name", "one")
                .ok();
        assertThat(result.err()).contains("0 SSTables imported, 1 already live");
        assertThat(sstables()).isEqualTo(sstables);
        has("live.\"Orders\"", "live.orders_by_status", 100);
    }

    private long sstables() throws Exception {
        try (var files = Files.list(node.tableDirectory("live", "Orders"))) {
            return files.filter(file -> file.toString().endsWith("-Data.db")).count();
        }
    }

    @Test
    void aDroppedTableComesBack() {
        node.cql("DROP MATERIALIZED VIEW live.orders_by_status", "DROP TABLE live.\"Orders\"");
        medusa.run("restore-table", "live.Orders", "--backup-name", "one").ok();
        has("live.\"Orders\"", "live.orders_by_status", 100);
    }

    @Test
    void anotherNameInAnotherKeyspaceIsMadeWithTypesAndIndexes() {
        medusa.run("restore-table", "live.Orders", "--backup-name", "one", "--as", "copy.orders_of_monday")
                .ok();
        has("copy.orders_of_monday", null, 100);
        has("live.\"Orders\"", "live.orders_by_status", 100);
        assertThat(node.rows("SELECT \"to\" FROM copy.orders_of_monday WHERE id = 7")
                        .get(0)
                        .getUdtValue(0)
                        .getUdtValue(0)
                        .getInt(1))
                .isEqualTo(7);
        // and once more, into what is there now
        medusa.run("restore-table", "live.Orders", "--backup-name", "one", "--as", "copy.orders_of_monday")
                .ok();
        has("copy.orders_of_monday", null, 100);
    }

    @Test
    void anotherNameInTheSameKeyspaceGetsIndexesOfItsOwn() {
        medusa.run("restore-table", "live.Orders", "--backup-name", "one", "--as", "live.beside")
                .ok();
        has("live.beside", null, 100);
        assertThat(node.rows(
                        "SELECT index_name FROM system_schema.indexes WHERE keyspace_name = 'live' AND table_name ="
                                + " 'beside'"))
                .extracting(row -> row.getString(0))
                .containsExactlyInAnyOrder("beside_by_status", "beside_by_city");
    }

    @Test
    void aViewThatIsYoungerThanTheBackupIsBuiltAnew() {
        node.cql(
                "TRUNCATE live.\"Orders\"",
                "CREATE MATERIALIZED VIEW live.young AS SELECT id, status FROM live.\"Orders\" WHERE status IS NOT"
                        + " NULL AND id IS NOT NULL PRIMARY KEY (status, id)");
        // and a row that the backup has with another status: its old row must not come back into any view
        node.cql("INSERT INTO live.\"Orders\" (id, status) VALUES (0, 'lost')");
        medusa.run("restore-table", "live.Orders", "--backup-name", "one").ok();
        assertThat(node.rows("SELECT * FROM live.\"Orders\"")).hasSize(100);
        for (String view : java.util.List.of("live.orders_by_status", "live.young")) {
            assertThat(node.rows("SELECT * FROM " + view)).as(view).hasSize(100);
            assertThat(node.rows("SELECT * FROM " + view + " WHERE status = 'paid' AND id = 0"))
                    .as(view)
                    .isEmpty();
        }
        assertThat(node.rows("SELECT * FROM live.young WHERE status = 'paid'")).hasSize(49);
    }

    @Test
    void aDryRunMakesTheSameChecksAndChangesNothing() {
        node.cql("TRUNCATE live.\"Orders\"");
        String plan = medusa.run("restore-table", "live.Orders", "--backup-name", "one", "--dry-run", "--yes")
                .ok()
                .out();
        assertThat(plan)
                .contains("dry run: nothing is changed")
                .contains("Rows are merged")
                .contains("SSTables to import: ");
        has("live.\"Orders\"", "live.orders_by_status", 0);
        Cli.Result created = medusa.run(
                        "restore-table",
                        "live.Orders",
                        "--backup-name",
                        "one",
                        "--as",
                        "live.planned",
                        "--dry-run",
                        "--output",
                        "json")
                .ok();
        assertThat(created.out()).contains("\"created\": true").contains("\"dry_run\": true");
        assertThat(node.rows("SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'live' AND table_name ="
                        + " 'planned'"))
                .isEmpty();
        node.cql("CREATE TABLE live.other_shape (id text PRIMARY KEY, status text)");
        Cli.Result shape = medusa.run(
                "restore-table", "live.Orders", "--backup-name", "one", "--as", "live.other_shape", "--dry-run");
        assertThat(shape.status()).isEqualTo(1);
        assertThat(shape.lastError()).contains("its data would be unreadable");
    }

    @Test
    void wrongNamesAndShapesAreOneLineAndChangeNothing() {
        Cli.Result typo = medusa.run("restore-table", "live.orders", "--backup-name", "one");
        assertThat(typo.status()).isEqualTo(1);
        assertThat(typo.lastError()).contains("has no table live.orders. Did you mean live.Orders?");
        assertThat(medusa.run("restore-table", "Orders", "--backup-name", "one").status())
                .isEqualTo(2);
        assertThat(medusa.run("restore-table", "live.Orders", "--backup-name", "one", "--as", "live/../x")
                        .lastError())
                .contains("is not the name of a table");
        assertThat(medusa.run("restore-table", "system.local", "--backup-name", "one")
                        .lastError())
                .contains("keyspace system holds the node's identity");
        assertThat(medusa.run("restore-table", "live.orders_by_status", "--backup-name", "one")
                        .lastError())
                .contains("is a materialized view of live.Orders and is built from it. Restore that table instead");
        assertThat(medusa.run("restore-table", "live.Orders", "--backup-name", "one", "--as", "live.orders_by_status")
                        .lastError())
                .contains("live.orders_by_status is a materialized view. Name a table");
        node.cql("CREATE TABLE live.shape (id text PRIMARY KEY, status text)");
        Cli.Result shape = medusa.run(
                "restore-table",
                "live.Orders",
                "--backup-name",
                "one",
                "--as",
                "live.shape",
                "--truncate-first",
                "--yes");
        assertThat(shape.status()).isEqualTo(1);
        assertThat(shape.lastError()).contains("its data would be unreadable");
        has("live.\"Orders\"", "live.orders_by_status", 100);
    }
}
