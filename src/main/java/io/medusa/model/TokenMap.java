package io.medusa.model;

import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which node owns which tokens at the time of a backup (compat.md 5).
 *
 * @param nodes in the order of the file: that of the hosts' addresses as text
 */
public record TokenMap(Map<NodeName, Node> nodes) {
    public TokenMap {
        nodes = Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
    }

    /**
     * One node of the ring.
     *
     * @param tokens in the order of their decimal text, which other readers depend on
     * @param singleToken whether the file held a bare number instead of a list, as very old ones do
     * @param up {@code null} when unknown
     */
    public record Node(
            List<BigInteger> tokens,
            boolean singleToken,
            @Nullable Boolean up,
            @Nullable String rack,
            @Nullable String datacenter) {
        public Node {
            tokens = List.copyOf(tokens);
        }
    }

    /** The names of all nodes. */
    public Set<NodeName> names() {
        return nodes.keySet();
    }
}
