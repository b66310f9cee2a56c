package io.medusa.cassandra.jmx;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.os.ShellWords;
import io.medusa.os.SmallFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.rmi.ssl.SslRMIClientSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS for JMX. The stores of {@code javax.net.ssl.*} are used for JMX connections only. They are not set as system properties, which would
 * hide the machine's CAs from the clients of object stores and offer the key to their servers.
 */
final class JmxTls {
    static final String PREFIX = "javax.net.ssl.";
    private static final int NO_PORT = -1;
    private static final Path FILE = Path.of(".cassandra", "nodetool-ssl.properties");

    private JmxTls() {}

    /**
     * The file that nodetool reads with {@code --ssl}: {@code -D} flags, one or more per line, quoted as for a shell.
     *
     * @param home of the user
     */
    static List<String> nodetoolFlags(Path home) {
        Path file = home.resolve(FILE);
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            return SmallFiles.text(file)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.startsWith("#"))
                    .flatMap(line -> words(file, line).stream())
                    .toList();
        } catch (IOException unreadable) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    file + ", which nodetool_ssl in [cassandra] uses like nodetool --ssl, cannot be read",
                    unreadable);
        }
    }

    private static List<String> words(Path file, String line) {
        try {
            return ShellWords.split(line);
        } catch (MedusaException unclosed) {
            // the cause is not kept: it quotes the line, which may contain a password
            throw new MedusaException(FailureKind.CONFIG_UNREADABLE, file + " contains an unclosed quote");
        }
    }

    /**
     * Makes the JMX connections of this process, and only these, use the trust and key stores that the properties name, as nodetool's JVM
     * does. The stubs that a node returns connect with {@link SslRMIClientSocketFactory}, which takes a socket factory from the default
     * context at its first use and keeps it. The default context, which clients of object stores use, stays the machine's.
     */
    static void install(Map<String, String> properties) {
        Map<String, String> own = new LinkedHashMap<>(properties);
        own.keySet().removeIf(name -> !name.startsWith(PREFIX));
        if (own.isEmpty()) {
            return;
        }
        try {
            SSLContext forJmx = context(own);
            SSLContext machine = SSLContext.getDefault();
            SSLContext.setDefault(forJmx);
            try {
                useStubFactory();
            } finally {
                SSLContext.setDefault(machine);
            }
        } catch (GeneralSecurityException | IOException unusable) {
            throw new MedusaException(
                    FailureKind.CONFIG_INVALID,
                    "the key stores for JMX over TLS (nodetool_flags in [cassandra], ~/" + FILE + ") cannot be used: "
                            + unusable.getMessage(),
                    unusable);
        }
    }

    private static void useStubFactory() throws IOException {
        try {
            new SslRMIClientSocketFactory().createSocket("127.0.0.1", NO_PORT).close();
        } catch (IllegalArgumentException noSuchPort) {
            // it has its factory by now, and connected to nothing
        }
    }

    /** A context with both stores, if they are named. */
    static SSLContext context(Map<String, String> properties) throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(properties), trusted(properties), null);
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

    /** Whom the store of the properties trusts; the machine's CAs if none is named. */
    static TrustManager[] trusted(Map<String, String> properties) throws GeneralSecurityException, IOException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        // no store means the machine's own
        factory.init(store(properties, "trustStore").orElse(null));
        return factory.getTrustManagers();
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
}
