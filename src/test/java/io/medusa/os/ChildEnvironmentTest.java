package io.medusa.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ChildEnvironmentTest {
    @Test
    void optionsAreNotHandedOn() {
        Map<String, String> variables = new HashMap<>(Map.of(
                "MEDUSA_STORAGE_SSE_C_KEY", "secret",
                "MEDUSA_CQL_PASSWORD", "secret",
                "CQL_PASSWORD", "secret",
                "JAVA_HOME", "/jdk",
                "VAULT_ADDR", "https://vault"));
        ChildEnvironment.withoutOptions(variables);
        assertThat(variables).containsOnlyKeys("JAVA_HOME", "VAULT_ADDR");
    }
}
