package io.medusa.restore;

import io.medusa.cassandra.CassandraLog;
import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.KnownDirectories;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableSelection;
import io.medusa.model.TokenMap;
import io.medusa.os.ExclusiveLock;
import io.medusa.os.Privileges;
import io.medusa.repository.BackupCatalog;
import io.medusa.restore.Placement.Placed;
import io.medusa.transfer.TransferPool;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores this node: what it does not have already is fetched beside the live data and compared with the manifest while the node
 * still runs; only then it is stopped, directories are exchanged by renaming, and it is started again. What cannot be completed
 * is turned back; what was cut off is carried on by the same request.
 */
public final class RestoreNode {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreNode.class);

    /** The tables of keyspace {@code system} that are true of one node only. */
    private static final Set<String> IDENTITY = Set.of(
            "local",
            "peers",
            "peers_v2",
            "peer_events",
            "peer_events_v2",
            "available_ranges",
            "available_ranges_v2",
            "transferred_ranges",
            "transferred_ranges_v2",
            "size_estimates",
            "table_estimates");

    private final BackupCatalog catalog;
    private final CassandraYaml yaml;
    private final CassandraService service;
    private final CassandraSchema schema;
    private final TransferPool transfers;

    /** All of them stay the caller's to close. */
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

    /** Whose place the node takes. */
    public enum Target {
        /** Its own: the node that was backed up. */
        IN_PLACE,
        /** That of another node, whose tokens it takes over; its address and host id stay its own. */
        REMOTE
    }

    /**
     * What to restore, and how.
     *
     * @param selection everything, or the tables that are exchanged while all others stay as they are
     * @param keepAuth whether the users and rights of this node stay; REMOTE only
     * @param seeds hosts, one of which must be up before the node is started; none to start at once
     * @param check what to ask the restored node, if anything
     * @param keepPrevious whether the previous state is kept after all went well
     * @param stayDownOnFailure whether a node whose exchange is turned back is left down, since the others of its ring have other
     *     data by then
     * @param sudoAllowed whether sudo may be used below the data directories
     * @param temporaryDirectory for the lock
     */
    public record Request(
            NodeName node,
            BackupName name,
            TableSelection selection,
            Target target,
            boolean keepAuth,
            List<String> seeds,
            Optional<RestoreCheck> check,
            boolean keepPrevious,
            boolean stayDownOnFailure,
            boolean sudoAllowed,
            Path temporaryDirectory) {}

    /**
     * What was restored.
     *
     * @param tables number of tables, 0 if the selection matched none and nothing was done
     * @param fetched files that came from the store; the others were on this node already
     */
    public record Result(int tables, int files, long bytes, int fetched, long fetchedBytes, Duration duration) {}

    /**
     * Restores.
     *
     * @throws MedusaException if it could not be completed; the message says whether the node was changed
     */
    public Result run(Request request) {
        return locked(request, Run::restore);
    }

    /**
     * Fetches and checks everything, and leaves it beside the live data for a {@link #run} that follows; the node is not touched.
     */
    public Result stage(Request request) {
        return locked(request, Run::stage);
    }

    /** Tells what {@link #run} would do, without changing anything; nothing if the selection matches no table. */
    public Optional<RestorePlan> plan(Request request) {
        return locked(request, Run::plan);
    }

    private <T> T locked(Request request, Function<Run, T> work) {
        if (request.keepAuth() && request.target() == Target.IN_PLACE) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "--keep-auth is for --remote only: in place, users and rights belong to the node that is restored");
        }
        if (request.target() == Target.REMOTE && !request.selection().isAll()) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "--remote makes this node another one and takes all tables: leave out --keyspace and --table, or use"
                            + " restore-table for single ones");
        }
        try (ExclusiveLock lock = RestoreArea.lock(request.temporaryDirectory(), request.node())) {
            CassandraYaml node = NodeDirectories.inUse(yaml, service);
            RestoreArea area = new RestoreArea(
                    RestoreArea.idFor(request.name().value()),
                    node.allDataDirectories(),
                    Privileges.over(node.dataDirectories().get(0), request.sudoAllowed()));
            return work.apply(new Run(request, node, area));
        }
    }

    /** One restore. */
    private final class Run {
        private final Request request;
        private final CassandraYaml node;
        private final RestoreArea area;
        private final NodeSwap swap;
        private final SwapPlan swapPlan;
        private final TargetTables targetTables;
        private final TokenTakeover settings;
        private final Optional<TokenTakeover> takenTokens;
        private final CommitLog commitLog;
        private final LocalCopies copies = new LocalCopies();
        private final IndexRebuild indexRebuild = new IndexRebuild(service);
        private final long began = System.nanoTime();
        private Optional<CassandraLog> log = Optional.empty();

        Run(Request request, CassandraYaml node, RestoreArea area) {
            this.request = request;
            this.node = node;
            this.area = area;
            this.swap = new NodeSwap(node, service, area, request.stayDownOnFailure());
            this.swapPlan = new SwapPlan(node, request.selection().isAll(), request.keepAuth());
            this.targetTables = new TargetTables(node, schema, area.schemaJournal(), catalog, transfers);
            this.settings = new TokenTakeover(node.file(), request.sudoAllowed());
            this.takenTokens = request.target() == Target.REMOTE ? Optional.of(settings) : Optional.empty();
            this.commitLog = new CommitLog(node, service);
        }

        /** What a backup gives and where it goes. */
        private record Contents(
                NodeBackup backup,
                List<ManifestSection> sections,
                Map<TableDirectory, TableDirectory> targets,
                List<Placed> placed) {}

        Result restore() {
            refuseIfAnotherIsInBetween();
            Optional<Journal> cutOff =
                    area.journal().filter(journal -> journal.phase().isInBetween());
            if (cutOff.isPresent()) {
                Swap.Plan plan = cutOff.get().plan();
                if (cutOff.get().phase() != Journal.Phase.EXCHANGING) {
                    throw new MedusaException(
                            FailureKind.BUSY,
                            "undoing the restore of " + request.name()
                                    + " was cut off and must be completed first: run restore-node --undo again");
                }
                LOG.info("Resuming the interrupted restore of {}", request.name());
                boolean isThisOne = plan.selection().equals(selection());
                // asked before the node is stopped: the bucket may be out of reach, or the backup deleted
                List<BigInteger> tokens = isThisOne ? tokens() : List.of();
                if (service.isUp() || (!plan.guarded() && !Swap.hasBegun(plan))) {
                    // it may have been started by hand in between: what it acknowledged then is in its commit log only
                    commitLog.settle(plan.isOfWholeNode(), "restoring " + request.name());
                }
                swapData(plan);
                if (isThisOne) {
                    finish(plan, this::indexesAsFound, tokens);
                    return new Result(swapPlan.liveTables(), 0, 0, 0, 0, elapsed());
                }
            }
            return Backups.reading(catalog, request.node(), request.name(), this::fromBackup);
        }

        private void refuseIfAnotherIsInBetween() {
            area.otherInBetween().ifPresent(other -> {
                throw new MedusaException(
                        FailureKind.BUSY,
                        "the restore in " + other + " was cut off while it exchanged directories and must be completed"
                                + " first: run restore-node for that backup again, or restore-node --undo");
            });
        }

        private Result fromBackup(NodeBackup backup) {
            Optional<Contents> found = contents(backup, false);
            if (found.isEmpty()) {
                LOG.warn("Nothing to restore");
                return new Result(0, 0, 0, 0, 0, elapsed());
            }
            Contents contents = found.get();
            List<BigInteger> tokens = tokens();
            takenTokens.ifPresent(yamlFile -> yamlFile.check(tokens));
            area.discardOthersStaging();
            Staging.Done staged = new Staging(area, new Fetch(catalog, transfers), copies).stage(contents.placed());
            List<Swap.Exchange> tables = swapPlan.tables(contents.sections(), contents.targets(), contents.placed());
            boolean inOneStep = swapPlan.holdTablesOnly() && area.canExchangeWhole();
            if (service.isUp()) {
                targetTables.announceViews(contents.targets().values());
            }
            boolean drained = commitLog.settle(request.selection().isAll(), "restoring " + request.name());
            Swap.Plan plan = swapPlan.of(tables, inOneStep, drained, selection());
            swapData(plan);
            finish(plan, () -> indexes(contents.backup(), contents.sections()), tokens);
            return new Result(
                    contents.sections().size(),
                    staged.files(),
                    staged.bytes(),
                    staged.fetched(),
                    staged.fetchedBytes(),
                    elapsed());
        }

        Result stage() {
            refuseIfAnotherIsInBetween();
            if (area.journal().filter(journal -> journal.phase().isInBetween()).isPresent()) {
                LOG.info("The restore of {} was cut off after everything had been staged", request.name());
                return new Result(0, 0, 0, 0, 0, elapsed());
            }
            return Backups.reading(catalog, request.node(), request.name(), this::stage);
        }

        private Result stage(NodeBackup backup) {
            Optional<Contents> found = contents(backup, false);
            if (found.isEmpty()) {
                LOG.warn("Nothing to restore");
                return new Result(0, 0, 0, 0, 0, elapsed());
            }
            Contents contents = found.get();
            takenTokens.ifPresent(yamlFile -> yamlFile.check(tokens()));
            area.discardOthersStaging();
            Staging.Done staged = new Staging(area, new Fetch(catalog, transfers), copies).stage(contents.placed());
            return new Result(
                    contents.sections().size(),
                    staged.files(),
                    staged.bytes(),
                    staged.fetched(),
                    staged.fetchedBytes(),
                    elapsed());
        }

        /** @param onlyLook whether nothing may be created in the schema */
        private Optional<Contents> contents(NodeBackup backup, boolean onlyLook) {
            List<ManifestSection> sections = selected(backup);
            if (sections.isEmpty()) {
                return Optional.empty();
            }
            Placement.checkNames(catalog, backup, sections);
            NodeDirectories.requireAll(node);
            if (request.target() == Target.IN_PLACE) {
                new SameNode(node, service).check(request.node(), () -> catalog.stored(backup)
                        .tokenMap()
                        .orThrow());
            }
            VersionCheck.of(node, service)
                    .check(
                            catalog.stored(backup).serverVersion(),
                            sections,
                            request.selection().isAll());
            if (request.selection().isAll()) {
                new Definitions(catalog, schema).require(backup, sections);
            } else {
                commitLog.refuseDrained();
            }
            Map<TableDirectory, TableDirectory> targets = request.selection().isAll()
                    ? Map.of()
                    : targetTables.find(backup, sections, service.isUp(), onlyLook);
            List<Placed> placed = new Placement(catalog, node, copies)
                    .place(backup, sections, table -> targets.getOrDefault(table, table));
            Backups.warnOfDamage(sections);
            return Optional.of(new Contents(backup, sections, targets, placed));
        }

        Optional<RestorePlan> plan() {
            refuseIfAnotherIsInBetween();
            NodeBackup backup = Backups.finished(catalog, request.node(), request.name());
            return contents(backup, true).map(contents -> {
                takenTokens.ifPresent(yamlFile -> yamlFile.check(tokens()));
                Fetch fetch = new Fetch(catalog, transfers);
                Fetch.Plan files = fetch.plan(new Staging(area, fetch, copies).items(contents.placed()));
                List<Swap.Exchange> tables =
                        swapPlan.tables(contents.sections(), contents.targets(), contents.placed());
                boolean up = service.isUp();
                Swap.Plan swaps = swapPlan.of(
                        tables,
                        swapPlan.holdTablesOnly() && area.couldExchangeWhole(),
                        up || !commitLog.hasSegments(),
                        selection());
                Set<TableDirectory> inBackup = contents.sections().stream()
                        .map(section -> contents.targets().getOrDefault(section.table(), section.table()))
                        .collect(Collectors.toSet());
                return RestorePlans.of(
                        request.name(),
                        request.selection().isAll(),
                        up,
                        swaps,
                        tables,
                        inBackup,
                        contents.placed(),
                        files);
            });
        }

        private Duration elapsed() {
            return Duration.ofNanos(System.nanoTime() - began);
        }

        /** The same text for the same selection. */
        private String selection() {
            return new TreeSet<>(request.selection().keyspaces()) + " "
                    + new TreeSet<>(request.selection().tables());
        }

        private List<BigInteger> tokens() {
            if (request.target() == Target.IN_PLACE) {
                return List.of();
            }
            NodeBackup backup = Backups.finished(catalog, request.node(), request.name());
            TokenMap.Node ring =
                    catalog.stored(backup).tokenMap().orThrow().nodes().get(request.node());
            if (ring == null || ring.tokens().isEmpty()) {
                throw new MedusaException(
                        FailureKind.BACKUP_DAMAGED,
                        "the token map of backup " + request.name() + " has no tokens of node " + request.node()
                                + "; nothing was changed");
            }
            return ring.tokens();
        }

        /** The sections of the tables asked for, and of the views on them, which would contradict them otherwise. */
        private List<ManifestSection> selected(NodeBackup backup) {
            Manifest manifest = catalog.stored(backup).manifest().orThrow();
            TableSelection selection = request.selection();
            if (selection.isAll() && !manifest.scope().isAll()) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "backup " + request.name() + " is partial (only " + manifest.scope()
                                + "), so that the whole node"
                                + " cannot be restored from it: name what to restore with --keyspace or --table");
            }
            Backups.checkSelection(selection, manifest);
            List<String> tables = manifest.sections().stream()
                    .map(ManifestSection::table)
                    .filter(selection::includes)
                    .map(TableDirectory::qualifiedName)
                    .toList();
            Set<String> views = selection.isAll()
                    ? Set.of()
                    : schema.viewsOf(catalog.stored(backup).schema(), tables);
            return manifest.sections().stream()
                    .filter(section -> selection.includes(section.table())
                            || views.contains(section.table().qualifiedName()))
                    .filter(section -> request.target() == Target.IN_PLACE
                            || !isLeftToTheNode(section.table(), request.keepAuth()))
                    .toList();
        }

        /** The tables that were restored by themselves; none of a whole node, whose views came with it. */
        private Set<TableDirectory> tablesOf(Swap.Plan plan) {
            return plan.isOfWholeNode()
                    ? Set.of()
                    : plan.exchanges().stream()
                            .flatMap(exchange -> Optional.ofNullable(exchange.table()).stream())
                            .collect(Collectors.toSet());
        }

        private void swapData(Swap.Plan plan) {
            // asked while the node runs: when it does not come up, its log says why
            log = service.log().map(CassandraLog::new);
            swap.run(plan);
        }

        /** @param indexes tells which secondary indexes the backup has */
        private void finish(Swap.Plan plan, Supplier<RestoredIndexes> indexes, List<BigInteger> tokens) {
            try {
                takenTokens.ifPresent(yamlFile -> {
                    area.noteSettings(yamlFile.fingerprint());
                    yamlFile.take(tokens);
                });
                new SeedWait(node).await(request.seeds());
                List<LiveSSTables.Given> given = LiveSSTables.in(plan.exchanges());
                service.start();
                if (service.isUp()) {
                    // one that somebody else starts later still has to read them
                    takenTokens.ifPresent(yamlFile -> yamlFile.giveBack(tokens.size()));
                    KnownDirectories.remember(node, service);
                }
                new LiveSSTables(service, node.allDataDirectories())
                        .requireOpened(given, request.selection().isAll(), schema, indexRebuild);
                rebuild(indexes.get());
                if (service.isUp()) {
                    targetTables.announceViews(tablesOf(plan));
                    targetTables.completeChanges();
                }
                request.check().ifPresent(check -> check.run(schema));
            } catch (MedusaException failed) {
                throw new MedusaException(
                        failed.kind(),
                        failed.getMessage() + whatKeptItDown()
                                + "; the restored data is in place and the previous data is kept in "
                                + area.describePrevious()
                                + " until this command succeeds; restore-node --undo goes back"
                                + " to it",
                        failed);
            }
            try {
                tidyUp(plan);
            } catch (MedusaException failed) {
                LOG.warn(
                        "The node is restored, but what the restore has kept could not be removed ({}); the next restore"
                                + " tries again",
                        failed.getMessage());
            }
        }

        /** Where {@code disk_failure_policy} is {@code stop}, as in Cassandra's own packages, one bad SSTable is enough. */
        private String whatKeptItDown() {
            return service.isUp()
                    ? ""
                    : log.flatMap(CassandraLog::corruptSSTable)
                            .map(sstable -> "; Cassandra cannot read " + sstable)
                            .orElse("");
        }

        private void tidyUp(Swap.Plan plan) {
            if (request.keepPrevious()) {
                area.forgetOthers(plan.cleared());
                area.keep();
                LOG.info(
                        "The previous state is kept in {}; restore-node --undo goes back to it",
                        area.describePrevious());
            } else {
                area.forget(plan.cleared());
            }
            if (!request.keepPrevious() || takenTokens.isEmpty()) {
                // only an undo of the restore that left it would put it back, and that restore is forgotten
                settings.forget();
            }
        }

        private RestoredIndexes indexes(NodeBackup backup, List<ManifestSection> sections) {
            return RestoredIndexes.of(backup, sections, catalog, schema);
        }

        /** After the exchange, when what was restored is only known by the backup. */
        private RestoredIndexes indexesAsFound() {
            NodeBackup backup = Backups.finished(catalog, request.node(), request.name());
            return indexes(backup, selected(backup));
        }

        private void rebuild(RestoredIndexes indexes) {
            if (!service.isUp()) {
                indexes.warn();
            } else if (request.selection().isAll()) {
                indexes.rebuildAll(indexRebuild);
            } else {
                indexes.rebuild(schema.indexesBuiltOnce(), indexRebuild);
            }
        }
    }

    /**
     * Whether a table tells who a node is, or what it knows of its neighbours, so that another node must not have it; on demand
     * also whether it holds users and rights.
     */
    static boolean isLeftToTheNode(TableDirectory table, boolean keepAuth) {
        return (table.keyspace().equals("system") && IDENTITY.contains(table.table()))
                || (keepAuth && table.keyspace().equals("system_auth"));
    }
}
