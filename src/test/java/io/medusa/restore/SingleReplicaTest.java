package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.LocalCassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMetadata;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TableSelection;
import io.medusa.model.TokenMap;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.NodeBackups;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said, and what is refused, when one node of a ring is restored while the others go on. */
final class SingleReplicaTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("monday");
    private static final String KEYSPACE = "CREATE KEYSPACE shop WITH replication = {'class':"
            + " 'NetworkTopologyStrategy', 'dc1': 3} AND durable_writes = true;\n";
    private static final String ORDERS = "CREATE TABLE shop.orders (id int PRIMARY KEY, status text, w int) WITH ID ="
            + " 01234567-89ab-cdef-0123-456789abcdef AND gc_grace_seconds = 864000;\n";
    private static final String HITS =
            "CREATE TABLE shop.hits (id int PRIMARY KEY, n counter) WITH gc_grace_seconds = 8640000;\n";
    private static final String INDEX = "CREATE INDEX by_status ON shop.orders (status);\n";
    private static final String SCHEMA = KEYSPACE + ORDERS + HITS + INDEX;

    @TempDir
    Path directory;

    private BackupCatalog catalog;
    private LocalStorage storage;
    private FakeCassandraNode files;
    private Optional<NodeDescription> running = Optional.empty();
    private FailureKind down = FailureKind.CASSANDRA_UNREACHABLE;
    private Map<String, Instant> truncations = Map.of();
    private Duration age = Duration.ofDays(1);
    private String version = "5.0.9";

    @BeforeEach
    void node() throws IOException {
        storage = new LocalStorage(directory.resolve("bucket"));
        catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        files = new FakeCassandraNode(directory.resolve("data"), NODE);
        files.sstable("shop", "orders", 1, "orders");
        files.sstable("shop", "hits", 1, "hits");
    }

    private NodeDescription description(String schema, String... nodes) {
        Map<NodeName, TokenMap.Node> ring = new LinkedHashMap<>();
        for (String node : nodes) {
            ring.put(
                    new NodeName(node),
                    new TokenMap.Node(
                            List.of(BigInteger.valueOf(100L * Integer.parseInt(node.substring(1)))),
                            false,
                            ring.isEmpty() ? Boolean.TRUE : null,
                            "r1",
                            "dc1"));
        }
        return new NodeDescription(
                new BackupMetadata(schema, schema, new TokenMap(ring), new ServerVersion("cassandra", version)),
                new UUID(1, 2),
                Set.of(
                        new TableDirectory("shop", "orders-" + FakeCassandraNode.ID),
                        new TableDirectory("shop", "hits-" + FakeCassandraNode.ID)));
    }

    private void backup(String... nodes) throws IOException {
        files.node();
        CassandraNode node = new LocalCassandraNode(
                CassandraYaml.read(directory.resolve("cassandra.yaml")),
                files,
                () -> description(SCHEMA, nodes),
                directory.resolve("marks"),
                Clock.systemUTC(),
                Duration.ZERO);
        NodeBackups.take(storage, node, NODE, NAME, Files.createDirectories(directory.resolve("tmp")));
    }

    @Test
    void anInterruptionIsNotTakenForANodeThatIsDown() throws IOException {
        backup("n1", "n2", "n3");
        running = Optional.empty();
        down = FailureKind.INTERRUPTED;
        assertThatThrownBy(this::wholeNode).hasMessage("down");
    }

    private SingleReplica look() {
        return new SingleReplica(
                catalog,
                () -> running.orElseThrow(() -> new MedusaException(down, "down")),
                () -> truncations,
                Clock.fixed(Instant.now().plus(age), ZoneOffset.UTC));
    }

    private AfterRestore wholeNode() {
        return wholeNode(false);
    }

    private AfterRestore wholeNode(boolean allNodes) {
        return look().ofNode(NODE, NAME, TableSelection.ALL, allNodes);
    }

    @Test
    void aNodeThatIsItsWholeRingNeedsNothing() throws IOException {
        backup("n1");
        running = Optional.of(description(SCHEMA, "n1"));
        age = Duration.ofDays(100);
        assertThat(wholeNode()).isEqualTo(AfterRestore.NOTHING);
        running = Optional.empty();
        assertThat(wholeNode()).as("down").isEqualTo(AfterRestore.NOTHING);
    }

    @Test
    void oneReplicaOfARingIsToBeRepairedInFull() throws IOException {
        backup("n1", "n2", "n3");
        running = Optional.of(description(SCHEMA, "n1", "n2", "n3"));
        AfterRestore whole = wholeNode();
        assertThat(whole.commands()).containsExactly("nodetool repair --full");
        assertThat(whole.notes())
                .satisfiesExactly(
                        repair -> assertThat(repair)
                                .startsWith("Until the repair ends")
                                .contains("An incremental repair is not enough"),
                        counters -> assertThat(counters).contains("(shop.hits)").contains("are lost"));
        assertThat(look().ofNode(NODE, NAME, new TableSelection(Set.of(), Set.of("shop.orders")), false)
                        .commands())
                .containsExactly("nodetool repair --full shop orders");
        assertThat(look().ofNode(NODE, NAME, new TableSelection(Set.of("shop"), Set.of()), false)
                        .commands())
                .containsExactly("nodetool repair --full shop");
        assertThat(look().ofTable(
                                NODE, NAME, new TableName("shop", "orders"), new TableName("shop", "orders_of_monday"))
                        .commands())
                .containsExactly("nodetool repair --full shop orders_of_monday");
        running = Optional.empty();
        assertThat(wholeNode().notes().get(0))
                .as("that all others are restored, too, cannot be seen while they are down")
                .startsWith("Unless all nodes are restored from this backup");
    }

    @Test
    void rowsThatWereDeletedOrTruncatedAndWillComeBackAreNamed() throws IOException {
        backup("n1", "n2", "n3");
        running = Optional.of(description(SCHEMA, "n1", "n2", "n3"));
        age = Duration.ofDays(11);
        assertThat(wholeNode().notes()).anySatisfy(note -> assertThat(note)
                .startsWith("The backup is older than gc_grace_seconds of shop.orders: rows that were deleted since"
                        + " can come back on all replicas"));
        age = Duration.ofDays(9);
        assertThat(wholeNode().notes()).noneMatch(note -> note.contains("gc_grace_seconds"));
        running = Optional.of(
                description(SCHEMA.replace("gc_grace_seconds = 864000;", "gc_grace_seconds = 60;"), "n1", "n2", "n3"));
        assertThat(wholeNode().notes()).as("what it is now").anySatisfy(note -> assertThat(note)
                .contains("gc_grace_seconds of shop.orders"));
        truncations = Map.of(FakeCassandraNode.ID, Instant.now().minusSeconds(3600));
        assertThat(wholeNode().notes()).noneMatch(note -> note.contains("Truncated since"));
        truncations = Map.of(FakeCassandraNode.ID, Instant.now().plusSeconds(3600));
        assertThat(wholeNode().notes())
                .anySatisfy(note -> assertThat(note).startsWith("Truncated since the backup: shop.hits, shop.orders."));
    }

    @Test
    void oneNodeMustNotBringBackWhatTheRingHasForgotten() throws IOException {
        backup("n1", "n2", "n3");
        String now = KEYSPACE
                + ORDERS
                + "ALTER TABLE shop.orders DROP w USING TIMESTAMP 1795820991000000;\n"
                + "CREATE TABLE shop.born (id int PRIMARY KEY);\n";
        running = Optional.of(description(now, "n1", "n2", "n3"));
        age = Duration.ofDays(6);
        assertThat(wholeNode().notes())
                .as("the others still have the marks of what was dropped")
                .contains("Dropped since the backup, dropped again when this node receives the schema of the other"
                        + " nodes: column w of table shop.orders, index shop.by_status, table shop.hits");
        age = Duration.ofDays(8);
        assertThatThrownBy(this::wholeNode)
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.REFUSED))
                .hasMessageContaining("older than 7 days and defines what has been dropped since (column w of table"
                        + " shop.orders, index shop.by_status, table shop.hits)")
                .hasMessageContaining("Nothing was changed")
                .hasMessageContaining("--keyspace");
        assertThat(look().ofNode(NODE, NAME, new TableSelection(Set.of("shop"), Set.of()), false)
                        .commands())
                .as("the schema is left alone")
                .isNotEmpty();
        running = Optional.of(new NodeDescription(running.get().metadata(), new UUID(1, 2), Set.of()));
        assertThat(wholeNode().commands())
                .as("a ring that was made anew, to be restored node by node")
                .isNotEmpty();
        running = Optional.of(description(now, "n1"));
        assertThat(wholeNode()).as("nobody to hear of it").isEqualTo(AfterRestore.NOTHING);
        running = Optional.empty();
        assertThat(wholeNode().notes()).anyMatch(note -> note.contains("cannot be compared"));
    }

    @Test
    void oneNodeOfCassandra6IsNotPutBackToAnOlderMetadataLog() throws IOException {
        version = "6.0-alpha2";
        backup("n1", "n2", "n3");
        for (boolean up : List.of(true, false)) {
            running = up ? Optional.of(description(SCHEMA, "n1", "n2", "n3")) : Optional.empty();
            assertThatThrownBy(this::wholeNode)
                    .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                            .isEqualTo(FailureKind.REFUSED))
                    .hasMessageContaining("a single node of a Cassandra 6.0-alpha2 cluster")
                    .hasMessageContaining("Nothing was changed. Restore all nodes with restore-cluster")
                    .hasMessageContaining("--stay-down-on-failure");
            assertThat(wholeNode(true).commands()).as("all nodes").isNotEmpty();
            assertThat(look().ofNode(NODE, NAME, new TableSelection(Set.of("shop"), Set.of()), false)
                            .commands())
                    .as("the metadata is left alone")
                    .isNotEmpty();
        }
        running = Optional.of(description(SCHEMA, "n1"));
        assertThat(wholeNode()).as("nobody to contradict").isEqualTo(AfterRestore.NOTHING);
    }

    @Test
    void aBackupFromBeforeTheUpgradeTo6IsNotPutOnOneNodeEither() throws IOException {
        backup("n1", "n2", "n3");
        version = "6.0-alpha2";
        running = Optional.of(description(SCHEMA, "n1", "n2", "n3"));
        assertThatThrownBy(this::wholeNode).hasMessageContaining("a single node of a Cassandra 6.0-alpha2 cluster");
    }

    @Test
    void nodesThatLeftOrJoinedSinceAreDealtWith() throws IOException {
        backup("n1", "n2", "n3");
        running = Optional.of(description(SCHEMA, "n1", "n2", "n4"));
        AfterRestore after = wholeNode();
        assertThat(after.commands()).containsExactly("nodetool repair --full", "nodetool cleanup");
        assertThat(after.notes()).anySatisfy(note -> assertThat(note)
                .startsWith("Left the ring since the backup: n3.")
                .contains("nodetool assassinate"));
    }

    @Test
    void aTableWhoseRowsBelongToOtherNodesNowIsRefusedBeforeItIsTruncated() throws IOException {
        backup("n1", "n2", "n3");
        TableName orders = new TableName("shop", "orders");
        running = Optional.of(description(SCHEMA, "n1", "n2"));
        assertThat(look().ofTable(NODE, NAME, orders, orders).commands())
                .as("a node that owns more than it did")
                .isNotEmpty();
        running = Optional.of(description(SCHEMA, "n1", "n2", "n3", "n4"));
        assertThatThrownBy(() -> look().ofTable(NODE, NAME, orders, orders))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.REFUSED))
                .hasMessageContaining("restore-cluster --backup-name monday --table shop.orders");
        running = Optional.of(description(SCHEMA.replace("'dc1': 3", "'dc1': 2"), "n1", "n2", "n3"));
        assertThatThrownBy(() -> look().ofTable(NODE, NAME, orders, orders))
                .hasMessageContaining("belong to other nodes");
    }

    @Test
    void theRowsOfAnotherNodesBackupAreNotTakenInToBeCleanedAway() throws IOException {
        backup("n1", "n2", "n3", "n4");
        TableName orders = new TableName("shop", "orders");
        running = Optional.of(description(SCHEMA, "n1", "n2", "n3", "n4"));
        assertThat(look().ofTable(NODE, NAME, orders, orders).commands()).isNotEmpty();
        running = Optional.of(description(SCHEMA, "n2", "n1", "n3", "n4"));
        assertThatThrownBy(() -> look().ofTable(NODE, NAME, orders, orders))
                .as("asked of n2")
                .hasMessageContaining("in the backup of node n1 belong to other nodes than this one now");
    }

    @Test
    void adviceThatCannotBeGivenDoesNotKeepANodeFromBeingRestored() throws IOException {
        backup("n1", "n2", "n3");
        storage.deleteAll(List.of(new io.medusa.storage.ObjectKey("n1/monday/meta/tokenmap.json")));
        assertThat(wholeNode()).isEqualTo(AfterRestore.NOTHING);
    }
}
