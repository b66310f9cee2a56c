package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.medusa.testing.RealNode;
import io.medusa.testing.TestCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster one node of which runs the Python Medusa, whose directory the variable {@code MEDUSA_REFERENCE} names; driven by
 * ours, and by the other.
 */
@TestMethodOrder(OrderAnnotation.class)
final class MixedClusterIT {
    private static final int THEIRS = 2;

    @TempDir
    static Path directory;

    private static TestCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        String reference = System.getenv("MEDUSA_REFERENCE");
        if (System.getenv("CI") != null) {
            assertThat(reference).as("CI has the reference").isNotNull();
        }
        assumeThat(reference)
                .as("SKIPPED: MEDUSA_REFERENCE does not name a directory with the Python Medusa; CI has it")
                .isNotNull();
        cluster = new TestCluster(
                Files.createDirectories(Path.of("target/real").toAbsolutePath())
                        .resolve("mixed-" + ProcessHandle.current().pid()),
                directory,
                1,
                List.of("r1", "r2", "r3"));
        for (int i = 0; i < 3; i++) {
            layNodetool(i);
        }
        layReference(Path.of(reference).toAbsolutePath());
        cluster.cql(
                "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2}",
                "CREATE TABLE shop.orders (id int PRIMARY KEY, status text)");
        for (int i = 0; i < 100; i++) {
            cluster.cql("INSERT INTO shop.orders (id, status) VALUES (" + i + ", 'open')");
        }
    }

    @AfterAll
    static void stop() throws Exception {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** The machine has no nodetool: this one does over JMX what the real one would. */
    private static void layNodetool(int index) throws Exception {
        RealNode node = cluster.node(index);
        Path source = node.directory().resolve("Nodetool.java");
        Files.writeString(source, """
            import java.util.*;
            import javax.management.*;
            import javax.management.remote.*;
            public class Nodetool {
                public static void main(String[] a) throws Exception {
                    String tag = a[a.length - 1], verb = a[a.length - 3];
                    var url = new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:%d/jmxrmi");
                    try (var c = JMXConnectorFactory.connect(url)) {
                        var bean = new ObjectName("org.apache.cassandra.db:type=StorageService");
                        String strings = "[Ljava.lang.String;", string = "java.lang.String";
                        var server = c.getMBeanServerConnection();
                        if (verb.equals("snapshot")) {
                            server.invoke(bean, "takeSnapshot", new Object[] {tag, Map.of(), new String[0]},
                                    new String[] {string, "java.util.Map", strings});
                        } else {
                            server.invoke(bean, "clearSnapshot", new Object[] {tag, new String[0]},
                                    new String[] {string, strings});
                        }
                    }
                }
            }
            """.formatted(node.jmxPort()));
        script(
                index,
                "nodetool",
                "echo \"nodetool $*\" >>" + node.directory() + "/commands.log\nexec java " + source + " \"$@\"");
    }

    private static void layReference(Path reference) throws Exception {
        Path own = cluster.directory(THEIRS);
        Path ours = own.resolve("bin/medusa");
        String text = Files.readString(ours);
        Files.writeString(
                ours,
                text.substring(0, text.lastIndexOf("exec ")) + "exec " + reference + "/bin/medusa --config-file " + own
                        + "/medusa.ini \"$@\"\n");
        Files.delete(own.resolve("bin/medusa-wrapper"));
        Files.createSymbolicLink(own.resolve("bin/medusa-wrapper"), reference.resolve("bin/medusa-wrapper"));
        Path ini = own.resolve("medusa.ini");
        Files.writeString(
                ini, Files.readString(ini).replace("[cassandra]", "use_sudo_for_restore = False\n\n[cassandra]"));
    }

    private static void script(int index, String name, String lines) throws Exception {
        Path script = cluster.directory(index).resolve("bin").resolve(name);
        Files.writeString(script, "#!/bin/sh\n" + lines + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    @Order(1)
    void oursDrivesBoth() throws Exception {
        cluster.run("backup-cluster", "--backup-name", "ours1", "-pu", "3").ok();
        assertThat(cluster.commands(THEIRS))
                .as("it is asked first, then nodetool")
                .anyMatch(line -> line.startsWith("take-snapshot --backup-name ours1"))
                .anyMatch(line -> line.contains("snapshot -t medusa-ours1"));
        cluster.run("verify", "--backup-name", "ours1").ok();
        for (RealNode node : cluster.nodes()) {
            assertThat(node.hasSnapshot("medusa-ours1")).isFalse();
        }
    }

    @Test
    @Order(2)
    void oursRestoresBoth() throws Exception {
        cluster.cql("TRUNCATE shop.orders");
        TestCluster.Done done =
                cluster.run("restore-cluster", "--backup-name", "ours1", "-y").ok();
        assertThat(done.err()).contains("127.0.0.3 runs a version of medusa that cannot stage in advance");
        cluster.reconnect();
        assertThat(cluster.rows("SELECT * FROM shop.orders")).hasSize(100);
    }

    @Test
    @Order(3)
    void theOtherDrivesBoth() throws Exception {
        // the hosts share one machine and must not share the directory, whose name is the same on all: their shell
        // expands it
        Files.createDirectories(cluster.directory(THEIRS).resolve("$NODE_TMP"));
        TestCluster.Done done = cluster.runOn(
                        THEIRS, "backup-cluster", "--backup-name", "theirs1", "--temp-dir", "$NODE_TMP")
                .ok();
        assertThat(cluster.commands(0))
                .anyMatch(line -> line.contains("backup-node --backup-name theirs1"))
                .anyMatch(line -> line.contains("snapshot -t medusa-theirs1"));
        assertThat(done.err()).doesNotContain("Traceback");
        assertThat(cluster.run("verify", "--backup-name", "theirs1").status())
                .as(done.err())
                .isZero();
        cluster.run("status", "--backup-name", "theirs1").ok();
        for (RealNode node : cluster.nodes()) {
            assertThat(node.hasSnapshot("medusa-theirs1")).isFalse();
        }
    }
}
