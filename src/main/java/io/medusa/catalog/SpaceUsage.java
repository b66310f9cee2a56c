package io.medusa.catalog;

import io.medusa.model.NodeName;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a backup shares with others, in bytes.
 *
 * @param fresh of objects that no earlier one of those compared names
 * @param unique of objects that no other one names: what deleting it would free
 * @param unreadable nodes whose manifest cannot be read, so that nothing of theirs is counted
 */
public record SpaceUsage(long fresh, long unique, Set<NodeName> unreadable) {
    public SpaceUsage {
        unreadable = Set.copyOf(unreadable);
    }

    SpaceUsage plus(SpaceUsage other) {
        Set<NodeName> both = new TreeSet<>(unreadable);
        both.addAll(other.unreadable);
        return new SpaceUsage(fresh + other.fresh, unique + other.unique, both);
    }
}
