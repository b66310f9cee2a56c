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
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds what can be restored, and says clearly what cannot. */
final class Backups {
    private static final Logger LOG = LoggerFactory.getLogger(Backups.class);

    private Backups() {}

    /** The finished backup of that node and name. */
    static NodeBackup finished(BackupCatalog catalog, NodeName node, BackupName name) {
        NodeBackup backup = catalog.findNodeBackup(node, name)
                .orElseThrow(() -> new MedusaException(
                        FailureKind.BACKUP_UNKNOWN,
                        "No such backup: there is no " + name + " of node " + node + " in " + catalog.describe()
                                + "; medusa list-backups shows what there is"));
        if (!backup.isFinished()) {
            throw new MedusaException(
                    FailureKind.BACKUP_INCOMPLETE,
                    "backup " + name + " of node " + node
                            + " was begun but never finished, so it cannot be restored; choose a finished one");
        }
        return backup;
    }

    /** Does something with that finished backup, which nobody purges meanwhile. */
    static <T> T reading(BackupCatalog catalog, NodeName node, BackupName name, Function<NodeBackup, T> work) {
        // so that nothing is written for a name that does not exist
        NodeBackup backup = finished(catalog, node, name);
        try (ReadLease lease = catalog.readLease(List.of(backup))) {
            return work.apply(finished(catalog, node, name));
        }
    }

    /** Says which files were damaged already when they were backed up. */
    static void warnOfDamage(List<ManifestSection> sections) {
        for (ManifestSection section : sections) {
            for (ManifestEntry entry : section.objects()) {
                if (entry.damage() != null) {
                    LOG.warn(
                            "{} of table {} was damaged on the node before it was backed up: {}",
                            entry.fileName(),
                            section.table().qualifiedName(),
                            entry.damage());
                }
            }
        }
    }

    /**
     * Warns of everything selected that is not in the backup.
     *
     * @throws MedusaException of kind BACKUP_UNKNOWN if nothing selected is
     */
    static void requireSelected(TableSelection selection, Manifest manifest, NodeBackup backup) {
        List<TableDirectory> tables =
                manifest.sections().stream().map(ManifestSection::table).toList();
        List<String> unmatched = selection.unmatched(tables);
        if (tables.stream().noneMatch(selection::includes)) {
            throw new MedusaException(
                    FailureKind.BACKUP_UNKNOWN,
                    "backup " + backup.name() + " of node " + backup.node() + " has no "
                            + (unmatched.isEmpty() ? "tables" : String.join(", no ", unmatched))
                            + ". Nothing was changed. Names are case-sensitive");
        }
        unmatched.forEach(what -> LOG.warn("The backup has no {}", what));
    }
}
