package io.medusa.cassandra.cql;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.schema.BackupSchema;
import io.medusa.schema.SchemaText;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The statements for the rows that Cassandra 3.11 has in {@code system_schema}. */
class SystemSchemaTest {
    private static final UUID ID = UUID.fromString("ef667970-eafa-11f1-841f-4f1131cec026");

    private final Map<String, List<Map<String, Object>>> tables = new HashMap<>(Map.of(
            "keyspaces",
            List.of(Map.of(
                    "keyspace_name",
                    "k",
                    "durable_writes",
                    true,
                    "replication",
                    Map.of("class", "org.apache.cassandra.locator.SimpleStrategy", "replication_factor", "1"))),
            "types",
            List.of(
                    type("Outer", List.of("i"), List.of("frozen<inner>")),
                    type("inner", List.of("a", "The B"), List.of("int", "text")))));

    private static Map<String, Object> type(String name, List<String> fields, List<String> types) {
        return Map.of("keyspace_name", "k", "type_name", name, "field_names", fields, "field_types", types);
    }

    private static Map<String, Object> table(String name, Set<String> flags) {
        return Map.of(
                "keyspace_name",
                "k",
                "table_name",
                name,
                "id",
                ID,
                "flags",
                flags,
                "comment",
                "it's",
                "compaction",
                Map.of("class", "SizeTieredCompactionStrategy"),
                "extensions",
                Map.of("DSE_RLACA", "0x00"),
                "gc_grace_seconds",
                864000);
    }

    private static Map<String, Object> column(
            String table, String name, String kind, int position, String order, String type) {
        return Map.of(
                "keyspace_name", "k",
                "table_name", table,
                "column_name", name,
                "kind", kind,
                "position", position,
                "clustering_order", order,
                "type", type);
    }

    private String text(boolean internals) {
        SystemSchema schema = new SystemSchema(table -> tables.getOrDefault(table, List.of()));
        return (internals ? schema : schema.withoutInternals())
                .rows().stream().map(SchemaText.Row::statement).collect(Collectors.joining("\n"));
    }

    @Test
    void aTableWithEverythingItsIndexAndItsView() {
        tables.put("tables", List.of(table("t", Set.of("compound"))));
        tables.put(
                "columns",
                List.of(
                        column("t", "The Key", "partition_key", 0, "none", "int"),
                        column("t", "select", "clustering", 1, "asc", "text"),
                        column("t", "c", "clustering", 0, "desc", "text"),
                        column("t", "s", "static", -1, "none", "text"),
                        column("t", "v", "regular", -1, "none", "frozen<\"Outer\">"),
                        column("w", "v", "partition_key", 0, "none", "int"),
                        column("w", "c", "clustering", 0, "asc", "text")));
        tables.put(
                "dropped_columns",
                List.of(Map.of(
                        "keyspace_name", "k",
                        "table_name", "t",
                        "column_name", "gone",
                        "dropped_time", Instant.ofEpochMilli(1700000000123L),
                        "type", "int")));
        tables.put(
                "indexes",
                List.of(Map.of(
                        "keyspace_name", "k",
                        "table_name", "t",
                        "index_name", "i",
                        "options", Map.of("target", "v", "class_name", "org.apache.cassandra.index.sasi.SASIIndex"))));
        tables.put(
                "views",
                List.of(Map.of(
                        "keyspace_name", "k",
                        "view_name", "w",
                        "base_table_name", "t",
                        "include_all_columns", false,
                        "where_clause", "v IS NOT NULL",
                        "id", ID,
                        "comment", "")));

        assertThat(text(true)).isEqualTo("""
                CREATE KEYSPACE k WITH replication = {'class': 'org.apache.cassandra.locator.SimpleStrategy', 'replication_factor': '1'}  AND durable_writes = true;
                CREATE TYPE k.inner (
                    a int,
                    "The B" text
                );
                CREATE TYPE k."Outer" (
                    i frozen<inner>
                );
                CREATE TABLE k.t (
                    "The Key" int,
                    c text,
                    "select" text,
                    gone int,
                    s text static,
                    v frozen<"Outer">,
                    PRIMARY KEY ("The Key", c, "select")
                ) WITH ID = ef667970-eafa-11f1-841f-4f1131cec026
                    AND CLUSTERING ORDER BY (c DESC, "select" ASC)
                    AND comment = 'it''s'
                    AND compaction = {'class': 'SizeTieredCompactionStrategy'}
                    AND gc_grace_seconds = 864000;
                ALTER TABLE k.t DROP gone USING TIMESTAMP 1700000000123000;
                CREATE CUSTOM INDEX i ON k.t (v) USING 'org.apache.cassandra.index.sasi.SASIIndex';
                CREATE MATERIALIZED VIEW k.w AS
                    SELECT v, c
                    FROM k.t
                    WHERE v IS NOT NULL
                    PRIMARY KEY (v, c)
                 WITH ID = ef667970-eafa-11f1-841f-4f1131cec026
                    AND CLUSTERING ORDER BY (c ASC)
                    AND comment = '';""");
        assertThat(text(false)).doesNotContain("ID =", "gone", "DROP");
        assertThat(BackupSchema.parse(text(true)).statements()).hasSize(7);
    }

    @Test
    void tablesOfCompactStorage() {
        tables.put("tables", List.of(table("hidden", Set.of()), table("dense", Set.of("dense"))));
        tables.put(
                "columns",
                List.of(
                        column("hidden", "a", "partition_key", 0, "none", "int"),
                        column("hidden", "column1", "clustering", 0, "asc", "text"),
                        column("hidden", "value", "regular", -1, "none", "blob"),
                        column("hidden", "b", "static", -1, "none", "text"),
                        column("dense", "a", "partition_key", 0, "none", "int"),
                        column("dense", "c", "clustering", 0, "asc", "text"),
                        column("dense", "value", "regular", -1, "none", "empty")));

        assertThat(text(false)).contains("""
                        CREATE TABLE k.hidden (
                            a int,
                            b text,
                            PRIMARY KEY (a)
                        ) WITH COMPACT STORAGE
                            AND comment""").contains("""
                        CREATE TABLE k.dense (
                            a int,
                            c text,
                            PRIMARY KEY (a, c)
                        ) WITH COMPACT STORAGE
                            AND CLUSTERING ORDER BY (c ASC)
                            AND comment""");
    }
}
