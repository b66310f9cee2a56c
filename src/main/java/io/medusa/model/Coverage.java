package io.medusa.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Whether what some nodes have backed up is enough to have every row, by keyspace.
 *
 * @param keyspaces that are replicated here, by name
 */
public record Coverage(List<OfKeyspace> keyspaces) {
    public Coverage {
        keyspaces = List.copyOf(keyspaces);
    }

    /**
     * One keyspace.
     *
     * @param ranges token ranges of the ring
     * @param covered of them those with enough backed-up replicas
     * @param wanting nodes without a backup, any of which holds a range that has too few
     */
    public record OfKeyspace(String keyspace, int ranges, int covered, Set<NodeName> wanting) {
        /** Whether nothing is missing. */
        public boolean isWhole() {
            return covered == ranges;
        }
    }

    /**
     * Computes it.
     *
     * @param tokenMap of the backup
     * @param keyspaces how each is replicated
     * @param backedUp nodes whose backup is finished
     * @param replicas how many backed-up replicas a range needs; all, where it has fewer
     */
    public static Coverage of(
            TokenMap tokenMap, Map<String, Replication> keyspaces, Set<NodeName> backedUp, int replicas) {
        Ring ring = new Ring(tokenMap);
        List<OfKeyspace> result = new ArrayList<>();
        new TreeMap<>(keyspaces).forEach((keyspace, replication) -> {
            List<Ring.Range> ranges = ring.ranges(replication).stream()
                    .filter(range -> !range.replicas().isEmpty())
                    .toList();
            if (ranges.isEmpty()) {
                return;
            }
            int covered = 0;
            Set<NodeName> wanting = new TreeSet<>();
            for (Ring.Range range : ranges) {
                long there =
                        range.replicas().stream().filter(backedUp::contains).count();
                if (there >= Math.min(replicas, range.replicas().size())) {
                    covered++;
                } else {
                    range.replicas().stream()
                            .filter(node -> !backedUp.contains(node))
                            .forEach(wanting::add);
                }
            }
            result.add(new OfKeyspace(keyspace, ranges.size(), covered, wanting));
        });
        return new Coverage(result);
    }

    /** Whether every range of every keyspace has enough. */
    public boolean isWhole() {
        return keyspaces.stream().allMatch(OfKeyspace::isWhole);
    }
}
