package io.medusa.restore;

import io.medusa.cassandra.CassandraLog;
import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.RestoreChecks;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.os.ExclusiveLock;
import io.medusa.os.Privileges;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.StoredBackup;
import io.medusa.restore.NodeRestoreRequest.Target;
import io.medusa.schema.BackupSchema;
import io.medusa.transfer.TransferPool;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores this node: plan, fetch into the staging directories, stop, swap, start, verify. While the node still runs, the files that
 * it does not have are downloaded beside the live data and compared with the manifest. Then it is stopped, directories are swapped by
 * renaming, and it is started again. A swap that cannot be completed is reverted; the same request resumes an interrupted one.
 */
public final class RestoreNode {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreNode.class);

    private final BackupCatalog catalog;
    private final CassandraYaml yaml;
    private final CassandraService service;
    private final CassandraSchema schema;
    private final TransferPool transfers;

    /** The caller closes all of them. */
    public RestoreNode(
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
     * What was restored.
     *
     * @param tables number of tables
     * @param fetched files that were downloaded; the others were on this node already
     */
    public record Result(int tables, int files, long bytes, int fetched, long fetchedBytes, Duration duration) {}

    /**
     * Restores the node.
     *
     * @throws MedusaException if the restore could not be completed; the message says whether the node was changed. Of kind
     *     BACKUP_UNKNOWN if the backup has no selected table
     */
    public Result run(NodeRestoreRequest request) {
        return locked(request, Run::restore);
    }

    /** Fetches and verifies all files, and leaves them in the staging directories for a later {@link #run}; the node is not touched. */
    public Result stage(NodeRestoreRequest request) {
        return locked(request, Run::stage);
    }

    /** What {@link #run} would do; changes nothing. */
    public RestorePlan plan(NodeRestoreRequest request) {
        request.refuseContradictions();
        return prepared(request).plan();
    }

    /** Whether {@link #run} would complete a swap that was interrupted. */
    public boolean isToBeCompleted(NodeRestoreRequest request) {
        return prepared(request).interrupted().isPresent();
    }

    private <T> T locked(NodeRestoreRequest request, Function<Run, T> work) {
        request.refuseContradictions();
        try (ExclusiveLock lock = NodeStaging.lock(request.temporaryDirectory(), request.node())) {
            return work.apply(prepared(request));
        }
    }

    private Run prepared(NodeRestoreRequest request) {
        CassandraYaml node = NodeDirectories.inUse(yaml, service);
        return new Run(
                request,
                node,
                new NodeStaging(
                        StagingPaths.idOfRestore(request.name().value()),
                        node.allDataDirectories(),
                        Privileges.over(node.dataDirectories().get(0), request.sudoAllowed())));
    }

    /** One restore. */
    private final class Run {
        private final NodeRestoreRequest request;
        private final NodeStaging staging;
        private final OtherRestores others;
        private final CommitLog commitLog;
        private final SwapPlanner planner;
        private final RestoreChecks checks;
        private final TargetTables targetTables;
        private final RestorePreparation preparation;
        private final StageFiles stageFiles;
        private final NodeSwap swap;
        private final RestoredNode restored;
        private final long began = System.nanoTime();

        Run(NodeRestoreRequest request, CassandraYaml node, NodeStaging staging) {
            LocalCopies copies = new LocalCopies();
            TokenTakeover takeover = new TokenTakeover(node.file(), request.sudoAllowed());
            this.checks = new RestoreChecks(node, service, schema::checks, request.sudoAllowed());
            this.request = request;
            this.staging = staging;
            this.others = new OtherRestores(staging);
            this.commitLog = new CommitLog(node, service);
            this.planner = new SwapPlanner(node, request.selection().isAll(), request.keepAuth());
            this.targetTables = new TargetTables(node, schema, staging.schemaJournal(), catalog, transfers);
            this.preparation = new RestorePreparation(
                    request, node, service, new Definitions(catalog), targetTables, takeover, copies, checks);
            this.stageFiles = new StageFiles(staging, new Fetch(catalog, transfers), copies);
            this.swap = new NodeSwap(node, service, staging, request.stayDownOnFailure());
            this.restored = new RestoredNode(request, node, service, schema, staging, targetTables, takeover);
        }

        Result restore() {
            refuseIfAnotherIsInterrupted();
            Optional<Journal> own = interrupted();
            if (own.isPresent()) {
                SwapPlan plan = own.get().plan();
                resume(own.get());
                if (isThisSelection(plan)) {
                    return resumed();
                }
            }
            return Backups.reading(catalog, request.node(), request.name(), this::restore);
        }

        private Result restore(StoredBackup backup) {
            RestoreInput planned = preparation.prepare(backup, false);
            others.discardStaged();
            StagedFiles staged = stageFiles.run(planned.placed());
            Optional<CassandraLog> log = log();
            SwapPlan plan = swapped(planned, backup.schema().withReplications(request.replications()));
            restored.startAndVerify(plan, planned.tokens(), () -> RestoredIndexes.of(backup, planned.sections()), log);
            return result(planned, staged);
        }

        /** Creates missing tables and swaps; only now, since an object might have been missing, or the disk full. */
        private SwapPlan swapped(RestoreInput planned, BackupSchema schemaToCreate) {
            try {
                SwapPlan plan =
                        planSwap(planned.moved(targetTables.create(schemaToCreate, service.isUp()), stageFiles));
                swap.run(plan);
                return plan;
            } catch (MedusaException failed) {
                boolean isSwapped = staging.journal()
                        .map(Journal::plan)
                        .filter(Swap::hasBegun)
                        .isPresent();
                throw isSwapped ? failed : targetTables.afterCreation(failed);
            }
        }

        Result stage() {
            refuseIfAnotherIsInterrupted();
            if (interrupted().isPresent()) {
                LOG.info("The restore of {} was interrupted after everything had been staged", request.name());
                return new Result(0, 0, 0, 0, 0, elapsed());
            }
            return Backups.reading(catalog, request.node(), request.name(), this::stage);
        }

        private Result stage(StoredBackup backup) {
            RestoreInput input = preparation.prepare(backup, false);
            others.discardStaged();
            return result(input, stageFiles.run(input.placed()));
        }

        RestorePlan plan() {
            refuseIfAnotherIsInterrupted();
            RestoreInput input = preparation.prepare(finished(), true);
            List<DirectorySwap> tables = planner.tables(input.sections(), input.targets(), input.placed());
            boolean up = service.isUp();
            SwapPlan plan = planner.of(
                    tables,
                    planner.holdTablesOnly() && staging.paths().areBeside(),
                    up || !commitLog.hasSegments(),
                    request.selectionText());
            return RestorePlans.of(request, up, plan, tables, input, stageFiles.plan(input.placed()));
        }

        /** Drains the node, unless it is down: from here on it must be stopped. */
        private SwapPlan planSwap(RestoreInput input) {
            List<DirectorySwap> tables = planner.tables(input.sections(), input.targets(), input.placed());
            boolean inOneStep = planner.holdTablesOnly() && staging.trySwappingWhole();
            if (service.isUp()) {
                targetTables.announceViews(input.targets().values());
            }
            boolean drained = commitLog.settle(request.selection().isAll(), "restoring " + request.name());
            return planner.of(tables, inOneStep, drained, request.selectionText());
        }

        /** Located while the node runs: if it does not come up, its log says why. */
        private Optional<CassandraLog> log() {
            return service.log().map(CassandraLog::new);
        }

        private Optional<Journal> interrupted() {
            return staging.journal().filter(journal -> journal.phase().isInBetween());
        }

        private void refuseIfAnotherIsInterrupted() {
            others.interrupted().ifPresent(other -> {
                throw new MedusaException(
                        FailureKind.BUSY,
                        "the restore in " + other + " was interrupted during its swap and must be completed first. Run"
                                + " restore-node for that backup again, or restore-node --undo");
            });
        }

        /** Completes the swap of an interrupted run; if it was one of the same tables, starts and verifies the node. */
        private void resume(Journal journal) {
            if (journal.phase() != Journal.Phase.SWAPPING) {
                throw new MedusaException(
                        FailureKind.BUSY,
                        "undoing the restore of " + request.name()
                                + " was interrupted and must be completed first. Run restore-node --undo again");
            }
            LOG.info("Resuming the interrupted restore of {}", request.name());
            SwapPlan plan = journal.plan();
            checks.warn(plan.isOfWholeNode());
            // read before the node is stopped: the bucket may be unreachable, or the backup deleted
            List<BigInteger> tokens = isThisSelection(plan) && request.target() == Target.REMOTE
                    ? preparation.tokens(finished())
                    : List.of();
            if (service.isUp() || (!plan.guarded() && !Swap.hasBegun(plan))) {
                // it may have been started by hand in between; writes acknowledged then are only in its commit log
                commitLog.settle(plan.isOfWholeNode(), "restoring " + request.name());
            }
            Optional<CassandraLog> log = log();
            swap.run(plan);
            if (isThisSelection(plan)) {
                restored.startAndVerify(plan, tokens, this::indexesAsFound, log);
            }
        }

        private boolean isThisSelection(SwapPlan plan) {
            return plan.selection().equals(request.selectionText());
        }

        /** The indexes after a resumed swap, read from the backup again. */
        private RestoredIndexes indexesAsFound() {
            StoredBackup backup = finished();
            return RestoredIndexes.of(backup, preparation.sections(backup));
        }

        private StoredBackup finished() {
            return Backups.finished(catalog, request.node(), request.name());
        }

        /** What the resumed run has restored, in all: its files were staged by the one that was interrupted. */
        private Result resumed() {
            try {
                List<ManifestSection> sections = preparation.sections(finished());
                int files = sections.stream()
                        .mapToInt(section -> section.objects().size())
                        .sum();
                long bytes = sections.stream()
                        .flatMap(section -> section.objects().stream())
                        .mapToLong(ManifestEntry::size)
                        .sum();
                return new Result(sections.size(), files, bytes, 0, 0, elapsed());
            } catch (MedusaException unreadable) {
                LOG.warn("Cannot read what the backup holds, now that it is restored: {}", unreadable.getMessage());
                return new Result(planner.liveTables(), 0, 0, 0, 0, elapsed());
            }
        }

        private Result result(RestoreInput input, StagedFiles staged) {
            return new Result(
                    input.sections().size(),
                    staged.files(),
                    staged.bytes(),
                    staged.fetched(),
                    staged.fetchedBytes(),
                    elapsed());
        }

        private Duration elapsed() {
            return Duration.ofNanos(System.nanoTime() - began);
        }
    }
}
