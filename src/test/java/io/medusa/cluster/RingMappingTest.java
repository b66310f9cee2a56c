package io.medusa.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.Coverage;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.TokenMap;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which node of a backup goes where, and whether the backups of some nodes are enough (docs/compatibility.md 15.2, 24). */
final class RingMappingTest {
    private static TokenMap ring(String... nodes) {
        Map<NodeName, TokenMap.Node> map = new LinkedHashMap<>();
        for (String node : nodes) {
            String[] words = node.split(" ");
            map.put(
                    new NodeName(words[0]),
                    new TokenMap.Node(
                            Arrays.stream(words[2].split(","))
                                    .map(BigInteger::new)
                                    .toList(),
                            false,
                            true,
                            words[1],
                            "dc1"));
        }
        return new TokenMap(map);
    }

    private static String pairs(RingMapping mapping) {
        StringBuilder text = new StringBuilder();
        mapping.sources().entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(pair -> text.append(
                        pair.getKey())
                .append('<')
                .append(pair.getValue())
                .append(' '));
        return text.toString().strip();
    }

    @Test
    void theSameNodesGetTheirOwnDataBack() {
        TokenMap ring = ring("a r1 5,6", "b r2 1,2", "c r2 3,4");
        assertThat(pairs(RingMapping.of(ring, ring, false))).isEqualTo("a<a b<b c<c");
    }

    @Test
    void racksOfTheSameSizesAreMappedByTokens() {
        TokenMap backup = ring("a r1 5,6", "b r2 30,40", "c r2 10,20", "d r3 7,8", "e r3 1,2", "f r3 3,4");
        TokenMap target = ring("u r1 50,60", "v r2 1,2", "w r2 3,4", "x r3 9,8", "y r3 6,7", "z r3 5,4");
        assertThat(pairs(RingMapping.of(backup, target, false))).isEqualTo("u<a v<c w<b x<d y<f z<e");
    }

    @Test
    void anotherNumberOfNodesRacksOrTokensIsAnotherShape() {
        TokenMap backup = ring("a r1 1,2", "b r1 3,4", "c r2 5,6");
        assertThat(RingMapping.of(backup, ring("x r1 1,2", "y r2 3,4"), false).difference())
                .contains("the backup has 3 nodes, the cluster 2");
        TokenMap otherRacks = ring("x r1 1,2", "y r2 3,4", "z r3 5,6");
        assertThat(RingMapping.of(backup, otherRacks, false).difference()).isPresent();
        assertThat(pairs(RingMapping.of(backup, otherRacks, true))).isEqualTo("x<a y<b z<c");
        assertThat(RingMapping.of(backup, ring("x r1 1,2,9", "y r1 3,4,8", "z r2 5,6,7"), false)
                        .difference())
                .contains("a of the backup has 2 tokens, x 3");
    }

    @Test
    void B32_everyPairIsComparedNotOnlyTheFirst() {
        TokenMap backup = ring("a r1 1,2", "b r1 3,4");
        assertThat(RingMapping.of(backup, ring("x r1 1,2", "y r1 3,4,5"), false).difference())
                .contains("b of the backup has 2 tokens, y 3");
    }

    @Test
    void B32_oneSharedNodeDoesNotMakeTheWholeRestoreInPlace() {
        TokenMap backup = ring("a r1 1,2", "b r1 3,4", "c r1 5,6");
        TokenMap target = ring("a r1 1,2", "b r1 3,4", "new r1 5,6");
        assertThat(pairs(RingMapping.of(backup, target, false))).isEqualTo("a<a b<b new<c");
    }

    @Test
    void singleTokensMustBeTheSame() {
        TokenMap backup = ring("a r1 1", "b r1 3");
        assertThat(pairs(RingMapping.of(backup, ring("x r1 3", "y r1 1"), false)))
                .isEqualTo("x<b y<a");
        assertThat(RingMapping.of(backup, ring("x r1 3", "y r1 2"), false).difference())
                .isPresent();
    }

    @Test
    void coverageCountsRangesThatEnoughBackedUpNodesHold() {
        TokenMap ring = ring("a r1 10", "b r2 20", "c r3 30");
        Map<String, Replication> keyspaces = Map.of(
                "two", Replication.parse("{'class': 'NetworkTopologyStrategy', 'dc1': 2}"),
                "one", Replication.parse("{'class': 'SimpleStrategy', 'replication_factor': 1}"),
                "elsewhere", Replication.parse("{'class': 'NetworkTopologyStrategy', 'dc9': 2}"));
        Set<NodeName> withoutC = Set.of(new NodeName("a"), new NodeName("b"));
        Coverage once = Coverage.of(ring, keyspaces, withoutC, 1);
        assertThat(once.keyspaces())
                .containsExactly(
                        new Coverage.OfKeyspace("one", 3, 2, Set.of(new NodeName("c"))),
                        new Coverage.OfKeyspace("two", 3, 3, Set.of()));
        assertThat(Coverage.of(ring, keyspaces, withoutC, 2).keyspaces().get(1).covered())
                .isEqualTo(1);
        assertThat(Coverage.of(ring, keyspaces, ring.names(), 3).isWhole())
                .as("where there are fewer replicas, all of them")
                .isTrue();
    }

    @Test
    void replicationIsReadAndWritten() {
        for (String cql : List.of(
                "{'class': 'SimpleStrategy', 'replication_factor': 3}",
                "{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 2}")) {
            assertThat(Replication.parse(cql).cql()).isEqualTo(cql);
        }
        assertThat(Replication.parse("{'class':'org.apache.cassandra.locator.NetworkTopologyStrategy','dc1':'3/1'}")
                        .in("dc1"))
                .isEqualTo(3);
    }
}
