package io.medusa.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** An SSTable of {@code system_schema.tables} that Cassandra 5.0.9 wrote. */
final class SchemaTableIdsTest {
    private static final String MANY = "05470e10eabc11f183b7c9853cf1cfe2";

    private static byte[] component(String name) throws IOException {
        try (InputStream in = SchemaTableIdsTest.class.getResourceAsStream("/sstables/system_schema-tables-" + name)) {
            return in.readAllBytes();
        }
    }

    @Test
    void theIdsOfTablesAreFoundInCompressedRows() throws IOException {
        SchemaTableIds ids = new SchemaTableIds("nb-9-big", component("Data.db"), component("CompressionInfo.db"));
        assertThat(ids.contains(MANY)).isTrue();
        assertThat(ids.contains(MANY.replace('0', '1'))).isFalse();
        // as Cassandra derives it from the name of its own table
        assertThat(ids.contains("0ad49cd4f5b33b3a9aa45eb5a4f0d17b")).isFalse();
    }

    @Test
    void whatIsDamagedIsSaidToBe() throws IOException {
        byte[] data = component("Data.db");
        assertThatThrownBy(
                        () -> new SchemaTableIds("nb-9-big", Arrays.copyOf(data, 100), component("CompressionInfo.db")))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> new SchemaTableIds("nb-9-big", data, new byte[] {0, 1, 'x', 0, 0, 0, 0}))
                .isInstanceOf(IOException.class);
    }
}
