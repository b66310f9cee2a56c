package io.medusa.testing;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.loadbalancing.NodeDistance;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import javax.net.ssl.SSLContext;

/** A real Cassandra node in a directory of its own, on free loopback ports, started from its Maven artifacts. */
@SuppressWarnings("BanJNDI")
public final class RealNode implements AutoCloseable {
    private static final Path ROOT = Path.of("").toAbsolutePath();
    static final Path SCRIPT = ROOT.resolve("dev/cassandra/cassandra-node");
    static final Path LIB = Distribution.DEFAULT.lib();

    private static final int FIRST_PORT = 12_000;
    private static final int PORTS = 4_999;
    private static final int FORK = Integer.getInteger("medusa.fork", 1) - 1;
    private static int nextPort = new Random().nextInt(PORTS);

    private final Path directory;
    private final String address;
    private final int nativePort;
    private final int storagePort;
    private final int jmxPort;
    private final Distribution distribution;
    private String datacenter = "dc1";
    private String user;
    private String password;
    private SSLContext tls;
    private CqlSession session;

    private RealNode(
            Path directory, String address, int nativePort, int storagePort, int jmxPort, Distribution distribution) {
        this.directory = directory;
        this.address = address;
        this.nativePort = nativePort;
        this.storagePort = storagePort;
        this.jmxPort = jmxPort;
        this.distribution = distribution;
    }

    /** A node that is laid out but not started: one of its own cluster, with more lines for its cassandra.yaml. */
    public static RealNode create(Path directory, String... yaml) throws IOException {
        return of(Distribution.DEFAULT, directory, yaml);
    }

    /** The same of another version. */
    public static RealNode of(Distribution distribution, Path directory, String... yaml) throws IOException {
        int[] ports = freePorts(3);
        RealNode node = new RealNode(directory, "127.0.0.1", ports[0], ports[1], ports[2], distribution);
        node.lay("medusa-tests", "127.0.0.1:" + ports[1], "r1", yaml);
        return node;
    }

    /** This node with another version installed and other lines in its cassandra.yaml; it must be down. */
    public RealNode as(Distribution other, String... yaml) throws IOException {
        RealNode node = new RealNode(directory, address, nativePort, storagePort, jmxPort, other);
        node.lay("medusa-tests", address + ":" + storagePort, "r1", yaml);
        return node;
    }

