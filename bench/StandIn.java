import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.LocalCassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.SchemaDefinitions;
import io.medusa.cassandra.SnapshotService;
import io.medusa.cli.MedusaCommand;
import io.medusa.model.BackupMetadata;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TokenMap;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The medusa command on a node that does not run: its snapshots are there already, and nobody is asked anything. */
public final class StandIn {
    private StandIn() {}

    /** @param arguments the node's cassandra.yaml, then an ordinary command line */
    public static void main(String... arguments) {
        CassandraYaml yaml = CassandraYaml.read(Path.of(arguments[0]));
        CassandraNode node = new LocalCassandraNode(
                yaml,
                new NoSnapshots(),
                StandIn::describe,
                new NoDefinitions(),
                yaml.file().resolveSibling("marks"),
                Clock.systemUTC(),
                Duration.ZERO);
        String[] rest = List.of(arguments).subList(1, arguments.length).toArray(new String[0]);
        System.exit(new MedusaCommand(System.getenv(), false, () -> node).commandLine().execute(rest));
    }

    private static final class NoSnapshots implements SnapshotService {
        @Override
        public void take(String tag) {
            throw new IllegalStateException("the benchmark has made no snapshot " + tag);
        }

        @Override
        public void clear(String tag) {}
    }

    /** Nobody looks at the schema. */
    private static final class NoDefinitions implements SchemaDefinitions {
        @Override
        public Set<TableDirectory> undefined(NodeDescription description, Collection<TableDirectory> tables) {
            return Set.of();
        }

        @Override
        public NodeDescription asOfSnapshot(NodeDescription now, Map<TableDirectory, String> ofSnapshot) {
            return now;
        }
    }

    private static NodeDescription describe() {
        TokenMap.Node node = new TokenMap.Node(List.of(BigInteger.ONE), false, true, "r1", "dc1");
        String schema = "CREATE KEYSPACE bench0 WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'};";
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
