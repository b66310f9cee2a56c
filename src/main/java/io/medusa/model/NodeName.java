package io.medusa.model;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;

/**
 * The name of a node in keys, in the index and in token maps (the {@code fqdn} of the configuration).
 *
 * @param value a host name or an address, safe as one segment of a key
 */
public record NodeName(String value) implements Comparable<NodeName> {
    public NodeName {
        if (!Segments.isSafe(value)) {
            throw new MedusaException(
                    FailureKind.CONFIG_INVALID,
                    "node name " + Segments.quoted(value)
                            + " cannot be used: set fqdn in [storage] to this node's host name or address");
        }
    }

    @Override
    public int compareTo(NodeName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
