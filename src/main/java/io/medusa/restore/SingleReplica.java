package io.medusa.restore;

import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.SchemaHistory;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableName;
import io.medusa.model.TableSelection;
import io.medusa.repository.BackupCatalog;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what the restore of a single node entails for its ring: what has to be repaired, which deleted data comes back, and what
 * must be refused. Compares the backup with the node while it is up. Changes nothing.
 */
public final class SingleReplica {
    private static final Logger LOG = LoggerFactory.getLogger(SingleReplica.class);

    private final BackupCatalog catalog;
    private final Supplier<NodeDescription> running;
    private final SchemaHistory history;
    private final Clock clock;

    /**
     * The caller closes all of them.
     *
     * @param running describes this node, or throws if it is down
     */
    public SingleReplica(BackupCatalog catalog, Supplier<NodeDescription> running, SchemaHistory history, Clock clock) {
        this.catalog = catalog;
        this.running = running;
        this.history = history;
        this.clock = clock;
    }

    /**
     * The steps to take after only this node was restored in place.
     *
     * @param allNodes whether the caller says that all other nodes are restored from this backup, too
     * @throws MedusaException if that would damage the other nodes: tables, columns or indexes would come back that were
     *     dropped since, or (Cassandra 6) nodes would get contradictory versions of the cluster's metadata
     */
    public AfterRestore ofNode(NodeName node, BackupName name, TableSelection selection, boolean allNodes) {
        try {
            return backup(node, name, selection)
                    .map(advice -> advice.ofNode(allNodes))
                    .orElse(AfterRestore.NOTHING);
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.REFUSED || failed.kind() == FailureKind.INTERRUPTED) {
                throw failed;
            }
            // without this advice, the restore still proceeds
            LOG.warn("Cannot compare the backup with the ring: {}", failed.getMessage());
            return AfterRestore.NOTHING;
        }
    }

    /**
     * The steps to take after a table was restored on this node only.
     *
     * @param as the table that the rows go to
     * @throws MedusaException if rows of it belong to other nodes now
     */
    public AfterRestore ofTable(NodeName node, BackupName name, TableName table, TableName as) {
        Optional<ReplicaAdvice> look;
        try {
            look = backup(node, name, new TableSelection(Set.of(), Set.of(table.toString())));
        } catch (MedusaException damaged) {
            if (damaged.kind() != FailureKind.BACKUP_DAMAGED) {
                throw damaged;
            }
            LOG.warn("Cannot compare the backup with the ring: {}", damaged.getMessage());
            return AfterRestore.NOTHING;
        }
        return look.map(one -> one.ofTable(table, as)).orElse(AfterRestore.NOTHING);
    }

    private Optional<ReplicaAdvice> backup(NodeName node, BackupName name, TableSelection selection) {
        // the restore itself reports an unknown name
        return catalog.findNodeBackup(node, name)
                .filter(NodeBackup::isFinished)
                .map(backup -> new ReplicaAdvice(history, clock, catalog.stored(backup), selection, describe()));
    }

    private Optional<NodeDescription> describe() {
        try {
            return Optional.of(running.get());
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.INTERRUPTED) {
                throw failed;
            }
            if (failed.kind() == FailureKind.CASSANDRA_UNREACHABLE) {
                LOG.debug("The ring cannot be asked", failed);
            } else {
                LOG.warn("Cannot compare the backup with the present ring: {}", failed.getMessage());
            }
            return Optional.empty();
        }
    }
}
