package io.medusa.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** Options that only some versions of Cassandra know. */
class TableOptionsTest {
    private static final String TABLE = """
            CREATE TABLE ks."t WITH" (
                k int,
                c text MASKED WITH DEFAULT,
                PRIMARY KEY (k, c)
            ) WITH ID = def17b40-eaf9-11f1-b48d-0f8f97b50dbc
                AND CLUSTERING ORDER BY (c DESC)
                AND comment = 'this AND memtable = that'
                AND compaction = {'class': 'SizeTieredCompactionStrategy'}
                AND memtable = 'default'
                AND transactional_mode = 'off'""";

    @Test
    void whatTheTargetDoesNotKnowIsLeftOutAndNamed() {
        TableOptions options = TableOptions.keep(TABLE, Set.of("comment", "compaction"));

        assertThat(options.unknown()).containsExactly("memtable", "transactional_mode");
        assertThat(options.cql()).isEqualTo("""
                CREATE TABLE ks."t WITH" (
                    k int,
                    c text MASKED WITH DEFAULT,
                    PRIMARY KEY (k, c)
                ) WITH ID = def17b40-eaf9-11f1-b48d-0f8f97b50dbc
                    AND CLUSTERING ORDER BY (c DESC)
                    AND comment = 'this AND memtable = that'
                    AND compaction = {'class': 'SizeTieredCompactionStrategy'}""");
    }

    @Test
    void aStatementWhoseOptionsAreKnownStaysAsItIs() {
        TableOptions options =
                TableOptions.keep(TABLE, Set.of("comment", "compaction", "memtable", "transactional_mode"));

        assertThat(options.unknown()).isEmpty();
        assertThat(options.cql()).isSameAs(TABLE);
    }

    @Test
    void theConditionsOfAViewAreNoOptions() {
        TableOptions options = TableOptions.keep(
                "CREATE MATERIALIZED VIEW ks.v AS SELECT k FROM ks.t WHERE k IS NOT NULL AND c IS NOT NULL"
                        + " PRIMARY KEY (k, c) WITH dclocal_read_repair_chance = 0.1",
                Set.of("comment"));

        assertThat(options.unknown()).containsExactly("dclocal_read_repair_chance");
        assertThat(options.cql())
                .isEqualTo("CREATE MATERIALIZED VIEW ks.v AS SELECT k FROM ks.t WHERE k IS NOT NULL AND c IS NOT NULL"
                        + " PRIMARY KEY (k, c)");
    }
}
