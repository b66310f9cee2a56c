package io.medusa.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.NodeName;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The configuration files that k8ssandra-operator writes, with its environment. */
final class PodConfigTest {
    private static final Path FILES = Path.of("src/test/resources/operator");

    private static MedusaConfig read(Path file, Map<String, String> environment) {
        return new ConfigReader(environment).read(Optional.of(file), Map.of());
    }

    @Test
    void aPodIsCalledAsKubernetesCallsIt() {
        Path file = FILES.resolve("s3-role-dc1.ini");
        assertThat(read(file, Map.of("POD_NAME", "dc1-rack1-sts-0")).storage().fqdn())
                .isEqualTo(new NodeName("dc1-rack1-sts-0"));
        assertThat(read(file, Map.of("POD_NAME", "dc1-rack1-sts-0", "POD_IP", "10.244.0.11"))
                        .storage()
                        .fqdn())
                .isEqualTo(new NodeName("10.244.0.11"));
    }
}
