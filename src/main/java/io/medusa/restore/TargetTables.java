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
import io.medusa.model.ManifestSection;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.SSTableHeaders;
import io.medusa.repository.StoredBackup;
import io.medusa.schema.BackupSchema;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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
    private final SchemaChanges changes;
    private final PlannedTables tables;
    private final BackupCatalog catalog;
    private final TransferPool transfers;

    TargetTables(
            CassandraYaml yaml,
            CassandraSchema schema,
            SchemaJournal journal,
            BackupCatalog catalog,
            TransferPool transfers) {
        this.yaml = yaml;
        this.changes = new SchemaChanges(schema, journal);
        this.tables = new PlannedTables(schema, changes);
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
        if (!nodeIsUp) {
            requireDirectories(sections.stream().map(ManifestSection::table).toList());
            return tables.planOffline(backup.schema(), incoming(backup, sections));
        }
        if (!onlyLook) {
            changes.resume();
        }
        Map<TableDirectory, TableDirectory> targets = tables.plan(backup.schema(), incoming(backup, sections));
        targets.forEach((then, now) -> {
            if (!now.equals(then)) {
                LOG.info(
                        "Table {} was dropped and created since the backup: restoring into the present one",
                        then.qualifiedName());
            }
        });
        return targets;
    }

    private List<Fit.Incoming> incoming(StoredBackup backup, List<ManifestSection> sections) {
        Map<TableDirectory, Set<SSTableHeader>> headers = new SSTableHeaders(catalog, transfers).of(backup, sections);
        return sections.stream()
                .map(ManifestSection::table)
                .map(table -> new Fit.Incoming(
                        table,
                        TableName.of(table),
                        headers.getOrDefault(table, Set.of()),
                        backup.backup().name(),
                        backup.backup().started()))
                .toList();
    }

    /** Creates the tables that are missing: see {@link PlannedTables#create}. */
    Map<TableDirectory, TableDirectory> create(BackupSchema backupSchema, boolean nodeIsUp) {
        return tables.create(backupSchema, nodeIsUp);
    }

    /** The failure, with the tables that {@link #create} has created by then, if any. */
    MedusaException afterCreation(MedusaException failed) {
        return tables.afterCreation(failed);
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
