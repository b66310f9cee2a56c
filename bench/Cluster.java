import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.Snapshot;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.cassandra.SnapshotRequest;
import io.medusa.cli.MedusaCommand;
import io.medusa.model.BackupMetadata;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TokenMap;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;

/**
 * A cluster of a thousand hosts that only pretend: SSH servers on loopback addresses whose commands take their time and leave in
 * the bucket what a node would. {@code hosts} serves them, {@code drive} is the real backup-cluster over them.
 */
public final class Cluster {
    private static final long LATENCY = 20;
    private static final long SNAPSHOT = 1000;
    private static final long UPLOAD = 10_000;

    private Cluster() {}

    public static void main(String... a) throws Exception {
        if (a[0].equals("hosts")) {
            serve(Path.of(a[1]), Integer.parseInt(a[2]), Integer.parseInt(a[3]));
        } else {
            drive(Path.of(a[1]), Integer.parseInt(a[2]), List.of(a).subList(3, a.length).toArray(new String[0]));
        }
    }

    private static String address(int host) {
        return "127.0." + (1 + host / 250) + "." + (1 + host % 250);
    }

    private static TokenMap ring(int hosts) {
        Random random = new Random(1);
        Map<NodeName, TokenMap.Node> nodes = new LinkedHashMap<>();
        for (int host = 0; host < hosts; host++) {
            List<BigInteger> tokens = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                tokens.add(BigInteger.valueOf(random.nextLong()));
            }
            nodes.put(new NodeName(address(host)), new TokenMap.Node(tokens, false, true, "r" + host % 3, "dc1"));
        }
        return new TokenMap(nodes);
    }

    private static KeyPair key() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private static void serve(Path work, int hosts, int port) throws Exception {
        ((ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger("ROOT"))
                .setLevel(ch.qos.logback.classic.Level.OFF);
        KeyPair user = key();
        try (OutputStream out = Files.newOutputStream(work.resolve("id"))) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(user, "bench", null, out);
        }
        ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
        SshServer server = SshServer.setUpDefaultServer();
        List<String> addresses = new ArrayList<>();
        for (int host = 0; host < hosts; host++) {
            addresses.add(address(host));
        }
        server.setHost(String.join(",", addresses));
        server.setPort(port);
        server.setKeyPairProvider(KeyPairProvider.wrap(key()));
        server.setPublickeyAuthenticator((name, key, session) -> true);
        CoreModuleProperties.NIO2_READ_BUFFER_SIZE.set(server, 16 * 1024);
        server.setCommandFactory((channel, command) -> new Pretended(
                clock,
                work,
                ((java.net.InetSocketAddress) channel.getSession().getIoSession().getLocalAddress())
                        .getAddress()
                        .getHostAddress(),
                command));
        server.start();
        Files.writeString(work.resolve("ready"), "");
        Thread.sleep(Long.MAX_VALUE);
    }

    /** A command that only takes its time. */
    private static final class Pretended implements Command {
        private final ScheduledExecutorService clock;
        private final Path work;
        private final String host;
        private final String text;
        private OutputStream out;
        private OutputStream err;
        private ExitCallback exit;

        Pretended(ScheduledExecutorService clock, Path work, String host, String text) {
            this.clock = clock;
            this.work = work;
            this.host = host;
            this.text = text;
        }

        @Override
        public void setInputStream(InputStream in) {}

        @Override
        public void setOutputStream(OutputStream stream) {
            out = stream;
        }

        @Override
        public void setErrorStream(OutputStream stream) {
            err = stream;
        }

        @Override
        public void setExitCallback(ExitCallback callback) {
            exit = callback;
        }

        @Override
        public void start(ChannelSession channel, Environment environment) {
            long millis = LATENCY + (text.contains("backup-node") ? UPLOAD : text.contains("take-snapshot") ? SNAPSHOT : 0);
            clock.schedule(this::end, millis, TimeUnit.MILLISECONDS);
        }

        private void end() {
            try {
                int status = 0;
                String[] parts = host.split("\\.");
                int number = (Integer.parseInt(parts[2]) - 1) * 250 + Integer.parseInt(parts[3]) - 1;
                if (text.contains("backup-node")) {
                    if (number % 50 == 7) {
                        status = 1;
                    } else {
                        publish();
                    }
                } else if (text.contains("tail -n 60")) {
                    out.write("[2026-01-01 00:00:00,000] ERROR: the disk is full\n".getBytes(StandardCharsets.UTF_8));
                } else if (text.contains("tail")) {
                    out.write("[2026-01-01 00:00:00,000] INFO: Uploading: 1 of 2 files\n".getBytes(StandardCharsets.UTF_8));
                }
                out.flush();
                err.flush();
                exit.onExit(status);
            } catch (IOException gone) {
                // the coordinator has left
            }
        }

        private void publish() throws IOException {
            Path bucket = work.resolve("bucket");
            Path meta = Files.createDirectories(bucket.resolve(host).resolve("wide/meta"));
            Path index = Files.createDirectories(bucket.resolve("index/backup_index/wide"));
            long now = System.currentTimeMillis() / 1000;
            for (String name : List.of("schema.cql", "tokenmap.json")) {
                Files.createLink(meta.resolve(name), work.resolve(name));
                Files.createLink(
                        index.resolve(name.replaceFirst("\\.", "_" + host + ".")), work.resolve(name));
            }
            for (Path manifest : List.of(meta.resolve("manifest.json"), index.resolve("manifest_" + host + ".json"))) {
                Files.writeString(manifest, "[]");
            }
            Files.writeString(meta.resolve("differential"), "");
            Files.writeString(index.resolve("differential_" + host), "");
            Files.writeString(index.resolve("started_" + host + "_" + (now - UPLOAD / 1000) + ".timestamp"), "");
            Files.writeString(index.resolve("finished_" + host + "_" + now + ".timestamp"), "");
        }

        @Override
        public void destroy(ChannelSession channel) {}
    }

    /** The command line as it is, on a node that knows the ring. */
    private static void drive(Path work, int hosts, String[] arguments) throws Exception {
        TokenMap ring = ring(hosts);
        String schema =
                "CREATE KEYSPACE wide WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '3'};";
        StringBuilder json = new StringBuilder("{");
        ring.nodes().forEach((name, node) -> json.append(json.length() > 1 ? ", " : "")
                .append("\"" + name + "\": {\"tokens\": " + node.tokens() + ", \"is_up\": true, \"rack\": \"" + node.rack()
                        + "\", \"dc\": \"dc1\"}"));
        Files.writeString(work.resolve("tokenmap.json"), json.append('}'));
        Files.writeString(work.resolve("schema.cql"), schema);
        NodeDescription description = new NodeDescription(
                new BackupMetadata(schema, schema, ring, new ServerVersion("cassandra", "5.0.9")),
                new UUID(1, 1),
                Set.of());
        long began = System.nanoTime();
        int status = new MedusaCommand(System.getenv(), io.medusa.cli.terminal.Console.none(), () -> new Describing(description))
                .commandLine()
                .execute(arguments);
        double seconds = (System.nanoTime() - began) / 1e9;
        String memory = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM"))
                .findFirst()
                .orElse("");
        System.out.printf(
                "%d %.1f %d %d%n",
                status,
                seconds,
                Long.parseLong(memory.replaceAll("[^0-9]", "")) / 1024,
                ManagementFactory.getThreadMXBean().getPeakThreadCount());
        System.exit(0);
    }

    /** Only tells of its ring. */
    private record Describing(NodeDescription description) implements CassandraNode {
        @Override
        public NodeDescription describe() {
            return description;
        }

        @Override
        public Snapshot takeSnapshot(SnapshotRequest request, boolean keep) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Snapshot openSnapshot(String tag, boolean keep) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Map<TableDirectory, List<SnapshotFile>> liveFiles() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Set<String> snapshotTags() {
            return Set.of();
        }

        @Override
        public void clearSnapshot(String tag) {}

        @Override
        public List<Path> dataDirectories() {
            return List.of();
        }
    }
}