    /** Has the classes that a node loads archived, once for each build, so that all later nodes start faster. */
    static void archiveClasses(Path directory) throws IOException, InterruptedException {
        Path archive = LIB.resolveSibling("classes.jsa");
        try (FileChannel channel = FileChannel.open(
                        archive.resolveSibling("classes.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock once = channel.lock()) {
            if (once.isValid() && !Files.exists(archive)) {
                Path unfinished = archive.resolveSibling("unfinished.jsa");
                RealNode node = create(directory);
                node.settings("-XX:ArchiveClassesAtExit=" + unfinished);
                node.start().stop();
                Files.move(unfinished, archive);
            }
        }
    }

    /**
     * A node of a ring on several loopback addresses with the same ports.
     *
     * @param rack its rack in datacenter {@code dc1}, or {@code datacenter:rack}
     */
    public static RealNode ofRing(
            Path directory,
            String cluster,
            String address,
            int nativePort,
            int storagePort,
            String seeds,
            String rack,
            String... yaml)
            throws IOException {
        return ofRing(Distribution.DEFAULT, directory, cluster, address, nativePort, storagePort, seeds, rack, yaml);
    }

    /** The same of another version. */
    static RealNode ofRing(
            Distribution distribution,
            Path directory,
            String cluster,
            String address,
            int nativePort,
            int storagePort,
            String seeds,
            String rack,
            String... yaml)
            throws IOException {
        RealNode node = new RealNode(directory, address, nativePort, storagePort, freePorts(1)[0], distribution);
        node.lay(cluster, seeds, rack, yaml);
        return node;
    }

    /** A port of 127.0.0.1 that is free now. */
    public static int freePort() throws IOException {
        return freePorts(1)[0];
    }

    /**
     * Ports that are free on 127.0.0.1 now, each different: below those that the kernel gives to outgoing connections, and of a range
     * of this process's own, so that nobody takes them before their server binds them.
     */
    static synchronized int[] freePorts(int count) throws IOException {
        int[] ports = new int[count];
        for (int i = 0; i < count; ) {
            nextPort = nextPort < PORTS ? nextPort + 1 : 0;
            int port = FIRST_PORT + (PORTS + 1) * (FORK % 4) + nextPort;
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                ports[i++] = free.getLocalPort();
            } catch (BindException taken) {
                // the next one, then
            }
        }
        return ports;
    }

    private void lay(String cluster, String seeds, String rack, String... more) throws IOException {
        Files.createDirectories(directory);
        String all = String.join("\n", more);
        StringBuilder yaml = new StringBuilder();
        yaml.append("cluster_name: ").append(cluster).append('\n');
        yaml.append(all.contains("num_tokens") ? "" : "num_tokens: 4\n");
        yaml.append("partitioner: org.apache.cassandra.dht.Murmur3Partitioner\n");
        yaml.append("listen_address: ")
                .append(address)
                .append("\nrpc_address: ")
                .append(address)
                .append('\n');
        yaml.append("native_transport_port: ").append(nativePort).append('\n');
        yaml.append("storage_port: ").append(storagePort).append("\nstart_native_transport: true\n");
        yaml.append("endpoint_snitch: GossipingPropertyFileSnitch\n");
        yaml.append("seed_provider:\n  - class_name: org.apache.cassandra.locator.SimpleSeedProvider\n");
        yaml.append("    parameters:\n      - seeds: \"")
                .append(seeds.isEmpty() ? address + ":" + storagePort : seeds)
                .append("\"\n");
        if (!all.contains("data_file_directories")) {
            yaml.append("data_file_directories: [ \"")
                    .append(directory.resolve("data"))
                    .append("\" ]\n");
        }
        yaml.append("commitlog_directory: ")
                .append(directory.resolve("commitlog"))
                .append('\n');
        yaml.append("saved_caches_directory: ")
                .append(directory.resolve("saved_caches"))
                .append('\n');
        yaml.append("hints_directory: ").append(directory.resolve("hints")).append('\n');
        yaml.append("""
                commitlog_sync: periodic
                commitlog_sync_period: 10000ms
                memtable_heap_space: 32MiB
                memtable_offheap_space: 32MiB
                memtable_flush_writers: 1
                commitlog_segment_size: 4MiB
                commitlog_total_space: 64MiB
                concurrent_compactors: 1
                auto_bootstrap: false
                user_defined_functions_enabled: true
                materialized_views_enabled: true
                """);
        yaml.append(all.contains("auto_snapshot") ? "" : "auto_snapshot: true\n");
        yaml.append(all).append('\n');
        Files.writeString(yamlFile(), distribution.spelled(yaml.toString()));
        int colon = rack.indexOf(':');
        datacenter = colon < 0 ? "dc1" : rack.substring(0, colon);
        Files.writeString(
                directory.resolve("rackdc.properties"),
                "dc=" + datacenter + "\nrack=" + rack.substring(colon + 1) + "\n");
        settings("");
    }

    /** Sets more options of the node's Java. */
    public void settings(String jvmOptions) throws IOException {
        Files.writeString(
                directory.resolve("settings"), distribution.settings(jvmOptions) + "JMX_PORT=" + jmxPort + "\n");
    }

    /** Uses this user for the tests' own sessions. */
    public void credentials(String newUser, String newPassword) {
        user = newUser;
        password = newPassword;
    }

    /** Uses TLS for the tests' own sessions. */
    public void tls(SSLContext context) {
        tls = context;
    }

    /** Starts the node and waits until it answers. */
    public RealNode start() throws IOException, InterruptedException {
        run("start");
        awaitUp();
        return this;
    }

    /** Starts the process only. */
    public void launch() throws IOException, InterruptedException {
        run("start");
    }

    /** Waits until CQL answers. */
    public void awaitUp() throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (true) {
            try {
                session = open();
                return;
            } catch (AllNodesFailedException notYet) {
                if (System.nanoTime() > end || !isRunning()) {
                    throw new AssertionError(
                            "Cassandra does not answer; its log ends with:\n" + tail(directory.resolve("system.log")),
                            notYet);
                }
                Thread.sleep(200);
            }
        }
    }

    private static String tail(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }

    /** Stops the node and waits until its process is gone. */
    public void stop() throws IOException, InterruptedException {
        closeSession();
        run("stop");
    }

    /** Whether the process runs. */
    public boolean isRunning() throws IOException {
        Path pid = directory.resolve("pid");
        return Files.exists(pid)
                && ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                        .map(ProcessHandle::isAlive)
                        .orElse(false);
    }

