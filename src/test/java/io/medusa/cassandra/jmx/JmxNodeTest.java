package io.medusa.cassandra.jmx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.TableName;
import io.medusa.testing.LoggedLines;
import io.medusa.testing.RealNode;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.rmi.NoSuchObjectException;
import java.rmi.registry.LocateRegistry;
import java.rmi.registry.Registry;
import java.rmi.server.UnicastRemoteObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import javax.management.remote.JMXConnectorServer;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is sent over JMX, and what becomes of an answer; by a server with MBeans of Cassandra's names. */
@SuppressWarnings("BanJNDI")
class JmxNodeTest {
    /** Of Cassandra's, as far as it is called. */
    public interface StorageService {
        void takeSnapshot(String tag, Map<String, String> options, String... entities);

        String getReleaseVersion();
    }

    /** Of Cassandra 3.0's. */
    public interface StorageServiceWithoutOptions {
        void takeSnapshot(String tag, String... keyspaces);

        void takeMultipleTableSnapshot(String tag, String... tables);
    }

    /** Of Cassandra 4's. */
    public interface Table {
        List<String> importNewSSTables(
                Set<String> directories, boolean a, boolean b, boolean c, boolean d, boolean e, boolean f, boolean g);
    }

    /** Of Cassandra 6's. */
    public interface Metadata {
        String dumpClusterMetadata() throws IOException;
    }

    /** Of Java's, as far as it is asked. */
    public interface Runtime {
        String getName();

        Map<String, String> getSystemProperties();
    }

    private final List<Object> received = new ArrayList<>();
    private boolean describable = true;
    private String release = "5.0.9";
    private JMXConnectorServer server;
    private Registry registry;
    private MBeanServer beans;

    private JmxNode serve(Map<String, Object> environment) throws Exception {
        StorageService storage = new StorageService() {
            @Override
            public void takeSnapshot(String tag, Map<String, String> options, String... entities) {
                received.add(options);
            }

            @Override
            public String getReleaseVersion() {
                return release;
            }
        };
        return serve(environment, new StandardMBean(storage, StorageService.class));
    }

    private JmxNode serve(Map<String, Object> environment, StandardMBean storageService) throws Exception {
        int port = RealNode.freePort();
        registry = LocateRegistry.createRegistry(port);
        beans = MBeanServerFactory.newMBeanServer();
        beans.registerMBean(storageService, new ObjectName("org.apache.cassandra.db:type=StorageService"));
        Table table = (directories, a, b, c, d, e, f, g) -> {
            received.add(directories);
            return List.of();
        };
        beans.registerMBean(
                new StandardMBean(table, Table.class),
                new ObjectName("org.apache.cassandra.db:type=Tables,keyspace=ks,table=t"));
        server = JMXConnectorServerFactory.newJMXConnectorServer(
                new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi"),
                environment,
                describable ? beans : indescribable(beans));
        server.start();
        return new JmxNode(new JmxSettings(
                "127.0.0.1", port, false, Optional.empty(), Optional.empty(), Optional.empty(), Map.of()));
    }

    /** As to a role that may only execute. */
    private static MBeanServer indescribable(MBeanServer beans) {
        return (MBeanServer) Proxy.newProxyInstance(
                JmxNodeTest.class.getClassLoader(), new Class<?>[] {MBeanServer.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("getMBeanInfo")) {
                        throw new SecurityException("Access Denied");
                    }
                    try {
                        return method.invoke(beans, arguments);
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                });
    }

    @Test
    void aSnapshotNeedsNoPermissionToDescribe() throws Exception {
        describable = false;
        JmxNode node = serve(Map.of());

        node.take("tag", Duration.ofDays(30));

        assertThat(received).containsExactly(Map.of("ttl", "30d"));
    }

    @Test
    void aSnapshotExpiresOnlyWhereClearingItCancelsThat() throws Exception {
        release = "4.1.10";
        JmxNode node = serve(Map.of());

        node.take("tag", Duration.ofDays(30));
        node.linkLive("tag", Set.of(new TableName("ks", "t")));

        assertThat(received).containsExactly(Map.of(), Map.of("skipFlush", "true"));
    }

    @Test
    void aNodeWithoutOptionsOfSnapshotsIsAskedWithoutThem() throws Exception {
        describable = false;
        StorageServiceWithoutOptions old = new StorageServiceWithoutOptions() {
            @Override
            public void takeSnapshot(String tag, String... keyspaces) {
                received.add("all " + List.of(keyspaces));
            }

            @Override
            public void takeMultipleTableSnapshot(String tag, String... tables) {
                received.add("tables " + List.of(tables));
            }
        };
        JmxNode node = serve(Map.of(), new StandardMBean(old, StorageServiceWithoutOptions.class));

        node.take("tag", Duration.ofDays(30));
        node.linkLive("tag", Set.of(new TableName("ks", "t")));

        assertThat(received).containsExactly("all []", "tables [ks.t]");
    }

