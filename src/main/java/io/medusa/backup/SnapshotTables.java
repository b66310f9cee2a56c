package io.medusa.backup;

import io.medusa.cassandra.Snapshot;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Count;
import io.medusa.model.SSTable;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import io.medusa.repository.StoredFiles;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables of a snapshot that belong to a backup.
 *
 * @param files of each table; a table without files has an empty list
 * @param builtIndexes the secondary indexes that were completely built, by table
 */
record SnapshotTables(Map<TableDirectory, List<SnapshotFile>> files, Map<TableDirectory, Set<String>> builtIndexes) {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotTables.class);

    /**
     * The tables of a snapshot that are in the scope.
     *
     * @throws MedusaException if the snapshot lacks tables, or contains tables without a definition
     */
    static SnapshotTables of(Snapshot snapshot, TableScope scope) {
        SnapshotTables tables = new SnapshotTables(
                inScope(snapshot.files(), scope), snapshot.description().builtIndexes());
        tables.checkComplete(snapshot, scope);
        tables.checkDefined(snapshot);
        return tables;
    }

    /**
     * The node's current tables that are in the scope, for a dry run.
     *
     * @param files of all tables on disk, including those of tables that were dropped
     * @param described the tables of the schema
     */
    static SnapshotTables ofLive(
            Map<TableDirectory, List<SnapshotFile>> files, Set<TableDirectory> described, TableScope scope) {
        Map<TableDirectory, List<SnapshotFile>> live = new TreeMap<>(files);
        live.keySet().removeIf(table -> !described.contains(table) && !SystemKeyspaces.isSystem(table.keyspace()));
        return new SnapshotTables(inScope(live, scope), Map.of());
    }

    private static Map<TableDirectory, List<SnapshotFile>> inScope(
            Map<TableDirectory, List<SnapshotFile>> tables, TableScope scope) {
        Map<TableDirectory, List<SnapshotFile>> wanted = new TreeMap<>(tables);
        wanted.keySet().removeIf(table -> !scope.includes(table));
        if (wanted.isEmpty() && !tables.isEmpty()) {
            throw nothingInScope(scope);
        }
        return wanted;
    }

    /**
     * Refuses a scope with names or patterns that match no table, so that nobody believes them backed up.
     *
     * @param mustMatch whether each of them must match; else only one
     */
    static void checkScope(Collection<TableDirectory> tables, TableScope scope, boolean mustMatch) {
        if (tables.isEmpty()) {
            return;
        }
        if (tables.stream().noneMatch(scope::includes)) {
            throw nothingInScope(scope);
        }
        List<String> unmatched = scope.unmatched(tables);
        if (!unmatched.isEmpty() && mustMatch) {
            throw new MedusaException(
                    FailureKind.USAGE,
                    "the node has no table that matches " + String.join(", ", unmatched)
                            + ". Nothing was backed up. Names are case-sensitive");
        }
        unmatched.forEach(pattern -> LOG.warn("The node has no table that matches {}", pattern));
    }

    private static MedusaException nothingInScope(TableScope scope) {
        return new MedusaException(
                FailureKind.USAGE,
                "the node has no table in the scope of the backup (" + scope + "). Names are case-sensitive");
    }

    /** If a table of the schema were missing, the backup would be restored without it, and nobody would notice. */
    private void checkComplete(Snapshot snapshot, TableScope scope) {
        if (files.isEmpty()) {
            throw new MedusaException(
                    FailureKind.SNAPSHOT_MISSING,
                    "snapshot " + snapshot.tag() + " has no tables. Nothing was backed up");
        }
        Set<TableDirectory> missing = missing(snapshot.description().tables(), scope);
        if (missing.isEmpty()) {
            return;
        }
        if (snapshot.isOurs()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "snapshot " + snapshot.tag() + " lacks " + Count.of(missing.size(), "table")
                            + " of the schema, such as "
                            + missing.iterator().next()
                            + ". Check that config_file in [cassandra] is the cassandra.yaml of this node, with all"
                            + " data directories");
        }
        LOG.warn(
                "Snapshot {} was not taken by Medusa and lacks {}, present in the current schema: {}",
                snapshot.tag(),
                Count.of(missing.size(), "table"),
                missing);
    }

    private Set<TableDirectory> missing(Collection<TableDirectory> described, TableScope scope) {
        Set<TableDirectory> missing = TableDirectory.missing(described, files.keySet());
        missing.removeIf(table -> table.keyspace().equals(SystemKeyspaces.TRACES) || !scope.includes(table));
        return missing;
    }

    /** A table cannot be restored without its definition. */
    private void checkDefined(Snapshot snapshot) {
        Set<TableDirectory> undefined = snapshot.undefined(files.keySet());
        if (!undefined.isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "backing up snapshot " + snapshot.tag() + " failed: the definitions of " + undefined.size()
                            + " of its tables are unknown, such as "
                            + undefined.iterator().next().qualifiedName()
                            + ". They are neither in the schema nor in the snapshot's schema.cql. Create a table or its"
                            + " keyspace again as it was, or name what to back up with --table or --keyspace.");
        }
    }

    /** All SSTables. */
    List<SSTable<SnapshotFile>> sstables() {
        return SSTable.group(files.values().stream().flatMap(List::stream).toList());
    }

    /**
     * The place of every file below its table.
     *
     * @throws MedusaException if two files have the same place: they would overwrite each other in the bucket, and on restore
     */
    Set<StoredFiles.Place> places() {
        Set<StoredFiles.Place> places = new HashSet<>();
        files.forEach((table, all) -> all.forEach(file -> {
            if (!places.add(new StoredFiles.Place(table, file.relativePath()))) {
                throw new MedusaException(
                        FailureKind.CASSANDRA_FAILED,
                        "the snapshot has two files " + table + "/" + file.relativePath()
                                + ". Check whether cassandra.yaml lists a data directory twice");
            }
        }));
        return places;
    }
}
