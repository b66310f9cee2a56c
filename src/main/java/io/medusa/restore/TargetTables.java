package io.medusa.restore;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.Fit;
import io.medusa.cassandra.SSTableHeader;
import io.medusa.cassandra.SchemaChanges;
import io.medusa.cassandra.SchemaJournal;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Count;
import io.medusa.model.ManifestSection;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.SSTableHeaders;
import io.medusa.repository.StoredBackup;
import io.medusa.schema.BackupSchema;
import io.medusa.schema.Cql;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the present directory of single tables of a backup: their own, that of a table of the same name that was created since, or,
 * for a table that was dropped, a new one with the old id, which is made by creating the table.
 */
final class TargetTables {
    private static final Logger LOG = LoggerFactory.getLogger(TargetTables.class);

    private final CassandraYaml yaml;
    private final CassandraSchema schema;
    private final SchemaChanges changes;
    private final BackupCatalog catalog;
    private final TransferPool transfers;
    private List<Fit> fits = List.of();

    TargetTables(
            CassandraYaml yaml,
            CassandraSchema schema,
            SchemaJournal journal,
            BackupCatalog catalog,
            TransferPool transfers) {
        this.yaml = yaml;
        this.schema = schema;
        this.changes = new SchemaChanges(schema, journal);
        this.catalog = catalog;
        this.transfers = transfers;
    }

    /**
     * The present directory of each table; of a missing one the directory that {@link #create} makes.
     *
     * @param nodeIsUp whether Cassandra can be queried
     * @param onlyLook whether nothing may be changed
     * @throws MedusaException if a table cannot take its SSTables; then nothing was changed
     */
    Map<TableDirectory, TableDirectory> find(
            StoredBackup backup, List<ManifestSection> sections, boolean nodeIsUp, boolean onlyLook) {
        List<TableDirectory> wanted =
                sections.stream().map(ManifestSection::table).toList();
        if (!nodeIsUp) {
            requireDirectories(wanted);
        } else if (!onlyLook) {
            changes.resume();
        }
        BackupSchema backupSchema = backup.schema();
        List<Fit.Incoming> incoming = incoming(backup, sections);
        fits = nodeIsUp ? schema.fits(backupSchema, incoming) : Fit.offline(backupSchema, incoming);
        Fit.refuseMisfits(fits);
        if (!nodeIsUp) {
            return wanted.stream().distinct().collect(Collectors.toMap(table -> table, table -> table));
        }
        return directories(wanted);
    }

    private List<Fit.Incoming> incoming(StoredBackup backup, List<ManifestSection> sections) {
        Map<TableDirectory, Set<SSTableHeader>> headers = new SSTableHeaders(catalog, transfers).of(backup, sections);
        return sections.stream()
                .map(ManifestSection::table)
                .map(table -> new Fit.Incoming(
                        table,
                        TableName.of(table),
                        headers.getOrDefault(table, Set.of()),
                        backup.backup().started()))
                .toList();
    }

    /**
     * Creates the tables that are missing, and makes the present ones know the columns of their SSTables; once everything is staged.
     *
     * @param targets from {@link #find}
     */
    void create(BackupSchema backupSchema, Collection<TableDirectory> targets) {
        Map<TableName, Fit> missing = new LinkedHashMap<>();
        for (Fit fit : fits) {
            if (fit.exists()) {
                changes.apply(schema.learning(fit));
            } else {
                missing.putIfAbsent(fit.target(), fit);
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        changes.apply(schema.creation(backupSchema, missing.values()));
        Set<TableDirectory> present = schema.tables();
        targets.stream().filter(table -> !present.contains(table)).findFirst().ifPresent(table -> {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "cannot create table " + table.qualifiedName() + ", or others created or dropped it meanwhile");
        });
    }

    /** The failure, with the tables that {@link #create} has created by then, if any. */
    MedusaException afterCreation(MedusaException failed) {
        List<String> created = fits.stream()
                .filter(fit -> !fit.exists())
                .map(fit -> Cql.quoted(fit.target()))
                .distinct()
                .toList();
        return created.isEmpty()
                ? failed
                : new MedusaException(
                        failed.kind(),
                        failed.getMessage() + ". This restore has created " + Count.of(created.size(), "empty table")
                                + ": run the same command again, or remove what it has created with DROP TABLE "
                                + String.join("; DROP TABLE ", created),
                        failed);
    }

    private Map<TableDirectory, TableDirectory> directories(List<TableDirectory> wanted) {
        Set<TableDirectory> present = schema.tables();
        Map<TableDirectory, TableDirectory> targets = new HashMap<>();
        for (TableDirectory table : wanted) {
            Optional<TableDirectory> now = sameName(present, table);
            if (now.isPresent() && !now.get().equals(table)) {
                LOG.info(
                        "Table {} was dropped and created since the backup: restoring into the present one",
                        table.qualifiedName());
            }
            targets.put(table, now.orElse(table));
        }
        return targets;
    }

    /** Records that the views on these tables must be rebuilt, except those that are restored with them. */
    void announceViews(Collection<TableDirectory> restored) {
        Set<TableName> names = restored.stream().map(TableName::of).collect(Collectors.toSet());
        names.forEach(table -> changes.announceBuilding(table, view -> !names.contains(view)));
    }

    /** Makes the schema changes that are recorded. */
    void completeChanges() {
        changes.resume();
    }

    private static Optional<TableDirectory> sameName(Set<TableDirectory> tables, TableDirectory table) {
        return tables.stream()
                .filter(other -> other.qualifiedName().equals(table.qualifiedName()))
                .findFirst();
    }

    /** While Cassandra is down, only a table that still has its directory can be restored, and only if nothing else would be lost. */
    private void requireDirectories(List<TableDirectory> wanted) {
        CommitLog.refuseSegments(yaml);
        for (TableDirectory table : wanted) {
            boolean isLive = yaml.dataDirectoriesOf(table.keyspace(), table.table()).stream()
                    .map(data -> data.resolve(table.keyspace()).resolve(table.directory()))
                    .anyMatch(directory -> Files.isDirectory(directory) && !wasDropped(directory));
            if (!isLive) {
                throw new MedusaException(
                        FailureKind.CASSANDRA_UNREACHABLE,
                        "Cassandra is down and table " + table.qualifiedName()
                                + " does not have the directory it had. Start Cassandra, so that the table can be"
                                + " found or created, or restore the whole node");
            }
        }
    }

    private static boolean wasDropped(Path tableDirectory) {
        Path snapshots = tableDirectory.resolve("snapshots");
        if (!Files.isDirectory(snapshots)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(snapshots)) {
            return entries.anyMatch(entry -> String.valueOf(entry.getFileName()).startsWith("dropped-"));
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + snapshots, failed, FailureKind.LOCAL_FILE);
        }
    }
}
