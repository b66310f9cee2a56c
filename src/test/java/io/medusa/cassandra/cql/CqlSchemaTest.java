package io.medusa.cassandra.cql;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.cql.Row;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.model.TableDirectory;
import io.medusa.testing.Certificates;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of rows of {@code system_schema}. */
final class CqlSchemaTest {
    private static Row row(@Nullable UUID id) {
        Map<String, Object> values = new HashMap<>(Map.of("keyspace_name", "shop", "table_name", "orders"));
        values.put("id", id);
        return (Row) Proxy.newProxyInstance(
                CqlSchemaTest.class.getClassLoader(),
                new Class<?>[] {Row.class},
                (proxy, method, arguments) -> values.get(String.valueOf(arguments[0])));
    }

    /** A trust anchor's dates count for nobody who connects. */
    @Test
    void anExpiredAuthorityIsAWarning(@TempDir Path directory) {
        Certificates authority = new Certificates(directory, "ours");
        Path expired = authority.expired("old").certificate();
        assertThat(certificates(authority.ca()).outcome()).isEqualTo(Outcome.OK);
        assertThat(certificates(expired).outcome()).isEqualTo(Outcome.WARNING);
        assertThat(certificates(expired).detail()).contains(expired + " has expired, the last on ");
        assertThat(certificates(directory.resolve("none")).outcome()).isEqualTo(Outcome.FAILED);
    }

    private static Check certificates(Path ca) {
        return new CqlSchema(new CqlSettings(
                        List.of("127.0.0.1"),
                        9042,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(ca),
                        Optional.empty(),
                        Optional.empty()))
                .checks()
                .get(0);
    }

    @Test
    void aRowWithoutIdIsNoTable() {
        assertThat(CqlSchema.directory(row(null), "table_name")).isEmpty();
        assertThat(CqlSchema.directory(row(new UUID(1, 2)), "table_name"))
                .contains(new TableDirectory("shop", "orders-00000000000000010000000000000002"));
    }
}
