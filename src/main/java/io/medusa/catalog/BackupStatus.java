package io.medusa.catalog;

import io.medusa.model.BackupName;
import io.medusa.repository.BackupRepository;
import io.medusa.transfer.TransferPool;
import java.util.List;
import java.util.Optional;

/** Tells how far the backup of a name is on all nodes. */
public final class BackupStatus {
    private final BackupRepository repository;
    private final TransferPool transfers;

    /** Both stay the caller's to close. */
    public BackupStatus(BackupRepository repository, TransferPool transfers) {
        this.repository = repository;
        this.transfers = transfers;
    }

    /** The backup, or nothing if there is none of that name. */
    public Optional<BackupSummary> run(BackupName name) {
        return repository.findClusterBackup(name).map(backup -> new Summaries(repository, transfers)
                .of(List.of(backup))
                .get(0));
    }
}
