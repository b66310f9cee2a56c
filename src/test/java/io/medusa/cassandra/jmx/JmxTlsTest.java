package io.medusa.cassandra.jmx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.MedusaException;
import io.medusa.os.PemFiles;
import io.medusa.testing.Certificates;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509TrustManager;
import javax.rmi.ssl.SslRMIClientSocketFactory;
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
    void quotesInTheFileOfNodetoolAreTheShells() throws Exception {
        nodetoolFile("-Da=\"/with blank/t\" '-Db=it is'\n");
        assertThat(JmxSettings.propertiesOf(List.of(), true, directory))
                .isEqualTo(Map.of("a", "/with blank/t", "b", "it is"));
        nodetoolFile("-Djavax.net.ssl.trustStorePassword='open\n");
        assertThatThrownBy(() -> JmxSettings.propertiesOf(List.of(), true, directory))
                .hasMessageEndingWith("nodetool-ssl.properties contains an unclosed quote")
                .hasNoCause();
    }

    /** In a process of its own: the socket factory of JMX is made once. */
    @Test
    void theStoresAreForJmxOnly() throws Exception {
        Certificates ours = new Certificates(directory, "ours");
        Certificates.Pair node = ours.pair("node");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        JmxTlsTest.class.getName(),
                        trustStore(ours.ca()).toString(),
                        node.certificate().toString(),
                        node.key().toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said.lines())
                .contains("JMX: true", "default context: false", "HttpsURLConnection: false", "public CAs for JMX: 0");
        assertThat(process.waitFor()).isZero();
    }

    /** Tells who trusts a node, given a trust store, and the certificate and key of the node. */
    public static void main(String... arguments) throws Exception {
        Map<String, String> properties =
                Map.of("javax.net.ssl.trustStore", arguments[0], "javax.net.ssl.trustStorePassword", "secret");
        Certificates.Pair node = new Certificates.Pair(Path.of(arguments[1]), Path.of(arguments[2]));
        JmxTls.install(properties);
        System.out.println("JMX: "
                + isTrusted((host, port) -> new SslRMIClientSocketFactory().createSocket("localhost", port), node));
        System.out.println(
                "default context: " + isTrusted(SSLContext.getDefault().getSocketFactory()::createSocket, node));
        System.out.println("HttpsURLConnection: "
                + isTrusted(HttpsURLConnection.getDefaultSSLSocketFactory()::createSocket, node));
        long foreign = Arrays.stream(JmxTls.trusted(properties))
                .flatMap(manager -> Arrays.stream(((X509TrustManager) manager).getAcceptedIssuers()))
                .filter(issuer -> !issuer.getSubjectX500Principal().getName().equals("CN=ours"))
                .count();
        System.out.println("public CAs for JMX: " + foreign);
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

    /** Connects to a server. */
    private interface Client {
        Socket connect(InetAddress host, int port) throws IOException;
    }

    private static boolean isTrusted(Map<String, String> properties, Certificates.Pair node) throws Exception {
        return isTrusted(JmxTls.context(properties).getSocketFactory()::createSocket, node);
    }

    private static boolean isTrusted(Client connections, Certificates.Pair node) throws Exception {
        PemFiles pem =
                new PemFiles(Optional.empty(), Optional.of(node.certificate()), Optional.of(node.key()), "these");
        InetAddress here = InetAddress.getLoopbackAddress();
        try (SSLServerSocket server =
                        (SSLServerSocket) pem.context().getServerSocketFactory().createServerSocket(0, 1, here);
                SSLSocket client = (SSLSocket) connections.connect(here, server.getLocalPort())) {
            CompletableFuture<Void> accepted = CompletableFuture.runAsync(() -> {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                    socket.startHandshake();
                } catch (IOException refused) {
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
