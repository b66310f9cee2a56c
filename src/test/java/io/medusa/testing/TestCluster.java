package io.medusa.testing;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A real cluster on the loopback addresses from 127.0.0.1 on, each node with an SSH server of its own and with the built program
 * in its PATH, and a shared bucket. Commands run as processes, as an operator's.
 */
public final class TestCluster implements AutoCloseable {
    private static final Path PROGRAM = Path.of("target/medusa/bin").toAbsolutePath();

    private final Path directory;
    private final List<RealNode> nodes = new ArrayList<>();
    private final List<SshHost> hosts = new ArrayList<>();
    private final KeyPair key;
    private final int sshPort;

    /**
     * Lays the cluster out and starts it.
     *
     * @param first last number of the first node's address
     * @param racks one for each node
     * @param yaml more lines of every cassandra.yaml
     */
    public TestCluster(Path directory, Path bucketParent, int first, List<String> racks, String... yaml)
            throws Exception {
        this(Distribution.DEFAULT, directory, bucketParent, first, racks, yaml);
    }

    /** The same of another version. */
    public TestCluster(
            Distribution distribution, Path directory, Path bucketParent, int first, List<String> racks, String... yaml)
            throws Exception {
        this.directory = Files.createDirectories(directory);
        this.key = SshServer.newKey();
        int[] ports = RealNode.freePorts(3);
        this.sshPort = ports[2];
        Path home = Files.createDirectories(directory.resolve("home/.ssh"));
        Path keyFile = SshServer.writeKey(home.resolve("id"), key, null);
        String seeds = "127.0.0." + first + ":" + ports[1];
        for (int i = 0; i < racks.size(); i++) {
            RealNode node = RealNode.ofRing(
                    distribution,
                    directory.resolve("n" + (i + 1)),
                    directory.getFileName().toString(),
                    "127.0.0." + (first + i),
                    ports[0],
                    ports[1],
                    seeds,
                    racks.get(i),
                    yaml);
            nodes.add(node);
            Path ini = node.medusaIni(
                    node.directory().resolve("medusa.ini"),
                    bucketParent,
                    "bucket",
                    "cassandra.use_sudo = False",
                    "[ssh]",
                    "username = " + System.getProperty("user.name"),
                    "key_file = " + keyFile,
                    "port = " + sshPort);
            // one command for all nodes, as on machines that are set up alike
            Files.writeString(
                    ini, Files.readString(ini).replaceAll("(?m)^(start|stop)_cmd = .*$", "$1_cmd = cassandra-$1"));
            layProgram(node);
        }
        for (int i = 0; i < racks.size(); i++) {
            startHost(i);
        }
        start();
    }

