package io.medusa.cassandra.jmx;

import io.medusa.cassandra.CassandraLog;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.NodeControl;
import io.medusa.cassandra.SnapshotService;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.TableName;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.rmi.server.RMIClientSocketFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import javax.management.openmbean.TabularData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import javax.rmi.ssl.SslRMIClientSocketFactory;

/**
 * The few required operations of a node's {@code StorageService} MBean, by their full signatures (Cassandra 4.0 to
 * 6.0). Opens a connection for each call, since they are minutes apart.
 *
 * <p>Arguments are collections of {@code java.util} that every Java has: nodes on Java 8 cannot read what {@code Map.of()} is
 * serialized as.
 */
// JMX is JNDI by definition; the URL is made of the configured host and port
@SuppressWarnings("BanJNDI")
public final class JmxNode implements SnapshotService, NodeControl {
    private static final String STORAGE_SERVICE = "org.apache.cassandra.db:type=StorageService";
    private static final String RUNTIME = "java.lang:type=Runtime";
    /** An open but dead port must not block a backup forever; a snapshot of thousands of tables may take long. */
    private static final Map<String, String> LIMITS = Map.of(
            "sun.rmi.transport.tcp.handshakeTimeout", "15000", "sun.rmi.transport.tcp.responseTimeout", "3600000");

    private static final String STRINGS = String[].class.getName();

    private final JmxSettings settings;

    /** Nothing is connected before the first call. */
    public JmxNode(JmxSettings settings) {
        this.settings = settings;
        if (settings.tls()) {
            // before the first connection, whose socket factory all later ones use
            JmxTls.install(settings.systemProperties());
        }
    }

    @Override
    public void take(String tag) {
        call("taking snapshot " + tag, server -> takeSnapshot(server, tag, new HashMap<>()));
    }

    @Override
    public void take(String tag, Duration expiry) {
        // versions before 4.1 ignore unknown options
        Map<String, String> options = new HashMap<>();
        options.put("ttl", expiry.toDays() + "d");
        call("taking snapshot " + tag, server -> takeSnapshot(server, tag, options));
    }

    /**
     * Takes a snapshot.
     *
     * @param options for Cassandra 3.11 and later; 3.0 has none
     * @param tables empty for all
     */
    private static @org.jspecify.annotations.Nullable Object takeSnapshot(
            MBeanServerConnection server, String tag, Map<String, String> options, String... tables)
            throws JMException, IOException {
        String string = String.class.getName();
        try {
            // tried rather than looked up: the look needs a permission of its own, DESCRIBE
            return server.invoke(storageService(), "takeSnapshot", new Object[] {tag, options, tables}, new String[] {
                string, Map.class.getName(), STRINGS
            });
        } catch (ReflectionException failed) {
            if (!(failed.getCause() instanceof NoSuchMethodException)) {
                throw failed;
            }
            return server.invoke(
                    storageService(),
                    tables.length == 0 ? "takeSnapshot" : "takeMultipleTableSnapshot",
                    new Object[] {tag, tables},
                    new String[] {string, STRINGS});
        }
    }

    @Override
    public void clear(String tag) {
        call(
                "clearing snapshot " + tag,
                server -> server.invoke(
                        storageService(), "clearSnapshot", new Object[] {tag, new String[0]}, new String[] {
                            String.class.getName(), STRINGS
                        }));
    }

    @Override
    public void linkLive(String tag, Set<TableName> tables) {
        // Cassandra 4.1 and later remove it by themselves if we are killed; earlier ones pass over what they do not
        // know
        Map<String, String> options = new HashMap<>();
        options.put("skipFlush", "true");
        options.put("ttl", "1h");
        String[] names = tables.stream().map(TableName::toString).toArray(String[]::new);
        call("asking which SSTables are live", server -> takeSnapshot(server, tag, options, names));
    }

    @Override
    public Optional<Path> log() {
        try {
            return property("cassandra.logdir")
                    .map(directory -> CassandraLog.in(Path.of(directory)).file())
                    .filter(Path::isAbsolute);
        } catch (MedusaException unknown) {
            return Optional.empty();
        }
    }

    /** Flushes everything in memory to SSTables and stops accepting requests; afterwards the node must be restarted. */
    @Override
    public void drain() {
        call("draining the node", server -> server.invoke(storageService(), "drain", new Object[0], new String[0]));
    }

