package io.medusa.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cluster.ClusterRestorePlan.Method;
import io.medusa.cluster.ClusterRestorePlan.Move;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableSelection;
import io.medusa.model.TokenMap;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.testing.FakeCassandraSchema;
import io.medusa.testing.InMemoryStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which method a cluster's restore gets, which node gets whose data, and what is refused; without running anything. */
final class RestorePlannerTest {
    private static final BackupName MONDAY = new BackupName("monday");
    private static final String ID = "-0123456789abcdef0123456789abcdef";
    private static final TableDirectory ORDERS = new TableDirectory("shop", "orders" + ID);
    private static final TableDirectory ROLES = new TableDirectory("system_auth", "roles" + ID);
    private static final String REPLICATION = " WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2};\n";
    private static final String SCHEMA =
            "CREATE KEYSPACE shop" + REPLICATION + "CREATE KEYSPACE system_auth" + REPLICATION;

    private String clusterSchema = SCHEMA;
    private final InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());
    private final BackupCatalog catalog = new BackupCatalog(storage, new RepositoryLayout(""));

    /** {@code a*} are in dc1, all others in dc2; tokens ascend with the numbers. */
    private static TokenMap ring(String nodes) {
        Map<NodeName, TokenMap.Node> ring = new LinkedHashMap<>();
        for (String node : nodes.split(" ")) {
            BigInteger token = BigInteger.valueOf((node.charAt(1) - '0') * 20L + node.charAt(0));
            ring.put(
                    new NodeName(node),
                    new TokenMap.Node(
                            List.of(token, token.add(BigInteger.ONE)),
                            false,
                            true,
                            "r1",
                            node.startsWith("a") ? "dc1" : "dc2"));
        }
        return new TokenMap(ring);
    }

    private void put(String key, String text) {
        storage.put(new ObjectKey(key), ObjectSource.OfBytes.utf8(text));
    }

    private void backUp(String all, String finished) {
        backUp(all, finished, SCHEMA);
    }

    private void backUp(String all, String finished, String schema) {
        String map = ring(all).nodes().entrySet().stream()
                .map(node -> "\"" + node.getKey() + "\": {\"tokens\": "
                        + node.getValue().tokens() + ", \"rack\": \"r1\", \"dc\": \""
                        + node.getValue().datacenter() + "\"}")
                .collect(Collectors.joining(", ", "{", "}"));
        String manifest = List.of(ORDERS, ROLES).stream()
                .map(table -> "{\"keyspace\": \"" + table.keyspace() + "\", \"columnfamily\": \"" + table.directory()
                        + "\", \"objects\": []}")
                .collect(Collectors.joining(", ", "[", "]"));
        String index = "index/backup_index/" + MONDAY + "/";
        for (String node : all.split(" ")) {
            String meta = node + "/" + MONDAY + "/meta/";
            put(meta + "schema.cql", schema);
            put(meta + "tokenmap.json", map);
            put(meta + "differential", "differential");
            put(index + "tokenmap_" + node + ".json", map);
            put(index + "schema_" + node + ".cql", schema);
            put(index + "started_" + node + "_1000.timestamp", "");
            if (Set.of(finished.split(" ")).contains(node)) {
                put(meta + "manifest.json", manifest);
                put(index + "manifest_" + node + ".json", manifest);
                put(index + "finished_" + node + "_1100.timestamp", "");
            }
        }
    }

    /**
     * A request with these options, separated by spaces.
     *
     * @param cluster the running nodes; {@code down} if there are none
     */
    private ClusterRestoreRequest request(String cluster, String options) {
        Map<String, String> given = Arrays.stream(options.split(" "))
                .filter(option -> !option.isEmpty())
                .collect(Collectors.toMap(
                        option -> option.split(":")[0], option -> option.contains(":") ? option.split(":")[1] : ""));
        return new ClusterRestoreRequest(
                MONDAY,
                given.containsKey("table")
                        ? new TableSelection(Set.of(), Set.of(given.getOrDefault("table", "")))
                        : TableSelection.ALL,
                cluster.equals("down")
                        ? Optional.empty()
                        : Optional.of(new TargetCluster(ring(cluster), clusterSchema)),
                given.entrySet().stream()
                        .filter(option -> option.getKey().equals("host"))
                        .flatMap(option -> Arrays.stream(option.getValue().split("\\+")))
                        .map(pair -> new MappedNode(
                                new NodeName(pair.split(">")[0]), new NodeName(pair.split(">")[1]), false))
                        .toList(),
                given.containsKey("in-place"),
                given.entrySet().stream()
                        .filter(option -> option.getKey().equals("datacenter"))
                        .map(option -> option.getValue().split("="))
                        .collect(Collectors.toMap(names -> names[0], names -> names[1])),
                given.containsKey("others-stay"),
                Set.of(),
                false,
                given.containsKey("keep-auth"),
                Optional.ofNullable(given.get("method")).map(Method::valueOf),
                false,
                Map.of(),
                given.containsKey("incomplete"),
                500,
                List.of("start-cassandra"),
                List.of("stop-cassandra"),
                Path.of("/tmp"));
    }

    private PreparedRestore prepare(ClusterRestoreRequest request) {
        return new RestorePlanner(
                        catalog,
                        new FakeCassandraSchema(),
                        new ImportPlanner(catalog, new TransferPool(1, false, Progress.NONE), key -> Optional.empty()))
                .prepare(request, catalog.findClusterBackup(MONDAY).orElseThrow());
    }

    private static String pairs(ClusterRestorePlan plan) {
        return plan.moves().stream()
                .filter(move -> !move.sources().isEmpty())
                .map(move -> move.target() + "<"
                        + move.sources().stream().map(NodeName::value).collect(Collectors.joining("+")))
                .sorted()
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            value = {
                "the same nodes, a1 a2, a1 a2, '', NODES, the nodes are those of the backup, a1<a1 a2<a2",
                "another ring of the same shape, a1 a2, a3 a4, '', NODES, the rings have the same shape, a3<a1 a4<a2",
                "a datacenter under another name, a1 a2, b1 b2, datacenter:dc1=dc2, NODES, the rings have the same"
                        + " shape, b1<a1 b2<a2",
                "a larger cluster, a1 a2, a1 a2 a3, '', IMPORT, 'the backup has 2 nodes, the cluster 3', ''",
                "a smaller cluster, a1 a2, a1, '', IMPORT, 'the backup has 2 nodes, the cluster 1', ''",
                "a cluster that is down, a1 a2, down, in-place host:a1>a1+a2>a2, NODES, as they were, a1<a1 a2<a2",
                "listed hosts, a1 a2, down, host:a1>a8+a2>a9, NODES, as listed, a8<a1 a9<a2",
                "one table, a1 a2, a1 a2, table:shop.orders, IMPORT, single tables are imported into the running"
                        + " cluster, ''",
                "import on request, a1 a2, a1 a2, method:IMPORT, IMPORT, as asked for, ''",
                "sstableloader on request, a1 a2, a3 a4, method:SSTABLELOADER, SSTABLELOADER, as asked for, a3<a1 a4<a2",
                "sstableloader into one node, a1 a2, a3, method:SSTABLELOADER, SSTABLELOADER, as asked for, a3<a1+a2"
            })
    void methodAndMapping(
            String what, String backedUp, String cluster, String options, Method method, String why, String pairs) {
        backUp(backedUp, backedUp);
        ClusterRestorePlan plan = prepare(request(cluster, options)).plan();
        assertThat(plan.method()).isEqualTo(method);
        assertThat(plan.why()).isEqualTo(why);
        if (method != Method.IMPORT) {
            assertThat(pairs(plan)).isEqualTo(pairs);
        }
        if (method == Method.NODES) {
            assertThat(plan.moves())
                    .extracting(Move::inPlace)
                    .containsOnly(plan.moves().stream()
                            .allMatch(move -> move.sources().equals(List.of(move.target()))));
            assertThat(plan.tables()).as("whole nodes bring their own tables").isEmpty();
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            value = {
                "no node has finished, a1 a2, '', a1 a2, '', BACKUP_INCOMPLETE, no node has finished backup monday",
                "one node is missing, a1 a2, a1, a1 a2, '', BACKUP_INCOMPLETE, backup monday is incomplete: 1 of 2 nodes",
                "no such source datacenter, a1 a2, a1 a2, a1 a2, datacenter:dc9=dc1, USAGE, 'backup monday has no"
                        + " datacenter dc9, only dc1'",
                "no such target datacenter, a1 a2, a1 a2, a1 a2, datacenter:dc1=dc9, USAGE, 'the cluster has no"
                        + " datacenter dc9, only dc1'",
                "a method and listed hosts, a1 a2, a1 a2, a1 a2, method:IMPORT host:a1>a1, REFUSED, --host-list and"
                        + " --in-place work only for a restore node by node",
                "a host that was not backed up, a1 a2, a1 a2, down, host:a7>a1, BACKUP_UNKNOWN, node a7 has no finished"
                        + " backup monday",
                "no such table, a1 a2, a1 a2, a1 a2, table:shop.lost, BACKUP_UNKNOWN, backup monday has no table"
                        + " shop.lost",
                "another datacenter that runs, a1 a2, a1 a2, a1 a2 b1, host:a1>a1+a2>a2, REFUSED, datacenter dc2 (b1)"
                        + " would keep its present data"
            })
    void refusals(
            String what,
            String backedUp,
            String finished,
            String cluster,
            String options,
            FailureKind kind,
            String message) {
        backUp(backedUp, finished);
        ClusterRestoreRequest request = request(cluster, options);
        assertThatThrownBy(() -> prepare(request))
                .isInstanceOfSatisfying(MedusaException.class, refused -> assertThat(refused.kind())
                        .isEqualTo(kind))
                .hasMessageStartingWith(message);
    }

    @Test
    void anIncompleteBackupIsImportedOnRequestWithAWarning() {
        backUp("a1 a2", "a1");
        ClusterRestorePlan plan = prepare(request("a1 a2", "incomplete")).plan();
        assertThat(plan.method()).isEqualTo(Method.IMPORT);
        assertThat(plan.why()).isEqualTo("the backup is incomplete");
        assertThat(plan.warnings())
                .anyMatch(warning -> warning.startsWith("backup monday is incomplete: 1 of 2 nodes"));
    }

    @Test
    void dataOfALaterMomentIsNamed() {
        backUp("a1 a2 a3", "a1 a2 a3");
        String late = "the data of a3 is of a later moment than that of the other nodes: the snapshots were taken from"
                + " 2026-11-28T01:00:00Z to 2026-11-28T14:07:00Z";
        Map.of("a1", "01:00", "a2", "01:15", "a3", "14:07")
                .forEach((node, time) ->
                        put(node + "/monday/meta/snapshot.json", "{\"taken\": \"2026-11-28T" + time + ":00Z\"}"));
        assertThat(prepare(request("a1 a2 a3", "method:IMPORT")).plan().warnings())
                .contains(late);
        put("a3/monday/meta/snapshot.json", "{\"taken\": \"2026-11-28T01:30:00Z\"}");
        assertThat(prepare(request("a1 a2 a3", "method:IMPORT")).plan().warnings())
                .noneMatch(warning -> warning.contains("later moment"));
    }

    @Test
    void whatNobodyCreatesIsNamed() {
        String withHr = SCHEMA + "CREATE KEYSPACE hr" + REPLICATION;
        String all = withHr + "CREATE TYPE hr.address (street text);\nCREATE KEYSPACE empty" + REPLICATION
                + "CREATE TYPE empty.t (a int);\nCREATE TYPE shop.made_with_its_table (a int);\n";
        backUp("a1 a2", "a1 a2", all);
        clusterSchema = withHr;
        assertThat(prepare(request("a1 a2", "method:IMPORT")).plan().warnings())
                .contains("not restored, because no table of its keyspace has to be created: keyspace empty, type"
                        + " hr.address. Create it with its statement in the backup's schema.cql");
        assertThat(prepare(request("a1 a2", "table:shop.orders")).plan().warnings())
                .as("not asked for")
                .noneMatch(warning -> warning.contains("not restored"));
        clusterSchema = all;
        assertThat(prepare(request("a1 a2", "method:IMPORT")).plan().warnings())
                .noneMatch(warning -> warning.contains("not restored"));
    }

    /** Roles are imported with everything, but neither into a cluster that keeps its own nor with single tables. */
    @ParameterizedTest
    @CsvSource({
        "method:IMPORT, true",
        "method:IMPORT keep-auth, false",
        "table:shop.orders, false",
        "method:SSTABLELOADER keep-auth, false"
    })
    void rolesAreImportedUnlessTheClusterKeepsItsOwn(String options, boolean imported) {
        backUp("a1 a2", "a1 a2");
        PreparedRestore prepared = prepare(request("a1 a2", options));
        assertThat(prepared.tables().stream().map(incoming -> incoming.table()))
                .contains(ORDERS)
                .satisfies(tables -> assertThat(tables.contains(ROLES)).isEqualTo(imported));
    }
}