    private JmxNode serveMetadata(String process, Path temporary) throws Exception {
        return serveMetadata(process, temporary, () -> {
            Path dump = temporary.resolve("clustermetadata1dump");
            received.add(dump);
            return Files.writeString(dump, "the dump").toString();
        });
    }

    private JmxNode serveMetadata(String process, Path temporary, Metadata metadata) throws Exception {
        JmxNode node = serve(Map.of());
        Runtime runtime = new Runtime() {
            @Override
            public String getName() {
                return process;
            }

            @Override
            public Map<String, String> getSystemProperties() {
                return Map.of("java.io.tmpdir", temporary.toString(), "cassandra.storagedir", "/own/storage");
            }
        };
        beans.registerMBean(new StandardMBean(runtime, Runtime.class, true), new ObjectName("java.lang:type=Runtime"));
        beans.registerMBean(
                new StandardMBean(metadata, Metadata.class),
                new ObjectName("org.apache.cassandra.tcm:type=CMSOperations"));
        return node;
    }

    /** A process that waits for its input, with this option. */
    private static Process process(String option) throws IOException {
        return new ProcessBuilder("sh", "-c", "read line", "cassandra", option).start();
    }

    @Test
    void theDumpOfAClustersMetadataIsReadAndDeleted(@TempDir Path temporary) throws Exception {
        Process cassandra = process("-Dcassandra.storagedir=/own/storage");
        try {
            JmxNode node = serveMetadata(cassandra.pid() + "@host", temporary);
            assertThat(node.clusterMetadata())
                    .hasValueSatisfying(dump ->
                            assertThat(dump).asString(StandardCharsets.UTF_8).isEqualTo("the dump"));
        } finally {
            cassandra.destroy();
        }
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void aDumpThatCannotBeDeletedIsKeptWithTheBackupAndNamed(@TempDir Path temporary) throws Exception {
        Process cassandra = process("-Dcassandra.storagedir=/own/storage");
        // nobody can delete that
        String dump = "/proc/version";
        try (LoggedLines lines = new LoggedLines(JmxNode.class)) {
            JmxNode node = serveMetadata(cassandra.pid() + "@host", temporary, () -> dump);
            assertThat(node.clusterMetadata()).isPresent();
            assertThat(lines.all()).singleElement().asString().contains("deleting Cassandra's temporary file", dump);
        } finally {
            cassandra.destroy();
        }
    }

    @Test
    void noDumpIsAskedForThatCouldNotBeReadOrDeleted(@TempDir Path temporary) throws Exception {
        Process other = process("-Dcassandra.storagedir=/other/storage");
        try {
            assertThat(serveMetadata(other.pid() + "@another-machine", temporary)
                            .clusterMetadata())
                    .as("the id of a process of another machine")
                    .isEmpty();
        } finally {
            other.destroy();
        }
        stop();
        Process hidden = process("-Dcassandra.storagedir=/own/storage");
        try {
            assertThat(serveMetadata(hidden.pid() + "@host", temporary.resolve("missing"))
                            .clusterMetadata())
                    .as("a directory that is not seen")
                    .isEmpty();
        } finally {
            hidden.destroy();
        }
        assertThat(received).isEmpty();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
        try {
            UnicastRemoteObject.unexportObject(registry, true);
        } catch (NoSuchObjectException gone) {
            // with its server
        }
    }

    /** Java 8 has no java.util.CollSer, which is what Map.of() and its like are serialized as. */
    @Test
    void whatIsSentCanBeReadByJava8() throws Exception {
        JmxNode node = serve(Map.of());

        node.take("tag");
        node.take("tag", Duration.ofDays(30));
        node.linkLive("tag", Set.of(new TableName("ks", "t")));
        node.importSSTables(new TableName("ks", "t"), Path.of("/staged/ks/t"), true);

        assertThat(received)
                .extracting(argument -> argument.getClass().getName())
                .containsExactly("java.util.HashMap", "java.util.HashMap", "java.util.HashMap", "java.util.HashSet");
        assertThat(received.get(1)).isEqualTo(Map.of("ttl", "30d"));
    }

    @Test
    void aCallThatFailsOnceConnectedIsAFailureOfCassandraNotOfTheConnection() throws Exception {
        Map<String, Object> refusing = new HashMap<>();
        refusing.put("jmx.remote.rmi.server.serial.filter.pattern", "!java.util.HashMap;*");
        JmxNode node = serve(refusing);

        assertThatThrownBy(() -> node.take("tag"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("taking snapshot tag failed in Cassandra")
                .hasMessageNotContaining("does not answer")
                .extracting(failed -> ((MedusaException) failed).kind())
                .isEqualTo(FailureKind.CASSANDRA_FAILED);
        assertThat(received).isEmpty();
    }
}
