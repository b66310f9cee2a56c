package io.medusa.catalog;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.TokenMap;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.UnknownBackup;

/** Fetches the ring at the time of a backup. */
public final class FetchTokenMap {
    private final BackupCatalog catalog;

    /** The caller closes the catalog. */
    public FetchTokenMap(BackupCatalog catalog) {
        this.catalog = catalog;
    }

    /**
     * The ring of the node backup that started first.
     *
     * @throws MedusaException of kind BACKUP_UNKNOWN if there is no such backup, BACKUP_DAMAGED if its token map cannot be read
     */
    public TokenMap run(BackupName name) {
        TokenMap ring = catalog.findClusterBackup(name)
                .map(ClusterBackup::tokenMap)
                .orElseThrow(() -> UnknownBackup.inCluster(catalog, name));
        if (ring.names().isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    "the token map of backup " + name + " cannot be read. Run medusa verify --backup-name " + name
                            + " to see what is damaged");
        }
        return ring;
    }
}
