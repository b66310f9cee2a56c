package io.medusa.cassandra;

import io.medusa.model.BackupMetadata;
import io.medusa.model.TableDirectory;
import io.medusa.model.TokenMap;
import java.util.Set;
import java.util.UUID;

/**
 * What a running node says of itself and its cluster.
 *
 * @param wholeRing all datacenters; that of {@code metadata} is of the node's own
 * @param partitioner the name of its class
 * @param tables every table of the schema that has data on disk, with its id
 */
public record NodeDescription(
        BackupMetadata metadata, UUID hostId, Set<TableDirectory> tables, TokenMap wholeRing, String partitioner) {
    public NodeDescription {
        tables = Set.copyOf(tables);
    }

    /** Of a cluster with one datacenter. */
    public NodeDescription(BackupMetadata metadata, UUID hostId, Set<TableDirectory> tables) {
        this(metadata, hostId, tables, metadata.tokenMap(), "");
    }
}
