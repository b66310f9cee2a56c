package io.medusa.model;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The backup of one node under one name.
 *
 * @param finishedAt {@code null} until it is finished
 */
public record NodeBackup(
        NodeName node,
        BackupName name,
        BackupMode mode,
        Instant started,
        @Nullable Instant finishedAt) {
    /** When it finished; empty if it has not. */
    public Optional<Instant> finished() {
        return Optional.ofNullable(finishedAt);
    }

    /** Whether it can be restored: its manifest has been published. */
    public boolean isFinished() {
        return finishedAt != null;
    }
}
