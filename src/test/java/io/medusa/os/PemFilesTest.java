package io.medusa.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.testing.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PemFilesTest {
    @TempDir
    Path directory;

    private PemFiles files(Path ca, Path certificate, Path key) {
        return new PemFiles(Optional.of(ca), Optional.of(certificate), Optional.of(key), "ca_cert and so on in [grpc]");
    }

    @Test
    void whatDoesNotBelongTogetherIsNamedBeforeAnybodyConnects() throws Exception {
        Certificates authority = new Certificates(directory, "ours");
        Certificates.Pair own = authority.pair("own");
        Certificates.Pair other = authority.pair("other");
        assertThat(files(authority.ca(), own.certificate(), own.key()).keyManagers())
                .isNotEmpty();
        assertThat(files(authority.ca(), own.certificate(), own.key()).name()).contains("localhost");
        assertThatThrownBy(() ->
                        files(authority.ca(), own.certificate(), other.key()).keyManagers())
                .hasMessageContaining(
                        "the key in " + other.key() + " does not belong to the certificate in " + own.certificate());
        assertThatThrownBy(() -> files(authority.ca(), authority.expired("old").certificate(), own.key())
                        .keyManagers())
                .hasMessageContaining("old.pem is valid from ")
                .hasMessageContaining(", not now");
    }

    @Test
    void garbageIsNamedByItsFile() throws Exception {
        Certificates authority = new Certificates(directory, "ours");
        Certificates.Pair own = authority.pair("own");
        Path garbage = Files.writeString(directory.resolve("garbage.pem"), "-----BEGIN CERTIFICATE-----\n!!!\n");
        assertThatThrownBy(() -> files(garbage, own.certificate(), own.key()).trustManagers())
                .hasMessageContaining("garbage.pem contains no certificate");
        assertThatThrownBy(() -> files(authority.ca(), garbage, own.key()).keyManagers())
                .hasMessageContaining("garbage.pem contains no certificate");
        Path cut = Files.writeString(
                directory.resolve("cut.key"), "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n");
        assertThatThrownBy(() -> files(authority.ca(), own.certificate(), cut).keyManagers())
                .hasMessageContaining("cut.key contains ");
    }
}
