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
}
