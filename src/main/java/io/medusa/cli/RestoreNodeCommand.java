package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.cli.RestoreAction.Given;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.model.NodeName;
import io.medusa.report.Text;
import io.medusa.restore.AbortRestore;
import io.medusa.restore.AfterRestore;
import io.medusa.restore.LoadSSTables;
import io.medusa.restore.NodeRestoreRequest;
import io.medusa.restore.RestoreNode;
import io.medusa.restore.RestorePlan;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa restore-node}. */
@Command(
        name = "restore-node",
        description = {
            "Restore this node.",
            "Downloads and verifies what the node lacks, then stops Cassandra, swaps the data and starts "
                    + "Cassandra. With --keyspace or --table, all other tables stay unchanged. To resume, run the same "
                    + "command again."
        },
        footer = {
            "  medusa restore-node --backup-name monday --dry-run",
            "  medusa restore-node --backup-name monday --keep-previous",
            "  medusa restore-node --undo",
            "  medusa --fqdn 10.0.0.7 restore-node --remote --backup-name monday"
        })
final class RestoreNodeCommand extends NodeCommand implements Interruptible {
    /** After an interrupt. */
    static final String HOW_TO_GO_ON =
            "What was staged is kept. To resume, run the same command again; to give up, medusa restore-node --abort";

    private static final Logger LOG = LoggerFactory.getLogger(RestoreNodeCommand.class);

    @Option(
            names = "--backup-name",
            paramLabel = "NAME",
            description = "Name of the backup. Required, except with --undo and --abort.")
    @Nullable
    String backupName;

    @Option(
            names = "--temp-dir",
            paramLabel = "DIR",
            description = "Directory for the lock. Data is staged beside the data directories.")
    @Nullable
    Path tempDir;

    @Option(names = "--in-place", description = "Restore the node that was backed up (default).")
    boolean inPlace;

    @Option(
            names = "--remote",
            description =
                    "Replace the node named by --fqdn: restore its data and take over its tokens on this machine.")
    boolean remote;

    @Option(names = "--keep-auth", description = "With --remote: keep the roles and permissions of this node.")
    boolean keepAuth;

    @Option(
            names = "--version-target",
            paramLabel = "VERSION",
            description = "Accepted and ignored: the version is read from the node.")
    @Nullable
    String versionTarget;

    @Option(
            names = "--use-sstableloader",
            description = "Stream the backups of the nodes in --fqdn (comma-separated) into the running cluster with "
                    + "sstableloader.")
    boolean useSSTableLoader;

    @Option(
            names = "--seeds",
            paramLabel = "HOST,HOST",
            description = "Wait until one of these hosts is up before starting Cassandra.")
    @Nullable
    String seeds;

    @Option(names = "--verify", negatable = true, description = "Run the query in [checks] on the restored node.")
    boolean verify;

    @Mixin
    Selection selection = new Selection();

    @Option(
            names = "--replication",
            paramLabel = "[KEYSPACE=]MAP",
            description =
                    "With --keyspace or --table: create missing keyspaces with this replication instead of the backup's, "
                            + "such as \"{'class': 'NetworkTopologyStrategy', 'dc1': 1}\". Repeatable.")
    List<String> replication = List.of();

    @Option(
            names = "--keep-previous",
            description = "Keep the previous data on the node, for --undo, until the next restore.")
    boolean keepPrevious;

    @Option(names = "--undo", description = "Undo the last restore: bring back the previous data, if it was kept.")
    boolean undo;

    @Option(
            names = "--abort",
            description = "Give up interrupted restores: remove what they have staged. Live data stays as it is.")
    boolean abort;

    @Option(
            names = "--stage-only",
            description = "Download and verify into the staging directory; leave live data unchanged. The same command "
                    + "without this option resumes from there.")
    boolean stageOnly;

    @Option(
            names = "--stay-down-on-failure",
            description = "If the swap fails and is rolled back, leave Cassandra down instead of starting it with its "
                    + "previous data. restore-cluster uses this so that old and new data do not meet in one ring. "
                    + "Cassandra 6 nodes of a larger cluster are restored as a whole with this option only.")
    boolean stayDownOnFailure;

    @Option(names = "--dry-run", description = "Print what would be done; change nothing.")
    boolean dryRun;

    @Mixin
    Confirmation confirmation = new Confirmation();

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    public Optional<String> afterInterrupt() {
        return undo || abort || dryRun || useSSTableLoader ? Optional.empty() : Optional.of(HOW_TO_GO_ON);
    }

    @Override
    int run(Medusa medusa) {
        RestoreAction action = action();
        if (action instanceof RestoreAction.Undo) {
            undo(medusa);
        } else if (action instanceof RestoreAction.Abort) {
            abort(medusa);
        } else if (action instanceof RestoreAction.Load) {
            load(medusa);
        } else if (action instanceof RestoreAction.Plan) {
            plan(medusa);
        } else if (action instanceof RestoreAction.Stage) {
            stage(medusa);
        } else {
            restore(medusa);
        }
        return 0;
    }

