package io.medusa.cassandra.jmx;

import io.medusa.cassandra.CassandraLog;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.NodeControl;
import io.medusa.cassandra.Release;
import io.medusa.cassandra.SnapshotService;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.TableName;
import io.medusa.os.Processes;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
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
import javax.management.AttributeNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import javax.management.openmbean.TabularData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The few required operations of a node's {@code StorageService} MBean, by their full signatures (Cassandra 4.0 to
 * 6.0).
 *
 * <p>Arguments are collections of {@code java.util} that every Java has: nodes on Java 8 cannot read what {@code Map.of()} is
 * serialized as.
 */
public final class JmxNode implements SnapshotService, NodeControl {
    private static final Logger LOG = LoggerFactory.getLogger(JmxNode.class);
    private static final String STORAGE_SERVICE = "org.apache.cassandra.db:type=StorageService";
    private static final String METADATA_SERVICE = "org.apache.cassandra.tcm:type=CMSOperations";
    private static final String RUNTIME = "java.lang:type=Runtime";
    private static final String STRINGS = String[].class.getName();

    private final JmxConnection connection;

    /** Opens no connection yet. */
    public JmxNode(JmxSettings settings) {
        this.connection = new JmxConnection(settings);
    }

    @Override
    public void take(String tag) {
        connection.call("taking snapshot " + tag, server -> takeSnapshot(server, tag, new HashMap<>()));
    }

    @Override
    public void take(String tag, Duration expiry) {
        connection.call(
                "taking snapshot " + tag,
                server -> takeSnapshot(server, tag, expiring(server, new HashMap<>(), expiry.toDays() + "d")));
    }

    /** The options with an expiry, if the node can cancel it; not if this user may not ask for its version. */
    private static Map<String, String> expiring(
            MBeanServerConnection server, Map<String, String> options, String expiry) throws JMException, IOException {
        try {
            Object version = server.getAttribute(storageService(), "ReleaseVersion");
            if (Release.of(String.valueOf(version))
                    .filter(Release::cancelsExpiry)
                    .isPresent()) {
                options.put("ttl", expiry);
            }
        } catch (AttributeNotFoundException | SecurityException unknown) {
            LOG.debug("the snapshot will not expire", unknown);
        }
        return options;
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
        connection.call(
                "clearing snapshot " + tag,
                server -> server.invoke(
                        storageService(), "clearSnapshot", new Object[] {tag, new String[0]}, new String[] {
                            String.class.getName(), STRINGS
                        }));
    }

    /**
     * Cassandra writes the dump into a temporary file that only its own user can read or delete, so it is asked only if this process can
     * open Cassandra's temporary directory: every other dump would stay there forever.
     */
    @Override
    public Optional<byte[]> clusterMetadata() {
        OptionalLong process = localProcess();
        Optional<Path> directory = property("java.io.tmpdir").map(Path::of).filter(Path::isAbsolute);
        if (process.isEmpty()
                || directory.isEmpty()
                || !Files.isWritable(Processes.seenBy(process.getAsLong(), directory.get()))) {
            return Optional.empty();
        }
        String what = "dumping the cluster's metadata";
        Path file = Path.of(String.valueOf(connection.call(
                what,
                server -> server.invoke(
                        new ObjectName(METADATA_SERVICE), "dumpClusterMetadata", new Object[0], new String[0]))));
        Path seen = Processes.seenBy(process.getAsLong(), file.toAbsolutePath());
        try {
            return Optional.of(Files.readAllBytes(seen));
        } catch (IOException failed) {
            throw Failures.ofFile(what + " to " + file, failed, FailureKind.LOCAL_FILE);
        } finally {
            delete(seen);
        }
    }

    private static void delete(Path dump) {
        try {
            Files.delete(dump);
        } catch (IOException failed) {
            LOG.warn(
                    "{}. Delete it",
                    Failures.ofFile("deleting Cassandra's temporary file " + dump, failed, FailureKind.LOCAL_FILE)
                            .getMessage());
        }
    }

    /** The process that the node reports, unless that is one of another machine or container. */
    private OptionalLong localProcess() {
        OptionalLong reported = processId();
        String name = "cassandra.storagedir";
        Optional<String> storage = property(name);
        return reported.isPresent()
                        && storage.isPresent()
                        && Processes.find(reported.getAsLong())
                                .flatMap(process -> process.property(name))
                                .equals(storage)
                ? reported
                : OptionalLong.empty();
    }

    @Override
    public void linkLive(String tag, Set<TableName> tables) {
        Map<String, String> options = new HashMap<>();
        options.put("skipFlush", "true");
        String[] names = tables.stream().map(TableName::toString).toArray(String[]::new);
        // so that it is removed if we are killed
        connection.call(
                "asking which SSTables are live",
                server -> takeSnapshot(server, tag, expiring(server, options, "1h"), names));
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
        connection.call(
                "draining the node", server -> server.invoke(storageService(), "drain", new Object[0], new String[0]));
    }

    /** Where the node keeps its files, if it runs on this machine and reports it. */
    @Override
    public Optional<CassandraService.Locations> locations() {
        try {
            Set<Path> data = new LinkedHashSet<>();
            Object all = connection.call(
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
        Object all =
                connection.call("asking for its tokens", server -> server.getAttribute(storageService(), "Tokens"));
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
        Object all = connection.call(
                "asking for its properties",
                server -> server.getAttribute(new ObjectName(RUNTIME), "SystemProperties"));
        if (all instanceof TabularData properties && properties.get(new Object[] {name}) != null) {
            return Optional.of(
                    String.valueOf(properties.get(new Object[] {name}).get("value")));
        }
        return Optional.empty();
    }

    private String attribute(String name) {
        return String.valueOf(
                connection.call("asking for its " + name, server -> server.getAttribute(storageService(), name)));
    }

    /** Builds a secondary index from its table's data. */
    @Override
    public void rebuildIndex(String keyspace, String table, String index) {
        connection.call(
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
        Object refused = connection.call(what, server -> {
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
        connection.call(
                "cleaning up " + table,
                server -> server.invoke(
                        storageService(),
                        "forceKeyspaceCleanup",
                        new Object[] {0, table.keyspace(), new String[] {table.table()}},
                        new String[] {"int", String.class.getName(), STRINGS}));
    }

    /** The node's operation mode, such as {@code NORMAL}. */
    public String operationMode() {
        return String.valueOf(connection.call(
                "asking for its state", server -> server.getAttribute(storageService(), "OperationMode")));
    }

    /** The process of the node, if it runs on this machine and reports it. */
    @Override
    public OptionalLong processId() {
        try {
            String name = String.valueOf(connection.call(
                    "asking for its process", server -> server.getAttribute(new ObjectName(RUNTIME), "Name")));
            return OptionalLong.of(Long.parseLong(name.substring(0, name.indexOf('@'))));
        } catch (MedusaException | NumberFormatException | IndexOutOfBoundsException unknown) {
            return OptionalLong.empty();
        }
    }

    private static ObjectName storageService() {
        try {
            return new ObjectName(STORAGE_SERVICE);
        } catch (MalformedObjectNameException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
