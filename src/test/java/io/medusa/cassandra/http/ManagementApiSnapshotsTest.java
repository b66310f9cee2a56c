package io.medusa.cassandra.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.medusa.error.MedusaException;
import io.medusa.os.PemFiles;
import io.medusa.testing.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Management API with certificates as operators issue them. */
final class ManagementApiSnapshotsTest {
    @TempDir
    Path directory;

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private Certificates authority;
    private HttpsServer server;

    @BeforeEach
    void start() throws IOException {
        authority = new Certificates(directory.resolve("own"), "own");
        Certificates.Pair nameless = authority.nameless("mgmt-api");
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(new PemFiles(
                        Optional.of(authority.ca()),
                        Optional.of(nameless.certificate()),
                        Optional.of(nameless.key()),
                        "of the test")
                .context()));
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestMethod());
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private ManagementApiSnapshots snapshots(String host, Certificates trusted) {
        Certificates.Pair own = trusted.pair("medusa");
        return new ManagementApiSnapshots(
                URI.create("https://" + host + ":" + server.getAddress().getPort() + "/api/v0/ops/node/snapshots"),
                new PemFiles(
                        Optional.of(trusted.ca()),
                        Optional.of(own.certificate()),
                        Optional.of(own.key()),
                        "of the test"));
    }

    @Test
    void onThisMachineTheSignerCountsAndNotTheName() {
        snapshots("127.0.0.1", authority).take("a");
        snapshots("localhost", authority).clear("a");
        assertThat(asked).containsExactly("POST", "DELETE");
    }

    @Test
    void aCertificateOfAnotherAuthorityIsRefused() {
        Certificates others = new Certificates(directory.resolve("others"), "others");
        assertThatThrownBy(() -> snapshots("127.0.0.1", others).take("a"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("no TLS connection");
        assertThat(asked).isEmpty();
    }
}
