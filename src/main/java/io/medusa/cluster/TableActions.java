package io.medusa.cluster;

import io.medusa.cassandra.Fit;
import io.medusa.cluster.ClusterRestorePlan.TableAction;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Decides what happens to the tables of a running cluster before it gets their data. */
final class TableActions {

    private TableActions() {}

    /**
     * The action on each table, so that its definition fits its SSTables.
     *
     * @param autoSnapshot whether Cassandra takes a snapshot of a table before it truncates or drops it, if known
     * @throws MedusaException of kind REFUSED if a table cannot accept its data without a loss
     */
    static Map<TableName, TableAction> of(
            List<Fit> fits, Supplier<Optional<Boolean>> autoSnapshot, List<String> warnings) {
        Map<TableName, TableAction> actions = new LinkedHashMap<>();
        for (Fit fit : fits) {
            boolean ofAuth = fit.target().keyspace().equals(SystemKeyspaces.AUTH);
            if (fit.isGood()) {
                if (!ofAuth) {
                    actions.putIfAbsent(fit.target(), fit.exists() ? TableAction.TRUNCATE : TableAction.CREATE);
                }
                continue;
            }
            if (ofAuth && !fit.exists()) {
                continue;
            }
            if (ofAuth || !fit.exists()) {
                Fit.refuseMisfits(List.of(fit));
            }
            refuseLosses(fit);
            actions.put(fit.target(), TableAction.RECREATE);
            warnings.add("table " + fit.target() + " is dropped and created as it was in the backup, because "
                    + fit.present().misfit().orElseThrow());
            fit.younger()
                    .forEach(younger -> warnings.add(younger.name()
                            + " is younger than the backup: it is dropped with its table and created again"));
        }
        if (actions.values().stream().anyMatch(action -> action != TableAction.CREATE)) {
            noteSnapshots(autoSnapshot.get(), warnings);
        }
        return actions;
    }

    private static void noteSnapshots(Optional<Boolean> snapshots, List<String> warnings) {
        if (snapshots.isEmpty()) {
            warnings.add("whether Cassandra takes snapshots of tables before they are truncated or dropped is up to"
                    + " auto_snapshot of each node");
        } else if (!snapshots.get()) {
            warnings.add("Cassandra takes no snapshots of tables before they are truncated or dropped: auto_snapshot is"
                    + " false");
        }
    }

    /** Drops a table only if it can be created so that its data is readable, and nothing else is lost with it. */
    private static void refuseLosses(Fit fit) {
        String why = "table " + fit.target() + " cannot hold the data of the backup in its present shape ("
                + fit.present().misfit().orElseThrow() + "), and ";
        fit.created().misfit().ifPresent(misfit -> {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    why + "not if it is dropped and created as it was, either: " + misfit
                            + ". Nothing was changed. Drop what is in the way, such as user-defined types, or omit the"
                            + " table");
        });
        fit.younger().stream()
                .filter(younger -> !younger.lost().isEmpty())
                .findFirst()
                .ifPresent(younger -> {
                    throw new MedusaException(
                            FailureKind.REFUSED,
                            why + younger.name()
                                    + ", which is younger than the backup, needs columns that it did not have"
                                    + " then (" + String.join(", ", younger.lost())
                                    + "). Nothing was changed. Drop the " + younger.name()
                                    + " first, or omit the table");
                });
    }
}