    private RestoreAction action() {
        Set<Given> given = EnumSet.noneOf(Given.class);
        add(given, Given.BACKUP_NAME, backupName != null);
        add(given, Given.IN_PLACE, inPlace);
        add(given, Given.REMOTE, remote);
        add(given, Given.KEEP_AUTH, keepAuth);
        add(given, Given.VERSION_TARGET, versionTarget != null);
        add(given, Given.USE_SSTABLELOADER, useSSTableLoader);
        add(given, Given.SEEDS, seeds != null);
        add(given, Given.VERIFY, verify);
        add(given, Given.KEYSPACE, !selection.keyspaces.isEmpty());
        add(given, Given.TABLE, !selection.tables.isEmpty());
        add(given, Given.REPLICATION, !replication.isEmpty());
        add(given, Given.KEEP_PREVIOUS, keepPrevious);
        add(given, Given.UNDO, undo);
        add(given, Given.ABORT, abort);
        add(given, Given.STAGE_ONLY, stageOnly);
        add(given, Given.STAY_DOWN_ON_FAILURE, stayDownOnFailure);
        add(given, Given.DRY_RUN, dryRun);
        try {
            return RestoreAction.of(given);
        } catch (MedusaException refused) {
            throw usage(String.valueOf(refused.getMessage()));
        }
    }

    private static void add(Set<Given> given, Given option, boolean there) {
        if (there) {
            given.add(option);
        }
    }

    private Path temporary(Medusa medusa) {
        return tempDir == null ? medusa.requests().temporaryDirectory() : tempDir;
    }

    private BackupName name() {
        return new BackupName(Objects.requireNonNull(backupName));
    }

    private NodeRestoreRequest request(Medusa medusa) {
        return medusa.requests()
                .restoreNode(name())
                .selection(selection.tableSelection())
                .replications(RestoreClusterValues.replications(replication))
                .remote(remote)
                .keepAuth(keepAuth)
                .seeds(seedList())
                .verify(verify)
                .keepPrevious(keepPrevious)
                .stayDownOnFailure(stayDownOnFailure)
                .temporaryDirectory(Optional.ofNullable(tempDir))
                .request();
    }

    private void plan(Medusa medusa) {
        AfterRestore after = after(medusa);
        print(medusa.onNode().restoreNode().plan(request(medusa)), after);
    }

    private void stage(Medusa medusa) {
        RestoreNode.Result staged = medusa.onNode().restoreNode().stage(request(medusa));
        LOG.info("Staged {} of {}; live data is unchanged", Count.of(staged.tables(), "table"), backupName);
    }

    private void restore(Medusa medusa) {
        RestoreNode restoreNode = medusa.onNode().restoreNode();
        NodeRestoreRequest request = request(medusa);
        AfterRestore after = after(medusa);
        if (!confirmation.yes && session().canAsk() && !restoreNode.isToBeCompleted(request)) {
            confirmUnless(false, () -> question(restoreNode.plan(request)));
        }
        report(medusa.hooked().restoreNode(medusa.onNode()::restoreNode, request), after);
    }

    /** Another node's successor begins where that one ended, whatever its own ring was. */
    private AfterRestore after(Medusa medusa) {
        return remote
                ? AfterRestore.NOTHING
                : medusa.onNode()
                        .singleReplica()
                        .ofNode(medusa.node(), name(), selection.tableSelection(), stayDownOnFailure);
    }

    private void load(Medusa medusa) {
        LoadSSTables.Result result = medusa.onNode()
                .loadSSTables()
                .run(new LoadSSTables.Request(
                        Arrays.stream(medusa.node().value().split(",", -1))
                                .map(NodeName::new)
                                .toList(),
                        name(),
                        selection.tableSelection(),
                        keepAuth,
                        temporary(medusa)));
        LOG.info(
                "Loaded {}, {}, in {}",
                Count.of(result.tables(), "table"),
                Text.size(result.bytes()),
                Text.duration(result.duration()));
    }

    private static String question(RestorePlan plan) {
        long removed = plan.tables().stream()
                .filter(table -> table.action() == RestorePlan.TableAction.REMOVED)
                .count();
        return "Replace the data of " + Count.of(plan.tables().size() - removed, "table") + " of this node by backup "
                + plan.name() + " (" + Text.size(plan.bytes()) + ")"
                + (removed == 0 ? "" : " and remove " + Count.of(removed, "table") + " that it lacks")
                + "? Cassandra is stopped meanwhile.";
    }

