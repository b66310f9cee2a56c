package io.medusa.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.schema.SchemaStatement.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Cassandra 6 describes after the statements that create objects. */
final class SchemaCommentTest {
    private static final String SCHEMA = """
            CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy'};
            COMMENT ON KEYSPACE ks IS 'the; keyspace';

            CREATE TYPE ks.u (a int);
            SECURITY LABEL ON FIELD ks.u.a IS 'secret';

            CREATE TABLE ks."Quoted" (k int PRIMARY KEY, "The Value" int) WITH comment = 'it''s; this';
            COMMENT ON TABLE ks.Quoted IS 'it''s; this';
            SECURITY LABEL ON TABLE ks.Quoted IS 'public';
            COMMENT ON COLUMN ks.Quoted."The Value" IS 'a. column';

            CREATE TABLE ks.quoted (k int PRIMARY KEY);
            COMMENT ON TABLE ks.quoted IS 'another';
            """;

    private static List<String> of(Kind kind, String name, TableName as) {
        BackupSchema schema = BackupSchema.parse(SCHEMA);
        SchemaStatement statement = schema.statements().stream()
                .filter(one -> one.kind() == kind && one.name().equals(name))
                .findFirst()
                .orElseThrow();
        return schema.comments(statement).stream()
                .map(comment -> (as == null ? comment : comment.in(as)).cql())
                .toList();
    }

    @Test
    void everyObjectHasItsOwnWithTheQuotesThatItsNameNeeds() {
        assertThat(of(Kind.KEYSPACE, "ks", null)).containsExactly("COMMENT ON KEYSPACE \"ks\" IS 'the; keyspace'");
        assertThat(of(Kind.TYPE, "u", null)).containsExactly("SECURITY LABEL ON FIELD \"ks\".\"u\".\"a\" IS 'secret'");
        assertThat(of(Kind.TABLE, "Quoted", null))
                .containsExactly(
                        "COMMENT ON TABLE \"ks\".\"Quoted\" IS 'it''s; this'",
                        "SECURITY LABEL ON TABLE \"ks\".\"Quoted\" IS 'public'",
                        "COMMENT ON COLUMN \"ks\".\"Quoted\".\"The Value\" IS 'a. column'");
        assertThat(of(Kind.TABLE, "quoted", null)).hasSize(1);
    }

    @Test
    void aTableOfAnotherNameHasThemToo() {
        assertThat(of(Kind.TABLE, "Quoted", new TableName("other", "copy")))
                .contains("COMMENT ON COLUMN \"other\".\"copy\".\"The Value\" IS 'a. column'");
        assertThat(of(Kind.TYPE, "u", new TableName("other", "copy")))
                .containsExactly("SECURITY LABEL ON FIELD \"other\".\"u\".\"a\" IS 'secret'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TABLE ks.t (k int PRIMARY KEY) WITH comment = 'COMMENT ON TABLE ks.t IS ''x'''",
                "COMMENT ON TABLE ks IS 'too few names'",
                "COMMENT ON TABLE ks.t IS NULL",
                "DROP TABLE ks.t"
            })
    void otherStatementsAreNone(String cql) {
        assertThat(SchemaComment.of(cql)).isEmpty();
    }

    @Test
    void theStatementsThatCreateObjectsAreStillFound() {
        assertThat(BackupSchema.parse(SCHEMA).find(Kind.TABLE, new TableDirectory("ks", "Quoted-" + "1".repeat(32))))
                .isPresent();
    }
}