    private static void layProgram(RealNode node) throws IOException {
        Path bin = Files.createDirectories(node.directory().resolve("bin"));
        Files.createDirectories(node.directory().resolve("tmp"));
        Path program = bin.resolve("medusa");
        Files.writeString(program, """
                #!/bin/sh
                # the node's own configuration, whichever file the caller has
                n=$#
                skip=
                while [ $n -gt 0 ]; do
                    word=$1; shift; n=$((n - 1))
                    if [ -n "$skip" ]; then skip=; continue; fi
                    case $word in
                    --config-file) skip=1 ;;
                    --config-file=*) ;;
                    *) set -- "$@" "$word" ;;
                    esac
                done
                echo "$*" >>"%1$s/commands.log"
                export TMPDIR=%1$s/tmp
                exec "%2$s/medusa" --config-file "%1$s/medusa.ini" "$@"
                """.formatted(node.directory(), PROGRAM));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String command : List.of("start", "stop")) {
            Path script = bin.resolve("cassandra-" + command);
            Files.writeString(
                    script, "#!/bin/sh\nexec '" + RealNode.SCRIPT + "' " + command + " '" + node.directory() + "'\n");
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Path loader = bin.resolve("sstableloader");
        Files.writeString(
                loader,
                "#!/bin/sh\nLIB='" + RealNode.LIB + "' exec '" + RealNode.SCRIPT.resolveSibling("sstableloader")
                        + "' \"$@\"\n");
        Files.setPosixFilePermissions(loader, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path wrapper = bin.resolve("medusa-wrapper");
        Files.deleteIfExists(wrapper);
        Files.createSymbolicLink(wrapper, PROGRAM.resolve("medusa-wrapper"));
    }

    private static String temporary(RealNode node) {
        return node.directory().resolve("tmp").toString();
    }

    private static String path(RealNode node) {
        return node.directory().resolve("bin") + ":" + System.getenv("PATH");
    }

    /** Starts the SSH server of a node, and makes it known. */
    public void startHost(int index) throws Exception {
        RealNode node = nodes.get(index);
        SshHost host = OpenSshServer.program() == null
                ? new SshServer(
                        node.address(),
                        sshPort,
                        key.getPublic(),
                        Map.of("PATH", path(node), "NODE_TMP", temporary(node)))
                : new OpenSshServer(
                        node.directory().resolve("ssh"),
                        node.address(),
                        sshPort,
                        key.getPublic(),
                        path(node),
                        temporary(node));
        if (index < hosts.size()) {
            hosts.set(index, host);
        } else {
            hosts.add(host);
        }
        StringBuilder known = new StringBuilder();
        for (SshHost one : hosts) {
            known.append(one.knownHost()).append('\n');
        }
        Files.writeString(directory.resolve("home/.ssh/known_hosts"), known);
    }

    /** Starts all nodes that are down, and waits until each sees all. */
    public void start() throws Exception {
        for (RealNode node : nodes) {
            if (!node.isRunning()) {
                node.launch();
                if (node == nodes.get(0)) {
                    node.awaitUp();
                }
            }
        }
        for (RealNode node : nodes) {
            node.reconnect();
        }
        awaitRing();
    }

    private void awaitRing() throws Exception {
        for (RealNode node : nodes) {
            Await.until(
                    node.address() + " does not see the others",
                    () -> node.rows("SELECT peer FROM system.peers_v2").size() >= nodes.size() - 1);
        }
    }

    public RealNode node(int index) {
        return nodes.get(index);
    }

    public List<RealNode> nodes() {
        return nodes;
    }

    public SshHost host(int index) {
        return hosts.get(index);
    }

    /** The directory of a node. */
    public Path directory(int index) {
        return nodes.get(index).directory();
    }

    /** Waits for it; fails with what the last command has logged. */
    public void await(Await.Condition condition) throws Exception {
        Await.until(condition, this::err);
    }

    /** Fails if any node has a snapshot of that tag. */
    public void noSnapshots(String tag) throws IOException {
        for (RealNode node : nodes) {
            if (node.hasSnapshot(tag)) {
                throw new AssertionError("snapshot on " + node.address());
            }
        }
    }

    /** What a command did. */
    public record Done(int status, String out, String err) {
        /** Fails unless the status is 0. */
        public Done ok() {
            if (status != 0) {
                throw new AssertionError("status " + status + "\n" + out + "\n" + err);
            }
            return this;
        }
    }

    /** Starts a command on the first node; its output goes to files beside the nodes. */
    public Process start(String... words) throws IOException {
        return startOn(0, words);
    }

    private Process startOn(int index, String... words) throws IOException {
        List<String> all =
                new ArrayList<>(List.of(directory(index).resolve("bin/medusa").toString()));
        all.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(all)
                .directory(directory(index).toFile())
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile());
        Map<String, String> environment = new HashMap<>(Map.of(
                "PATH",
                path(nodes.get(index)),
                "MEDUSA_JAVA_OPTS",
                "-Duser.home=" + directory.resolve("home"),
                "SSH_AUTH_SOCK",
                ""));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Runs a command on the first node, with something on stdin. */
    public Done runWith(String input, String... words) throws Exception {
        return end(start(words), input, words);
    }

    /** Runs a command on another node. */
    public Done runOn(int index, String... words) throws Exception {
        return end(startOn(index, words), "", words);
    }

    private Done end(Process process, String input, String... words) throws Exception {
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        } catch (IOException notRead) {
            // a command that asks nothing
        }
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("does not end: " + String.join(" ", words) + "\n" + err());
        }
        return new Done(process.exitValue(), Files.readString(directory.resolve("out")), err());
    }

    /** Runs a command on the first node. */
    public Done run(String... words) throws Exception {
        return runWith("", words);
    }

    /** What the last command has logged so far. */
    public String err() throws IOException {
        Path err = directory.resolve("err");
        return Files.exists(err) ? Files.readString(err) : "";
    }

    /** Every command line that a node was given. */
    public List<String> commands(int index) throws IOException {
        Path log = directory(index).resolve("commands.log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    /** Runs statements; returns when all nodes have the same schema. */
    public void cql(String... statements) throws Exception {
        for (String statement : statements) {
            nodes.get(0).cql(statement);
            if (statement.matches("(?s)\\s*(CREATE|DROP|ALTER|TRUNCATE).*")) {
                awaitSchema();
            }
        }
    }

    private void awaitSchema() throws Exception {
        Await.until("the nodes do not agree on a schema", () -> {
            Set<Object> versions = new HashSet<>();
            for (RealNode node : nodes) {
                versions.add(node.rows("SELECT schema_version FROM system.local WHERE key = 'local'")
                        .get(0)
                        .getObject(0));
                node.rows("SELECT schema_version FROM system.peers_v2").forEach(row -> versions.add(row.getObject(0)));
            }
            return versions.size() == 1;
        });
    }

    /** Connects anew, after the nodes were restarted by somebody else; returns when they see each other. */
    public void reconnect() throws Exception {
        for (RealNode node : nodes) {
            node.reconnect();
        }
        awaitRing();
    }

    /** All rows of a query, at consistency ALL; nodes that have just started take a moment to see each other. */
    public List<Row> rows(String query) {
        SimpleStatement statement = SimpleStatement.newInstance(query)
                .setConsistencyLevel(ConsistencyLevel.ALL)
                .setTimeout(java.time.Duration.ofSeconds(60));
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try {
                return nodes.get(0).session().execute(statement).all();
            } catch (AllNodesFailedException unavailable) {
                boolean notYet = unavailable.getAllErrors().values().stream()
                        .flatMap(List::stream)
                        .allMatch(UnavailableException.class::isInstance);
                if (!notYet || System.nanoTime() > end) {
                    throw unavailable;
                }
                try {
                    Thread.sleep(200);
                } catch (InterruptedException interrupted) {
                    throw new IllegalStateException(interrupted);
                }
            }
        }
    }

    /** Writes the memory of all nodes to SSTables. */
    public void flush(String keyspace) throws Exception {
        for (RealNode node : nodes) {
            node.flush(keyspace);
        }
    }

    @Override
    public void close() throws Exception {
        for (RealNode node : nodes) {
            node.close();
        }
        for (SshHost host : hosts) {
            host.close();
        }
    }
}
