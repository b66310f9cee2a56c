package io.medusa.cassandra.cql;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cassandra.SSTableHeader;
import io.medusa.cassandra.SchemaFit;
import io.medusa.model.TableDirectory;
import io.medusa.schema.BackupSchema;
import io.medusa.schema.Cql;
import io.medusa.schema.CqlType;
import io.medusa.schema.DataType;
import io.medusa.schema.TableDefinition;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which tables can have the SSTables of which others. */
final class SchemaFitTest {
    private static final TableDirectory TABLE = new TableDirectory("ks", "t-0123456789abcdef0123456789abcdef");
    private static final String TYPES = "CREATE TYPE ks.i (a int); CREATE TYPE ks.o (i frozen<i>, b text);"
            + " CREATE TYPE ks.more (a int, b text); CREATE TYPE ks.other (b int);";
    private static final Instant TAKEN = Instant.ofEpochSecond(1000);

    private static TableDefinition table(String columns) {
        return BackupSchema.parse(TYPES + "CREATE TABLE ks.t " + columns)
                .definition(TABLE)
                .orElseThrow();
    }

    private static Optional<String> misfit(String then, String now, boolean sameTable) {
        return SchemaFit.compare(List.of(), table(now), Optional.of(table(then)), sameTable, TAKEN)
                .misfit();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(k int PRIMARY KEY, v text) | (k int, v text, PRIMARY KEY (k))",
                "(k int PRIMARY KEY, v text) | (k int PRIMARY KEY, v varchar, more int)",
                "(k int PRIMARY KEY, v text) | (k int MASKED WITH DEFAULT PRIMARY KEY, v text MASKED WITH mask_inner(1, 2)) WITH"
                        + " comment = 'CLUSTERING ORDER BY (v DESC)'",
                "(k int PRIMARY KEY, active boolean) | (\"k\" int PRIMARY KEY, \"active\" boolean)",
                "(k int, c int, v int, PRIMARY KEY (k, c)) | (k int, c int, v int, PRIMARY KEY (k, c)) WITH CLUSTERING ORDER BY"
                        + " (c ASC)",
                "(k int PRIMARY KEY, v frozen<list<list<int>>>) | (k int PRIMARY KEY, v frozen< list <frozen<list<int>>>>)",
                "(k int PRIMARY KEY, v tuple<int, i>) | (k int PRIMARY KEY, v frozen<tuple<int, frozen<i>>>)",
                "(k int PRIMARY KEY, v frozen<i>) | (k int PRIMARY KEY, v frozen<more>)",
                "(k int PRIMARY KEY, v 'UTF8Type') | (k int PRIMARY KEY, v text)"
            })
    void whatIsWrittenOtherwiseIsTheSame(String then, String now) {
        assertThat(misfit(then, now, false)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(k int PRIMARY KEY, v text) | (k text PRIMARY KEY, v text) | its partition key was of type (int) and is of type"
                        + " (text)",
                "(k int PRIMARY KEY, v text) | (v int PRIMARY KEY, k text) | its primary key was (k) and is (v)",
                "(a int, b int, PRIMARY KEY ((a, b))) | (a int, b int, PRIMARY KEY (a, b)) | its primary key was ((a, b)) and is (a, b)",
                "(k int, c int, PRIMARY KEY (k, c)) WITH CLUSTERING ORDER BY (c DESC) | (k int, c int, PRIMARY KEY (k, c)) |"
                        + " clustering column c was int DESC and is int ASC",
                "(k int, c int, PRIMARY KEY (k, c)) | (k int, c bigint, PRIMARY KEY (k, c)) | clustering column c was int ASC and is"
                        + " bigint ASC",
                "(k int PRIMARY KEY, v text) | (k int PRIMARY KEY) | it has no column v any more",
                "(k int PRIMARY KEY, v int) | (k int PRIMARY KEY, v text) | column v was int and is text",
                "(k int PRIMARY KEY, v counter) | (k int PRIMARY KEY, v bigint) | column v was counter and is bigint",
                "(k int, c int, v int static, PRIMARY KEY (k, c)) | (k int, c int, v int, PRIMARY KEY (k, c)) | column v was static"
                        + " and is not",
                "(k int, c int, v int, PRIMARY KEY (k, c)) | (k int, c int, v int static, PRIMARY KEY (k, c)) | column v was not"
                        + " static and is",
                "(k int PRIMARY KEY, v list<int>) | (k int PRIMARY KEY, v frozen<list<int>>) | column v was list<int> and is"
                        + " frozen<list<int>>",
                "(k int PRIMARY KEY, v i) | (k int PRIMARY KEY, v frozen<i>) | column v was i (a int) and is frozen<i (a int)>",
                "(k int PRIMARY KEY, v frozen<i>) | (k int PRIMARY KEY, v frozen<other>) | column v was frozen<i (a int)> and is"
                        + " frozen<other (b int)>",
                "(k int PRIMARY KEY, v frozen<more>) | (k int PRIMARY KEY, v frozen<i>) | column v was frozen<more (a int, b text)>"
                        + " and is frozen<i (a int)>",
                "(k int PRIMARY KEY, v vector<float, 3>) | (k int PRIMARY KEY, v vector<float, 4>) | column v was vector<float, 3>"
                        + " and is vector<float, 4>",
                "(k int PRIMARY KEY, v int) WITH COMPACT STORAGE | (k int PRIMARY KEY, v int) | its primary key was (k, column1)"
                        + " and is (k)"
            })
    void whatWouldBeReadWrongOrNotFoundIsAMisfit(String then, String now, String why) {
        assertThat(misfit(then, now, false)).contains(why);
    }

    @Test
    void whatCassandraItselfHasAlteredFits() {
        assertThat(misfit("(k int PRIMARY KEY, v frozen<i>)", "(k int PRIMARY KEY, v frozen<other>)", true))
                .as("a renamed field")
                .isEmpty();
        assertThat(misfit("(k int PRIMARY KEY, v ascii)", "(k int PRIMARY KEY, v text)", true))
                .isEmpty();
        assertThat(misfit("(k int PRIMARY KEY, v text)", "(k int PRIMARY KEY, v int)", true))
                .isPresent();
    }

    private static SSTableHeader header(boolean old, Map<String, DataType> regulars) {
        return new SSTableHeader(
                "org.apache.cassandra.dht.Murmur3Partitioner",
                Long.MIN_VALUE,
                old,
                List.of(DataType.of("int")),
                List.of(),
                Map.of(),
                regulars);
    }

    private static DataType cql(String type) {
        return CqlType.parse(type, name -> new DataType("i", List.of(DataType.of("int")), List.of("a"), false));
    }

    private static SchemaFit.Result compare(SSTableHeader header, String now, Optional<String> then) {
        return SchemaFit.compare(List.of(header), table(now), then.map(SchemaFitTest::table), false, TAKEN);
    }

    @Test
    void columnsThatOnlySSTablesTellOfAreToBeMadeKnown() {
        SSTableHeader header = header(false, Map.of("gone", cql("frozen<map<text, i>>")));
        String plain = "(k int PRIMARY KEY)";
        SchemaFit.Result result = compare(header, plain, Optional.of(plain));
        assertThat(result.misfit()).isEmpty();
        assertThat(result.unknown()).singleElement().satisfies(column -> {
            assertThat(column.name()).isEqualTo("gone");
            assertThat(column.type().cqlWithoutUserTypes()).isEqualTo("frozen<map<text, tuple<int>>>");
            assertThat(column.droppedMicros()).isEmpty();
        });
        String dropped =
                "(k int PRIMARY KEY, gone frozen<map<text, frozen<i>>>); ALTER TABLE ks.t DROP gone USING TIMESTAMP 77";
        assertThat(compare(header, plain, Optional.of(dropped)).unknown())
                .singleElement()
                .satisfies(column -> assertThat(column.droppedMicros()).hasValue(77));
        assertThat(compare(header, dropped, Optional.of(plain)))
                .as("known already")
                .isEqualTo(SchemaFit.Result.NONE);
        assertThat(compare(header, plain, Optional.empty()).misfit())
                .as("nobody knows whether it was dropped")
                .isPresent();
    }

    @Test
    void valuesOfADroppedColumnNeverComeBackAndLaterOnesAreNotHidden() {
        String with = "(k int PRIMARY KEY, v int)";
        SSTableHeader header = header(false, Map.of("v", DataType.of("int")));
        assertThat(compare(header, with, Optional.of("(k int PRIMARY KEY)")).misfit())
                .hasValueSatisfying(why -> assertThat(why).contains("its old values would come back"));
        String again = with + "; ALTER TABLE ks.t DROP v USING TIMESTAMP %d; ALTER TABLE ks.t ADD v int";
        String before = String.format(again, 999_000_000);
        assertThat(misfit(with, before, true))
                .as("dropped and added before the backup; the reference's schema does not tell")
                .isEmpty();
        assertThat(misfit(before, before, false)).isEmpty();
        assertThat(misfit(with, before, false))
                .hasValue(
                        "column v of the present table was dropped and added again, so that Cassandra would hide older"
                                + " values");
        assertThat(misfit(before, with, false))
                .hasValue(
                        "column v was dropped and added again before the backup, so that older values would come back");
        assertThat(misfit(before, String.format(again, 998_000_000), false)).isPresent();
        assertThat(compare(header, String.format(again, 1_001_000_000), Optional.of(with))
                        .misfit())
                .hasValueSatisfying(why -> assertThat(why).contains("would hide its values"));
    }

    @Test
    void timesOfDropsAreComparedToTheMillisecondThatCassandraStores() {
        String again = "(k int PRIMARY KEY, v int); ALTER TABLE ks.t DROP v USING TIMESTAMP %d;"
                + " ALTER TABLE ks.t ADD v int";
        String inMemory = String.format(again, 999_000_999);
        String stored = String.format(again, 999_000_000);
        assertThat(misfit(inMemory, stored, false)).isEmpty();
        assertThat(misfit(stored, inMemory, false)).isEmpty();
        assertThat(misfit(inMemory, String.format(again, 999_001_000), false)).isPresent();
    }

    @Test
    void aDropThatIsOlderThanAllDataDoesNotMatter() {
        String with = "(k int PRIMARY KEY, v int)";
        String again = with + "; ALTER TABLE ks.t DROP v USING TIMESTAMP 998000500; ALTER TABLE ks.t ADD v int";
        SSTableHeader header = header(false, Map.of("v", DataType.of("int")));
        SSTableHeader younger = header.withOldest(998_001_000);
        SSTableHeader older = header.withOldest(998_000_999);
        assertThat(compare(younger, with, Optional.of(again)).misfit()).isEmpty();
        assertThat(compare(younger, again, Optional.of(with)).misfit()).isEmpty();
        assertThat(compare(older, with, Optional.of(again)).misfit()).isPresent();
        assertThat(compare(older, again, Optional.of(with)).misfit()).isPresent();
        assertThat(SchemaFit.compare(List.of(younger, older), table(with), Optional.of(table(again)), false, TAKEN)
                        .misfit())
                .isPresent();
    }

    @Test
    void aParenthesisInAMaskEndsNoColumns() {
        String masked =
                "(k int PRIMARY KEY, v text MASKED WITH system.mask_outer(1, 1, '('), w int) WITH comment = 'x'";
        assertThat(table(masked)).isEqualTo(table("(k int PRIMARY KEY, v text, w int)"));
        assertThat(Cql.withId("CREATE TABLE ks.t " + masked, TABLE))
                .endsWith(", w int) WITH ID = 01234567-89ab-cdef-0123-456789abcdef AND comment = 'x'");
    }

    @Test
    void aViewGetsItsIdAfterItsKey() {
        String view = "CREATE MATERIALIZED VIEW ks.v AS SELECT a, b FROM ks.t WHERE a IS NOT NULL AND b > token(1)"
                + " PRIMARY KEY ((a), b)";
        assertThat(Cql.viewWithId(view, TABLE)).isEqualTo(view + " WITH ID = 01234567-89ab-cdef-0123-456789abcdef");
        assertThat(Cql.viewWithId(view + " WITH CLUSTERING ORDER BY (b DESC) AND comment = 'x'", TABLE))
                .isEqualTo(view
                        + " WITH ID = 01234567-89ab-cdef-0123-456789abcdef AND CLUSTERING ORDER BY (b DESC) AND comment"
                        + " = 'x'");
        assertThat(Cql.ifNotExists(view)).startsWith("CREATE MATERIALIZED VIEW IF NOT EXISTS ks.v");
    }

    @Test
    void partitionersAreCompared() {
        SSTableHeader header = header(false, Map.of());
        TableDefinition now = table("(k int PRIMARY KEY)");
        TableDefinition random = new TableDefinition(
                now.name(),
                now.id(),
                "org.apache.cassandra.dht.RandomPartitioner",
                now.key(),
                now.clustering(),
                now.statics(),
                now.regulars(),
                now.dropped(),
                false);
        assertThat(SchemaFit.compare(List.of(header), random, Optional.of(now), true, TAKEN)
                        .misfit())
                .contains("its SSTables were written with Murmur3Partitioner and the cluster has RandomPartitioner");
    }

    @Test
    void cassandra3DidNotTellFrozenUserTypesFromOthers() {
        String now = "(k int PRIMARY KEY, v frozen<i>)";
        assertThat(compare(header(true, Map.of("v", cql("i"))), now, Optional.of(now))
                        .misfit())
                .isEmpty();
        assertThat(compare(header(false, Map.of("v", cql("i"))), now, Optional.of(now))
                        .misfit())
                .isPresent();
    }
}
