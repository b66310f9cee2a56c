package io.medusa.cassandra.cql;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cassandra.SchemaStep;
import io.medusa.model.TableName;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one version's statement becomes for another. */
class KnownOptionsTest {
    private static final Set<String> COLUMNS =
            Set.of("keyspace_name", "table_name", "comment", "read_repair_chance", "dclocal_read_repair_chance");

    @ParameterizedTest
    @CsvSource({"3.11.19, true", "4.0.19, false", "5.0.9, false", "6.0-alpha2, false"})
    void optionsThat4EndedAreNotGivenToIt(String version, boolean known) {
        SchemaStep step = new SchemaStep(
                new TableName("ks", "t"),
                Optional.empty(),
                "CREATE TABLE ks.t (k int PRIMARY KEY) WITH comment = ''\n    AND dclocal_read_repair_chance = 0.1");
        SchemaStep index = new SchemaStep(new TableName("ks", "t"), Optional.empty(), "CREATE INDEX i ON ks.t (k)");

        List<SchemaStep> fitted = new KnownOptions(version, COLUMNS).fitted(List.of(step, index));

        assertThat(fitted.get(0).cql().contains("dclocal")).isEqualTo(known);
        assertThat(fitted.get(0).cql()).contains("comment = ''");
        assertThat(fitted.get(1)).isEqualTo(index);
    }

    @Test
    void commentsOnObjectsAreLeftOutBefore6() {
        List<SchemaStep> steps = List.of(
                new SchemaStep(new TableName("ks", "t"), Optional.empty(), "COMMENT ON TABLE ks.t IS 'why'"),
                new SchemaStep(new TableName("ks", "t"), Optional.empty(), "ALTER TABLE ks.t ADD c int"));
        assertThat(new KnownOptions("5.0.9", Set.of()).fitted(steps)).hasSize(1);
        assertThat(new KnownOptions("6.0-alpha2", Set.of()).fitted(steps)).isEqualTo(steps);
    }
}
