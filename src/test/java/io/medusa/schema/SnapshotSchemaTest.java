package io.medusa.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.BackupMetadata;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TokenMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The definitions that Cassandra 5.0 writes into snapshots take the place of those that have changed since. */
final class SnapshotSchemaTest {
    private static final TableDirectory T = new TableDirectory("ks", "t-9e65ea30eab711f19fbaadd0c2b2ff7c");
    private static final TableDirectory U = new TableDirectory("ks", "U-9e8be8c0eab711f19fbaadd0c2b2ff7c");
    private static final TableDirectory V = new TableDirectory("ks", "v-9f2d31d0eab711f19fbaadd0c2b2ff7c");

    private static final String KEYSPACE =
            "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy'}" + "  AND durable_writes = true;\n\n";
    private static final String TYPE = "CREATE TYPE ks.ad (\n    a int,\n    b text\n);\n\n";
    private static final String T_INTERNALS = """
            CREATE TABLE ks.t (
                k int,
                c int,
                f frozen<ad>,
                gone int,
                PRIMARY KEY (k, c)
            ) WITH ID = 9e65ea30-eab7-11f1-9fba-add0c2b2ff7c
                AND CLUSTERING ORDER BY (c DESC)
                AND comment = 'a; b';
            ALTER TABLE ks.t DROP gone USING TIMESTAMP 1795820978763000;

            CREATE INDEX t_v ON ks.t (f);

            """;
    private static final String U_INTERNALS = """
            CREATE TABLE ks."U" (
                k int PRIMARY KEY
            ) WITH ID = 9e8be8c0-eab7-11f1-9fba-add0c2b2ff7c
                AND comment = '';

            """;
    private static final String V_INTERNALS = """
            CREATE MATERIALIZED VIEW ks.v AS
                SELECT *
                FROM ks.t
                WHERE k IS NOT NULL AND c IS NOT NULL
                PRIMARY KEY (c, k)
             WITH ID = 9f2d31d0-eab7-11f1-9fba-add0c2b2ff7c
                AND CLUSTERING ORDER BY (k ASC)
                AND comment = '';

            """;

    private static BackupMetadata node(String full, String shared) {
        return new BackupMetadata(shared, full, new TokenMap(Map.of()), new ServerVersion("cassandra", "5.0.9"));
    }

    /** As in a snapshot. */
    private static String beside(String... statements) {
        return String.join("", statements)
                .replace("CREATE TYPE ", "CREATE TYPE IF NOT EXISTS ")
                .replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ")
                .replace("CREATE INDEX ", "CREATE INDEX IF NOT EXISTS ")
                .replace("CREATE MATERIALIZED VIEW ", "CREATE MATERIALIZED VIEW IF NOT EXISTS ");
    }

    @Test
    void whatHasNotChangedStaysToTheLetter() {
        String full = KEYSPACE + TYPE + T_INTERNALS + U_INTERNALS + V_INTERNALS;
        BackupMetadata now = node(full, full);
        BackupMetadata then = SnapshotSchema.asOfSnapshot(
                now, Map.of(T, beside(TYPE, T_INTERNALS), U, beside(U_INTERNALS), V, beside(TYPE, V_INTERNALS)));
        assertThat(then).isSameAs(now);
        assertThat(SnapshotSchema.undefined(then, List.of(T, U, V))).isEmpty();
    }

    /** Cassandra 3.11 has system.schema_columns and six like it, which its own system_schema does not list. */
    @Test
    void tablesOfTheNodeItselfNeedNoDefinition() {
        TableDirectory local = new TableDirectory("system", "schema_columns-296e9c049bec3085827dc17d3df2122a");
        TableDirectory replicated = new TableDirectory("system_auth", "roles-5bc52802de2535edaeab188eecebb090");
        assertThat(SnapshotSchema.undefined(node(KEYSPACE, KEYSPACE), List.of(local, replicated)))
                .containsExactly(replicated);
    }

    @Test
    void optionsThatNoByteDependsOnAreNoChange() {
        String full = KEYSPACE + U_INTERNALS;
        BackupMetadata now = node(full, full);
        assertThat(SnapshotSchema.asOfSnapshot(
                        now, Map.of(U, beside(U_INTERNALS.replace("''", "'it was another one'")))))
                .isSameAs(now);
    }

