package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restores of single tables: dropped, created anew, with types, functions, views and indexes, beside other tables. */
final class TableRestoreIT {
    @TempDir
    Path directory;

    private RealNode node;
    private Cli medusa;

    @BeforeEach
    void shop() throws Exception {
        node = SharedNode.get();
        node.cql(
                "DROP KEYSPACE IF EXISTS shop",
                "DROP KEYSPACE IF EXISTS other",
                "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE KEYSPACE other WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TYPE shop.street (name text, number int)",
                "CREATE TYPE shop.address (home frozen<street>, city text)",
                "CREATE FUNCTION shop.plus (a int, b int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS $$"
                        + " int x = a; return x + b; $$",
                "CREATE AGGREGATE shop.total (int) SFUNC plus STYPE int INITCOND 0",
                "CREATE TABLE shop.\"Orders\" (id int PRIMARY KEY, \"to\" frozen<address>, amount int, status text,"
                        + " gone text) WITH comment = 'it''s; CREATE TABLE x (y int); -- no'",
                "ALTER TABLE shop.\"Orders\" DROP gone",
                "CREATE INDEX orders_status ON shop.\"Orders\" (status)",
                "CREATE MATERIALIZED VIEW shop.by_status AS SELECT * FROM shop.\"Orders\" WHERE status IS NOT NULL AND"
                        + " id IS NOT NULL PRIMARY KEY (status, id)",
                "CREATE TABLE other.t (id int PRIMARY KEY, v text)");
        insert(0, 100);
        node.cql("INSERT INTO other.t (id, v) VALUES (1, 'x')");
        Path ini = node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket");
        medusa = new Cli(ini).with("TMPDIR", directory.toString());
        medusa.run("backup", "--backup-name", "one").ok();
    }

    private void insert(int from, int to) {
        for (int i = from; i < to; i++) {
            node.cql("INSERT INTO shop.\"Orders\" (id, \"to\", amount, status) VALUES (" + i
                    + ", {home: {name: 'Elm', number: " + i + "}, city: 'c'}, " + i + ", '"
                    + (i % 2 == 0 ? "paid" : "open")
                    + "')");
        }
    }

    private void restore(String... selection) {
        medusa.run(Stream.concat(Stream.of("restore-node", "--backup-name", "one"), Stream.of(selection))
                        .toArray(String[]::new))
                .ok();
    }

    private void everythingIsBack() throws Exception {
        assertThat(node.count("shop.\"Orders\"")).isEqualTo(100);
        assertThat(node.rows("SELECT * FROM shop.\"Orders\" WHERE status = 'open'"))
                .hasSize(50);
        assertThat(node.rows("SELECT * FROM shop.by_status WHERE status = 'paid'"))
                .hasSize(50);
        assertThat(node.rows("SELECT shop.total(amount) FROM shop.\"Orders\"")
                        .get(0)
                        .getInt(0))
                .isEqualTo(4950);
        assertThat(node.rows("SELECT \"to\" FROM shop.\"Orders\" WHERE id = 7")
                        .get(0)
                        .getUdtValue(0)
                        .getUdtValue(0)
                        .getInt(1))
                .isEqualTo(7);
    }

    @Test
    void B19_aDroppedTableComesBackWithItsOwnIdAndAllThatBelongsToIt() throws Exception {
        Path before = node.tableDirectory("shop", "Orders");
        node.cql("DROP MATERIALIZED VIEW shop.by_status", "DROP TABLE shop.\"Orders\"");
        node.cql("INSERT INTO other.t (id, v) VALUES (2, 'unflushed')");
        restore("--table", "shop.Orders");
        everythingIsBack();
        assertThat(node.tableDirectory("shop", "Orders")).isEqualTo(before);
        assertThat(node.count("other.t"))
                .as("other tables keep what was only in memory")
                .isEqualTo(2);
        assertThat(node.rows("SELECT comment FROM system_schema.tables WHERE keyspace_name = 'shop' AND table_name ="
                                + " 'Orders'")
                        .get(0)
                        .getString(0))
                .isEqualTo("it's; CREATE TABLE x (y int); -- no");
    }

