import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.LocalCassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.SnapshotService;
import io.medusa.cli.MedusaCommand;
import io.medusa.model.BackupMetadata;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TokenMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** The medusa command on a node that does not run: its snapshots are there already, and nobody is asked anything. */
public final class StandIn {
    private StandIn() {}

    /** @param arguments the node's cassandra.yaml, then an ordinary command line */
    public static void main(String... arguments) {
        CassandraYaml yaml = CassandraYaml.read(Path.of(arguments[0]));
        CassandraNode node = new LocalCassandraNode(
                yaml,
                new NoSnapshots(),
                () -> describe(yaml),
                yaml.file().resolveSibling("marks"),
                Clock.systemUTC(),
                Duration.ZERO);
        String[] rest = List.of(arguments).subList(1, arguments.length).toArray(new String[0]);
        System.exit(new MedusaCommand(System.getenv(), io.medusa.cli.terminal.Console.none(), () -> node).commandLine().execute(rest));
    }

    private static final class NoSnapshots implements SnapshotService {
        @Override
        public void take(String tag) {
            throw new IllegalStateException("the benchmark has made no snapshot " + tag);
        }

        @Override
        public void clear(String tag) {}
    }

    /** A definition of every table that has a directory; nobody looks at its columns. */
    private static String schema(CassandraYaml yaml) {
        StringBuilder schema = new StringBuilder(
                "CREATE KEYSPACE bench0 WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'};");
        for (Path data : yaml.dataDirectories()) {
            try (Stream<Path> tables = Files.find(data, 2, (path, is) -> is.isDirectory() && path.getParent().getParent().equals(data))) {
                tables.sorted().forEach(table -> schema.append("\n\nCREATE TABLE ")
                        .append(table.getParent().getFileName())
                        .append('.')
                        .append(table.getFileName().toString().replaceFirst("-.*", ""))
                        .append(" (\n    k int PRIMARY KEY\n);"));
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
        return schema.toString();
    }

    private static NodeDescription describe(CassandraYaml yaml) {
        TokenMap.Node node = new TokenMap.Node(List.of(BigInteger.ONE), false, true, "r1", "dc1");
        String schema = schema(yaml);
        return new NodeDescription(
                new BackupMetadata(
                        schema,
                        schema,
                        new TokenMap(Map.of(new NodeName("node1"), node)),
                        new ServerVersion("cassandra", "5.0.9")),
                new UUID(1, 1),
                Set.of());
    }
}