    @Test
    void everythingThatBytesDependOnIsTakenFromTheSnapshot() {
        String changedType = TYPE.replace("b text\n", "b text,\n    more int\n");
        for (String[] changed : List.of(
                new String[] {TYPE, T_INTERNALS.replace("    gone int,\n", "    gone int,\n    added text,\n")},
                new String[] {TYPE, T_INTERNALS.replace("c DESC", "c ASC")},
                new String[] {TYPE, T_INTERNALS.replace("1795820978763000", "1795820978764000")},
                new String[] {TYPE, T_INTERNALS.replace("9e65ea30", "9e65ea31")},
                new String[] {changedType, T_INTERNALS},
                new String[] {"", ""})) {
            String full = KEYSPACE + changed[0] + changed[1] + U_INTERNALS + V_INTERNALS;
            BackupMetadata then = SnapshotSchema.asOfSnapshot(node(full, full), Map.of(T, beside(TYPE, T_INTERNALS)));
            List<String> statements = CqlScript.statements(then.fullSchema());
            assertThat(statements)
                    .as(changed[0] + changed[1])
                    .containsExactlyInAnyOrderElementsOf(
                            CqlScript.statements(KEYSPACE + TYPE + T_INTERNALS + U_INTERNALS + V_INTERNALS));
            assertThat(statements.indexOf(CqlScript.statements(TYPE).get(0)))
                    .isLessThan(
                            statements.indexOf(CqlScript.statements(T_INTERNALS).get(0)));
            assertThat(statements.indexOf(CqlScript.statements(T_INTERNALS).get(0)))
                    .isLessThan(
                            statements.indexOf(CqlScript.statements(V_INTERNALS).get(0)));
            assertThat(then.schema())
                    .as("for readers that split at every semicolon and know no internals")
                    .contains("CREATE TABLE ks.t (")
                    .doesNotContain("ID = 9e65")
                    .doesNotContain("ALTER TABLE ks.t")
                    .doesNotContain("gone int")
                    .contains("comment = 'a, b'");
            assertThat(SnapshotSchema.undefined(then, List.of(T, U, V))).isEmpty();
        }
    }

    @Test
    void aTableWhoseKeyspaceIsGoneOrWhoseIdIsAnotherIsUndefined() {
        BackupMetadata without = node("", "");
        assertThat(SnapshotSchema.undefined(
                        SnapshotSchema.asOfSnapshot(without, Map.of(U, beside(U_INTERNALS))), List.of(U)))
                .containsExactly(U);
        BackupMetadata other = node(KEYSPACE + U_INTERNALS.replace("9e8b", "9e8c"), KEYSPACE + U_INTERNALS);
        assertThat(SnapshotSchema.undefined(other, List.of(U))).containsExactly(U);
        BackupMetadata half = node(KEYSPACE + U_INTERNALS, KEYSPACE);
        assertThat(SnapshotSchema.undefined(half, List.of(U))).containsExactly(U);
    }

    @Test
    void indexesThatAreBuiltByFileAreNotAmongThoseBuiltOnce() {
        String schema = KEYSPACE + TYPE + T_INTERNALS
                + "CREATE CUSTOM INDEX \"T_W\" ON ks.t (f) USING 'sai';\n"
                + "CREATE CUSTOM INDEX t_x ON ks.t (f) USING 'org.apache.cassandra.index.sasi.SASIIndex';\n"
                + "CREATE CUSTOM INDEX t_l ON ks.t (f) USING 'com.example.Lucene';\n"
                + "CREATE CUSTOM INDEX p ON system.paxos () USING 'org.example.P';\n";
        assertThat(BackupSchema.parse(schema).indexesBuiltOnce()).isEqualTo(Map.of("ks.t", Set.of("t_v", "t_l")));
    }

    /** Cassandra 5.0 tells such a table in a comment only; backups of the whole node must not fail for it. */
    @Test
    void aTableOfCompactStorageIsDefinedInItsComment() {
        String text = SchemaText.full(
                List.of(
                        new SchemaText.Row("ks", "keyspace", KEYSPACE),
                        new SchemaText.Row(
                                "ks",
                                "table",
                                "/*\nWarning: Table ks.t omitted because it has constructs not compatible with CQL (was created via"
                                        + " legacy API).\n\nCREATE TABLE ks.t (\n    k int PRIMARY KEY\n) WITH COMPACT STORAGE;\n*/"),
                        new SchemaText.Row(
                                "system_views",
                                "table",
                                "/*\nWarning: Table system_views.caches is a virtual table and cannot be recreated with CQL.\n*/")),
                List.of());
        assertThat(text).contains("COMPACT STORAGE").doesNotContain("system_views");
        assertThat(SnapshotSchema.undefined(node(text, text), Set.of(T, V))).containsExactly(V);
    }
}
