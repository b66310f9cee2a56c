package io.medusa.model;

import java.math.BigInteger;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of every node at the time of a backup (docs/compatibility.md 5).
 *
 * @param nodes in the order of the file: by the hosts' addresses as text
 * @param otherDatacenters datacenters of the cluster whose nodes are not in {@code nodes}; empty also if that was not recorded
 * @param epoch the last entry of the cluster\'s metadata log (Cassandra 6 and later) that the ring shows; empty if it has none, or that was
 *     not recorded
 */
public record TokenMap(Map<NodeName, Node> nodes, Set<String> otherDatacenters, OptionalLong epoch) {
    public TokenMap {
        nodes = Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
        otherDatacenters = Collections.unmodifiableSet(new TreeSet<>(otherDatacenters));
    }

    /** A ring of an unknown epoch. */
    public TokenMap(Map<NodeName, Node> nodes, Set<String> otherDatacenters) {
        this(nodes, otherDatacenters, OptionalLong.empty());
    }

    /** A ring without other datacenters. */
    public TokenMap(Map<NodeName, Node> nodes) {
        this(nodes, Set.of());
    }

    /**
     * One node of the ring.
     *
     * @param tokens in the order of their decimal text, which other readers rely on
     * @param singleToken whether the file holds a bare number instead of a list, as those of very old writers do
     * @param up {@code null} if unknown
     * @param scope the scope of the backup, which the node that wrote the map records in its own entry
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

        /** A node of a whole backup. */
        public Node(
                List<BigInteger> tokens,
                boolean singleToken,
                @Nullable Boolean up,
                @Nullable String rack,
                @Nullable String datacenter) {
            this(tokens, singleToken, up, rack, datacenter, TableScope.ALL);
        }
    }

    /** The same ring with the scope of one node's backup. */
    public TokenMap limited(NodeName name, TableScope scope) {
        Map<NodeName, Node> limited = new LinkedHashMap<>(nodes);
        limited.computeIfPresent(
                name,
                (same, node) ->
                        new Node(node.tokens(), node.singleToken(), node.up(), node.rack(), node.datacenter(), scope));
        return new TokenMap(limited, otherDatacenters, epoch);
    }

    /** The first recorded scope that is limited; {@link TableScope#ALL} if there is none. */
    public TableScope scope() {
        return nodes.values().stream()
                .map(Node::scope)
                .filter(scope -> !scope.isAll())
                .findFirst()
                .orElse(TableScope.ALL);
    }

    /** All nodes, ordered by their lists of tokens. All nodes of a cluster agree on this order and upload one after the other in it. */
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

    /** Only the nodes of these datacenters; the others become {@link #otherDatacenters}. */
    public TokenMap in(Collection<String> datacenters) {
        Map<NodeName, Node> kept = new LinkedHashMap<>(nodes);
        kept.values().removeIf(node -> !datacenters.contains(String.valueOf(node.datacenter())));
        Set<String> others = new TreeSet<>(otherDatacenters);
        others.addAll(datacenters());
        others.removeAll(datacenters);
        return new TokenMap(kept, others, epoch);
    }

    /**
     * This ring plus the datacenters that only the other token map of the same cluster has. Unchanged if a node of either has no
     * datacenter recorded.
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
        return new TokenMap(all, others, epoch);
    }

    /** The same ring with datacenters renamed; those missing from {@code names} keep their name. */
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
        return new TokenMap(renamed, otherDatacenters, epoch);
    }

    /** Whether no node has a datacenter recorded, as in token maps of very old writers. */
    public boolean isWithoutDatacenters() {
        return nodes.values().stream().allMatch(node -> node.datacenter() == null);
    }

    /** The names of all nodes. */
    public Set<NodeName> names() {
        return nodes.keySet();
    }
}
