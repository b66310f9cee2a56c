package io.medusa.cassandra.jmx;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS for JMX. The stubs that a node returns for further connections use the default context of this process, so the stores of
 * {@code javax.net.ssl.*} are added to it, beside the machine's CAs. They are not set as system properties, which would hide the
 * machine's CAs from the clients of object stores.
 */
final class JmxTls {
    static final String PREFIX = "javax.net.ssl.";
    private static final Path FILE = Path.of(".cassandra", "nodetool-ssl.properties");

    private JmxTls() {}

    /**
     * The file that nodetool reads with {@code --ssl}: {@code -D} flags, one or more per line.
     *
     * @param home of the user
     */
    static List<String> nodetoolFlags(Path home) {
        Path file = home.resolve(FILE);
        if (!Files.exists(file)) {
            return List.of();
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(String::strip)
                    .filter(line -> !line.startsWith("#"))
                    .flatMap(line -> Arrays.stream(line.split("\\s+")))
                    .toList();
        } catch (IOException unreadable) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    file + ", which nodetool_ssl in [cassandra] uses like nodetool --ssl, cannot be read",
                    unreadable);
        }
    }

    /** Makes this process use the trust and key stores that the properties name. */
    static void install(Map<String, String> properties) {
        Map<String, String> own = new LinkedHashMap<>(properties);
        own.keySet().removeIf(name -> !name.startsWith(PREFIX));
        if (own.isEmpty()) {
            return;
        }
        try {
            SSLContext.setDefault(context(own));
        } catch (GeneralSecurityException | IOException unusable) {
            throw new MedusaException(
                    FailureKind.CONFIG_INVALID,
                    "the key stores for JMX over TLS (nodetool_flags in [cassandra], ~/" + FILE + ") cannot be used: "
                            + unusable.getMessage(),
                    unusable);
        }
    }

    /** A context with both stores, if they are named. */
    static SSLContext context(Map<String, String> properties) throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(properties), new TrustManager[] {trusted(properties)}, null);
        return context;
    }

    private static KeyManager @Nullable [] keys(Map<String, String> properties)
            throws GeneralSecurityException, IOException {
        Optional<KeyStore> store = store(properties, "keyStore");
        if (store.isEmpty()) {
            return null;
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store.get(), password(properties, "keyStore"));
        return factory.getKeyManagers();
    }

    private static X509ExtendedTrustManager trusted(Map<String, String> properties)
            throws GeneralSecurityException, IOException {
        Optional<KeyStore> store = store(properties, "trustStore");
        X509ExtendedTrustManager machine = manager(null);
        return store.isEmpty() ? machine : new Either(manager(store.get()), machine);
    }

    private static X509ExtendedTrustManager manager(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    }

    private static Optional<KeyStore> store(Map<String, String> properties, String which)
            throws GeneralSecurityException, IOException {
        String file = properties.getOrDefault(PREFIX + which, "");
        if (file.isEmpty()) {
            return Optional.empty();
        }
        KeyStore store =
                KeyStore.getInstance(properties.getOrDefault(PREFIX + which + "Type", KeyStore.getDefaultType()));
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            store.load(in, password(properties, which));
        }
        return Optional.of(store);
    }

    private static char @Nullable [] password(Map<String, String> properties, String which) {
        String password = properties.get(PREFIX + which + "Password");
        return password == null ? null : password.toCharArray();
    }

    /** Trusts a certificate that either of two trust managers accepts. */
    private static final class Either extends X509ExtendedTrustManager {
        private final X509ExtendedTrustManager first;
        private final X509ExtendedTrustManager second;

        Either(X509ExtendedTrustManager first, X509ExtendedTrustManager second) {
            this.first = first;
            this.second = second;
        }

        private interface Check {
            void by(X509ExtendedTrustManager manager) throws CertificateException;
        }

        private void either(Check check) throws CertificateException {
            try {
                check.by(first);
            } catch (CertificateException untrusted) {
                check.by(second);
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            either(manager -> manager.checkClientTrusted(chain, type, socket));
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            either(manager -> manager.checkServerTrusted(chain, type, socket));
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            either(manager -> manager.checkClientTrusted(chain, type, engine));
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            either(manager -> manager.checkServerTrusted(chain, type, engine));
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            either(manager -> manager.checkClientTrusted(chain, type));
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            either(manager -> manager.checkServerTrusted(chain, type));
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return Stream.of(first, second)
                    .flatMap(manager -> Arrays.stream(manager.getAcceptedIssuers()))
                    .toArray(X509Certificate[]::new);
        }
    }
}
