package io.medusa.cassandra;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.schema.BackupSchema;
import io.medusa.schema.TableDefinition;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * How well SSTables of a backup's table fit the target table.
 *
 * @param made the directory that the target table gets if it is created
 * @param exists whether the target table exists
 * @param present how they fit it; for a missing table, the one that the backup's schema would create
 * @param created how they would fit a table that is created as it was; only if they do not fit the present one
 * @param younger views and indexes of the present table that are not in the backup, and would be dropped with it; only if they do not fit it
 */
public record Fit(
        TableDirectory table,
        TableName target,
        TableDirectory made,
        boolean exists,
        SchemaFit.Result present,
        SchemaFit.Result created,
        List<Younger> younger) {
    /**
     * The SSTables to compare, and their target.
     *
     * @param table of the backup
     * @param target the table that will get its SSTables
     * @param sstables the distinct headers of its SSTables
     * @param backup that they are from
     * @param taken when this node's part of it started
     */
    public record Incoming(
            TableDirectory table, TableName target, Set<SSTableHeader> sstables, BackupName backup, Instant taken) {
        /**
         * The directory that the target table gets if it is created: its old one; under another name, one that is the same whenever
         * and on whichever node this backup is restored there, so that files are staged for it before it exists.
         */
        public TableDirectory made() {
            if (target.equals(TableName.of(table))) {
                return table;
            }
            String origin = table + " " + target + " " + backup.value();
            UUID id = UUID.nameUUIDFromBytes(origin.getBytes(StandardCharsets.UTF_8));
            return new TableDirectory(
                    target.keyspace(), target.table() + "-" + id.toString().replace("-", ""));
        }
    }

    /**
     * A view or an index that is not in the backup.
     *
     * @param name such as {@code view shop.by_status}
     * @param lost the columns that it needs and the table of the backup lacks
     */
    public record Younger(String name, SchemaStep definition, List<String> lost) {}

    /**
     * Compares SSTables with the backup's schema alone, while Cassandra is down: the table has the directory it had, and must be as
     * that schema says.
     */
    public static List<Fit> offline(BackupSchema schema, Collection<Incoming> incoming) {
        return incoming.stream().map(table -> offline(schema, table)).toList();
    }

    private static Fit offline(BackupSchema schema, Incoming incoming) {
        Optional<TableDefinition> was = schema.readable(incoming.table());
        SchemaFit.Result result = was.map(
                        table -> SchemaFit.compare(incoming.sstables(), table, was, true, incoming.taken()))
                .orElse(SchemaFit.Result.NONE);
        if (!result.unknown().isEmpty()) {
            result = SchemaFit.Result.misfit("its SSTables have the column "
                    + result.unknown().get(0).name()
                    + ", which the backup's schema does not know, and Cassandra is down and cannot be asked");
        }
        return new Fit(
                incoming.table(), incoming.target(), incoming.made(), true, result, SchemaFit.Result.NONE, List.of());
    }

    /** Whether the table can take them, possibly after it is created or gets dropped columns registered. */
    public boolean isGood() {
        return present.misfit().isEmpty();
    }

    /**
     * Refuses SSTables that their tables cannot take.
     *
     * @throws MedusaException if any does not fit; nothing may have been changed yet
     */
    public static void refuseMisfits(Collection<Fit> fits) {
        List<Fit> bad = fits.stream().filter(fit -> !fit.isGood()).toList();
        if (bad.isEmpty()) {
            return;
        }
        Fit first = bad.get(0);
        Optional<String> more =
                bad.size() == 1 ? Optional.empty() : Optional.of(" (and " + (bad.size() - 1) + " more tables)");
        throw new MedusaException(
                first.exists ? FailureKind.CASSANDRA_FAILED : FailureKind.BACKUP_DAMAGED,
                "table " + first.target
                        + (first.exists
                                ? " is not as it was in the backup and its data would be unreadable: "
                                : " does not exist and cannot be created as it was: ")
                        + first.present.misfit().orElseThrow() + more.orElse("") + "; nothing was changed. "
                        + (first.exists
                                ? "Drop the present table first, or restore into another one with restore-table --as"
                                : "Create the table, then run this again"));
    }
}
