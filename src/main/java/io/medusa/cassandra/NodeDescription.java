package io.medusa.cassandra;

import io.medusa.model.BackupMetadata;
import io.medusa.model.TableDirectory;
import java.util.Set;
import java.util.UUID;

/**
 * What a running node says of itself and its cluster.
 *
 * @param tables every table of the schema that has data on disk, with its id
 */
public record NodeDescription(BackupMetadata metadata, UUID hostId, Set<TableDirectory> tables) {
    public NodeDescription {
        tables = Set.copyOf(tables);
    }
}
