package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.Nearest;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says that there is no backup of a name, and which one may have been meant. */
public final class UnknownBackup {
    private static final Logger LOG = LoggerFactory.getLogger(UnknownBackup.class);

    private UnknownBackup() {}

    /** No node has one. */
    public static MedusaException inCluster(BackupCatalog catalog, BackupName name) {
        return failure("No such backup: " + name + " in " + catalog.describe() + "." + hint(catalog, name, List.of()));
    }

    /** That node has none. */
    public static MedusaException ofNode(BackupCatalog catalog, NodeName node, BackupName name) {
        return failure("No such backup: " + name + " of node " + node + " in " + catalog.describe() + "."
                + hint(catalog, name, List.of(node)));
    }

    private static MedusaException failure(String message) {
        return new MedusaException(FailureKind.BACKUP_UNKNOWN, message);
    }

    /**
     * What to do, as the end of a message.
     *
     * @param nodes that must have the backup that was meant; empty for any
     */
    public static String hint(BackupCatalog catalog, BackupName name, List<NodeName> nodes) {
        return near(catalog, name, nodes)
                        .map(meant -> " Did you mean " + meant + "?")
                        .orElse("")
                + " Run medusa list-backups --show-all to see which exist";
    }

    private static Optional<String> near(BackupCatalog catalog, BackupName name, List<NodeName> nodes) {
        try {
            Stream<NodeBackup> backups =
                    catalog.nodeBackups().stream().filter(backup -> nodes.isEmpty() || nodes.contains(backup.node()));
            return Nearest.word(
                    name.value(),
                    backups.map(backup -> backup.name().value())
                            .distinct()
                            // the index may still list the one that is missing
                            .filter(other -> !other.equals(name.value()))
                            .sorted()
                            .toList());
        } catch (MedusaException unreadable) {
            LOG.debug("", unreadable);
            return Optional.empty();
        }
    }
}
