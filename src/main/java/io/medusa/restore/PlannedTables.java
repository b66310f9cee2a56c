package io.medusa.restore;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.Fit;
import io.medusa.cassandra.SchemaChanges;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Count;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.schema.BackupSchema;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables that a restore fills, from the plan to the moment they are filled. Staging may take hours in between: others may have
 * created, dropped or altered them meanwhile, among them restores of the same tables on other nodes.
 */
final class PlannedTables {
    private static final Logger LOG = LoggerFactory.getLogger(PlannedTables.class);

    private final CassandraSchema schema;
    private final SchemaChanges changes;
    private final Set<TableName> existed = new HashSet<>();
    private List<Fit.Incoming> incoming = List.of();
    private List<Fit> fits = List.of();
    private Map<TableDirectory, TableDirectory> targets = Map.of();

    PlannedTables(CassandraSchema schema, SchemaChanges changes) {
        this.schema = schema;
        this.changes = changes;
    }

    /**
     * Compares the tables with the running cluster; changes nothing.
     *
     * @return the present directory of each table of the backup; of a missing one the directory that {@link #create} makes
     * @throws MedusaException if a table cannot take its SSTables
     */
    Map<TableDirectory, TableDirectory> plan(BackupSchema backup, List<Fit.Incoming> tables) {
        accept(tables, schema.fits(backup, tables));
        targets = located(schema.tables());
        return targets;
    }

    /** The same while Cassandra is down: every table has the directory it had. */
    Map<TableDirectory, TableDirectory> planOffline(BackupSchema backup, List<Fit.Incoming> tables) {
        accept(tables, Fit.offline(backup, tables));
        targets = located(tables.stream().map(Fit.Incoming::table).toList());
        return targets;
    }

    private void accept(List<Fit.Incoming> tables, List<Fit> now) {
        Fit.refuseMisfits(now);
        incoming = tables;
        fits = now;
        now.stream().filter(Fit::exists).map(Fit::target).forEach(existed::add);
    }

    /** Whether that table existed when it was planned. */
    boolean existed(TableName table) {
        return existed.contains(table);
    }

    /** Whether {@link #create} has created that table; not if others did. */
    boolean hasCreated(TableName table) {
        return changes.created().contains(table);
    }

    /**
     * Creates the tables that are still missing, and makes the present ones know the columns of their SSTables; once everything is
     * staged.
     *
     * @param nodeIsUp whether Cassandra can be queried
     * @return the present directories of tables that have another than planned, by planned directory
     * @throws MedusaException if a table was dropped or changed since it was planned, so that it would not take its SSTables; then
     *     nothing was changed
     */
    Map<TableDirectory, TableDirectory> create(BackupSchema backup, boolean nodeIsUp) {
        if (incoming.isEmpty()) {
            return Map.of();
        }
        if (nodeIsUp) {
            lookAgain(backup);
        }
        while (!createMissing(backup)) {
            lookAgain(backup);
        }
        fits.stream().filter(Fit::exists).forEach(fit -> changes.apply(schema.learning(fit)));
        return nodeIsUp ? moved() : Map.of();
    }

    private void lookAgain(BackupSchema backup) {
        fits = schema.fits(backup, incoming);
        Set<TableDirectory> present = schema.tables();
        for (Fit.Incoming table : incoming) {
            if (existed(table.target()) && !present.contains(target(table))) {
                throw new MedusaException(
                        FailureKind.CASSANDRA_FAILED,
                        "table " + table.target()
                                + " was dropped while its files were being staged. No data was changed."
                                + " Run the same command again to restore into the table as it is now");
            }
        }
        Fit.refuseMisfits(fits);
    }

    /** Returns {@code false} if others have created one of them meanwhile. */
    private boolean createMissing(BackupSchema backup) {
        Map<TableName, Fit> missing = new LinkedHashMap<>();
        fits.stream().filter(fit -> !fit.exists()).forEach(fit -> missing.putIfAbsent(fit.target(), fit));
        if (missing.isEmpty()) {
            return true;
        }
        try {
            changes.apply(schema.creation(backup, missing.values()));
            return true;
        } catch (MedusaException failed) {
            if (!changes.wasOvertaken()) {
                throw failed;
            }
            LOG.info("Another client created a missing table at the same moment: restoring into that one");
            return false;
        }
    }

    private Map<TableDirectory, TableDirectory> moved() {
        Set<TableDirectory> present = schema.tables();
        Map<TableDirectory, TableDirectory> now = located(present);
        Map<TableDirectory, TableDirectory> moved = new HashMap<>();
        for (Fit.Incoming table : incoming) {
            TableDirectory directory = now.getOrDefault(table.table(), table.table());
            if (!present.contains(directory)) {
                throw new MedusaException(
                        FailureKind.CASSANDRA_FAILED,
                        "cannot create table " + table.target()
                                + ": it is still missing, possibly since another client has dropped it. Run the same"
                                + " command again");
            }
            if (!directory.equals(target(table))) {
                moved.put(target(table), directory);
            }
        }
        return moved;
    }

    private TableDirectory target(Fit.Incoming table) {
        return targets.getOrDefault(table.table(), table.made());
    }

    /** The directories by name; all incarnations of a missing table go into the one that is created. */
    private Map<TableDirectory, TableDirectory> located(Collection<TableDirectory> present) {
        Map<TableName, TableDirectory> byName = new HashMap<>();
        present.forEach(table -> byName.putIfAbsent(TableName.of(table), table));
        incoming.forEach(table -> byName.putIfAbsent(table.target(), table.made()));
        return incoming.stream()
                .collect(Collectors.toMap(
                        Fit.Incoming::table,
                        table -> Optional.ofNullable(byName.get(table.target())).orElseGet(table::made),
                        (one, same) -> one));
    }

    /** The failure, with the tables that {@link #create} has created by then, if any. */
    MedusaException afterCreation(MedusaException failed) {
        List<TableName> created = changes.created();
        return created.isEmpty()
                ? failed
                : new MedusaException(
                        failed.kind(),
                        failed.getMessage() + ". This restore has created " + Count.of(created.size(), "table")
                                + ": run the same command again, or, unless other nodes are restored into "
                                + (created.size() == 1 ? "it" : "them") + " too, undo that with "
                                + String.join("; ", changes.removal()),
                        failed);
    }
}