    /** The Python program writes none: the directories in its manifest tell them. */
    @Test
    void droppedTablesAndViewsComeBackFromASchemaWithoutIds() throws Exception {
        Path meta = directory.resolve("bucket/127.0.0.1/one/meta");
        Files.deleteIfExists(meta.resolve("schema_with_internals.txt"));
        Path file = meta.resolve("schema.cql");
        Files.writeString(file, Files.readString(file).replaceAll("(?i)ID = [-0-9a-f]{36}\\s+AND ", ""));
        assertThat(Files.readString(file)).doesNotContainPattern("(?i)\\bID = ");
        Path table = node.tableDirectory("shop", "Orders");
        Path view = node.tableDirectory("shop", "by_status");
        node.cql("DROP MATERIALIZED VIEW shop.by_status", "DROP TABLE shop.\"Orders\"");
        restore("--table", "shop.Orders");
        node.reconnect();
        everythingIsBack();
        assertThat(node.tableDirectory("shop", "Orders")).isEqualTo(table);
        assertThat(node.tableDirectory("shop", "by_status")).isEqualTo(view);
    }

    @Test
    void B19_aDroppedKeyspaceComesBackWithTypesFunctionsAndViews() throws Exception {
        node.cql("DROP KEYSPACE shop");
        restore("--keyspace", "shop");
        everythingIsBack();
        assertThat(node.count("other.t")).isEqualTo(1);
    }

    @Test
    void aTableThatWasCreatedAnewGetsTheDataOfTheOldOne() throws Exception {
        node.cql(
                "DROP MATERIALIZED VIEW shop.by_status",
                "DROP TABLE shop.\"Orders\"",
                "CREATE TABLE shop.\"Orders\" (id int PRIMARY KEY, \"to\" frozen<address>, amount int, status text,"
                        + " more text)",
                "CREATE INDEX orders_amount ON shop.\"Orders\" (amount)");
        UUID anew = idOfOrders();
        insert(500, 510);
        restore("--table", "shop.Orders");
        assertThat(node.count("shop.\"Orders\"")).isEqualTo(100);
        // an index that is younger than the backup is built, not believed
        assertThat(node.rows("SELECT * FROM shop.\"Orders\" WHERE amount = 42")).hasSize(1);
        assertThat(idOfOrders()).as("it goes into the present table").isEqualTo(anew);
    }

    private UUID idOfOrders() {
        return node.rows("SELECT id FROM system_schema.tables WHERE keyspace_name = 'shop' AND table_name = 'Orders'")
                .get(0)
                .getUuid(0);
    }