    /**
     * After somebody was killed who may have been draining, stopping or starting the node: does what an operator would do to have
     * it up, which is to wait for it, and to start it again if it is down or drained.
     */
    public void bringUp() throws IOException, InterruptedException {
        closeSession();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (isRunning() && System.nanoTime() < end) {
            if (isDrained()) {
                run("stop");
                break;
            }
            try {
                CqlSession probe = open();
                probe.close();
                // it may have been told to stop just now
                Thread.sleep(300);
                if (isRunning() && !isDrained()) {
                    break;
                }
            } catch (com.datastax.oss.driver.api.core.DriverException notYet) {
                Thread.sleep(200);
            }
        }
        if (!isRunning()) {
            // a stop script may not have seen yet that it has done its work
            Thread.sleep(500);
            run("start");
        }
        awaitUp();
    }

    private boolean isDrained() throws IOException {
        String log = Files.readString(directory.resolve("system.log"));
        return log.lastIndexOf("DRAINED") > log.lastIndexOf("Cassandra version: ");
    }

    private void run(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(SCRIPT.toString(), command, directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("script.log").toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new AssertionError(SCRIPT + " " + command + ": " + Files.readString(directory.resolve("script.log")));
        }
    }

    private CqlSession open() {
        CqlSessionBuilder builder = CqlSession.builder()
                .addContactPoint(new InetSocketAddress(address, nativePort))
                .withLocalDatacenter(datacenter)
                // this node answers, not another of its ring
                .withNodeDistanceEvaluator((node, datacenter) ->
                        node.getEndPoint().resolve().equals(new InetSocketAddress(address, nativePort))
                                ? null
                                : NodeDistance.IGNORED)
                .withConfigLoader(DriverConfigLoader.programmaticBuilder()
                        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(60))
                        .withDuration(DefaultDriverOption.NETTY_IO_SHUTDOWN_QUIET_PERIOD, Duration.ZERO)
                        .withDuration(DefaultDriverOption.NETTY_ADMIN_SHUTDOWN_QUIET_PERIOD, Duration.ZERO)
                        .withInt(DefaultDriverOption.NETTY_IO_SIZE, 1)
                        // else every change of the schema waits a second for the driver to read it
                        .withBoolean(DefaultDriverOption.METADATA_SCHEMA_ENABLED, false)
                        .withBoolean(DefaultDriverOption.METADATA_TOKEN_MAP_ENABLED, false)
                        .build());
        if (user != null) {
            builder.withAuthCredentials(user, password);
        }
        if (tls != null) {
            builder.withSslContext(tls);
        }
        return builder.build();
    }

    /** A session; opened anew if the node was restarted. */
    public CqlSession session() {
        return session;
    }

    /** Opens the session anew, after somebody else restarted the node. */
    public void reconnect() throws IOException, InterruptedException {
        closeSession();
        awaitUp();
    }

    private void closeSession() {
        if (session != null) {
            session.close();
            session = null;
        }
    }

    /** Runs statements. */
    public void cql(String... statements) {
        for (String statement : statements) {
            session.execute(statement);
        }
    }

    /** The number of rows of a table, after connecting anew. */
    public long count(String table) throws IOException, InterruptedException {
        reconnect();
        return session.execute("SELECT count(*) FROM " + table).one().getLong(0);
    }

    /** All rows of a query. */
    public List<Row> rows(String query) {
        return session.execute(query).all();
    }

    /** Calls an operation of the StorageService. */
    public void storageService(String operation, Object[] arguments, String... signature) throws Exception {
        jmx("org.apache.cassandra.db:type=StorageService", operation, arguments, signature);
    }

    /** Calls an operation of an MBean. */
    public Object jmx(String bean, String operation, Object[] arguments, String... signature) throws Exception {
        try (JMXConnector connector = jmxConnector()) {
            return connector.getMBeanServerConnection().invoke(new ObjectName(bean), operation, arguments, signature);
        }
    }

    private JMXConnector jmxConnector() throws IOException {
        return JMXConnectorFactory.connect(
                new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + jmxPort + "/jmxrmi"), Map.of());
    }

    /** Whether the node works with a table, which it does a moment longer than the rows of its schema tell. */
    public boolean hasOpen(String keyspace, String table) throws Exception {
        try (JMXConnector connector = jmxConnector()) {
            return connector
                    .getMBeanServerConnection()
                    .isRegistered(new ObjectName(
                            "org.apache.cassandra.db:type=Tables,keyspace=" + keyspace + ",table=" + table));
        }
    }

    /** Writes a keyspace's memory to SSTables. */
    public void flush(String keyspace) throws Exception {
        storageService(
                "forceKeyspaceFlush",
                new Object[] {keyspace, new String[0]},
                "java.lang.String",
                "[Ljava.lang.String;");
    }

    /** Compacts a keyspace into one SSTable for each table. */
    public void compact(String keyspace) throws Exception {
        storageService(
                "forceKeyspaceCompaction",
                new Object[] {false, keyspace, new String[0]},
                "boolean",
                "java.lang.String",
                "[Ljava.lang.String;");
    }

    /** Repairs what this node holds of a keyspace, and waits for it. */
    public void repair(String keyspace, boolean incremental) throws Exception {
        int command = (Integer) jmx(
                "org.apache.cassandra.db:type=StorageService",
                "repairAsync",
                new Object[] {keyspace, Map.of("incremental", String.valueOf(incremental), "parallelism", "parallel")},
                "java.lang.String",
                "java.util.Map");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (true) {
            List<?> status = (List<?>) jmx(
                    "org.apache.cassandra.db:type=StorageService",
                    "getParentRepairStatus",
                    new Object[] {command},
                    "int");
            String state = status == null ? "unknown" : String.valueOf(status.get(0));
            if (state.equals("COMPLETED")) {
                return;
            }
            if (state.equals("FAILED") || System.nanoTime() > end) {
                throw new AssertionError("repair of " + keyspace + ": " + status);
            }
            Thread.sleep(100);
        }
    }

    /** Takes a snapshot by hand. */
    public void snapshot(String tag) throws Exception {
        storageService(
                "takeSnapshot",
                new Object[] {tag, Map.of(), new String[0]},
                "java.lang.String",
                "java.util.Map",
                "[Ljava.lang.String;");
    }

    /** Removes all snapshots, those of truncated and dropped tables included. */
    public void clearSnapshots() throws Exception {
        storageService("clearSnapshot", new Object[] {"", new String[0]}, "java.lang.String", "[Ljava.lang.String;");
    }

    /** Whether any table has a snapshot of that tag. */
    public boolean hasSnapshot(String tag) throws IOException {
        for (Path data : dataDirectories()) {
            try (Stream<Path> paths = Files.walk(data, 4)) {
                if (paths.anyMatch(path -> path.endsWith(Path.of("snapshots", tag)))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Every {@code data*} directory of the node. */
    public List<Path> dataDirectories() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(path -> path.getFileName().toString().startsWith("data"))
                    .sorted()
                    .collect(Collectors.toList());
        }
    }

    /** The directory of a table in the first data directory: that of its present incarnation while the node runs. */
    public Path tableDirectory(String keyspace, String table) throws IOException {
        Path parent = dataDirectories().get(0).resolve(keyspace);
        Row present = session == null
                ? null
                : session.execute("SELECT id FROM system_schema.tables WHERE keyspace_name = '" + keyspace
                                + "' AND table_name = '" + table + "'")
                        .one();
        if (present != null) {
            return parent.resolve(
                    table + "-" + String.valueOf(present.getUuid(0)).replace("-", ""));
        }
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.filter(path -> path.getFileName().toString().matches(table + "-[0-9a-f]{32}"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Writes a medusa.ini for this node and a local bucket. */
    public Path medusaIni(Path file, Path bucketParent, String bucket, String... more) throws IOException {
        return medusaIni(
                file,
                List.of("storage_provider = local", "base_path = " + bucketParent, "bucket_name = " + bucket),
                more);
    }

    /** The same for any store, which the first lines of {@code [storage]} name. */
    public Path medusaIni(Path file, List<String> store, String... more) throws IOException {
        List<String> storage = new ArrayList<>(List.of("[storage]", "fqdn = " + address));
        storage.addAll(store);
        List<String> cassandra = new ArrayList<>(List.of(
                "[cassandra]",
                "config_file = " + yamlFile(),
                "start_cmd = '" + SCRIPT + "' start '" + directory + "'",
                "stop_cmd = '" + SCRIPT + "' stop '" + directory + "'",
                "nodetool_port = " + jmxPort,
                "resolve_ip_addresses = False"));
        List<String> rest = new ArrayList<>();
        for (String line : more) {
            if (line.startsWith("storage.")) {
                storage.add(line.substring("storage.".length()));
            } else if (line.startsWith("cassandra.")) {
                cassandra.add(line.substring("cassandra.".length()));
            } else {
                rest.add(line);
            }
        }
        storage.addAll(cassandra);
        storage.addAll(rest);
        return Files.write(file, storage);
    }

    public Path yamlFile() {
        return directory.resolve("cassandra.yaml");
    }

    public Path directory() {
        return directory;
    }

    public int nativePort() {
        return nativePort;
    }

    public int jmxPort() {
        return jmxPort;
    }

    public String address() {
        return address;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        stop();
    }
}
