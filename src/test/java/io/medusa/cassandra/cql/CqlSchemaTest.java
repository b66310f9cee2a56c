package io.medusa.cassandra.cql;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.cql.Row;
import io.medusa.model.TableDirectory;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

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

    @Test
    void aRowWithoutIdIsNoTable() {
        assertThat(CqlSchema.directory(row(null), "table_name")).isEmpty();
        assertThat(CqlSchema.directory(row(new UUID(1, 2)), "table_name"))
                .contains(new TableDirectory("shop", "orders-00000000000000010000000000000002"));
    }
}
