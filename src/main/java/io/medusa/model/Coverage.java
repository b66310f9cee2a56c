package io.medusa.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Whether the backups of some nodes cover every token range, by keyspace.
 *
 * @param keyspaces the keyspaces that are replicated in this ring, by name
 */
public record Coverage(List<OfKeyspace> keyspaces) {
    public Coverage {
        keyspaces = List.copyOf(keyspaces);
    }

    /**
     * One keyspace.
     *
     * @param ranges the number of token ranges of the ring
     * @param covered the number of ranges with enough backed-up replicas
     * @param wanting nodes without a backup that hold a range with too few
     */
    public record OfKeyspace(String keyspace, int ranges, int covered, Set<NodeName> wanting) {
        /** Whether nothing is missing. */
        public boolean isWhole() {
            return covered == ranges;
        }
    }

    /**
     * Computes the coverage.
     *
     * @param tokenMap the token map of the backup
     * @param keyspaces the replication of each keyspace
     * @param backedUp the nodes with a finished backup
     * @param replicas the number of backed-up replicas that a range needs; all of them if it has fewer
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
