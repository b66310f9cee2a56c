package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.TableSelection;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Which backup to restore on this node, and how.
 *
 * @param node whose backup is restored
 * @param selection all tables, or those to restore while all others keep their data
 * @param replications of keyspaces that are created, by name, instead of those of the backup; an empty name stands for all
 * @param keepAuth whether the roles and permissions of this node are kept; REMOTE only
 * @param seeds one of these hosts must be up before the node is started; empty to start immediately
 * @param check a query for the restored node, if any
 * @param keepPrevious whether the previous state is kept after the restore has succeeded
 * @param stayDownOnFailure whether a node whose swap is reverted stays down, since the others of its ring have restored data by
 *     then
 * @param sudoAllowed whether sudo may be used below the data directories
 * @param temporaryDirectory for the lock
 */
public record NodeRestoreRequest(
        NodeName node,
        BackupName name,
        TableSelection selection,
        Map<String, Replication> replications,
        Target target,
        boolean keepAuth,
        List<String> seeds,
        Optional<RestoreCheck> check,
        boolean keepPrevious,
        boolean stayDownOnFailure,
        boolean sudoAllowed,
        Path temporaryDirectory) {
    /** Which node of the ring this node becomes. */
    public enum Target {
        /** Itself: this node is the node that was backed up. */
        IN_PLACE,
        /** The node that was backed up, whose tokens it takes over; its address and host id stay its own. */
        REMOTE
    }

    /** Refuses a request whose options exclude each other. */
    void refuseContradictions() {
        if (keepAuth && target == Target.IN_PLACE) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "--keep-auth works with --remote only: in place, roles and permissions belong to the node that is"
                            + " restored");
        }
        if (target == Target.REMOTE && !selection.isAll()) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "--remote turns this node into another one and restores all tables. Omit --keyspace and --table, or"
                            + " restore single tables with restore-table");
        }
    }

    /** The selection as text; equal for equal selections. */
    String selectionText() {
        return new TreeSet<>(selection.keyspaces()) + " " + new TreeSet<>(selection.tables());
    }
}