    /** Where the node keeps its files, if it runs on this machine and reports it. */
    @Override
    public Optional<CassandraService.Locations> locations() {
        try {
            Set<Path> data = new LinkedHashSet<>();
            Object all = call(
                    "asking for its directories",
                    server -> server.getAttribute(storageService(), "AllDataFileLocations"));
            if (all instanceof String[] paths) {
                Arrays.stream(paths).map(Path::of).forEach(data::add);
            }
            return Optional.of(new CassandraService.Locations(
                    data,
                    Path.of(attribute("CommitLogLocation")),
                    Path.of(attribute("SavedCachesLocation")),
                    property("cassandra.storagedir").map(Path::of)));
        } catch (MedusaException unknown) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<CassandraService.Identity> identity() {
        try {
            return Optional.of(new CassandraService.Identity(
                    attribute("LocalHostId"),
                    tokens(),
                    attribute("ReleaseVersion"),
                    property("cassandra.logdir").map(Path::of)));
        } catch (MedusaException unknown) {
            return Optional.empty();
        }
    }

    private List<BigInteger> tokens() {
        List<BigInteger> tokens = new ArrayList<>();
        Object all = call("asking for its tokens", server -> server.getAttribute(storageService(), "Tokens"));
        if (all instanceof List<?> texts) {
            try {
                texts.forEach(token -> tokens.add(new BigInteger(String.valueOf(token))));
            } catch (NumberFormatException ofAnOrderedPartitioner) {
                return List.of();
            }
        }
        return tokens;
    }

    @Override
    public boolean isDrained() {
        try {
            return operationMode().equals("DRAINED");
        } catch (MedusaException unknown) {
            return false;
        }
    }

    /** A system property of the node's JVM. */
    private Optional<String> property(String name) {
        Object all = call(
                "asking for its properties",
                server -> server.getAttribute(new ObjectName(RUNTIME), "SystemProperties"));
        if (all instanceof TabularData properties && properties.get(new Object[] {name}) != null) {
            return Optional.of(
                    String.valueOf(properties.get(new Object[] {name}).get("value")));
        }
        return Optional.empty();
    }

    private String attribute(String name) {
        return String.valueOf(call("asking for its " + name, server -> server.getAttribute(storageService(), name)));
    }

    /** Builds a secondary index from its table's data. */
    @Override
    public void rebuildIndex(String keyspace, String table, String index) {
        call(
                "rebuilding index " + index,
                server -> server.invoke(
                        storageService(),
                        "rebuildSecondaryIndex",
                        new Object[] {keyspace, table, new String[] {index}},
                        new String[] {String.class.getName(), String.class.getName(), STRINGS}));
    }

    /**
     * Imports with verification of checksums, and on demand of token ownership. Cassandra 5.0 has two more flags than 4.0 and 4.1, about
     * indexes that are attached to SSTables: there are none, so they are built.
     */
    @Override
    public void importSSTables(TableName table, Path directory, boolean ownOnly) {
        String what = "taking SSTables into " + table;
        Object refused = call(what, server -> {
            ObjectName bean = new ObjectName(
                    "org.apache.cassandra.db:type=Tables,keyspace=" + table.keyspace() + ",table=" + table.table());
            int parameters = Arrays.stream(server.getMBeanInfo(bean).getOperations())
                    .filter(operation -> operation.getName().equals("importNewSSTables"))
                    .mapToInt(operation -> operation.getSignature().length)
                    .max()
                    .orElse(0);
            Map<String, Boolean> flags = new LinkedHashMap<>();
            flags.put("resetLevel", false);
            flags.put("clearRepaired", true);
            flags.put("verifySSTables", true);
            flags.put("verifyTokens", ownOnly);
            flags.put("invalidateCaches", true);
            flags.put("extendedVerify", false);
            flags.put("copyData", false);
            flags.put("failOnMissingIndex", false);
            flags.put("validateIndexChecksum", true);
            List<Object> arguments = new ArrayList<>();
            List<String> signature = new ArrayList<>();
            arguments.add(new HashSet<>(Set.of(directory.toString())));
            signature.add(Set.class.getName());
            flags.values().stream().limit(Math.max(0, parameters - 1)).forEach(flag -> {
                arguments.add(flag);
                signature.add("boolean");
            });
            return server.invoke(bean, "importNewSSTables", arguments.toArray(), signature.toArray(new String[0]));
        });
        if (refused instanceof List<?> directories && !directories.isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    what + ": Cassandra refused the SSTables in " + directory
                            + " (damaged files, or rows of tokens that this node does not own)");
        }
    }

    @Override
    public void cleanUp(TableName table) {
        call(
                "cleaning up " + table,
                server -> server.invoke(
                        storageService(),
                        "forceKeyspaceCleanup",
                        new Object[] {0, table.keyspace(), new String[] {table.table()}},
                        new String[] {"int", String.class.getName(), STRINGS}));
    }

    /** The node's operation mode, such as {@code NORMAL}. */
    public String operationMode() {
        return String.valueOf(
                call("asking for its state", server -> server.getAttribute(storageService(), "OperationMode")));
    }

