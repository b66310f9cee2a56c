package io.medusa.model;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The snapshot behind a node backup.
 *
 * @param id unique among all snapshots; empty if this program did not take the snapshot
 * @param taken when Cassandra was asked to take it, by the clock of the node
 * @param schemaVersion the schema version at that time, if known
 * @param epoch the last entry of the cluster's metadata log at that time (Cassandra 6 and later), if known
 */
public record BackupSnapshot(Optional<String> id, Instant taken, Optional<String> schemaVersion, OptionalLong epoch) {
    /** A snapshot of an unknown epoch. */
    public BackupSnapshot(Optional<String> id, Instant taken, Optional<String> schemaVersion) {
        this(id, taken, schemaVersion, OptionalLong.empty());
    }
}
