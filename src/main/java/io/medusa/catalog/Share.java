package io.medusa.catalog;

import io.medusa.model.NodeName;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a backup shares with others, in bytes.
 *
 * @param fresh of objects that no earlier one of those compared names
 * @param alone of objects that no other one names: what deleting it would free
 * @param unreadable nodes whose manifest cannot be read, so that nothing of theirs is counted
 */
public record Share(long fresh, long alone, Set<NodeName> unreadable) {
    public Share {
        unreadable = Set.copyOf(unreadable);
    }

    Share plus(Share other) {
        Set<NodeName> both = new TreeSet<>(unreadable);
        both.addAll(other.unreadable);
        return new Share(fresh + other.fresh, alone + other.alone, both);
    }
}