    /** The process of the node, if it runs on this machine and reports it. */
    @Override
    public OptionalLong processId() {
        try {
            String name = String.valueOf(
                    call("asking for its process", server -> server.getAttribute(new ObjectName(RUNTIME), "Name")));
            return OptionalLong.of(Long.parseLong(name.substring(0, name.indexOf('@'))));
        } catch (MedusaException | NumberFormatException | IndexOutOfBoundsException unknown) {
            return OptionalLong.empty();
        }
    }

    /** An operation on an open connection. */
    private interface Call {
        @org.jspecify.annotations.Nullable
        Object on(MBeanServerConnection server) throws JMException, IOException;
    }

    private @org.jspecify.annotations.Nullable Object call(String what, Call call) {
        LIMITS.forEach((property, millis) -> {
            if (System.getProperty(property) == null) {
                System.setProperty(property, millis);
            }
        });
        settings.systemProperties().forEach((name, value) -> {
            if (!name.startsWith(JmxTls.PREFIX)) {
                System.setProperty(name, value);
            }
        });
        try (JMXConnector connector = connect(what)) {
            return call.on(connector.getMBeanServerConnection());
        } catch (InstanceNotFoundException notCassandra) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    what + ": what answers at " + address() + " is not a Cassandra node, or is still starting",
                    notCassandra);
        } catch (JMException | IOException failed) {
            throw failed(what, failed);
        } catch (MedusaException ours) {
            throw ours;
        } catch (RuntimeException failed) {
            throw isDenied(failed) ? denied(what, failed) : failed(what, failed);
        }
    }

    private JMXConnector connect(String what) {
        try {
            return JMXConnectorFactory.connect(url(), environment());
        } catch (IOException unreachable) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    what + ": Cassandra's JMX does not answer at " + address()
                            + (settings.tls() ? " over TLS" : "")
                            + ". Check that Cassandra is up, and check nodetool_host, nodetool_port and nodetool_ssl in"
                            + " [cassandra]",
                    unreachable);
        }
    }

    private static boolean isDenied(Throwable failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof SecurityException) {
                return true;
            }
        }
        return false;
    }

    private MedusaException denied(String what, RuntimeException failed) {
        return new MedusaException(
                FailureKind.CASSANDRA_DENIED,
                what + ": Cassandra's JMX at " + address() + " refuses "
                        + settings.user().map(user -> "user " + user).orElse("a connection without user")
                        + "; check nodetool_username and nodetool_password in [cassandra]",
                failed);
    }

    private static MedusaException failed(String what, Throwable failed) {
        return new MedusaException(
                FailureKind.CASSANDRA_FAILED, what + " failed in Cassandra: " + rootMessage(failed), failed);
    }

    private JMXServiceURL url() throws IOException {
        String host = settings.host().contains(":") && !settings.host().startsWith("[")
                ? "[" + settings.host() + "]"
                : settings.host();
        return new JMXServiceURL("service:jmx:rmi:///jndi/rmi://" + host + ":" + settings.port() + "/jmxrmi");
    }

    private String address() {
        return settings.host() + ":" + settings.port();
    }

    private Map<String, Object> environment() throws IOException {
        Map<String, Object> environment = new HashMap<>();
        if (settings.tls()) {
            RMIClientSocketFactory factory = new SslRMIClientSocketFactory();
            environment.put("com.sun.jndi.rmi.factory.socket", factory);
        }
        if (settings.user().isPresent()) {
            String user = settings.user().get();
            String password =
                    settings.password().isPresent() ? settings.password().get().reveal() : passwordOf(user);
            environment.put(JMXConnector.CREDENTIALS, new String[] {user, password});
        }
        return environment;
    }

    private String passwordOf(String user) {
        if (settings.passwordFile().isEmpty()) {
            return "";
        }
        Path file = settings.passwordFile().get();
        try {
            List<String> lines = Files.readAllLines(file);
            for (String line : lines) {
                String[] words = line.strip().split("\\s+", 2);
                if (words.length == 2 && words[0].equals(user)) {
                    return words[1];
                }
            }
        } catch (IOException failed) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    "JMX password file " + file + " (nodetool_password_file_path in [cassandra]) cannot be read",
                    failed);
        }
        throw new MedusaException(
                FailureKind.CONFIG_UNREADABLE, "JMX password file " + file + " has no line for user " + user);
    }

    private static ObjectName storageService() {
        try {
            return new ObjectName(STORAGE_SERVICE);
        } catch (MalformedObjectNameException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String rootMessage(Throwable failed) {
        Throwable cause = Failures.root(failed);
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
