package io.medusa.grpc;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.config.MedusaConfig;
import io.medusa.model.NodeName;
import io.medusa.os.PemFiles;
import io.medusa.testing.Certificates;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HealthProbeTest {
    @TempDir
    Path directory;

    private static MedusaConfig.Grpc config(int port, Optional<PemFiles> tls) {
        return new MedusaConfig.Grpc(Optional.empty(), port, 1 << 20, 1 << 20, tls, Optional.empty(), 0, Map.of(), 0);
    }

    @Test
    void itAsksTheServiceWithTheNodesOwnCertificate() throws Exception {
        NodeName nobody = new NodeName("not-in-the-certificate");
        Certificates authority = new Certificates(directory.resolve("ca"), "ours");
        Optional<PemFiles> tls = Optional.of(ServedNode.files(authority, authority.pair("node")));
        try (ServedNode node = new ServedNode(directory, "n1")) {
            int plain = node.serve(Optional.empty(), 1 << 20).port();
            int secure = node.serve(tls, 1 << 20).port();
            assertThatCode(() -> HealthProbe.run(config(plain, Optional.empty()), nobody))
                    .doesNotThrowAnyException();
            assertThatCode(() -> HealthProbe.run(config(secure, tls), nobody)).doesNotThrowAnyException();
            assertThatThrownBy(() -> HealthProbe.run(config(secure, Optional.empty()), nobody))
                    .hasMessageContaining("does not serve");
            assertThatThrownBy(() -> HealthProbe.run(config(1, tls), nobody))
                    .hasMessageContaining("the service at 127.0.0.1:1 does not serve: ")
                    .hasMessageContaining("Connection refused");
        }
    }
}