    private void abort(Medusa medusa) {
        AbortRestore flow = medusa.onNode().abortRestore();
        AbortRestore.Request request = medusa.requests().abortRestore(Optional.ofNullable(tempDir));
        List<AbortRestore.Staged> staged = flow.staged(request);
        if (!dryRun && !staged.isEmpty()) {
            confirmAlwaysUnless(
                    confirmation.yes,
                    "removing what interrupted restores have staged",
                    () -> "Remove what " + Count.of(staged.size(), "interrupted restore") + " staged ("
                            + Text.size(bytes(staged)) + ")? Resuming would no longer be possible.");
        }
        List<AbortRestore.Staged> gone = dryRun ? staged : flow.run(request);
        boolean isResult = dryRun && output == OutputFormat.text;
        gone.forEach(each ->
                say(isResult, (dryRun ? "Would remove " : "Removed ") + each.id() + ", " + Text.size(each.bytes())));
        if (gone.isEmpty()) {
            say(isResult, "No interrupted restore has staged anything on this node");
        }
        if (output == OutputFormat.json) {
            print(Json.document(Map.of(
                    "dry_run",
                    dryRun,
                    "removed",
                    gone.stream()
                            .map(each -> Map.of(
                                    "id",
                                    each.id(),
                                    "directories",
                                    each.directories().stream()
                                            .map(Path::toString)
                                            .toList(),
                                    "size",
                                    each.bytes()))
                            .toList())));
        }
    }

    private static long bytes(List<AbortRestore.Staged> staged) {
        return staged.stream().mapToLong(AbortRestore.Staged::bytes).sum();
    }

    private void undo(Medusa medusa) {
        confirmUnless(
                confirmation.yes,
                () ->
                        "Replace this node's data by that from before the last restore? What was restored and written since"
                                + " is removed; Cassandra is stopped meanwhile.");
        String undone = medusa.onNode().undoRestore().run(medusa.requests().undoRestore(Optional.ofNullable(tempDir)));
        LOG.info("Undid the last restore: the node has its previous data ({})", undone);
        LOG.info("- If it has replicas, run nodetool repair --full: writes since that restore are missing here");
        if (output == OutputFormat.json) {
            print(Json.document(Map.of("undone", undone)));
        }
    }

    private void report(RestoreNode.Result result, AfterRestore after) {
        if (result.tables() > 0) {
            LOG.info(
                    "Restored {} from {}: {}, {} in {}",
                    Count.of(result.tables(), "table"),
                    backupName,
                    Count.of(result.files(), "file"),
                    Text.size(result.bytes()),
                    Text.duration(result.duration()));
            Text.fetched(result.files(), result.bytes(), result.fetched(), result.fetchedBytes())
                    .forEach(LOG::info);
            AfterRestoreText.lines(after).forEach(LOG::warn);
        }
        if (output == OutputFormat.json) {
            Map<String, Object> json = new HashMap<>();
            json.put("name", backupName);
            json.put("restored_tables", result.tables());
            json.put("num_objects", result.files());
            json.put("size", result.bytes());
            json.put("fetched_objects", result.fetched());
            json.put("fetched_bytes", result.fetchedBytes());
            json.put("duration_seconds", result.duration().toMillis() / 1000.0);
            json.put("after_restore", AfterRestoreText.json(after));
            print(Json.document(json));
        }
    }

    private void print(RestorePlan plan, AfterRestore after) {
        if (output == OutputFormat.json) {
            Map<String, Object> json = PlanJson.of(plan);
            json.put("after_restore", AfterRestoreText.json(after));
            print(Json.document(json));
            return;
        }
        print("Restore of " + plan.name() + ", dry run: nothing is changed");
        print("");
        TextTable table = new TextTable("TABLE", "ACTION", "FILES>", "SIZE>", "DOWNLOAD>");
        plan.tables()
                .forEach(row -> table.row(
                        row.name(),
                        row.action().name().toLowerCase(java.util.Locale.ROOT),
                        String.valueOf(row.files()),
                        Text.size(row.bytes()),
                        Text.size(row.bytesToFetch())));
        table.lines().forEach(this::print);
        print("");
        print("- " + Count.of(plan.files(), "file") + ", " + Text.size(plan.bytes()) + "; to download: "
                + Count.of(plan.filesToFetch(), "file") + ", " + Text.size(plan.bytesToFetch()) + "; reused: "
                + Count.of(plan.files() - plan.filesToFetch(), "file") + ", "
                + Text.size(plan.bytes() - plan.bytesToFetch()));
        plan.spaces()
                .forEach(space -> print("- Space below " + space.where() + ": " + Text.size(space.needed())
                        + " needed, " + Text.size(space.free()) + " free"
                        + (space.free() < space.needed() ? ": NOT ENOUGH" : "")));
        print(
                plan.stopsNode()
                        ? "- Cassandra is running and will be drained, stopped and started"
                        : "- Cassandra is down and will be started");
        print("- Set aside: the content of "
                + plan.cleared().stream().map(Path::toString).collect(java.util.stream.Collectors.joining(", ")));
        print(
                plan.inOneStep()
                        ? "- Old and new data are swapped in one step"
                        : "- Directories are swapped one by one; Cassandra cannot start until all are");
        AfterRestoreText.lines(after).forEach(this::print);
    }

    private List<String> seedList() {
        return seeds == null
                ? List.of()
                : Arrays.stream(seeds.split(",", -1))
                        .map(String::strip)
                        .filter(seed -> !seed.isEmpty())
                        .toList();
    }
}
