package io.medusa.model;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Maps token ranges to replicas as Cassandra does ({@code SimpleStrategy}, {@code NetworkTopologyStrategy}). */
public final class Ring {
    private static final String UNKNOWN = "";

    private final TokenMap tokenMap;
    private final List<BigInteger> tokens;
    private final List<NodeName> owners;
    private final Map<String, Shape> shapes = new HashMap<>();

    /** Builds the ring of a token map. */
    public Ring(TokenMap tokenMap) {
        this.tokenMap = tokenMap;
        TreeMap<BigInteger, NodeName> byToken = new TreeMap<>();
        tokenMap.nodes().forEach((node, ring) -> ring.tokens().forEach(token -> byToken.put(token, node)));
        this.tokens = List.copyOf(byToken.keySet());
        this.owners = List.copyOf(byToken.values());
        tokenMap.nodes().values().stream()
                .collect(Collectors.groupingBy(Ring::datacenter))
                .forEach((name, members) -> shapes.put(name, Shape.of(members)));
    }

    /**
     * A token range and its replicas.
     *
     * @param after exclusive
     * @param upTo inclusive; not greater than {@code after} if the range wraps around the end of the ring
     * @param replicas the primary replica first; empty if the keyspace is not replicated to the ring's datacenters
     */
    public record Range(BigInteger after, BigInteger upTo, List<NodeName> replicas) {
        /** Whether the range contains a token of an interval that includes both ends. */
        public boolean touches(BigInteger first, BigInteger last) {
            if (after.compareTo(upTo) < 0) {
                return last.compareTo(after) > 0 && first.compareTo(upTo) <= 0;
            }
            return last.compareTo(after) > 0 || first.compareTo(upTo) <= 0;
        }
    }

    /** All ranges of a keyspace, in the order of their ends. */
    public List<Range> ranges(Replication replication) {
        List<Range> ranges = new ArrayList<>(tokens.size());
        for (int i = 0; i < tokens.size(); i++) {
            BigInteger after = tokens.get(i == 0 ? tokens.size() - 1 : i - 1);
            ranges.add(new Range(after, tokens.get(i), replicas(i, replication)));
        }
        return ranges;
    }

    private List<NodeName> replicas(int index, Replication replication) {
        return replication.isSimple() ? simple(index, replication.in(UNKNOWN)) : byTopology(index, replication);
    }

    private List<NodeName> simple(int index, int factor) {
        Set<NodeName> replicas = new LinkedHashSet<>();
        for (int step = 0; step < owners.size() && replicas.size() < factor; step++) {
            replicas.add(owners.get((index + step) % owners.size()));
        }
        return List.copyOf(replicas);
    }

    private List<NodeName> byTopology(int index, Replication replication) {
        Map<String, Datacenter> datacenters = new HashMap<>();
        shapes.forEach((name, shape) -> datacenters.put(name, new Datacenter(shape, replication.in(name))));
        Set<NodeName> replicas = new LinkedHashSet<>();
        for (int step = 0; step < owners.size(); step++) {
            NodeName node = owners.get((index + step) % owners.size());
            TokenMap.Node ring = Objects.requireNonNull(tokenMap.nodes().get(node));
            Datacenter datacenter = Objects.requireNonNull(datacenters.get(datacenter(ring)));
            if (!replicas.contains(node) && datacenter.takes(rack(ring))) {
                replicas.add(node);
            }
            if (datacenters.values().stream().allMatch(Datacenter::isServed)) {
                break;
            }
        }
        return List.copyOf(replicas);
    }

    /** The number of nodes and racks of a datacenter. */
    private record Shape(int nodes, int racks) {
        static Shape of(Collection<TokenMap.Node> members) {
            return new Shape(members.size(), (int)
                    members.stream().map(Ring::rack).distinct().count());
        }
    }

    /** Prefers nodes of racks without a replica, as long as there are such racks ({@code NetworkTopologyStrategy}). */
    private static final class Datacenter {
        private final Set<String> racks = new HashSet<>();
        private int left;
        private int repeats;

        Datacenter(Shape shape, int factor) {
            this.left = Math.min(shape.nodes(), factor);
            this.repeats = factor - shape.racks();
        }

        boolean isServed() {
            return left == 0;
        }

        boolean takes(String rack) {
            if (isServed()) {
                return false;
            }
            if (!racks.add(rack)) {
                if (repeats <= 0) {
                    return false;
                }
                repeats--;
            }
            left--;
            return true;
        }
    }

    private static String datacenter(TokenMap.Node node) {
        return known(node.datacenter());
    }

    private static String rack(TokenMap.Node node) {
        return known(node.rack());
    }

    private static String known(@Nullable String name) {
        return name == null ? UNKNOWN : name;
    }

    /**
     * A small set of nodes that together hold every range, found greedily: the node that holds the most comes first.
     *
     * @param among the nodes to choose from
     */
    public Set<NodeName> fewestHolders(Collection<Replication> keyspaces, Set<NodeName> among) {
        List<Range> left = keyspaces.stream()
                .flatMap(replication -> ranges(replication).stream())
                .filter(range -> range.replicas().stream().anyMatch(among::contains))
                .collect(Collectors.toCollection(ArrayList::new));
        Set<NodeName> chosen = new LinkedHashSet<>();
        while (!left.isEmpty()) {
            Map<NodeName, Long> holds = left.stream()
                    .flatMap(range -> range.replicas().stream())
                    .filter(among::contains)
                    .collect(Collectors.groupingBy(node -> node, Collectors.counting()));
            NodeName best = holds.entrySet().stream()
                    .max(Map.Entry.<NodeName, Long>comparingByValue()
                            .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                    .orElseThrow()
                    .getKey();
            chosen.add(best);
            left.removeIf(range -> range.replicas().contains(best));
        }
        return chosen;
    }
}
