package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.cql.Row;
import io.medusa.cassandra.Fit;
import io.medusa.cassandra.SchemaChanges;
import io.medusa.cassandra.SchemaJournal;
import io.medusa.cassandra.SchemaStep;
import io.medusa.cassandra.cql.CqlSchema;
import io.medusa.cassandra.cql.CqlSettings;
import io.medusa.model.BackupName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.schema.BackupSchema;
import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** SSTables of a backup and present tables that are not as they were: read right, or refused before anything is changed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SchemaFitIT {
    private static final String REPLICATION =
            " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}";

    @TempDir
    static Path directory;

    private RealNode node;
    private Cli medusa;

    @BeforeAll
    void twoBackups() throws Exception {
        node = SharedNode.get();
        node.cql(
                "DROP KEYSPACE IF EXISTS fit",
                "DROP KEYSPACE IF EXISTS other",
                "CREATE KEYSPACE fit" + REPLICATION,
                "CREATE KEYSPACE other" + REPLICATION,
                "CREATE TYPE fit.inner (a int)",
                "CREATE TYPE fit.outer (i frozen<inner>, b text)",
                "CREATE TYPE fit.grown (a int)",
                "CREATE TABLE fit.ordered (id int, ts int, v text, PRIMARY KEY (id, ts)) WITH CLUSTERING ORDER BY (ts DESC)",
                "CREATE TABLE fit.one (id int PRIMARY KEY, x frozen<inner>)",
                "CREATE TABLE fit.two (id int PRIMARY KEY, x frozen<outer>)",
                "CREATE TABLE fit.growing (id int PRIMARY KEY, x frozen<grown>, y list<frozen<grown>>)",
                "CREATE TABLE fit.forgot (id int PRIMARY KEY, a text, b text, s frozen<inner>)",
                "CREATE TABLE fit.back (id int PRIMARY KEY, a text, b text)",
                "CREATE TABLE fit.listed (id int PRIMARY KEY, l list<int>)",
                "CREATE TABLE fit.fixed (id int, c int, s text static, v text, PRIMARY KEY (id, c))",
                "CREATE TABLE fit.seen (id int PRIMARY KEY, a text, b text)",
                "CREATE TABLE fit.\"Quoted\" (\"Id\" int PRIMARY KEY, \"select\" text)",
                "CREATE TABLE fit.many (a int, b text, c timeuuid, d int, m map<text, frozen<set<int>>>, n map<text, int>"
                        + " static, v vector<float, 3>, t tuple<int, text>, k duration, PRIMARY KEY ((a, b), c, d)) WITH"
                        + " CLUSTERING ORDER BY (c DESC, d ASC)",
                "CREATE TABLE fit.counted (id int PRIMARY KEY, n counter)",
                "CREATE TABLE fit.returned (id int PRIMARY KEY, v text)",
                "INSERT INTO fit.returned (id, v) VALUES (1, 'old')",
                "INSERT INTO fit.ordered (id, ts, v) VALUES (1, 1, 'a')",
                "INSERT INTO fit.ordered (id, ts, v) VALUES (1, 2, 'b')",
                "INSERT INTO fit.one (id, x) VALUES (1, {a: 1})",
                "INSERT INTO fit.two (id, x) VALUES (1, {i: {a: 1}, b: 'b'})",
                "INSERT INTO fit.growing (id, x, y) VALUES (1, {a: 1}, [{a: 2}])",
                "INSERT INTO fit.forgot (id, a, b, s) VALUES (1, 'a', 'b', {a: 7})",
                "INSERT INTO fit.back (id, a, b) VALUES (1, 'a', 'b')",
                "INSERT INTO fit.listed (id, l) VALUES (1, [1, 2])",
                "INSERT INTO fit.fixed (id, c, s, v) VALUES (1, 2, 's', 'v')",
                "INSERT INTO fit.seen (id, a, b) VALUES (1, 'a', 'b')",
                "INSERT INTO fit.\"Quoted\" (\"Id\", \"select\") VALUES (1, 'q')",
                "INSERT INTO fit.many (a, b, c, d, m, n, v, t, k) VALUES (1, 'b', now(), 2, {'x': {1}}, {'y': 2}, [1, 2, 3], (1,"
                        + " 'z'), 3h)",
                "UPDATE fit.counted SET n = n + 5 WHERE id = 1");
        node.flush("fit");
        node.cql("ALTER TABLE fit.forgot DROP b", "ALTER TABLE fit.forgot DROP s", "ALTER TABLE fit.back DROP b");
        node.cql(
                "ALTER TABLE fit.returned DROP v",
                "ALTER TABLE fit.returned ADD v text",
                "INSERT INTO fit.returned (id, v) VALUES (2, 'new')");
        Path ini = node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket");
        medusa = new Cli(ini).with("TMPDIR", directory.toString());
        medusa.run("backup", "--backup-name", "ours").ok();
        medusa.run("backup", "--backup-name", "python").ok();
        // as the reference's are
        Files.delete(directory.resolve("bucket/127.0.0.1/python/meta/schema_with_internals.txt"));
    }

    private Cli.Result restoreTable(String backup, String table, String... more) {
        return medusa.run(
                Stream.concat(Stream.of("restore-table", "--backup-name", backup, "fit." + table), Stream.of(more))
                        .toArray(String[]::new));
    }

    private void isRefused(Cli.Result result, String why) throws Exception {
        assertThat(result.status()).as(result.err()).isEqualTo(1);
        assertThat(result.lastError()).contains(why).contains("nothing was changed");
        assertThat(node.isRunning()).isTrue();
    }

    private List<String> rows(String query) throws Exception {
        node.reconnect();
        return node.rows(query).stream().map(Row::getFormattedContents).toList();
    }

    private void anew(String table, String definition, String... more) {
        node.cql("DROP TABLE fit." + table, "CREATE TABLE fit." + table + " " + definition);
        node.cql(more);
    }

    @Test
    void anotherClusteringOrderIsRefused() throws Exception {
        anew(
                "ordered",
                "(id int, ts int, v text, PRIMARY KEY (id, ts))",
                "INSERT INTO fit.ordered (id, ts, v) VALUES (9, 9, 'now')");
        String why = "clustering column ts was int DESC and is int ASC";
        isRefused(restoreTable("ours", "ordered"), why);
        isRefused(restoreTable("ours", "ordered", "--truncate-first", "--yes"), why);
        isRefused(medusa.run("restore-node", "--backup-name", "ours", "--table", "fit.ordered"), why);
        isRefused(medusa.run("restore-node", "--backup-name", "ours", "--table", "fit.ordered", "--dry-run"), why);
        assertThat(rows("SELECT v FROM fit.ordered")).containsExactly("[v:'now']");
    }

    @Test
    void userTypesAreComparedFieldByFieldAlsoInsideOfOthersAndForAnotherKeyspace() throws Exception {
        node.cql(
                "DROP TABLE fit.one",
                "DROP TABLE fit.two",
                "DROP TYPE fit.outer",
                "CREATE TYPE fit.outer (b text, i frozen<inner>)",
                "CREATE TYPE other.inner (a text)",
                "CREATE TABLE fit.two (id int PRIMARY KEY, x frozen<outer>)");
        isRefused(
                restoreTable("ours", "two"),
                "column x was frozen<outer (i frozen<inner (a int)>, b text)> and is frozen<outer (b text, i"
                        + " frozen<inner (a int)>)>");
        isRefused(
                restoreTable("ours", "one", "--as", "other.one"),
                "column x was frozen<inner (a int)> and is frozen<inner (a text)>");
        assertThat(node.rows("SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'other'"))
                .as("nothing is created for data that does not fit")
                .isEmpty();
        restoreTable("ours", "one").ok();
        assertThat(rows("SELECT x FROM fit.one")).containsExactly("[x:{a:1}]");
    }

    @Test
    void fieldsThatWereAddedSinceAreNoDifference() throws Exception {
        node.cql("ALTER TYPE fit.grown ADD b text", "TRUNCATE fit.growing");
        restoreTable("ours", "growing").ok();
        assertThat(rows("SELECT x, y FROM fit.growing")).containsExactly("[x:{a:1,b:NULL}, y:[{a:2,b:NULL}]]");
    }

    @Test
    void columnsDroppedBeforeTheBackupAreMadeKnownThoughOnlyTheSSTablesTellOfThem() throws Exception {
        node.cql("DROP TABLE fit.forgot");
        restoreTable("python", "forgot").ok();
        assertThat(rows("SELECT * FROM fit.forgot")).containsExactly("[id:1, a:'a']");
        node.cql("DROP TABLE fit.forgot", "CREATE TABLE fit.forgot (id int PRIMARY KEY, a text)");
        medusa.run("restore-node", "--backup-name", "python", "--table", "fit.forgot")
                .ok();
        assertThat(rows("SELECT * FROM fit.forgot")).containsExactly("[id:1, a:'a']");
        node.cql("INSERT INTO fit.forgot (id, a) VALUES (9, 'now')");
        restoreTable("ours", "forgot", "--as", "other.forgot").ok();
        assertThat(rows("SELECT * FROM other.forgot")).containsExactly("[id:1, a:'a']");
        restoreTable("python", "forgot", "--truncate-first", "--yes").ok();
        assertThat(rows("SELECT * FROM fit.forgot")).containsExactly("[id:1, a:'a']");
        node.cql("ALTER TABLE fit.forgot ADD b text");
        assertThat(rows("SELECT b FROM fit.forgot"))
                .as("what was dropped stays so")
                .containsExactly("[b:NULL]");
    }

    @Test
    void columnsThatCannotBeMadeKnownAreRefused() throws Exception {
        anew(
                "back",
                "(id int PRIMARY KEY, a text)",
                "CREATE MATERIALIZED VIEW fit.back_by_a AS SELECT * FROM fit.back WHERE a IS NOT NULL AND id IS NOT NULL"
                        + " PRIMARY KEY (a, id)");
        isRefused(restoreTable("python", "back"), "(b text)");
        node.cql("DROP MATERIALIZED VIEW fit.back_by_a");
        anew("back", "(id int PRIMARY KEY, a text, b int)");
        isRefused(restoreTable("ours", "back"), "column b was text and is int");
        anew("back", "(id int PRIMARY KEY, a text, b text)");
        isRefused(restoreTable("python", "back"), "so that its old values would come back");
    }

    @Test
    void columnsDroppedSinceTheBackupAreNotLostInSilence() throws Exception {
        node.cql("TRUNCATE fit.seen", "ALTER TABLE fit.seen DROP b");
        isRefused(
                medusa.run("restore-node", "--backup-name", "ours", "--table", "fit.seen"),
                "it has no column b any more");
        node.cql("ALTER TABLE fit.seen ADD b text");
        isRefused(
                restoreTable("ours", "seen"),
                "column b was dropped after the backup and added again, so that Cassandra would hide its values");
        node.cql("DROP TABLE fit.seen");
        restoreTable("ours", "seen").ok();
        assertThat(rows("SELECT * FROM fit.seen")).containsExactly("[id:1, a:'a', b:'b']");
    }

    @Test
    void valuesFromBeforeAColumnWasDroppedDoNotComeBackWithIt() throws Exception {
        anew("returned", "(id int PRIMARY KEY, v text)");
        isRefused(restoreTable("ours", "returned"), "so that older values would come back");
        node.cql("DROP TABLE fit.returned");
        restoreTable("ours", "returned").ok();
        assertThat(rows("SELECT * FROM fit.returned")).containsExactly("[id:1, v:NULL]", "[id:2, v:'new']");
    }

    @Test
    void frozenAndStaticAndCountingColumnsAreToldFromOthers() throws Exception {
        anew("listed", "(id int PRIMARY KEY, l frozen<list<int>>)");
        isRefused(restoreTable("ours", "listed"), "column l was list<int> and is frozen<list<int>>");
        anew("fixed", "(id int, c int, s text, v text, PRIMARY KEY (id, c))");
        isRefused(restoreTable("ours", "fixed"), "column s was static and is not");
        anew("counted", "(id int PRIMARY KEY, n bigint)");
        isRefused(restoreTable("ours", "counted"), "column n was counter and is bigint");
    }

    @Test
    void tablesAsTheyWereTakeTheirDataWhateverTheirTypesAndNames() throws Exception {
        node.cql("TRUNCATE fit.many", "DROP TABLE fit.\"Quoted\"");
        restoreTable("ours", "many").ok();
        restoreTable("ours", "many", "--as", "other.many").ok();
        assertThat(rows("SELECT a, b, d, m, n, v, t, k FROM fit.many"))
                .hasSize(1)
                .isEqualTo(rows("SELECT a, b, d, m, n, v, t, k FROM other.many"));
        restoreTable("python", "Quoted").ok();
        assertThat(rows("SELECT \"select\" FROM fit.\"Quoted\"")).containsExactly("[\"select\":'q']");
    }

    private CqlSchema schema() {
        return new CqlSchema(new CqlSettings(
                List.of(node.address()),
                node.nativePort(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    }

    @Test
    void viewsAndIndexesThatAreYoungerThanTheBackupOutliveTheirTable() throws Exception {
        node.cql(
                "CREATE TABLE fit.base (id int, c int, v text, PRIMARY KEY (id, c))",
                "CREATE INDEX base_v ON fit.base (v)",
                "CREATE MATERIALIZED VIEW fit.base_by_c AS SELECT id, c FROM fit.base WHERE c IS NOT NULL AND id IS NOT NULL"
                        + " PRIMARY KEY (c, id)");
        TableDirectory table = new TableDirectory("fit", "base-" + "1".repeat(32));
        TableName name = TableName.of(table);
        String then =
                "CREATE TABLE fit.base (id int, c int, v text, PRIMARY KEY (id, c)) WITH CLUSTERING ORDER BY (c DESC);";
        CqlSchema schema = schema();
        Fit.Incoming incoming = new Fit.Incoming(table, name, Set.of(), new BackupName("one"), Instant.now());
        Fit fit = schema.fits(BackupSchema.parse(then), List.of(incoming)).get(0);
        assertThat(fit.isGood()).isFalse();
        assertThat(fit.created().misfit()).isEmpty();
        assertThat(fit.younger())
                .extracting(Fit.Younger::name)
                .containsExactlyInAnyOrder("view fit.base_by_c", "index fit.base_v");
        assertThat(fit.younger())
                .allSatisfy(younger -> assertThat(younger.lost()).isEmpty());
        assertThat(schema.fits(BackupSchema.parse(then.replace("v text", "w text")), List.of(incoming))
                        .get(0)
                        .younger())
                .filteredOn(younger -> younger.name().startsWith("index"))
                .singleElement()
                .satisfies(younger -> assertThat(younger.lost()).containsExactly("v"));
        List<SchemaStep> steps = new ArrayList<>(schema.creation(BackupSchema.parse(then), List.of(fit)));
        fit.younger().forEach(younger -> steps.add(younger.definition()));
        new SchemaChanges(schema, SchemaJournal.in(directory, "changes")).replace(name, steps);
        assertThat(directory.resolve("changes")).doesNotExist();
        node.cql("INSERT INTO fit.base (id, c, v) VALUES (1, 2, 'x')");
        assertThat(rows("SELECT id FROM fit.base WHERE v = 'x'")).containsExactly("[id:1]");
        assertThat(rows("SELECT id FROM fit.base_by_c WHERE c = 2")).containsExactly("[id:1]");
        assertThat(schema.tables()).contains(table);
    }

    /** As restores of the same tables on several nodes do. */
    @Test
    void objectsThatOthersCreateAtTheSameMomentAreSharedAndTheirTablesNotClaimed() throws Exception {
        TableDirectory table = new TableDirectory("raced", "t-" + "1".repeat(32));
        String keyspace = "CREATE KEYSPACE raced" + REPLICATION;
        String type = "CREATE TYPE raced.u (a int)";
        String create = "CREATE TABLE raced.t (id int PRIMARY KEY, v int, u frozen<u>)";
        String index = "CREATE INDEX t_v ON raced.t (v)";
        String view =
                "CREATE MATERIALIZED VIEW raced.by_v AS SELECT * FROM raced.t WHERE v IS NOT NULL AND id IS NOT NULL"
                        + " PRIMARY KEY (v, id)";
        BackupSchema then = BackupSchema.parse(String.join(";\n", keyspace, type, create, index, view) + ";");
        node.cql("DROP KEYSPACE IF EXISTS raced");
        CqlSchema schema = schema();
        Fit.Incoming incoming =
                new Fit.Incoming(table, TableName.of(table), Set.of(), new BackupName("one"), Instant.now());
        List<SchemaStep> steps = schema.creation(then, schema.fits(then, List.of(incoming)));
        assertThat(steps).hasSize(5);
        node.cql(keyspace, type, create);
        SchemaChanges overtaken = new SchemaChanges(schema, SchemaJournal.in(directory, "raced"));
        assertThatThrownBy(() -> overtaken.apply(steps)).hasMessageContaining("CREATE TABLE raced.t");
        assertThat(overtaken.wasOvertaken()).isTrue();
        assertThat(overtaken.created()).isEmpty();
        assertThat(directory.resolve("raced")).doesNotExist();
        assertThat(schema.views(TableName.of(table))).isEmpty();
        node.cql("DROP TABLE raced.t");
        SchemaChanges first = new SchemaChanges(schema, SchemaJournal.in(directory, "raced"));
        first.apply(steps);
        assertThat(first.removal())
                .containsExactly("DROP MATERIALIZED VIEW \"raced\".\"by_v\"", "DROP TABLE \"raced\".\"t\"");
        node.cql(first.removal().toArray(String[]::new));
        assertThat(schema.tables()).noneMatch(present -> present.keyspace().equals("raced"));
        node.cql("DROP KEYSPACE raced");
    }

    @Test
    void aViewWhoseRebuildWasKilledBetweenDropAndCreationIsBuiltByTheNextRestore() throws Exception {
        node.cql(
                "CREATE TABLE fit.viewed (id int PRIMARY KEY, v int)",
                "INSERT INTO fit.viewed (id, v) VALUES (1, 7)",
                "CREATE MATERIALIZED VIEW fit.by_v AS SELECT * FROM fit.viewed WHERE v IS NOT NULL AND id IS NOT NULL PRIMARY"
                        + " KEY (v, id)");
        Path home = node.dataDirectories().get(0).resolveSibling(".medusa-data");
        new SchemaChanges(schema(), SchemaJournal.in(home, "schema-changes.json"))
                .announceBuilding(new TableName("fit", "viewed"), view -> true);
        node.cql("DROP MATERIALIZED VIEW fit.by_v");
        medusa.run("restore-table", "--backup-name", "ours", "fit.many", "--as", "other.of_many")
                .ok();
        assertThat(rows("SELECT id FROM fit.by_v WHERE v = 7")).containsExactly("[id:1]");
        assertThat(home.resolve("schema-changes.json")).doesNotExist();
    }
}
