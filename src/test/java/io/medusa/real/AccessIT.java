package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.Key;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that wants passwords on CQL and JMX, and client certificates on CQL. */
final class AccessIT {
    private static final char[] STORE = "changeit".toCharArray();

    @TempDir
    Path directory;

    private void keytool(String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile())
                .start();
        assertThat(process.waitFor())
                .as(Files.readString(directory.resolve("keytool.log")))
                .isZero();
    }

    /** A key pair of its own; its certificate is its CA. */
    private Path keyStore(String alias) throws Exception {
        Path store = directory.resolve(alias + ".p12");
        keytool(
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
                "-validity",
                "2",
                "-dname",
                "CN=" + alias,
                "-ext",
                "SAN=IP:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit");
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                alias,
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit",
                "-file",
                directory.resolve(alias + ".pem").toString());
        return store;
    }

    private KeyStore load(Path store) throws Exception {
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream in = new FileInputStream(store.toFile())) {
            loaded.load(in, STORE);
        }
        return loaded;
    }

    private SSLContext context(Path client, Path trust) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(load(client), STORE);
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(load(trust));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }

    @Test
    void B29_passwordsAndClientCertificates() throws Exception {
        Path server = keyStore("server");
        Path client = keyStore("client");
        Key key = load(client).getKey("client", STORE);
        Path keyPem = Files.writeString(
                directory.resolve("client.key"),
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
                        + "\n-----END PRIVATE KEY-----\n");
        Path trust = directory.resolve("trust.p12");
        keytool(
                "-importcert",
                "-noprompt",
                "-alias",
                "client",
                "-file",
                directory.resolve("client.pem").toString(),
                "-storetype",
                "PKCS12",
                "-keystore",
                trust.toString(),
                "-storepass",
                "changeit");
        Path serverTrust = directory.resolve("serverTrust.p12");
        keytool(
                "-importcert",
                "-noprompt",
                "-alias",
                "server",
                "-file",
                directory.resolve("server.pem").toString(),
                "-storetype",
                "PKCS12",
                "-keystore",
                serverTrust.toString(),
                "-storepass",
                "changeit");
        Path passwords = Files.writeString(directory.resolve("jmx.password"), "operator hunter2\n");
        Files.setPosixFilePermissions(passwords, PosixFilePermissions.fromString("rw-------"));
        Path access = Files.writeString(
                directory.resolve("jmx.access"),
                "operator readwrite create javax.management.monitor.*,javax.management.timer.* unregister\n");
        try (RealNode node = RealNode.create(
                directory.resolve("node"),
                "authenticator: PasswordAuthenticator",
                "authorizer: CassandraAuthorizer",
                "role_manager: CassandraRoleManager",
                "client_encryption_options:",
                "  enabled: true",
                "  optional: false",
                "  keystore: " + server,
                "  keystore_password: changeit",
                "  require_client_auth: true",
                "  truststore: " + trust,
                "  truststore_password: changeit",
                "  store_type: PKCS12")) {
            node.settings(
                    "-Dcom.sun.management.jmxremote.authenticate=true -Dcom.sun.management.jmxremote.password.file="
                            + passwords + " -Dcom.sun.management.jmxremote.access.file=" + access);
            node.credentials("cassandra", "cassandra");
            node.tls(context(client, serverTrust));
            node.start();
            node.cql(
                    "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                    "CREATE TABLE ks.t (id int PRIMARY KEY)",
                    "INSERT INTO ks.t (id) VALUES (1)");
            String[] tls = {
                "cassandra.certfile = " + directory.resolve("server.pem"),
                "cassandra.usercert = " + directory.resolve("client.pem"),
                "cassandra.userkey = " + keyPem,
                "cassandra.cql_username = cassandra",
                "cassandra.nodetool_username = operator"
            };
            Path ini = node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket", tls);
            Cli right = new Cli(ini)
                    .with("TMPDIR", directory.toString())
                    .with("MEDUSA_CQL_PASSWORD", "cassandra")
                    .with("MEDUSA_NODETOOL_PASSWORD", "hunter2");
            right.run("backup", "--backup-name", "one").ok();
            right.run("verify", "--backup-name", "one").ok();

            Cli.Result cql = new Cli(ini)
                    .with("TMPDIR", directory.toString())
                    .with("MEDUSA_CQL_PASSWORD", "wr0ng")
                    .with("MEDUSA_NODETOOL_PASSWORD", "hunter2")
                    .run("backup", "--backup-name", "two");
            assertThat(cql.status()).isEqualTo(1);
            assertThat(cql.lastError()).contains("refuses user cassandra; check cql_username and cql_password");
            assertThat(cql.err()).doesNotContain("wr0ng").doesNotContain("\tat ");

            Cli.Result jmx = new Cli(ini)
                    .with("TMPDIR", directory.toString())
                    .with("MEDUSA_CQL_PASSWORD", "cassandra")
                    .with("MEDUSA_NODETOOL_PASSWORD", "wr0ng")
                    .run("backup", "--backup-name", "two");
            assertThat(jmx.status()).isEqualTo(1);
            assertThat(jmx.lastError())
                    .contains("refuses user operator; check nodetool_username and nodetool_password");
            assertThat(jmx.err()).doesNotContain("wr0ng").doesNotContain("\tat ");

            // the password file instead of the password, and the same name again: it was not burnt
            Path byFile = node.medusaIni(
                    directory.resolve("file.ini"),
                    directory,
                    "bucket",
                    java.util.stream.Stream.concat(
                                    java.util.stream.Stream.of(tls),
                                    java.util.stream.Stream.of("cassandra.nodetool_password_file_path = " + passwords))
                            .toArray(String[]::new));
            new Cli(byFile)
                    .with("TMPDIR", directory.toString())
                    .with("MEDUSA_CQL_PASSWORD", "cassandra")
                    .run("backup", "--backup-name", "two")
                    .ok();
        }
    }
}
