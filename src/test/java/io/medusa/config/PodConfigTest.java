package io.medusa.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The configuration files that k8ssandra-operator writes, with its environment. */
final class PodConfigTest {
    private static final Map<String, String> REFUSED = Map.of(
            "compat-nohost-dc1.ini", "host is missing in [storage]",
            "local-dc1.ini", "base_path is missing in [storage]",
            "prefix-slash-dc1.ini", "prefix in [storage] must not",
            "bandwidth-plain-dc1.ini", "transfer_max_bandwidth in [storage] is '0': it must be more than 0");
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

    @Test
    void theVariablesThatOperatorsSetAreNoReasonToWarn() {
        Map<String, String> environment =
                Map.of("POD_NAME", "dc1-rack1-sts-0", "CQL_USERNAME", "medusa", "CQL_PASSWORD", "secret");
        ConfigReader reader = new ConfigReader(environment);
        assertThat(reader.read(Optional.of(FILES.resolve("s3-role-dc1.ini")), Map.of())
                        .cassandra()
                        .cqlUser())
                .contains("medusa");
        assertThat(reader.warnings()).noneMatch(warning -> warning.contains("CQL"));
        ConfigReader elsewhere = new ConfigReader(environment);
        assertThat(elsewhere.read(Optional.of(FILES.resolve("s3-role-dc1.ini")), Map.of("kubernetes.enabled", "False")))
                .isNotNull();
        assertThat(elsewhere.warnings())
                .filteredOn(warning -> warning.contains("CQL"))
                .singleElement()
                .asString()
                .contains("CQL_USERNAME, CQL_PASSWORD", "Use MEDUSA_CQL_USERNAME, MEDUSA_CQL_PASSWORD");
    }

    /** The operator writes {@code secure = False} and {@code ssl_verify = False} into most files, whatever the store. */
    @ParameterizedTest
    @MethodSource("files")
    void everyFileOfTheOperatorIsReadAndNoProvidersStoreIsReachedUnverified(Path file, @TempDir Path directory)
            throws IOException {
        Path key = directory.resolve("credentials");
        Files.writeString(key, "{\"storage_account\": \"acct\", \"key\": \"c2VjcmV0\"}");
        Path ini = directory.resolve("medusa.ini");
        Files.writeString(
                ini,
                Files.readString(file)
                        .replaceAll("/etc/medusa-secrets/[A-Za-z_.-]+", key.toString())
                        .replaceAll("/etc/certificates/[A-Za-z_.-]+", key.toString()));
        ConfigReader reader = new ConfigReader(Map.of("POD_NAME", "dc1-rack1-sts-0", "AZURE_STORAGE_ACCOUNT", "acct"));
        StorageTarget target;
        try {
            target = reader.read(Optional.of(ini), Map.of()).storage().target();
        } catch (MedusaException refused) {
            // the Python Medusa cannot use these either
            String name = file.getFileName().toString();
            assertThat(REFUSED).as(name + ": " + refused.getMessage()).containsKey(name);
            assertThat(refused).hasMessageContaining(REFUSED.get(name));
            return;
        }
        String text = Files.readString(file).toLowerCase(Locale.ROOT);
        boolean own = text.contains("s3_compatible") || text.contains("s3_rgw") || text.contains("ibm_storage");
        if (own || target instanceof StorageTarget.Local) {
            return;
        }
        if (target instanceof StorageTarget.S3 s3) {
            assertThat(s3.verified()).isTrue();
            assertThat(s3.endpoint()).as("Amazon's own").isEmpty();
        } else if (target instanceof StorageTarget.Azure azure) {
            assertThat(azure.verified()).isTrue();
            assertThat(azure.url()).startsWith("https://acct.blob.core.");
        } else if (target instanceof StorageTarget.Gcs gcs) {
            assertThat(gcs.endpoint()).isEmpty();
        }
        boolean off = text.matches("(?s).*(ssl_verify|secure) = false.*");
        assertThat(reader.warnings().stream().anyMatch(warning -> warning.contains("HTTPS is always used")))
                .isEqualTo(off);
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FILES)) {
            return files.sorted().toList();
        }
    }
}
