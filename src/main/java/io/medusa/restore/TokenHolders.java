package io.medusa.restore;

import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.Ring;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** The nodes that hold each token of a keyspace. */
final class TokenHolders {
    private final TreeMap<BigInteger, List<NodeName>> byEnd = new TreeMap<>();

    TokenHolders(Ring ring, Replication replication) {
        ring.ranges(replication).forEach(range -> byEnd.put(range.upTo(), range.replicas()));
    }

    Set<BigInteger> ends() {
        return byEnd.keySet();
    }

    boolean holds(NodeName node, BigInteger token) {
        Map.Entry<BigInteger, List<NodeName>> range = byEnd.ceilingEntry(token);
        return Objects.requireNonNull(range == null ? byEnd.firstEntry() : range)
                .getValue()
                .contains(node);
    }
}
