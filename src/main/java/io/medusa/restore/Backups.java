package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableSelection;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.ReadLease;
import io.medusa.repository.StoredBackup;
import io.medusa.repository.UnknownBackup;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds backups that can be restored. */
final class Backups {
    private static final Logger LOG = LoggerFactory.getLogger(Backups.class);

    private Backups() {}

    /** The finished backup of that node and name. */
    static StoredBackup finished(BackupCatalog catalog, NodeName node, BackupName name) {
        NodeBackup backup =
                catalog.findNodeBackup(node, name).orElseThrow(() -> UnknownBackup.ofNode(catalog, node, name));
        if (!backup.isFinished()) {
            throw new MedusaException(
                    FailureKind.BACKUP_INCOMPLETE,
                    "backup " + name + " of node " + node
                            + " is not finished, so it cannot be restored. Choose a finished one");
        }
        return catalog.stored(backup);
    }

    /** Reads a finished backup under a read lease, so that nobody purges it meanwhile. */
    static <T> T reading(BackupCatalog catalog, NodeName node, BackupName name, Function<StoredBackup, T> work) {
        // first, so that no lease is written for a name that does not exist
        StoredBackup backup = finished(catalog, node, name);
        try (ReadLease lease = backup.readLease()) {
            return work.apply(finished(catalog, node, name));
        }
    }

    /** Logs which files were already damaged when they were backed up. */
    static void warnOfDamage(List<ManifestSection> sections) {
        for (ManifestSection section : sections) {
            for (ManifestEntry entry : section.objects()) {
                if (entry.damage() != null) {
                    LOG.warn(
                            "{} of table {} was already damaged on the node when it was backed up: {}",
                            entry.fileName(),
                            section.table().qualifiedName(),
                            entry.damage());
                }
            }
        }
    }

    /**
     * Refuses a selection with tables or keyspaces that are not in the backup. Warns of those of which this node has no data.
     *
     * @throws MedusaException of kind BACKUP_UNKNOWN if one is not, or nothing is selected; of kind BACKUP_DAMAGED if the manifest is
     *     empty, though it names every table of the node, also those without data
     */
    static void requireSelected(TableSelection selection, Manifest manifest, StoredBackup stored) {
        stored.checkNamesTables(!manifest.sections().isEmpty());
        List<TableDirectory> tables =
                manifest.sections().stream().map(ManifestSection::table).toList();
        List<String> absent = selection.unmatched(tables);
        List<String> unknown = absent.isEmpty() || tables.stream().noneMatch(selection::includes)
                ? absent
                : stored.schema().unknown(selection, tables, manifest.scope());
        if (!unknown.isEmpty() || tables.stream().noneMatch(selection::includes)) {
            NodeBackup backup = stored.backup();
            throw new MedusaException(
                    FailureKind.BACKUP_UNKNOWN,
                    "backup " + backup.name() + " of node " + backup.node() + " has no "
                            + (unknown.isEmpty() ? "tables" : String.join(", no ", unknown))
                            + ". Nothing was changed. Names are case-sensitive");
        }
        absent.forEach(what -> LOG.warn("The backup has no data of {} on this node", what));
    }
}
