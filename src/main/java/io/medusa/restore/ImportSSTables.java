package io.medusa.restore;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupFile;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.model.ImportPlan;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeName;
import io.medusa.model.SSTable;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.os.ExclusiveLock;
import io.medusa.os.Privileges;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.StoredBackup;
import io.medusa.restore.Placement.Placed;
import io.medusa.transfer.TransferPool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Imports SSTables from the backups of several nodes into this running node, as its part of a cluster's restore: one source after
 * the other, each staged and verified first. The tables must exist.
 */
public final class ImportSSTables {
    private static final Logger LOG = LoggerFactory.getLogger(ImportSSTables.class);

    private final BackupCatalog catalog;
    private final CassandraYaml yaml;
    private final CassandraService service;
    private final CassandraSchema schema;
    private final TransferPool transfers;

    /** The caller closes all of them. */
    public ImportSSTables(
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
     * What to import.
     *
     * @param node this node, for the lock
     * @param stageOnly whether files are only staged and verified, for a later run; the tables need not exist yet
     */
    public record Request(
            NodeName node, ImportPlan plan, boolean stageOnly, boolean sudoAllowed, Path temporaryDirectory) {
        /** The same, with or without the import itself. */
        public Request stageOnly(boolean stage) {
            return new Request(node, plan, stage, sudoAllowed, temporaryDirectory);
        }

        /** The same with another directory for the lock. */
        public Request lockedIn(Path directory) {
            return new Request(node, plan, stageOnly, sudoAllowed, directory);
        }
    }

    /** What was imported or staged. */
    public record Result(int sstables, int files, long bytes, long fetchedBytes, Duration duration) {}

    /**
     * Imports the SSTables.
     *
     * @throws MedusaException if it could not be completed; SSTables imported by then stay
     */
    public Result run(Request request) {
        try (ExclusiveLock lock = NodeStaging.lock(request.temporaryDirectory(), request.node())) {
            return run(request, false);
        }
    }

    /** What {@link #run} would do; changes nothing. */
    public Result plan(Request request) {
        return run(request, true);
    }

    private Result run(Request request, boolean onlyLook) {
        long began = System.nanoTime();
        if (service.locations().isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    "import-sstables needs Cassandra running and reachable over JMX");
        }
        VersionCheck.requireImport(service);
        CassandraYaml node = NodeDirectories.inUse(yaml, service);
        Map<String, TableDirectory> present = new HashMap<>();
        schema.tables().forEach(table -> present.put(table.qualifiedName(), table));
        int sstables = 0;
        int files = 0;
        long bytes = 0;
        long fetched = 0;
        for (var source : request.plan().sources().entrySet()) {
            NodeStaging staging = new NodeStaging(
                    StagingPaths.idOfImport(
                            request.plan().name().value(), source.getKey().value()),
                    node.allDataDirectories(),
                    Privileges.over(node.dataDirectories().get(0), request.sudoAllowed()));
            StagedFiles staged =
                    reading(onlyLook, source.getKey(), request.plan().name(), backup -> {
                        List<Placed> placed = placed(request, node, present, backup, source.getValue());
                        StageFiles stage = new StageFiles(staging, new Fetch(catalog, transfers), new LocalCopies());
                        if (onlyLook) {
                            return stage.planned(placed);
                        }
                        LOG.info(
                                "Staging {} from the backup of node {}",
                                Count.of(placed.size(), "file"),
                                source.getKey());
                        StagedFiles done = stage.run(placed);
                        if (!request.stageOnly()) {
                            new SSTableImporter(service, staging).run(placed, false);
                            staging.discard();
                        }
                        return done;
                    });
            sstables += source.getValue().values().stream().mapToInt(Set::size).sum();
            files += staged.files();
            bytes += staged.bytes();
            fetched += staged.fetchedBytes();
        }
        for (TableName table : onlyLook || request.stageOnly()
                ? Set.<TableName>of()
                : request.plan().cleanUp()) {
            LOG.info("Removing rows of other nodes from {}", table);
            service.cleanUp(table);
        }
        return new Result(sstables, files, bytes, fetched, Duration.ofNanos(System.nanoTime() - began));
    }

    /** Takes no read lease for a dry run. */
    private <T> T reading(boolean onlyLook, NodeName source, BackupName name, Function<StoredBackup, T> work) {
        return onlyLook
                ? work.apply(Backups.finished(catalog, source, name))
                : Backups.reading(catalog, source, name, work);
    }

    private List<Placed> placed(
            Request request,
            CassandraYaml node,
            Map<String, TableDirectory> present,
            StoredBackup backup,
            Map<TableDirectory, Set<String>> wanted) {
        Set<String> missing = new TreeSet<>();
        wanted.forEach((table, names) -> names.forEach(name -> missing.add(table + "/" + name)));
        List<ManifestSection> sections = new ArrayList<>();
        for (ManifestSection section : backup.manifest().orThrow().sections()) {
            Set<String> names = wanted.get(section.table());
            if (names == null) {
                continue;
            }
            List<SSTable<BackupFile>> sstables = Placement.sstables(backup, section).stream()
                    .filter(sstable -> sstable.isOfTable() && names.contains(sstable.name()))
                    .toList();
            sstables.forEach(sstable -> missing.remove(section.table() + "/" + sstable.name()));
            sections.add(new ManifestSection(
                    section.table(),
                    sstables.stream()
                            .flatMap(sstable -> sstable.files().stream())
                            .filter(SSTableImporter::isImported)
                            .map(BackupFile::entry)
                            .toList()));
        }
        if (!missing.isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    "the backup of node " + backup.backup().node() + " does not have SSTable "
                            + missing.iterator().next()
                            + " of the import plan. The plan was possibly made for another backup");
        }
        VersionCheck.of(node, service).check(backup.serverVersion(), sections, false);
        Backups.warnOfDamage(sections);
        return new Placement(node, new LocalCopies()).place(backup, sections, table -> {
            TableDirectory now = present.get(table.qualifiedName());
            if (now == null && request.stageOnly()) {
                // it will be created with the id that it had
                return table;
            }
            if (now == null) {
                throw new MedusaException(
                        FailureKind.CASSANDRA_FAILED,
                        "table " + table.qualifiedName() + " does not exist on this node. Check schema agreement with"
                                + " nodetool describecluster");
            }
            return now;
        });
    }
}
