package io.medusa.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cluster.ClusterRestorePlan.Method;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableSelection;
import io.medusa.model.TokenMap;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** By which method a cluster is restored. */
final class MethodChoiceTest {
    private static final BackupName MONDAY = new BackupName("monday");

    /** Nodes a and b, or others of the same or of another shape. */
    private static TokenMap ring(String nodes) {
        Map<NodeName, TokenMap.Node> ring = new LinkedHashMap<>();
        for (String node : nodes.split(" ")) {
            ring.put(
                    new NodeName(node),
                    new TokenMap.Node(List.of(BigInteger.valueOf(ring.size() * 10L)), false, true, "r1", "dc1"));
        }
        return new TokenMap(ring);
    }

    /**
     * The table.
     *
     * @param mapping of the request: none, --host-list, or --in-place
     * @param asked the method that the request names
     * @param tables all, or some
     * @param backup whether all its nodes have finished
     * @param target the nodes of the target cluster
     * @param log whether the backup's nodes keep the cluster's metadata
     * @param method what is chosen, or REFUSED
     */
    @ParameterizedTest
    @CsvSource(textBlock = """
            # mapping,  asked,         tables, backup,     target, log,   method,        in place, why or error
            none,       '',            all,    complete,   a b,    false, NODES,         true,     the nodes are those of the backup
            none,       '',            all,    complete,   a b,    true,  NODES,         true,     the nodes are those of the backup
            none,       '',            all,    complete,   x y,    false, NODES,         false,    the rings have the same shape
            none,       '',            all,    complete,   x y,    true,  IMPORT,        false,    Cassandra 6 and later
            none,       '',            all,    complete,   x y z,  false, IMPORT,        false,    ''
            none,       '',            all,    incomplete, a b,    false, IMPORT,        false,    the backup is incomplete
            none,       '',            some,   complete,   a b,    false, IMPORT,        false,    single tables
            none,       '',            some,   incomplete, a b,    false, IMPORT,        false,    single tables
            none,       IMPORT,        all,    complete,   a b,    false, IMPORT,        false,    as asked for
            none,       SSTABLELOADER, all,    complete,   a b,    true,  SSTABLELOADER, false,    as asked for
            none,       SSTABLELOADER, some,   incomplete, x y z,  false, SSTABLELOADER, false,    as asked for
            list,       '',            all,    complete,   x y,    false, NODES,         false,    as listed
            list,       '',            all,    incomplete, x y,    false, NODES,         false,    as listed
            list,       '',            all,    complete,   x y,    true,  REFUSED,       false,    --host-list cannot be used with backup monday
            list,       IMPORT,        all,    complete,   x y,    false, REFUSED,       false,    work only for a restore node by node
            in-place,   '',            all,    complete,   a b,    false, NODES,         true,     as they were
            in-place,   '',            all,    complete,   a b,    true,  NODES,         true,     as they were
            in-place,   IMPORT,        all,    complete,   a b,    false, REFUSED,       false,    work only for a restore node by node
            """)
    void method(
            String mapping,
            String asked,
            String tables,
            String backup,
            String target,
            boolean log,
            String method,
            boolean inPlace,
            String why) {
        List<NodeName> targets = ring(target).names().stream().toList();
        List<MappedNode> mapped = mapping.equals("none")
                ? List.of()
                : List.of(
                        new MappedNode(new NodeName("a"), targets.get(0), false),
                        new MappedNode(new NodeName("b"), targets.get(1), false));
        ClusterRestoreRequest request = new ClusterRestoreRequest(
                MONDAY,
                tables.equals("all") ? TableSelection.ALL : new TableSelection(Set.of("shop"), Set.of()),
                Optional.of(new TargetCluster(ring(target), "")),
                mapped,
                mapping.equals("in-place"),
                Map.of(),
                false,
                Set.of(),
                false,
                false,
                asked.isEmpty() ? Optional.empty() : Optional.of(Method.valueOf(asked)),
                false,
                Map.of(),
                false,
                500,
                List.of("start"),
                List.of("stop"),
                Path.of("/tmp"));
        ClusterBackup stored = new ClusterBackup(
                MONDAY, List.of(finished("a", true), finished("b", backup.equals("complete"))), ring("a b"));
        if (method.equals("REFUSED")) {
            assertThatThrownBy(() -> MethodChoice.of(request, stored, log, true))
                    .isInstanceOf(MedusaException.class)
                    .hasMessageContaining(why);
            return;
        }
        MethodChoice choice = MethodChoice.of(request, stored, log, true);
        assertThat(choice.method()).isEqualTo(Method.valueOf(method));
        assertThat(choice.inPlace()).isEqualTo(inPlace);
        assertThat(choice.why()).isNotEmpty().contains(why);
        assertThat(choice.mapping()).hasSize(choice.method() == Method.NODES ? 2 : 0);
    }

    private static NodeBackup finished(String node, boolean finished) {
        return new NodeBackup(
                new NodeName(node),
                MONDAY,
                BackupMode.DIFFERENTIAL,
                Instant.ofEpochSecond(1000),
                finished ? Instant.ofEpochSecond(1100) : null);
    }
}
