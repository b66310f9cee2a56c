package io.medusa.restore;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableSelection;
import io.medusa.os.ExclusiveLock;
import io.medusa.os.FileSystems;
import io.medusa.os.Privileges;
import io.medusa.repository.BackupRepository;
import io.medusa.restore.Placement.Placed;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores this node in place: everything is fetched beside the live data and compared with the manifest while the node still
 * runs; only then it is stopped, directories are exchanged by renaming, and it is started again. What cannot be completed is
 * turned back; what was cut off is carried on by the same request.
 */
public final class RestoreNode {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreNode.class);

    /** What {@code Run.selection} says of a restore of the whole node. */
    private static final String EVERYTHING = "[] []";

    private final BackupRepository repository;
    private final CassandraYaml yaml;
    private final CassandraService service;
    private final CassandraSchema schema;
    private final TransferPool transfers;

    /** All of them stay the caller's to close. */
    public RestoreNode(
            BackupRepository repository,
            CassandraYaml yaml,
            CassandraService service,
            CassandraSchema schema,
            TransferPool transfers) {
        this.repository = repository;
        this.yaml = yaml;
        this.service = service;
        this.schema = schema;
        this.transfers = transfers;
    }

    /**
     * What to restore, and how.
     *
     * @param selection everything, or the tables that are exchanged while all others stay as they are
     * @param seeds hosts, one of which must be up before the node is started; none to start at once
     * @param check what to ask the restored node, if anything
     * @param sudoAllowed whether sudo may be used below the data directories
     * @param temporaryDirectory for the lock
     */
    public record Request(
            NodeName node,
            BackupName name,
            TableSelection selection,
            List<String> seeds,
            Optional<RestoreCheck> check,
            boolean sudoAllowed,
            Path temporaryDirectory) {}

    /**
     * What was restored.
     *
     * @param tables number of tables, 0 if the selection matched none and nothing was done
     */
    public record Result(int tables, int files, long bytes, Duration duration) {}

    /**
     * Restores.
     *
     * @throws MedusaException if it could not be completed; the message says whether the node was changed
     */
    public Result run(Request request) {
        try (ExclusiveLock lock = ExclusiveLock.acquire(
                request.temporaryDirectory(),
                "medusa_restore_in_progress." + request.node(),
                "a restore of node " + request.node())) {
            CassandraYaml node = located();
            RestoreArea area = new RestoreArea(
                    RestoreArea.idFor(request.name().value()),
                    node.allDataDirectories(),
                    Privileges.over(node.dataDirectories().get(0), request.sudoAllowed()));
            return new Run(request, node, area).restore();
        }
    }

    /** The node's directories as it says itself, if it runs: command line options can have moved them. */
    private CassandraYaml located() {
        Optional<CassandraService.Locations> locations = service.locations();
        if (locations.isEmpty()) {
            if (!Files.isDirectory(yaml.dataDirectories().get(0))) {
                throw new MedusaException(
                        FailureKind.LOCAL_FILE,
                        "the data directory " + yaml.dataDirectories().get(0) + " of " + yaml.file()
                                + " does not exist; create it, or set config_file in [cassandra]");
            }
            return yaml;
        }
        Set<Path> running = real(locations.get().data());
        if (!running.equals(real(yaml.allDataDirectories()))) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "the running node keeps its data in " + running + ", but " + yaml.file() + " says "
                            + yaml.allDataDirectories() + "; nothing was changed, set config_file in [cassandra]");
        }
        return yaml.at(locations.get());
    }

    private static Set<Path> real(Collection<Path> paths) {
        Set<Path> real = new TreeSet<>();
        for (Path path : paths) {
            try {
                real.add(path.toRealPath());
            } catch (IOException absent) {
                real.add(path.toAbsolutePath().normalize());
            }
        }
        return real;
    }

    /** One restore. */
    private final class Run {
        private final Request request;
        private final CassandraYaml node;
        private final RestoreArea area;
        private final Swap swap;
        private final TargetTables targetTables;
        private final long began = System.nanoTime();

        Run(Request request, CassandraYaml node, RestoreArea area) {
            this.request = request;
            this.node = node;
            this.area = area;
            this.swap = new Swap(area);
            this.targetTables = new TargetTables(node, schema);
        }

        Result restore() {
            area.otherExchanging().ifPresent(other -> {
                throw new MedusaException(
                        FailureKind.BUSY,
                        "the restore in " + other + " was cut off while it exchanged directories and must be completed"
                                + " first: run restore-node for that backup again");
            });
            Optional<Journal> cutOff = area.journal().filter(journal -> journal.phase() == Journal.Phase.EXCHANGING);
            if (cutOff.isPresent()) {
                LOG.info("Carrying on the interrupted restore of {}", request.name());
                Swap.Plan plan = cutOff.get().plan();
                exchange(plan);
                if (plan.selection().equals(selection())) {
                    finish(plan, Map.of());
                    return result(plan, 0, 0);
                }
            }
            return fromBackup();
        }

        private Result fromBackup() {
            NodeBackup backup = Backups.finished(repository, request.node(), request.name());
            List<ManifestSection> sections = selected(backup);
            if (sections.isEmpty()) {
                LOG.warn("Nothing to restore");
                return new Result(0, 0, 0, Duration.ofNanos(System.nanoTime() - began));
            }
            area.discardOthersStaging();
            Map<TableDirectory, TableDirectory> targets = request.selection().isAll()
                    ? Map.of()
                    : targetTables.find(sections, repository.schema(backup), service.isUp());
            List<Placed> placed = new Placement(repository, node)
                    .place(backup, sections, table -> targets.getOrDefault(table, table));
            Fetch.Done fetched = stage(placed);
            Swap.Plan plan = new SwapPlan(node, request.selection().isAll()).of(sections, targets, placed, selection());
            exchange(plan);
            finish(plan, targets.isEmpty() ? Map.of() : indexFiles(targets, placed));
            return result(plan, fetched.fetched() + fetched.kept(), fetched.fetchedBytes() + fetched.keptBytes());
        }

        private Result result(Swap.Plan plan, int files, long bytes) {
            int tables = (int) plan.exchanges().stream()
                    .map(Swap.Exchange::table)
                    .distinct()
                    .count();
            return new Result(tables, files, bytes, Duration.ofNanos(System.nanoTime() - began));
        }

        /** The same text for the same selection. */
        private String selection() {
            return new TreeSet<>(request.selection().keyspaces()) + " "
                    + new TreeSet<>(request.selection().tables());
        }

        /** The sections of the tables asked for, and of the views on them, which would contradict them otherwise. */
        private List<ManifestSection> selected(NodeBackup backup) {
            Manifest manifest = repository.manifest(backup);
            TableSelection selection = request.selection();
            Backups.checkSelection(selection, manifest);
            List<String> tables = manifest.sections().stream()
                    .map(ManifestSection::table)
                    .filter(selection::includes)
                    .map(TableDirectory::qualifiedName)
                    .toList();
            Set<String> views = selection.isAll() ? Set.of() : schema.viewsOf(repository.schema(backup), tables);
            return manifest.sections().stream()
                    .filter(section -> selection.includes(section.table())
                            || views.contains(section.table().qualifiedName()))
                    .toList();
        }

        private Fetch.Done stage(List<Placed> placed) {
            area.prepare();
            List<Fetch.Item> items = new ArrayList<>(placed.size());
            Set<Path> used = new LinkedHashSet<>();
            for (Placed file : placed) {
                used.add(file.dataDirectory());
                items.add(new Fetch.Item(
                        file.entry(),
                        area.staging(file.dataDirectory(), file.table()).resolve(file.relativePath())));
            }
            Fetch.Done done = new Fetch(repository, transfers).run(items);
            area.finishStaging(items.stream().map(Fetch.Item::target).toList());
            for (Path directory : used) {
                try {
                    FileSystems.sync(directory);
                } catch (IOException failed) {
                    throw Failures.ofFile("syncing " + directory, failed, FailureKind.LOCAL_FILE);
                }
            }
            LOG.info("Everything is staged and checked: {} files", items.size());
            return done;
        }

        /** Stops the node, without losing what its memory holds of other tables, and exchanges the directories. */
        private void exchange(Swap.Plan plan) {
            if (!plan.selection().equals(EVERYTHING)) {
                if (service.isUp()) {
                    service.drain();
                } else {
                    targetTables.refuseCommitLog();
                }
            }
            service.stop();
            try {
                swap.run(plan);
            } catch (MedusaException failed) {
                if (failed.kind() == FailureKind.INTERRUPTED) {
                    throw new MedusaException(
                            failed.kind(), "interrupted while Cassandra is down; run the same command again", failed);
                }
                LOG.error("The exchange failed and is turned back: {}", failed.getMessage());
                swap.undo(plan);
                service.start();
                throw new MedusaException(
                        failed.kind(), failed.getMessage() + "; the node runs again with its previous data", failed);
            }
        }

        /** @param indexes the secondary indexes that the backup has files of, by table */
        private void finish(Swap.Plan plan, Map<TableDirectory, Set<String>> indexes) {
            try {
                new SeedWait(node).await(request.seeds());
                service.start();
                indexes.forEach(this::rebuildOthers);
                request.check().ifPresent(check -> check.run(schema));
            } catch (MedusaException failed) {
                throw new MedusaException(
                        failed.kind(),
                        failed.getMessage() + "; the restored data is in place and the previous data is kept in "
                                + area.describePrevious() + " until this command succeeds",
                        failed);
            }
            area.forget(plan.cleared());
        }

        private Map<TableDirectory, Set<String>> indexFiles(
                Map<TableDirectory, TableDirectory> targets, List<Placed> placed) {
            Map<TableDirectory, Set<String>> indexes = new HashMap<>();
            targets.values().forEach(table -> indexes.put(table, new HashSet<>()));
            for (Placed file : placed) {
                int slash = file.relativePath().indexOf('/');
                if (slash > 1 && file.relativePath().startsWith(".")) {
                    indexes.computeIfAbsent(file.table(), absent -> new HashSet<>())
                            .add(file.relativePath().substring(1, slash));
                }
            }
            return indexes;
        }

        /** An index that the backup does not know would be believed to be built, and find nothing. */
        private void rebuildOthers(TableDirectory table, Set<String> restored) {
            for (String index : schema.indexesOf(table)) {
                if (!restored.contains(index)) {
                    LOG.info(
                            "Rebuilding index {} of {}, which is younger than the backup",
                            index,
                            table.qualifiedName());
                    service.rebuildIndex(table.keyspace(), table.table(), index);
                }
            }
        }
    }
}
