package io.medusa.cluster;

import io.medusa.model.Count;
import io.medusa.model.NodeName;
import io.medusa.model.TokenMap;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Maps the nodes of a backup to those of a cluster (docs/compatibility.md 15.2), always within the datacenter of the same name, since
 * another one holds other replicas, and other keyspaces.
 *
 * @param sources by target; empty if the shapes of the two rings differ
 * @param difference why they cannot be mapped node to node; empty if they can
 */
record RingMapping(Map<NodeName, NodeName> sources, Optional<String> difference) {
    /**
     * Maps the nodes. A node that is in both rings always gets its own data back.
     *
     * @param backup the ring of the backup, with only the datacenters to map
     * @param target the ring of the target, which may have more datacenters
     */
    static RingMapping of(TokenMap backup, TokenMap target, boolean ignoreRacks) {
        if (backup.isWithoutDatacenters()) {
            return ofDatacenter(backup, target, ignoreRacks);
        }
        Map<NodeName, NodeName> pairs = new LinkedHashMap<>();
        for (String datacenter : backup.datacenters()) {
            if (!target.datacenters().contains(datacenter)) {
                return differs("the cluster has no datacenter " + datacenter + ", only "
                        + String.join(", ", target.datacenters()) + "; --datacenter " + datacenter
                        + "=NAME restores it into another datacenter");
            }
            RingMapping own = ofDatacenter(backup.in(Set.of(datacenter)), target.in(Set.of(datacenter)), ignoreRacks);
            if (own.difference().isPresent()) {
                return backup.datacenters().size() == 1 && target.datacenters().size() == 1
                        ? own
                        : differs("in datacenter " + datacenter + " "
                                + own.difference().get());
            }
            pairs.putAll(own.sources());
        }
        return new RingMapping(pairs, Optional.empty());
    }

    private static RingMapping ofDatacenter(TokenMap backup, TokenMap target, boolean ignoreRacks) {
        if (backup.nodes().size() != target.nodes().size()) {
            return differs("the backup has " + Count.of(backup.nodes().size(), "node") + ", the cluster "
                    + target.nodes().size());
        }
        Map<NodeName, NodeName> pairs = new LinkedHashMap<>();
        Map<NodeName, TokenMap.Node> sources = new LinkedHashMap<>(backup.nodes());
        Map<NodeName, TokenMap.Node> targets = new LinkedHashMap<>(target.nodes());
        target.names().stream().filter(backup.names()::contains).forEach(same -> {
            pairs.put(same, same);
            sources.remove(same);
            targets.remove(same);
        });
        if (!pairs.isEmpty() && sources.isEmpty()) {
            return new RingMapping(pairs, Optional.empty());
        }
        if (ignoreRacks) {
            pair(byTokens(sources), byTokens(targets), pairs);
        } else {
            List<Map<NodeName, TokenMap.Node>> sourceRacks = racks(sources);
            List<Map<NodeName, TokenMap.Node>> targetRacks = racks(targets);
            List<Integer> counts = sourceRacks.stream().map(Map::size).toList();
            if (!counts.equals(targetRacks.stream().map(Map::size).toList())) {
                return differs("their racks have different numbers of nodes (use --ignore-racks to ignore that)");
            }
            for (int i = 0; i < sourceRacks.size(); i++) {
                pair(byTokens(sourceRacks.get(i)), byTokens(targetRacks.get(i)), pairs);
            }
        }
        return checked(backup, target, pairs);
    }

    /** Whether every node gets its own data back. */
    boolean isInPlace() {
        return sources.entrySet().stream().allMatch(pair -> pair.getKey().equals(pair.getValue()));
    }

    private static RingMapping checked(TokenMap backup, TokenMap target, Map<NodeName, NodeName> pairs) {
        Set<BigInteger> then = new HashSet<>();
        Set<BigInteger> now = new HashSet<>();
        boolean single = true;
        for (Map.Entry<NodeName, NodeName> pair : pairs.entrySet()) {
            List<BigInteger> own =
                    Objects.requireNonNull(target.nodes().get(pair.getKey())).tokens();
            List<BigInteger> old =
                    Objects.requireNonNull(backup.nodes().get(pair.getValue())).tokens();
            if (own.size() != old.size()) {
                return differs(pair.getValue() + " of the backup has " + old.size() + " tokens, " + pair.getKey() + " "
                        + own.size());
            }
            single &= own.size() == 1;
            then.addAll(old);
            now.addAll(own);
        }
        return single && !then.equals(now)
                ? differs("with one token per node, the tokens of the two rings must be the same")
                : new RingMapping(pairs, Optional.empty());
    }

    private static RingMapping differs(String how) {
        return new RingMapping(Map.of(), Optional.of(how));
    }

    private static void pair(List<NodeName> sources, List<NodeName> targets, Map<NodeName, NodeName> pairs) {
        for (int i = 0; i < sources.size(); i++) {
            pairs.put(targets.get(i), sources.get(i));
        }
    }

    private static List<Map<NodeName, TokenMap.Node>> racks(Map<NodeName, TokenMap.Node> nodes) {
        Map<String, Map<NodeName, TokenMap.Node>> racks = new TreeMap<>();
        nodes.forEach(
                (name, node) -> racks.computeIfAbsent(String.valueOf(node.rack()), absent -> new LinkedHashMap<>())
                        .put(name, node));
        return new ArrayList<>(racks.values());
    }

    /** By the lowest token, so that nodes that own the same tokens are mapped to each other. */
    private static List<NodeName> byTokens(Map<NodeName, TokenMap.Node> nodes) {
        return nodes.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<NodeName, TokenMap.Node> entry) ->
                                least(entry.getValue().tokens()))
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static BigInteger least(Collection<BigInteger> tokens) {
        return new TreeSet<>(tokens).stream().findFirst().orElse(BigInteger.ZERO);
    }
}
