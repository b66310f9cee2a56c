package io.medusa.restore;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores this node in place: everything is fetched beside the live data and compared with the manifest while the node still
 * runs; only then it is stopped, directories are exchanged by renaming, and it is started again. What cannot be completed is
 * turned back; what was cut off is carried on by the same request.
 */
public final class RestoreNode {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreNode.class);

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
        long began = System.nanoTime();
        try (ExclusiveLock lock = ExclusiveLock.acquire(
                request.temporaryDirectory(),
                "medusa_restore_in_progress." + request.node(),
                "a restore of node " + request.node())) {
            Path first = yaml.dataDirectories().get(0);
            Swap swap = new Swap(
                    Swap.idFor(request.name().value()),
                    yaml.allDataDirectories(),
                    Privileges.over(first, request.sudoAllowed()));
            refuseOther(swap);
            Optional<Swap.Plan> unfinished = swap.unfinished();
            if (unfinished.isPresent()) {
                LOG.info("Carrying on the interrupted restore of {}", request.name());
                service.stop();
                exchange(request, swap, unfinished.get());
                int tables = (int) unfinished.get().exchanges().stream()
                        .map(Swap.Exchange::table)
                        .distinct()
                        .count();
                return new Result(tables, 0, 0, Duration.ofNanos(System.nanoTime() - began));
            }
            return restore(request, swap, began);
        }
    }

    private static void refuseOther(Swap swap) {
        swap.other().ifPresent(other -> {
            throw new MedusaException(
                    FailureKind.BUSY,
                    "an interrupted restore (" + other.replaceFirst("^restore-", "")
                            + ") must be completed first: run medusa restore-node --backup-name "
                            + other.replaceFirst("^restore-", ""));
        });
    }

    private Result restore(Request request, Swap swap, long began) {
        NodeBackup backup = Backups.finished(repository, request.node(), request.name());
        List<ManifestSection> sections = selected(request, backup);
        if (sections.isEmpty()) {
            LOG.warn("Nothing to restore");
            return new Result(0, 0, 0, Duration.ofNanos(System.nanoTime() - began));
        }
        boolean everything = request.selection().isAll();
        boolean wasUp = service.isUp();
        Map<TableDirectory, TableDirectory> targets =
                everything ? Map.of() : new TargetTables(yaml, schema).find(sections, repository.schema(backup), wasUp);
        List<Placed> placed =
                new Placement(repository, yaml).place(backup, sections, table -> targets.getOrDefault(table, table));
        Fetch.Done fetched = stage(swap, placed);
        Swap.Plan plan = new SwapPlan(yaml, everything).of(sections, targets, placed);
        if (!everything && wasUp) {
            // what memory holds of other tables must not be lost with the commit log
            service.drain();
        }
        service.stop();
        exchange(request, swap, plan);
        return new Result(
                sections.size(),
                fetched.fetched() + fetched.kept(),
                fetched.fetchedBytes() + fetched.keptBytes(),
                Duration.ofNanos(System.nanoTime() - began));
    }

    private List<ManifestSection> selected(Request request, NodeBackup backup) {
        var manifest = repository.manifest(backup);
        Backups.checkSelection(request.selection(), manifest);
        return manifest.sections().stream()
                .filter(section -> request.selection().includes(section.table()))
                .toList();
    }

    private Fetch.Done stage(Swap swap, List<Placed> placed) {
        swap.prepare();
        List<Fetch.Item> items = new ArrayList<>(placed.size());
        Set<Path> used = new LinkedHashSet<>();
        for (Placed file : placed) {
            used.add(file.dataDirectory());
            items.add(new Fetch.Item(
                    file.entry(),
                    swap.staging(file.dataDirectory(), file.table()).resolve(file.relativePath())));
        }
        Fetch.Done done = new Fetch(repository, transfers).run(items);
        swap.finishStaging(items.stream().map(Fetch.Item::target).toList());
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

    /** From here on the node is down; it is started again whatever happens. */
    private void exchange(Request request, Swap swap, Swap.Plan plan) {
        try {
            swap.run(plan);
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.INTERRUPTED) {
                throw failed;
            }
            LOG.error("The exchange failed and is turned back: {}", failed.getMessage());
            swap.undo(plan);
            service.start();
            throw new MedusaException(
                    failed.kind(), failed.getMessage() + "; the node runs again with its previous data", failed);
        }
        new SeedWait(yaml).await(request.seeds());
        try {
            service.start();
            request.check().ifPresent(check -> check.run(schema));
        } catch (MedusaException failed) {
            throw new MedusaException(
                    failed.kind(),
                    failed.getMessage() + "; the restored data is in place and the previous data is kept in "
                            + swap.describePrevious() + " until this command succeeds",
                    failed);
        }
        swap.forget(plan);
    }
}