    @Test
    void aTableOfAnotherShapeIsRefused() throws Exception {
        node.cql(
                "DROP MATERIALIZED VIEW shop.by_status",
                "DROP TABLE shop.\"Orders\"",
                "CREATE TABLE shop.\"Orders\" (id int, amount text, PRIMARY KEY (id, amount))");
        Cli.Result refused = medusa.run("restore-node", "--backup-name", "one", "--table", "shop.Orders");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.lastError()).contains("its primary key was (id) and is (id, amount); nothing was changed");
        assertThat(node.isRunning()).isTrue();
    }

    @Test
    void aKeyspaceThatIsCreatedCanHaveAnotherReplication() throws Exception {
        String two = "{'class': 'SimpleStrategy', 'replication_factor': 2}";
        node.cql("DROP KEYSPACE other");
        Cli.Result wrong = medusa.run(
                "restore-table", "--backup-name", "one", "other.t", "--replication", "shop=" + two, "--dry-run");
        assertThat(wrong.status()).isEqualTo(2);
        medusa.run("restore-table", "--backup-name", "one", "other.t", "--replication", two)
                .ok();
        assertThat(replicationOfOther()).contains("replication_factor=2");
        node.cql("DROP KEYSPACE other");
        restore("--table", "other.t", "--replication", "other=" + two);
        node.reconnect();
        assertThat(replicationOfOther()).contains("replication_factor=2");
        assertThat(node.count("other.t")).isEqualTo(1);
        assertThat(medusa.run("restore-node", "--backup-name", "one", "--replication", two)
                        .status())
                .as("a whole node brings its own")
                .isEqualTo(2);
    }

    private String replicationOfOther() {
        return String.valueOf(node.rows("SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = 'other'")
                .get(0)
                .getMap(0, String.class, String.class));
    }

    @Test
    void nothingIsCreatedBeforeEveryObjectIsFound() throws Exception {
        Path data;
        try (Stream<Path> objects = Files.walk(directory.resolve("bucket/127.0.0.1/data/other"))) {
            data = objects.filter(file -> file.toString().endsWith("-Data.db"))
                    .findFirst()
                    .orElseThrow();
        }
        Path hidden = Files.move(data, directory.resolve("hidden"));
        // nor is it on this machine
        node.cql("TRUNCATE other.t");
        try (Stream<Path> snapshots =
                Files.list(node.tableDirectory("other", "t").resolve("snapshots"))) {
            for (Path snapshot : snapshots.toList()) {
                Files.deleteIfExists(snapshot.resolve(data.getFileName()));
            }
        }
        List<String[]> commands = List.of(
                new String[] {"restore-table", "--backup-name", "one", "other.t", "--as", "other.copy"},
                new String[] {"restore-table", "--backup-name", "one", "other.t"},
                new String[] {"restore-node", "--backup-name", "one", "--table", "other.t"});
        node.cql("DROP TABLE other.t");
        for (String[] command : commands) {
            Cli.Result result = medusa.run(command);
            assertThat(result.status()).as(result.err()).isEqualTo(1);
            assertThat(result.err()).doesNotContain("Creating table");
            assertThat(node.rows("SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'other'"))
                    .isEmpty();
        }
        Files.move(hidden, data);
        for (String[] command : commands) {
            medusa.run(command).ok();
        }
        node.reconnect();
        assertThat(node.count("other.t")).isEqualTo(1);
        assertThat(node.count("other.copy")).isEqualTo(1);
    }

    @Test
    void anUnknownTableIsAFailureAndRestoresNothing() throws Exception {
        Cli.Result result = medusa.run("restore-node", "--backup-name", "one", "--table", "shop.nosuch");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.lastError()).contains("backup one of node 127.0.0.1 has no table shop.nosuch");
        assertThat(node.isRunning()).isTrue();
        Cli.Result beside = medusa.run(
                "restore-node", "--backup-name", "one", "--table", "other.t", "--keyspace", "shops", "--dry-run");
        assertThat(beside.status()).isEqualTo(1);
        assertThat(beside.lastError()).contains("has no keyspace shops (did you mean shop?)");
        Cli.Result bare = medusa.run("restore-node", "--backup-name", "one", "--table", "orders");
        assertThat(bare.status()).isEqualTo(2);
        assertThat(bare.lastError()).contains("Write --table KEYSPACE.TABLE");
    }

    @Test
    void theSchemaInTheBucketIsSafeForReadersThatSplitAtSemicolons() throws Exception {
        String schema = Files.readString(directory.resolve("bucket/127.0.0.1/one/meta/schema.cql"));
        long tables = Stream.of(schema.split(";"))
                .map(String::strip)
                .filter(statement -> statement.startsWith("CREATE TABLE shop."))
                .count();
        assertThat(tables).isEqualTo(1);
        assertThat(schema)
                .contains("CREATE TYPE shop.street (", "CREATE INDEX orders_status ON shop.\"Orders\" (status);")
                .contains("CREATE MATERIALIZED VIEW shop.by_status AS")
                .doesNotContain("VIRTUAL");
        assertThat(Files.readString(directory.resolve("bucket/127.0.0.1/one/meta/schema_with_internals.txt")))
                .contains("DROP gone USING TIMESTAMP")
                .contains("WITH ID = ");
    }
}
