package io.medusa.cassandra;

import io.medusa.model.BackupMetadata;
import io.medusa.model.TableDirectory;
import io.medusa.model.TokenMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * A running node's description of itself and its cluster.
 *
 * @param wholeRing the ring of all datacenters; {@code metadata} has only the node's own
 * @param partitioner the name of its class
 * @param tables every table of the schema that has data on disk, with its id
 * @param schemaVersion of the node's schema; equal on all nodes that agree
 * @param builtIndexes the names of the secondary indexes that are completely built, for each table that has indexes; a table without
 *     entry has none, or nothing is known
 */
public record NodeDescription(
        BackupMetadata metadata,
        UUID hostId,
        Set<TableDirectory> tables,
        TokenMap wholeRing,
        String partitioner,
        Optional<UUID> schemaVersion,
        Map<TableDirectory, Set<String>> builtIndexes) {
    public NodeDescription {
        tables = Set.copyOf(tables);
        builtIndexes = Map.copyOf(builtIndexes);
    }

    /** A description for a cluster with one datacenter. */
    public NodeDescription(BackupMetadata metadata, UUID hostId, Set<TableDirectory> tables) {
        this(metadata, hostId, tables, metadata.tokenMap(), "", Optional.empty(), Map.of());
    }

    /** The same node with another schema. */
    public NodeDescription with(BackupMetadata other, Map<TableDirectory, Set<String>> otherIndexes) {
        return new NodeDescription(other, hostId, tables, wholeRing, partitioner, schemaVersion, otherIndexes);
    }

    /** How the schema differs from a later description of the same node, in a few words; empty if it does not. */
    Optional<String> changeUntil(NodeDescription later) {
        Optional<String> created = one(later.tables, tables);
        if (created.isPresent()) {
            return created.map(table -> "table " + table + " was created");
        }
        Optional<String> dropped = one(tables, later.tables);
        if (dropped.isPresent()) {
            return dropped.map(table -> "table " + table + " was dropped");
        }
        OptionalLong epoch = metadata.tokenMap().epoch();
        OptionalLong laterEpoch = later.metadata.tokenMap().epoch();
        if (!epoch.equals(laterEpoch)) {
            return Optional.of(
                    "the cluster's metadata changed from epoch " + epoch.orElse(0) + " to " + laterEpoch.orElse(0));
        }
        boolean same = schemaVersion.equals(later.schemaVersion)
                && metadata.schema().equals(later.metadata.schema())
                && metadata.fullSchema().equals(later.metadata.fullSchema());
        return same ? Optional.empty() : Optional.of("a definition was changed");
    }

    private static Optional<String> one(Set<TableDirectory> some, Set<TableDirectory> others) {
        return some.stream()
                .filter(table -> !others.contains(table))
                .sorted()
                .findFirst()
                .map(TableDirectory::qualifiedName);
    }

    /** This description, with only the indexes that were still built at the time of a later one. */
    NodeDescription builtUntil(NodeDescription later) {
        Map<TableDirectory, Set<String>> throughout = new HashMap<>();
        builtIndexes.forEach((table, built) -> {
            Set<String> kept = new HashSet<>(built);
            kept.retainAll(later.builtIndexes.getOrDefault(table, Set.of()));
            throughout.put(table, new TreeSet<>(kept));
        });
        return with(metadata, throughout);
    }
}
