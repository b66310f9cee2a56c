package io.medusa.cassandra.jmx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.MedusaException;
import io.medusa.os.PemFiles;
import io.medusa.testing.Certificates;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JmxTlsTest {
    @TempDir
    Path directory;

    private void nodetoolFile(String text) throws Exception {
        Files.writeString(
                Files.createDirectories(directory.resolve(".cassandra")).resolve("nodetool-ssl.properties"), text);
    }

    @Test
    void theFileOfNodetoolIsReadAndFlagsCountMore() throws Exception {
        assertThat(JmxSettings.propertiesOf(List.of("-Da=1"), true, directory)).isEqualTo(Map.of("a", "1"));
        nodetoolFile("-Djavax.net.ssl.trustStore=/t\r\n# -Dx=y\r\n  -Da=2 -Dcom.sun.management.jmxremote.ssl=true\r\n");
        assertThat(JmxSettings.propertiesOf(List.of("-Da=1", "-Xmx1g"), true, directory))
                .isEqualTo(
                        Map.of("javax.net.ssl.trustStore", "/t", "a", "1", "com.sun.management.jmxremote.ssl", "true"));
        assertThat(JmxSettings.propertiesOf(List.of(), false, directory)).isEmpty();
    }

    @Test
    void theTrustStoreOfThePropertiesIsTrusted() throws Exception {
        Certificates ours = new Certificates(directory, "ours");
        Certificates theirs = new Certificates(directory.resolve("t"), "theirs");
        Map<String, String> properties = Map.of(
                "javax.net.ssl.trustStore",
                trustStore(ours.ca()).toString(),
                "javax.net.ssl.trustStorePassword",
                "secret");
        assertThat(isTrusted(properties, ours.pair("node"))).isTrue();
        assertThat(isTrusted(properties, theirs.pair("node"))).isFalse();
        assertThat(isTrusted(Map.of(), ours.pair("node"))).isFalse();
    }

    @Test
    void aStoreThatCannotBeReadIsOneLine() {
        assertThatThrownBy(() -> JmxTls.install(Map.of("javax.net.ssl.keyStore", "/nowhere/k.jks")))
                .isInstanceOf(MedusaException.class)
                .hasMessage("the key stores for JMX over TLS (nodetool_flags in [cassandra],"
                        + " ~/.cassandra/nodetool-ssl.properties) cannot be used: /nowhere/k.jks");
    }

    private Path trustStore(Path ca) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream in = Files.newInputStream(ca)) {
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        Path file = directory.resolve("trust.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, "secret".toCharArray());
        }
        return file;
    }

    private static boolean isTrusted(Map<String, String> properties, Certificates.Pair node) throws Exception {
        PemFiles pem =
                new PemFiles(Optional.empty(), Optional.of(node.certificate()), Optional.of(node.key()), "these");
        InetAddress here = InetAddress.getLoopbackAddress();
        try (SSLServerSocket server =
                        (SSLServerSocket) pem.context().getServerSocketFactory().createServerSocket(0, 1, here);
                SSLSocket client = (SSLSocket)
                        JmxTls.context(properties).getSocketFactory().createSocket(here, server.getLocalPort())) {
            CompletableFuture<Void> accepted = CompletableFuture.runAsync(() -> {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                    socket.startHandshake();
                } catch (java.io.IOException refused) {
                    // the client says so, too
                }
            });
            try {
                client.startHandshake();
                return true;
            } catch (SSLException untrusted) {
                return false;
            } finally {
                client.close();
                accepted.join();
            }
        }
    }
}
