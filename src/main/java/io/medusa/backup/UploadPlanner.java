package io.medusa.backup;

import io.medusa.backup.PlannedFile.Action;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.Snapshot;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.SSTable;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.BackupSession;
import io.medusa.repository.BackupTarget;
import io.medusa.repository.StoredFiles;
import io.medusa.transfer.TransferPool;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares a snapshot with what the store holds, and plans what has to be moved. */
final class UploadPlanner {
    private static final Logger LOG = LoggerFactory.getLogger(UploadPlanner.class);

    private final BackupCatalog catalog;
    private final TransferPool transfers;
    private final boolean hashEverything;
    private final TableScope scope;
    private final ContentHashes hashes;

    /** @param scope the tables that matter; all others are left out */
    UploadPlanner(BackupCatalog catalog, TransferPool transfers, boolean hashEverything, TableScope scope) {
        this.catalog = catalog;
        this.transfers = transfers;
        this.hashEverything = hashEverything;
        this.scope = scope;
        this.hashes = new ContentHashes(catalog);
    }

    /**
     * Plans the upload of a snapshot.
     *
     * @throws MedusaException if the snapshot lacks tables, or holds tables that nothing defines
     */
    PlannedUpload plan(BackupSession session, Snapshot snapshot) {
        Map<TableDirectory, List<SnapshotFile>> tables = inScope(snapshot.files());
        checkComplete(snapshot, tables.keySet(), snapshot.description());
        checkDefined(snapshot, tables.keySet());
        StoredFiles storedFiles = stored(session.target(), tables);
        UploadPlan plan = uploadPlan(session.target(), storedFiles, session.mustTagKeys());
        List<PlannedFile> planned = planned(plan, tables);
        if (session.target().mode() == BackupMode.FULL) {
            discardStale(session, planned, storedFiles);
        }
        return new PlannedUpload(
                tables.keySet(), planned, plan, hashes, snapshot.description().builtIndexes());
    }

    /** The tables of the scope. */
    Map<TableDirectory, List<SnapshotFile>> inScope(Map<TableDirectory, List<SnapshotFile>> tables) {
        Map<TableDirectory, List<SnapshotFile>> wanted = new TreeMap<>(tables);
        wanted.keySet().removeIf(table -> !scope.includes(table));
        if (wanted.isEmpty() && !tables.isEmpty()) {
            throw nothingInScope(scope);
        }
        return wanted;
    }

    static MedusaException nothingInScope(TableScope scope) {
        return new MedusaException(
                FailureKind.USAGE,
                "the node has no table that the backup is limited to (" + scope + "); names are case-sensitive");
    }

    /** What would be done with these files. */
    List<BackupPlan.Table> forecast(BackupTarget backup, Map<TableDirectory, List<SnapshotFile>> tables) {
        Map<TableDirectory, BackupCounts> counts = new TreeMap<>();
        tables.keySet().forEach(table -> counts.put(table, BackupCounts.NONE));
        // whatever their keys: tags would have every file read
        for (PlannedFile file : planned(uploadPlan(backup, stored(backup, tables), false), tables)) {
            counts.merge(
                    file.file().table(),
                    BackupCounts.NONE.plus(file.action(), file.file().size()),
                    BackupCounts::plus);
        }
        return counts.entrySet().stream()
                .map(table -> new BackupPlan.Table(table.getKey().qualifiedName(), table.getValue()))
                .toList();
    }

    /** A snapshot that leaves out a table would be restored without it, and nobody would know. */
    private void checkComplete(Snapshot snapshot, Set<TableDirectory> present, NodeDescription description) {
        if (present.isEmpty()) {
            throw new MedusaException(
                    FailureKind.SNAPSHOT_MISSING,
                    "snapshot " + snapshot.tag() + " holds no table; nothing was backed up");
        }
        Set<TableDirectory> missing = missing(present, description);
        if (missing.isEmpty()) {
            return;
        }
        if (snapshot.isOurs()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "snapshot " + snapshot.tag() + " lacks " + missing.size() + " tables of the schema, such as "
                            + missing.iterator().next()
                            + "; does config_file in [cassandra] name all data directories of this node?");
        }
        LOG.warn(
                "Snapshot {} was not taken by Medusa and lacks {} tables that exist now: {}",
                snapshot.tag(),
                missing.size(),
                missing);
    }

    /** Without its definition, a table's files could be restored nowhere. */
    private static void checkDefined(Snapshot snapshot, Set<TableDirectory> tables) {
        Set<TableDirectory> undefined = snapshot.undefined(tables);
        if (!undefined.isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "backing up snapshot " + snapshot.tag() + " failed: the definitions of " + undefined.size()
                            + " of its tables are unknown, such as "
                            + undefined.iterator().next().qualifiedName()
                            + "; they are neither in the schema nor in the snapshot's schema.cql. Create a table or its"
                            + " keyspace again as it was, or name what to back up with --table or --keyspace.");
        }
    }

    private Set<TableDirectory> missing(Set<TableDirectory> present, NodeDescription description) {
        Set<TableDirectory> missing = new TreeSet<>(description.tables());
        missing.removeIf(table ->
                table.keyspace().equals(SystemKeyspaces.TRACES) || present.contains(table) || !scope.includes(table));
        return missing;
    }

    private StoredFiles stored(BackupTarget backup, Map<TableDirectory, List<SnapshotFile>> tables) {
        Set<StoredFiles.Place> places = new HashSet<>();
        tables.forEach((table, files) ->
                files.forEach(file -> addOnce(places, new StoredFiles.Place(table, file.relativePath()))));
        return catalog.pool(backup.node()).snapshot(backup, places, transfers);
    }

    private List<PlannedFile> planned(UploadPlan plan, Map<TableDirectory, List<SnapshotFile>> tables) {
        List<SSTable<SnapshotFile>> sstables =
                SSTable.group(tables.values().stream().flatMap(List::stream).toList());
        return transfers.mapAll("Comparing", sstables, SSTable::size, plan::plan).stream()
                .flatMap(List::stream)
                .toList();
    }

    private UploadPlan uploadPlan(BackupTarget backup, StoredFiles storedFiles, boolean mustTagKeys) {
        Comparison comparison = new Comparison(hashEverything, hashes, hashes::ofObject);
        return new UploadPlan(backup, catalog.layout(), storedFiles, comparison, mustTagKeys);
    }

    /** What an earlier run left under keys of other content goes first: a mixture would look like one SSTable. */
    private static void discardStale(BackupSession session, List<PlannedFile> planned, StoredFiles storedFiles) {
        session.discard(planned.stream()
                .filter(file -> file.action() != Action.REUSE)
                .filter(file -> storedFiles
                        .find(file.file().table(), file.file().relativePath(), file.key())
                        .isPresent())
                .map(PlannedFile::key)
                .toList());
    }

    /** Two files of one place would overwrite each other in the bucket, and on restore. */
    private static void addOnce(Set<StoredFiles.Place> places, StoredFiles.Place place) {
        if (!places.add(place)) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "the snapshot holds two files " + place.table() + "/" + place.relativePath()
                            + "; does cassandra.yaml name a data directory twice?");
        }
    }
}
