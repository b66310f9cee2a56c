package io.medusa.restore;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.Fit;
import io.medusa.cassandra.SSTableHeader;
import io.medusa.cassandra.SchemaChanges;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.os.ExclusiveLock;
import io.medusa.os.Privileges;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.SSTableHeaders;
import io.medusa.repository.StoredBackup;
import io.medusa.restore.Placement.Placed;
import io.medusa.schema.BackupSchema;
import io.medusa.transfer.TransferPool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores one table into the running node: its SSTables are staged and verified, then imported by Cassandra. Restored rows are
 * merged with the present ones by write time, as always in Cassandra: what was deleted or overwritten since the backup stays so,
 * unless the table is truncated first. Other tables are not touched. The same request resumes an interrupted one.
 */
public final class RestoreTable {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreTable.class);

    private final BackupCatalog catalog;
    private final CassandraYaml yaml;
    private final CassandraService service;
    private final CassandraSchema schema;
    private final TransferPool transfers;

    /** The caller closes all of them. */
    public RestoreTable(
            BackupCatalog catalog,
            CassandraYaml yaml,
            CassandraService service,
            CassandraSchema schema,
            TransferPool transfers) {
        this.catalog = catalog;
        this.yaml = yaml;
        this.service = service;
        this.schema = schema;
        this.transfers = transfers;
    }

    /**
     * Which table to restore, and into which.
     *
     * @param table of the backup
     * @param as the table to restore into, which may be the same
     * @param truncateFirst whether the present rows are removed, once everything is staged
     * @param replication of the keyspace if it is created, instead of that of the backup
     * @param sudoAllowed whether sudo may be used below the data directories
     * @param temporaryDirectory for the lock
     */
    public record Request(
            NodeName node,
            BackupName name,
            TableName table,
            TableName as,
            boolean truncateFirst,
            Optional<Replication> replication,
            boolean sudoAllowed,
            Path temporaryDirectory) {
        /** The same into another table. */
        public Request into(TableName other) {
            return new Request(node, name, table, other, truncateFirst, replication, sudoAllowed, temporaryDirectory);
        }

        /** The same, with or without removing the present rows. */
        public Request truncatingFirst(boolean truncate) {
            return new Request(node, name, table, as, truncate, replication, sudoAllowed, temporaryDirectory);
        }

        /** The same with another directory for the lock. */
        public Request lockedIn(Path directory) {
            return new Request(node, name, table, as, truncateFirst, replication, sudoAllowed, directory);
        }

        /** The same with that replication of a keyspace that is created. */
        public Request replicated(Optional<Replication> as) {
            return new Request(node, name, table, this.as, truncateFirst, as, sudoAllowed, temporaryDirectory);
        }
    }

    /**
     * What was done.
     *
     * @param sstables that Cassandra has imported
     * @param alreadyLive SSTables of the backup that were live in the table already
     * @param files of the imported SSTables
     */
    public record Result(
            int sstables,
            int alreadyLive,
            int files,
            long bytes,
            int fetched,
            long fetchedBytes,
            boolean created,
            Duration duration) {}

    /**
     * Restores the table.
     *
     * @throws MedusaException if it could not be completed; what was staged is kept for the next run
     */
    public Result run(Request request) {
        try (ExclusiveLock lock = NodeStaging.lock(request.temporaryDirectory(), request.node())) {
            return Backups.reading(catalog, request.node(), request.name(), prepared(request)::restore);
        }
    }

    /**
     * What {@link #run} would do, after the same checks; changes nothing.
     *
     * @throws MedusaException if it could not be done
     */
    public TableRestorePlan plan(Request request) {
        return prepared(request).plan(Backups.finished(catalog, request.node(), request.name()));
    }

    private Run prepared(Request request) {
        long began = System.nanoTime();
        if (SystemKeyspaces.isLocal(request.as().keyspace())) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "keyspace " + request.as().keyspace() + " holds the node's identity. Restore it with restore-node");
        }
        if (service.locations().isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    "restore-table needs Cassandra running and reachable over JMX. If it is down, use restore-node"
                            + " --table");
        }
        VersionCheck.requireImport(service);
        refuseToTruncateForOthers(request);
        CassandraYaml node = NodeDirectories.inUse(yaml, service);
        NodeStaging staging = new NodeStaging(
                StagingPaths.idOfImport(request.name().value(), request.table() + "-" + request.as()),
                node.allDataDirectories(),
                Privileges.over(node.dataDirectories().get(0), request.sudoAllowed()));
        return new Run(request, node, staging, began);
    }

    /** A table is truncated on all nodes: the second one that does so would remove what the first has restored. */
    private void refuseToTruncateForOthers(Request request) {
        int nodes = request.truncateFirst() ? schema.clusterSize() : 1;
        if (nodes > 1) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "--truncate-first would empty " + request.as() + " on all " + nodes
                            + " nodes of the cluster, but this command restores the backup of this node only. "
                            + (request.as().equals(request.table())
                                    ? "Run medusa restore-cluster --backup-name " + request.name() + " --table "
                                            + request.table() + ", which truncates it once and restores it on all nodes"
                                    : "Truncate it once in cqlsh, then run this command on every node without"
                                            + " --truncate-first"));
        }
    }

    /** One restore. */
    private final class Run {
        private final Request request;
        private final CassandraYaml node;
        private final NodeStaging staging;
        private final long began;
        private final boolean renamed;
        private final SchemaChanges changes;
        private final PlannedTables tables;
        private final LocalCopies copies = new LocalCopies();
        private final Fetch fetch = new Fetch(catalog, transfers);

        Run(Request request, CassandraYaml node, NodeStaging staging, long began) {
            this.request = request;
            this.node = node;
            this.staging = staging;
            this.began = began;
            this.renamed = !request.as().equals(request.table());
            this.changes = new SchemaChanges(schema, staging.schemaJournal());
            this.tables = new PlannedTables(schema, changes);
        }

        Result restore(StoredBackup backup) {
            BackupSchema backupSchema = schemaOf(backup);
            ManifestSection base = checked(backup, backupSchema);
            changes.resume();
            TableDirectory target = target(backup, backupSchema, base);
            Backups.warnOfDamage(List.of(base));
            ImportedFiles.Chosen chosen = chosen(backup, base, target, false);
            // before anything is created: an object may be missing, or the disk be full
            StageFiles stage = new StageFiles(staging, fetch, copies);
            StagedFiles staged = stage.run(chosen.placed());
            try {
                load(stage.move(chosen.placed(), tables.create(backupSchema, true)));
            } catch (MedusaException failed) {
                throw tables.afterCreation(failed);
            }
            staging.discard();
            return new Result(
                    chosen.sstables(),
                    chosen.alreadyLive(),
                    staged.files(),
                    staged.bytes(),
                    staged.fetched(),
                    staged.fetchedBytes(),
                    tables.hasCreated(request.as()),
                    Duration.ofNanos(System.nanoTime() - began));
        }

        private BackupSchema schemaOf(StoredBackup backup) {
            return backup.schema()
                    .withReplications(request.replication()
                            .map(asked -> Map.of(request.table().keyspace(), asked))
                            .orElse(Map.of()));
        }

        private void load(List<Placed> placed) {
            if (request.truncateFirst() && !tables.hasCreated(request.as())) {
                LOG.info(
                        "Truncating {} {}",
                        request.as(),
                        schema.isAutoSnapshot()
                                .map(snapshot -> snapshot
                                        ? "(Cassandra takes a snapshot first)"
                                        : "without a snapshot (auto_snapshot is false)")
                                .orElse("(whether Cassandra takes a snapshot first is up to auto_snapshot)"));
                schema.truncate(request.as());
            }
            if (!placed.isEmpty()) {
                // their rows derive from all rows of the table, not only from those of the backup
                changes.announceBuilding(request.as(), view -> true);
            }
            new SSTableImporter(service, staging).run(placed, true);
            changes.resume();
        }

        /**
         * The files to import, in their places.
         *
         * @param onlyLook whether nothing may be changed; then a file of the table's directory is taken for an open one
         */
        private ImportedFiles.Chosen chosen(
                StoredBackup backup, ManifestSection base, TableDirectory target, boolean onlyLook) {
            if (!target.equals(base.table())) {
                copies.alsoOf(target, base.table());
            }
            List<Placed> all = new Placement(node, copies).place(backup, List.of(base), table -> target);
            ImportedFiles files = new ImportedFiles(service, node, fetch, request.as());
            if (request.truncateFirst() || renamed || !tables.existed(request.as())) {
                return files.all(all);
            }
            return onlyLook ? files.missing(all) : files.notLive(all);
        }

        TableRestorePlan plan(StoredBackup backup) {
            BackupSchema backupSchema = schemaOf(backup);
            ManifestSection base = checked(backup, backupSchema);
            TableDirectory target = target(backup, backupSchema, base);
            Backups.warnOfDamage(List.of(base));
            ImportedFiles.Chosen chosen = chosen(backup, base, target, true);
            FetchPlan fetched = new StageFiles(staging, fetch, copies).plan(chosen.placed());
            return new TableRestorePlan(
                    !tables.existed(request.as()),
                    chosen.sstables(),
                    chosen.alreadyLive(),
                    chosen.placed().size(),
                    chosen.placed().stream()
                            .mapToLong(file -> file.entry().size())
                            .sum(),
                    fetched.missing().size(),
                    fetched.missingBytes(),
                    Fetch.spaces(fetched));
        }

        /** The table's part of the backup, unless it cannot be restored here. */
        private ManifestSection checked(StoredBackup backup, BackupSchema backupSchema) {
            ManifestSection base = section(backup.manifest().orThrow(), request.table());
            Placement.checkNames(backup, List.of(base));
            VersionCheck.of(node, service).check(backup.serverVersion(), List.of(base), false);
            refuseViews(backupSchema);
            return base;
        }

        private void refuseViews(BackupSchema backupSchema) {
            backupSchema.baseOfView(request.table()).ifPresent(table -> {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        request.table() + " is a materialized view of " + table
                                + " and is built from it. Restore that table instead");
            });
            if (schema.isView(request.as())) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        request.as() + " is a materialized view. Name a table, or one that does not exist yet");
            }
        }

        private ManifestSection section(Manifest manifest, TableName table) {
            List<ManifestSection> found = manifest.sections().stream()
                    .filter(section -> TableName.of(section.table()).equals(table))
                    .toList();
            if (found.isEmpty()) {
                List<String> names = manifest.sections().stream()
                        .map(section -> section.table().qualifiedName())
                        .toList();
                throw new MedusaException(
                        FailureKind.BACKUP_UNKNOWN,
                        "backup " + request.name() + " has no table " + table
                                + io.medusa.model.Nearest.word(table.toString(), names)
                                        .map(near -> ". Did you mean " + near + "?")
                                        .orElse(
                                                manifest.scope().isAll()
                                                        ? ""
                                                        : ". It is partial (only " + manifest.scope() + ")")
                                + " (names are case-sensitive)");
            }
            return found.stream()
                    .filter(section -> !section.objects().isEmpty())
                    .findFirst()
                    .orElse(found.get(0));
        }

        /**
         * The directory of the table to restore into.
         *
         * @throws MedusaException if it cannot take the data
         */
        private TableDirectory target(StoredBackup backup, BackupSchema backupSchema, ManifestSection base) {
            Set<SSTableHeader> headers = new SSTableHeaders(catalog, transfers)
                    .of(backup, List.of(base))
                    .getOrDefault(base.table(), Set.of());
            Fit.Incoming incoming = new Fit.Incoming(
                    base.table(),
                    request.as(),
                    headers,
                    request.name(),
                    backup.backup().started());
            return tables.plan(backupSchema, List.of(incoming)).getOrDefault(base.table(), incoming.made());
        }
    }
}
