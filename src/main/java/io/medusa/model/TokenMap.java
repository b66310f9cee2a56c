package io.medusa.model;

import java.math.BigInteger;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which node owns which tokens at the time of a backup (docs/compatibility.md 5).
 *
 * @param nodes in the order of the file: that of the hosts' addresses as text
 * @param otherDatacenters names of datacenters that the cluster had at that time and that {@code nodes} leaves out; empty also
 *     where that was not recorded
 */
public record TokenMap(Map<NodeName, Node> nodes, Set<String> otherDatacenters) {
    public TokenMap {
        nodes = Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
        otherDatacenters = Collections.unmodifiableSet(new TreeSet<>(otherDatacenters));
    }

    /** A ring of which no other datacenters are known. */
    public TokenMap(Map<NodeName, Node> nodes) {
        this(nodes, Set.of());
    }

    /**
     * One node of the ring.
     *
     * @param tokens in the order of their decimal text, which other readers depend on
     * @param singleToken whether the file held a bare number instead of a list, as very old ones do
     * @param up {@code null} when unknown
     * @param scope what the backup that holds this map is limited to, recorded by the node that wrote it at its own entry
     */
    public record Node(
            List<BigInteger> tokens,
            boolean singleToken,
            @Nullable Boolean up,
            @Nullable String rack,
            @Nullable String datacenter,
            TableScope scope) {
        public Node {
            tokens = List.copyOf(tokens);
        }

        /** A node of which nothing else is known. */
        public Node(
                List<BigInteger> tokens,
                boolean singleToken,
                @Nullable Boolean up,
                @Nullable String rack,
                @Nullable String datacenter) {
            this(tokens, singleToken, up, rack, datacenter, TableScope.ALL);
        }
    }

    /** The same ring, with the scope of one node's backup. */
    public TokenMap limited(NodeName name, TableScope scope) {
        Map<NodeName, Node> limited = new LinkedHashMap<>(nodes);
        limited.computeIfPresent(
                name,
                (same, node) ->
                        new Node(node.tokens(), node.singleToken(), node.up(), node.rack(), node.datacenter(), scope));
        return new TokenMap(limited, otherDatacenters);
    }

    /** What the backup of any node is limited to, as far as it is recorded here. */
    public TableScope scope() {
        return nodes.values().stream()
                .map(Node::scope)
                .filter(scope -> !scope.isAll())
                .findFirst()
                .orElse(TableScope.ALL);
    }

    /** All nodes in the order of their lists of tokens, on which all nodes of a cluster must agree: one uploads after the other in it. */
    public List<NodeName> byTokens() {
        return nodes.entrySet().stream()
                .sorted((a, b) -> compare(a.getValue().tokens(), b.getValue().tokens()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static int compare(List<BigInteger> a, List<BigInteger> b) {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            int order = a.get(i).compareTo(b.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(a.size(), b.size());
    }

    /** The names of the datacenters of {@code nodes}. */
    public Set<String> datacenters() {
        return nodes.values().stream()
                .map(node -> String.valueOf(node.datacenter()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Only the nodes of these datacenters; those of the others are remembered by their names. */
    public TokenMap in(Collection<String> datacenters) {
        Map<NodeName, Node> kept = new LinkedHashMap<>(nodes);
        kept.values().removeIf(node -> !datacenters.contains(String.valueOf(node.datacenter())));
        Set<String> others = new TreeSet<>(otherDatacenters);
        others.addAll(datacenters());
        others.removeAll(datacenters);
        return new TokenMap(kept, others);
    }

    /**
     * This ring with the nodes of those datacenters of another token map of the same cluster that it does not have. Where either
     * leaves out which datacenter a node is in, nothing is added.
     */
    public TokenMap joined(TokenMap other) {
        if (Stream.concat(nodes.values().stream(), other.nodes.values().stream())
                .anyMatch(node -> node.datacenter() == null)) {
            return this;
        }
        Set<String> own = datacenters();
        Map<NodeName, Node> all = new LinkedHashMap<>(nodes);
        other.nodes.forEach((name, node) -> {
            if (!own.contains(String.valueOf(node.datacenter()))) {
                all.putIfAbsent(name, node);
            }
        });
        Set<String> others = new TreeSet<>(otherDatacenters);
        others.addAll(other.otherDatacenters);
        all.values().forEach(node -> others.remove(String.valueOf(node.datacenter())));
        return new TokenMap(all, others);
    }

    /** The same ring with other names of datacenters, by those of {@link #datacenters}; those that {@code names} lacks stay. */
    public TokenMap renamed(Map<String, String> names) {
        Map<NodeName, Node> renamed = new LinkedHashMap<>(nodes);
        renamed.replaceAll((name, node) -> {
            String datacenter = names.get(String.valueOf(node.datacenter()));
            return new Node(
                    node.tokens(),
                    node.singleToken(),
                    node.up(),
                    node.rack(),
                    datacenter == null ? node.datacenter() : datacenter,
                    node.scope());
        });
        return new TokenMap(renamed, otherDatacenters);
    }

    /** Whether it leaves out which datacenter its nodes are in, as very old ones do. */
    public boolean isWithoutDatacenters() {
        return nodes.values().stream().allMatch(node -> node.datacenter() == null);
    }

    /** The names of all nodes. */
    public Set<NodeName> names() {
        return nodes.keySet();
    }
}
