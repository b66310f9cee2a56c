package io.medusa.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.schema.SchemaText.Row;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What Cassandra 5.0 describes in comments. */
final class SchemaTextTest {
    private static final Row VIRTUAL_KEYSPACE = new Row("system_views", "keyspace", """
            /*
            Warning: Keyspace system_views is a virtual keyspace and cannot be recreated with CQL.
            Structure, for reference:
            VIRTUAL KEYSPACE system_views;
            */""");
    private static final Row VIRTUAL_TABLE = new Row("system_views", "table", """
            /*
            Warning: Table system_views.clients is a virtual table and cannot be recreated with CQL.
            Structure, for reference:
            VIRTUAL TABLE system_views.clients (
                address inet PRIMARY KEY
            );
            */""");
    private static final Row COMPACT = new Row("ks", "table", """
            /*
            Warning: Table ks.old omitted because it has constructs not compatible with CQL (was created via legacy API).
            Approximate structure, for reference:
            (this should not be used to reproduce this schema)

            CREATE TABLE ks.old (
                key text PRIMARY KEY
            );
            */""");
    private static final Row TABLE =
            new Row("ks", "table", "CREATE TABLE ks.t (k int PRIMARY KEY) WITH comment = 'is a virtual; table';");

    @Test
    void whatIsVirtualIsLeftOutAndTheCommentOfCompactStorageIsKept() {
        List<Row> rows = List.of(VIRTUAL_KEYSPACE, VIRTUAL_TABLE, COMPACT, TABLE);
        assertThat(SchemaText.full(rows, List.of())).isEqualTo(COMPACT.statement() + "\n\n" + TABLE.statement());
    }

    @Test
    void aSemicolonInAStringIsNoneForReadersThatSplitThere() {
        assertThat(SchemaText.shared(List.of(TABLE), List.of()))
                .isEqualTo("CREATE TABLE ks.t (k int PRIMARY KEY) WITH comment = 'is a virtual, table';");
    }

    private static final String TOLD = """
            /*
            Warning: Table ks.c omitted because it has constructs not compatible with CQL (was created via legacy API).
            Approximate structure, for reference:
            (this should not be used to reproduce this schema)

            CREATE TABLE ks.c (
                a int,
                b text,
                %s
            ) WITH COMPACT STORAGE
                AND ID = def17b40-eaf9-11f1-b48d-0f8f97b50dbc
                AND CLUSTERING ORDER BY (%s)
                AND comment = 'x''y; */ z';
            */""";

    @Test
    void aTableOfCompactStorageIsAStatementInBothTexts() {
        Row ordered = new Row("ks", "table", TOLD.formatted("PRIMARY KEY (a, b)", "b DESC"));
        String statement = """
                CREATE TABLE ks.c (
                    a int,
                    b text,
                    PRIMARY KEY (a, b)
                ) WITH COMPACT STORAGE
                    AND ID = def17b40-eaf9-11f1-b48d-0f8f97b50dbc
                    AND CLUSTERING ORDER BY (b DESC)
                    AND comment = 'x''y; */ z';""";
        assertThat(SchemaText.full(List.of(ordered), List.of())).isEqualTo(statement);
        assertThat(SchemaText.shared(List.of(ordered), List.of())).isEqualTo(statement.replace("y; ", "y, "));
    }

    @Test
    void theOrderOfAColumnThatCqlDoesNotShowIsLeftOut() {
        Row row = new Row("ks", "table", TOLD.formatted("PRIMARY KEY (a)", "column1 ASC"));
        assertThat(SchemaText.full(List.of(row), List.of()))
                .startsWith("CREATE TABLE ks.c (")
                .contains("WITH COMPACT STORAGE\n    AND ID = def17b40-eaf9-11f1-b48d-0f8f97b50dbc\n    AND comment")
                .doesNotContain("column1");
    }

    /** Cassandra 6.0-alpha2: the UUID of tid:11 is that of system_schema.tables. */
    @Test
    void aNumberedIdIsWrittenAsTheUuidThatItIs() {
        Row row = new Row(
                "ks",
                "table",
                TOLD.formatted("PRIMARY KEY (a)", "column1 ASC")
                        .replace("def17b40-eaf9-11f1-b48d-0f8f97b50dbc", "tid:11"));
        assertThat(SchemaText.full(List.of(row), List.of()))
                .contains("AND ID = 1b255f4d-ef25-40a6-0000-000000000011\n");
    }

    @Test
    void anApostropheInAQuotedNameBeginsNoString() {
        Row row = new Row("ks", "table", "CREATE TABLE ks.q (\"it's\" int PRIMARY KEY);\n\nSELECT 1;");
        assertThat(SchemaText.shared(List.of(row), List.of())).isEqualTo(row.statement());
    }
}
