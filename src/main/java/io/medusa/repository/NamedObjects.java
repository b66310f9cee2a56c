package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which data objects the backups that stay need. */
final class NamedObjects {
    private static final Logger LOG = LoggerFactory.getLogger(NamedObjects.class);

    private final BackupCatalog catalog;
    private final Inventory inventory;
    private final Fingerprints keys = new Fingerprints();
    private final Set<BackupName> known = new HashSet<>();

    NamedObjects(
            BackupCatalog catalog,
            Inventory inventory,
            PurgeProgress progress,
            List<NodeBackup> all,
            List<NodeBackup> leaving) {
        this.catalog = catalog;
        this.inventory = inventory;
        leaving.forEach(backup -> known.add(backup.name()));
        all.stream().filter(backup -> !known.contains(backup.name())).toList().forEach(backup -> {
            add(backup);
            progress.checked();
        });
    }

    void add(NodeBackup backup) {
        if (!backup.isFinished()) {
            return;
        }
        StoredBackup stored = catalog.stored(backup);
        Readable<Boolean> readable = Readable.of(stored.manifestKey(), () -> {
            stored.read(entries -> name(stored, entries)).orThrow();
            checkRestorable(backup, stored);
            return true;
        });
        if (readable.damage().isPresent()
                && catalog.bucket().storage().stat(stored.manifestKey()).isEmpty()) {
            // without a copy in the index, too, it has been deleted since it was looked at, and needs nothing any more;
            // it is not
            // known in either case, since a new backup of that name may be made meanwhile
            stored.readIndexed(entries -> name(stored, entries)).ifPresent(copy -> {
                orRefuse(backup, copy);
                LOG.warn(
                        "Backup {} of node {} is in the index, but {} is missing: what it names in the node's pool is kept. Put"
                                + " back the objects that were removed, or delete this backup: {}",
                        backup.name(),
                        backup.node(),
                        stored.manifestKey(),
                        RemovalCommand.of(backup));
            });
            return;
        }
        known.add(backup.name());
        orRefuse(backup, readable);
    }

    private boolean name(StoredBackup backup, ManifestEntries entries) {
        Fingerprints places = new Fingerprints();
        entries.forEach((table, entry) -> {
            backup.checkEntry(table, entry, places);
            keys.add(entry.key());
        });
        return true;
    }

    private static void orRefuse(NodeBackup backup, Readable<Boolean> read) {
        read.orElse(damaged -> {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    damaged.reason() + ". Nothing of node " + backup.node()
                            + " was deleted. Restore the object (the index has a copy of each meta file), or delete this"
                            + " backup first: " + RemovalCommand.of(backup),
                    damaged.failure());
        });
    }

    /** What could not be restored must not be what others are deleted for. */
    private void checkRestorable(NodeBackup backup, StoredBackup stored) {
        stored.tokenMap().orThrow();
        ObjectKey schema = catalog.layout().meta(backup.node(), backup.name(), RepositoryLayout.SCHEMA);
        if (catalog.bucket().storage().stat(schema).isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    "the backup's " + RepositoryLayout.SCHEMA + " is missing (" + schema + ")");
        }
        stored.contradictsIndex().ifPresent(why -> {
            throw new MedusaException(FailureKind.BACKUP_DAMAGED, why);
        });
    }

    /** Whatever was published since the backups were looked at counts, too. */
    void addPublishedMeanwhile(NodeName node) {
        inventory.backupsBeside(node, known).forEach(this::add);
    }

    boolean isOrphan(StoredObject object) {
        return !keys.contains(object.key().value());
    }
}
