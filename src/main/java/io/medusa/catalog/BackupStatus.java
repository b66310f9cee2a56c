package io.medusa.catalog;

import io.medusa.model.BackupName;
import io.medusa.repository.BackupRepository;
import java.util.List;
import java.util.Optional;

/** Tells how far the backup of a name is on all nodes. */
public final class BackupStatus {
    private final BackupRepository repository;

    /** The repository stays the caller's to close. */
    public BackupStatus(BackupRepository repository) {
        this.repository = repository;
    }

    /** The backup, or nothing if there is none of that name. */
    public Optional<BackupSummary> run(BackupName name) {
        return repository.findClusterBackup(name).map(backup -> Summaries.of(repository, List.of(backup))
                .get(0));
    }
}
