package io.medusa.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cluster.ClusterRestorePlan.Method;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TableSelection;
import io.medusa.model.TokenMap;
import io.medusa.purge.PurgeBackups;
import io.medusa.purge.RetentionRules;
import io.medusa.remote.CommandResult;
import io.medusa.remote.Shell;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Collector;
import io.medusa.repository.Inventory;
import io.medusa.repository.Pins;
import io.medusa.repository.ReadLease;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.testing.FakeCassandraSchema;
import io.medusa.testing.FakeRemoteHosts;
import io.medusa.testing.InMemoryStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a restore of a cluster plans for its datacenters, and what it sees to while nodes stage, stop and swap. */
final class RestoreClusterTest {
    private static final BackupName MONDAY = new BackupName("monday");
    private static final TableDirectory ORDERS = new TableDirectory("shop", "orders-0123456789abcdef0123456789abcdef");
    private static final String SCHEMA =
            "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy'," + " 'dc1': 2, 'dc2': 2};\n";
    private static final CommandResult DONE = CommandResult.ended(0, "", "");

    private final InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());
    private final RepositoryLayout layout = new RepositoryLayout("");
    private final BackupCatalog catalog = new BackupCatalog(storage, layout);
    private final List<String> statements = new ArrayList<>();

    /** Nodes as {@code name datacenter token}; each has another token beside that one. */
    private static TokenMap ring(String... nodes) {
        Map<NodeName, TokenMap.Node> ring = new LinkedHashMap<>();
        for (String node : nodes) {
            String[] words = node.split(" ");
            ring.put(
                    new NodeName(words[0]),
                    new TokenMap.Node(
                            List.of(new BigInteger(words[2]), new BigInteger(words[2]).add(BigInteger.ONE)),
                            false,
                            true,
                            "r1",
                            words[1]));
        }
        return new TokenMap(ring);
    }

    private static final TokenMap BOTH = ring("a1 dc1 10", "a2 dc1 30", "b1 dc2 20", "b2 dc2 40");

    private void put(String key, String text) {
        storage.put(new ObjectKey(key), ObjectSource.OfBytes.utf8(text));
    }

    private String tokenMap(TokenMap ring, String datacenter, boolean recordsOthers) {
        String others = ring.datacenters().stream()
                .filter(name -> !name.equals(datacenter))
                .map(name -> "\"" + name + "\"")
                .collect(Collectors.joining(", "));
        return ring.in(Set.of(datacenter)).nodes().entrySet().stream()
                .map(node -> "\"" + node.getKey() + "\": {\"tokens\": "
                        + node.getValue().tokens() + ", \"rack\": \"r1\","
                        + " \"dc\": \"" + datacenter + "\""
                        + (recordsOthers ? ", \"other_dcs\": [" + others + "]" : "") + "}")
                .collect(Collectors.joining(", ", "{", "}"));
    }

    private void begin(TokenMap ring, String node, BackupName name, boolean recordsOthers, String schema) {
        String map = tokenMap(
                ring, String.valueOf(ring.nodes().get(new NodeName(node)).datacenter()), recordsOthers);
        put(node + "/" + name + "/meta/schema.cql", schema);
        put(node + "/" + name + "/meta/tokenmap.json", map);
        put(node + "/" + name + "/meta/differential", "differential");
        String index = "index/backup_index/" + name + "/";
        put(index + "tokenmap_" + node + ".json", map);
        put(index + "schema_" + node + ".cql", schema);
        put(index + "started_" + node + (name.equals(MONDAY) ? "_1000" : "_2000") + ".timestamp", "");
    }

    private void backup(TokenMap ring, String node, BackupName name, boolean recordsOthers, String schema) {
        begin(ring, node, name, recordsOthers, schema);
        String manifest =
                "[{\"keyspace\": \"shop\", \"columnfamily\": \"" + ORDERS.directory() + "\", \"objects\": []}]";
        put(node + "/" + name + "/meta/manifest.json", manifest);
        put("index/backup_index/" + name + "/manifest_" + node + ".json", manifest);
        put(
                "index/backup_index/" + name + "/finished_" + node + (name.equals(MONDAY) ? "_1100" : "_2100")
                        + ".timestamp",
                "");
    }

    private void backup(TokenMap ring, BackupName name, String... nodes) {
        for (String node : nodes) {
            backup(ring, node, name, true, SCHEMA);
        }
    }

    /** Knows one table, and writes down what would have been done to it. */
    private CassandraSchema schema() {
        CassandraSchema fits = new FakeCassandraSchema(ORDERS);
        return (CassandraSchema) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {CassandraSchema.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "isAutoSnapshot" -> Optional.of(false);
                    case "truncate", "drop", "execute", "complete" -> {
                        statements.add(method.getName());
                        yield null;
                    }
                    default -> method.invoke(fits, arguments);
                });
    }

    private RestoreCluster flow(BiFunction<String, String, CommandResult> script) {
        return flow(new FakeRemoteHosts(script));
    }

    private RestoreCluster flow(FakeRemoteHosts hosts) {
        return new RestoreCluster(
                catalog,
                schema(),
                new ClusterHosts(hosts, new Shell(false, false), ClusterView.NONE),
                new NodeProgram(Optional.empty(), List.of(), false),
                new ImportPlanner(catalog, new TransferPool(1, false, Progress.NONE), key -> Optional.empty()));
    }

    private static ClusterRestoreRequest request(
            Optional<TokenMap> ring,
            List<String> own,
            Map<String, String> datacenters,
            boolean othersStay,
            TableSelection selection) {
        return new ClusterRestoreRequest(
                MONDAY,
                selection,
                ring.map(nodes -> new TargetCluster(nodes, SCHEMA)),
                own.stream()
                        .map(node -> new MappedNode(new NodeName(node), new NodeName(node), false))
                        .toList(),
                !own.isEmpty(),
                datacenters,
                othersStay,
                Set.of(),
                false,
                false,
                Optional.empty(),
                false,
                Map.of(),
                false,
                500,
                List.of("start-cassandra"),
                List.of("stop-cassandra"),
                Path.of("/tmp"));
    }

    private static ClusterRestoreRequest request(TokenMap ring) {
        return request(Optional.of(ring), List.of(), Map.of(), false, TableSelection.ALL);
    }

    private static ClusterRestoreRequest orders(TokenMap ring) {
        return request(
                Optional.of(ring), List.of(), Map.of(), false, new TableSelection(Set.of(), Set.of("shop.orders")));
    }

    private static String pairs(ClusterRestorePlan plan) {
        Map<String, String> pairs = new TreeMap<>();
        plan.moves()
                .forEach(move -> pairs.put(
                        move.target().value(),
                        move.target() + "<"
                                + move.sources().stream().map(NodeName::value).collect(Collectors.joining("+"))));
        return String.join(" ", pairs.values());
    }

    private static Map<String, String> names(String text) {
        Map<String, String> names = new LinkedHashMap<>();
        if (text != null) {
            for (String one : text.split(" ")) {
                names.put(one.split("=")[0], one.split("=")[1]);
            }
        }
        return names;
    }

    /** {@code a*} are in dc1, {@code b*} in dc2, {@code e*} in east; the tokens of a datacenter ascend with the numbers. */
    private static TokenMap ringOf(String nodes) {
        List<String> lines = new ArrayList<>();
        for (String node : nodes.split(" ")) {
            String datacenter = Map.of('a', "dc1", 'b', "dc2", 'e', "east").get(node.charAt(0));
            int offset = node.charAt(0) == 'b' ? 10 : 0;
            lines.add(node + " " + datacenter + " " + ((node.charAt(1) - '0') * 20 + offset));
        }
        return ring(lines.toArray(new String[0]));
    }

    @ParameterizedTest(name = "{0}: {1} onto {2}")
    @CsvSource(
            nullValues = "-",
            value = {
                "all datacenters at once and each node its own, a1 a2 b1 b2, a1 a2 b1 b2, -, false, nodes, a1<a1 a2<a2 b1<b1 b2<b2",
                "other nodes within their datacenter, a1 a2 b1 b2, a3 a4 b3 b4, -, false, nodes, a3<a1 a4<a2 b3<b1 b4<b2",
                "dc1 never takes what dc2 had, b1 b2, a1 a2, -, false, import, ",
                "unless it is told to, b1 b2, a1 a2, dc2=dc1, false, nodes, a1<b1 a2<b2",
                "another name, a1 a2, e1 e2, dc1=east, false, nodes, e1<a1 e2<a2",
                "one of two by name and its others down, a1 a2 b1 b2, a1 a2 b1 b2, dc2=dc2, true, nodes, b1<b1 b2<b2",
                "one of two while the others run, a1 a2 b1 b2, a1 a2 b1 b2, dc2=dc2, false, refused, ",
                "a backup of one onto a cluster of both, b1 b2, a1 a2 b1 b2, -, false, refused, ",
                "the same with the others down, b1 b2, a1 a2 b1 b2, -, true, nodes, b1<b1 b2<b2",
                "a datacenter of another size, a1 a2 b1 b2, a1 a2 b1 b2 b3, -, false, import, ",
            })
    void aRestoreMapsWithinDatacentersAndRefusesWhileOthersStay(
            String what,
            String backedUp,
            String cluster,
            String datacenters,
            boolean othersStay,
            String method,
            String pairs) {
        backup(ringOf(backedUp), MONDAY, backedUp.split(" "));
        ClusterRestoreRequest request =
                request(Optional.of(ringOf(cluster)), List.of(), names(datacenters), othersStay, TableSelection.ALL);
        RestoreCluster flow = flow((host, command) -> DONE);
        if (method.equals("refused")) {
            assertThatThrownBy(() -> flow.prepare(request))
                    .isInstanceOfSatisfying(MedusaException.class, refused -> assertThat(refused.kind())
                            .isEqualTo(FailureKind.REFUSED))
                    .hasMessageStartingWith("datacenter dc1 (a1, a2) would keep its present data")
                    .hasMessageContaining("--leave-other-datacenters");
            return;
        }
        ClusterRestorePlan plan = flow.prepare(request).plan();
        assertThat(plan.method()).isEqualTo(method.equals("nodes") ? Method.NODES : Method.IMPORT);
        if (plan.method() == Method.NODES) {
            assertThat(pairs(plan)).isEqualTo(pairs);
        }
        if (othersStay) {
            assertThat(plan.warnings().toString()).contains("datacenter dc1 (a1, a2) keeps its present data");
            assertThat(plan.warnings().contains("not restored: the data of datacenter dc1"))
                    .isEqualTo(backedUp.contains("a1"));
        }
        if (cluster.contains("e1")) {
            assertThat(plan.warnings())
                    .anyMatch(
                            note -> note.endsWith(
                                    "ALTER KEYSPACE \"shop\" WITH replication = {'class': 'NetworkTopologyStrategy', 'dc2': 2, 'east': 2}"));
        }
    }

    /** Nodes of Cassandra 6 keep the cluster's metadata, which must stay where it is. */
    @ParameterizedTest
    @CsvSource({"a3 a4, import", "a1 a2, nodes"})
    void aClusterOfCassandra6IsImportedUnlessTheNodesAreTheSame(String cluster, String method) {
        backup(ringOf("a1 a2"), MONDAY, "a1", "a2");
        for (String node : List.of("a1", "a2")) {
            put(
                    node + "/" + MONDAY + "/meta/server_version.json",
                    "{\"server_type\": \"cassandra\", \"release_version\": \"6.0-alpha2\"}");
        }
        ClusterRestorePlan plan = flow((host, command) -> DONE)
                .prepare(request(Optional.of(ringOf(cluster)), List.of(), Map.of(), false, TableSelection.ALL))
                .plan();
        assertThat(plan.method()).isEqualTo(method.equals("nodes") ? Method.NODES : Method.IMPORT);
        assertThat(plan.why().contains("metadata")).isEqualTo(method.equals("import"));
    }

    @Test
    void nodesOfCassandra6AreRestoredInPlaceOnlyFromOneEpochOfTheirMetadata() throws IOException {
        backup(ringOf("a1 a2"), MONDAY, "a1", "a2");
        for (String node : List.of("a1", "a2")) {
            put(
                    node + "/" + MONDAY + "/meta/server_version.json",
                    "{\"server_type\": \"cassandra\", \"release_version\": \"6.0-alpha2\"}");
        }
        String map = new String(
                storage.open(new ObjectKey("a2/" + MONDAY + "/meta/tokenmap.json"))
                        .orElseThrow()
                        .readAllBytes(),
                StandardCharsets.UTF_8);
        put("a1/" + MONDAY + "/meta/tokenmap.json", map.replaceFirst("\"rack\"", "\"epoch\": 17, \"rack\""));
        put("a2/" + MONDAY + "/meta/tokenmap.json", map.replaceFirst("\"rack\"", "\"epoch\": 18, \"rack\""));
        ClusterRestorePlan plan = flow((host, command) -> DONE)
                .prepare(request(Optional.of(ringOf("a1 a2")), List.of(), Map.of(), false, TableSelection.ALL))
                .plan();
        assertThat(plan.method()).isEqualTo(Method.IMPORT);
        assertThat(plan.why()).contains("different epochs");
        assertThatThrownBy(() -> flow((host, command) -> DONE)
                        .prepare(request(Optional.empty(), List.of("a1", "a2"), Map.of(), false, TableSelection.ALL)))
                .hasMessageContaining("cannot be restored in place from backup monday");
    }

    @Test
    void inPlaceADatacenterIsNotForgotten() {
        backup(BOTH, MONDAY, "b1", "b2");
        RestoreCluster flow = flow((host, command) -> DONE);
        assertThatThrownBy(() -> flow.prepare(
                        request(Optional.empty(), List.of("b1", "b2"), Map.of(), false, TableSelection.ALL)))
                .hasMessageStartingWith("datacenter dc1 would keep its present data");
        assertThat(pairs(
                        flow.prepare(request(Optional.empty(), List.of("b1", "b2"), Map.of(), true, TableSelection.ALL))
                                .plan()))
                .isEqualTo("b1<b1 b2<b2");
    }

    @Test
    void aDatacenterThatHasNotFinishedMakesTheBackupIncomplete() {
        backup(BOTH, MONDAY, "b1", "b2");
        begin(BOTH, "a1", MONDAY, false, SCHEMA);
        assertThatThrownBy(() -> flow((host, command) -> DONE).prepare(request(BOTH)))
                .isInstanceOfSatisfying(MedusaException.class, refused -> assertThat(refused.kind())
                        .isEqualTo(FailureKind.BACKUP_INCOMPLETE))
                .hasMessageContaining("2 of 4 nodes have not finished it");
    }

    @Test
    void tablesThatOnlyAnotherDatacenterHadAreNotEmptied() {
        String onlyDc1 = "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2};\n";
        backup(BOTH, "b1", MONDAY, false, onlyDc1);
        backup(BOTH, "b2", MONDAY, false, onlyDc1);
        assertThatThrownBy(() -> flow((host, command) -> DONE).prepare(orders(BOTH)))
                .isInstanceOfSatisfying(MedusaException.class, refused -> assertThat(refused.kind())
                        .isEqualTo(FailureKind.REFUSED))
                .hasMessageStartingWith("keyspace shop is not replicated to datacenter dc2");
        backup(BOTH, "a1", MONDAY, false, onlyDc1);
        backup(BOTH, "a2", MONDAY, false, onlyDc1);
        ClusterRestorePlan plan =
                flow((host, command) -> DONE).prepare(orders(BOTH)).plan();
        assertThat(plan.tables()).containsOnlyKeys(TableName.of(ORDERS));
        assertThat(plan.warnings())
                .containsExactly(
                        "Cassandra takes no snapshots of tables before they are truncated or dropped: auto_snapshot is false");
    }

    private PurgeBackups.Result purge(RetentionRules rules) {
        return new PurgeBackups(
                        catalog,
                        new Inventory(catalog.bucket()),
                        new Collector(storage, catalog, new TransferPool(1, false, Progress.NONE), Clock.systemUTC()),
                        new Pins(storage, layout, Clock.systemUTC()),
                        Clock.systemUTC())
                .byRules(List.copyOf(BOTH.names()), rules, new PurgeBackups.How(Duration.ZERO, false));
    }

    private static final RetentionRules KEEP_ONE = new RetentionRules(Duration.ZERO, 1, 0, 0, 0, 0, 0, false);

    private static final BackupName TUESDAY = new BackupName("tuesday");

    private boolean isThere(BackupName name) {
        return BOTH.names().stream().allMatch(node -> storage.stat(layout.meta(node, name, "manifest.json"))
                .isPresent());
    }

    private List<String> leases() {
        return storage.list("index/leases/").map(object -> object.key().value()).toList();
    }

    @Test
    void aPurgeBetweenStagingAndRestoringKeepsTheBackup() {
        for (ClusterRestoreRequest request : List.of(request(BOTH), orders(BOTH))) {
            backup(BOTH, MONDAY, "a1", "a2", "b1", "b2");
            backup(BOTH, TUESDAY, "a1", "a2", "b1", "b2");
            FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> {
                if (command.contains("--stage-only") || command.endsWith("stop-cassandra")) {
                    assertThat(purge(KEEP_ONE).removed()).isEmpty();
                }
                return DONE;
            });
            RestoreCluster flow = flow(hosts);
            try (ReadLease lease = flow.lease(request)) {
                assertThat(leases()).hasSize(4);
                assertThat(flow.run(request, flow.prepare(request), lease).isComplete())
                        .isTrue();
            }
            assertThat(leases()).isEmpty();
            assertThat(isThere(MONDAY)).isTrue();
            assertThat(purge(KEEP_ONE).removed()).as("it would have gone").isNotEmpty();
        }
        assertThat(statements).as("by import").contains("truncate");
    }

    @Test
    void aBackupThatIsDeletedBeforeTheFirstStopChangesNothing() {
        backup(BOTH, MONDAY, "a1", "a2", "b1", "b2");
        FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> {
            if (host.equals("b2") && command.contains("--stage-only")) {
                // by somebody who knows nothing of leases
                storage.deleteAll(List.of(layout.meta(new NodeName("a2"), MONDAY, "manifest.json")));
            }
            return DONE;
        });
        RestoreCluster flow = flow(hosts);
        try (ReadLease lease = flow.lease(request(BOTH))) {
            PreparedRestore prepared = flow.prepare(request(BOTH));
            assertThatThrownBy(() -> flow.run(request(BOTH), prepared, lease))
                    .hasMessageStartingWith("backup monday of node a2 was deleted meanwhile")
                    .hasMessageEndingWith("Nothing has been changed on any node.");
        }
        assertThat(hosts.sent()).noneMatch(line -> line.endsWith(": stop-cassandra"));
    }

    @Test
    void aNodeThatCannotBeStoppedIsFoundBeforeAnyNodeStages() {
        backup(BOTH, MONDAY, "a1", "a2", "b1", "b2");
        FakeRemoteHosts hosts = new FakeRemoteHosts(
                (host, command) -> host.equals("b2") && command.startsWith("command -v stop-cassandra")
                        ? CommandResult.ended(3, "", "")
                        : DONE);
        RestoreCluster flow = flow(hosts);
        try (ReadLease lease = flow.lease(request(BOTH))) {
            PreparedRestore prepared = flow.prepare(request(BOTH));
            assertThatThrownBy(() -> flow.run(request(BOTH), prepared, lease))
                    .hasMessageStartingWith("1 of 4 nodes failed, first b2. Nothing has been changed on any node.");
        }
        assertThat(hosts.sent()).noneMatch(line -> line.contains("medusa") || line.endsWith(": stop-cassandra"));
    }

    @Test
    void aBackupThatIsDeletedBeforeTheFirstTruncationChangesNothing() {
        backup(BOTH, MONDAY, "a1", "a2", "b1", "b2");
        RestoreCluster flow = flow((host, command) -> DONE);
        try (ReadLease lease = flow.lease(orders(BOTH))) {
            PreparedRestore prepared = flow.prepare(orders(BOTH));
            storage.deleteAll(List.of(layout.meta(new NodeName("a2"), MONDAY, "manifest.json")));
            assertThatThrownBy(() -> flow.run(orders(BOTH), prepared, lease))
                    .hasMessageEndingWith("Nothing has been changed in the cluster.");
        }
        assertThat(statements).isEmpty();
    }

    @Test
    void aPlanAloneHoldsNothing() {
        backup(BOTH, MONDAY, "a1", "a2", "b1", "b2");
        var unused = flow((host, command) -> DONE).prepare(request(BOTH));
        assertThat(leases()).isEmpty();
    }

    @Test
    void aNodeWhoseSwapFailsIsToldToStayDown() {
        backup(BOTH, MONDAY, "a1", "a2", "b1", "b2");
        FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> {
            boolean isOld = host.equals("b1");
            if (isOld && command.contains("--stay-down-on-failure")) {
                return CommandResult.ended(2, "", "no such option");
            }
            return host.startsWith("b") && command.contains("restore-node") && !command.contains("--stage-only")
                    ? CommandResult.ended(1, "", "[2026-11-26 01:00:00,000] ERROR: no space left on device")
                    : DONE;
        });
        RestoreCluster flow = flow(hosts);
        try (ReadLease lease = flow.lease(request(BOTH))) {
            RestoreCluster.Result result = flow.run(request(BOTH), flow.prepare(request(BOTH)), lease);
            assertThat(result.outcomes().stream().filter(NodeOutcome::isDone))
                    .extracting(outcome -> outcome.node().value())
                    .containsExactlyInAnyOrder("a1", "a2");
        }
        List<String> restores = hosts.sent().stream()
                .filter(line -> line.contains("restore-node") && !line.contains("--stage-only"))
                .toList();
        assertThat(restores.stream().filter(line -> line.endsWith("--stay-down-on-failure")))
                .hasSize(3);
        assertThat(restores.stream().filter(line -> line.startsWith("b1:")))
                .as("a program that does not know the option is not asked for it again")
                .noneMatch(line -> line.contains("--stay-down-on-failure"))
                .hasSize(1);
    }
}
