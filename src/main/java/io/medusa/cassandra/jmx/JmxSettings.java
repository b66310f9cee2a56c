package io.medusa.cassandra.jmx;

import io.medusa.model.Secret;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How to reach a node's JMX.
 *
 * @param passwordFile lines of {@code user password}; used if there is no password
 * @param systemProperties such as trust stores, from the {@code -D} flags of the configuration
 */
public record JmxSettings(
        String host,
        int port,
        boolean tls,
        Optional<String> user,
        Optional<Secret> password,
        Optional<Path> passwordFile,
        Map<String, String> systemProperties) {
    /** Cassandra's default port. */
    public static final int DEFAULT_PORT = 7199;

    /**
     * The system properties that nodetool would set: the {@code -D} flags, and with TLS also those of {@code ~/.cassandra/nodetool-ssl.properties}.
     *
     * @param home of the user
     */
    public static Map<String, String> propertiesOf(List<String> flags, boolean tls, Path home) {
        Map<String, String> properties =
                new LinkedHashMap<>(propertiesOf(tls ? JmxTls.nodetoolFlags(home) : List.of()));
        properties.putAll(propertiesOf(flags));
        return properties;
    }

    /** The {@code -Dname=value} words of the flags. */
    public static Map<String, String> propertiesOf(List<String> flags) {
        Map<String, String> properties = new LinkedHashMap<>();
        for (String flag : flags) {
            int equals = flag.indexOf('=');
            if (flag.startsWith("-D") && equals > 2) {
                properties.put(flag.substring(2, equals), flag.substring(equals + 1));
            }
        }
        return properties;
    }
}
