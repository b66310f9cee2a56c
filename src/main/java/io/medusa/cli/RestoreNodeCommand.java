package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.report.Text;
import io.medusa.restore.AfterRestore;
import io.medusa.restore.LoadSSTables;
import io.medusa.restore.RestoreNode;
import io.medusa.restore.RestorePlan;
import io.medusa.restore.UndoRestore;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa restore-node}. */
@Command(
        name = "restore-node",
        description =
                "Restore this node: fetch what it lacks and check everything, then stop Cassandra, exchange the data and"
                        + " start it. With --keyspace or --table all other tables stay as they are.")
final class RestoreNodeCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreNodeCommand.class);

    @Option(
            names = "--backup-name",
            paramLabel = "NAME",
            description = "Name of the backup; required, except with --undo.")
    @Nullable
    String backupName;

    @Option(
            names = "--temp-dir",
            paramLabel = "DIRECTORY",
            description = "Directory for the lock; data is staged beside the data directories.")
    @Nullable
    Path tempDir;

    @Option(names = "--in-place", description = "Restore the node that was backed up (the default).")
    boolean inPlace;

    @Option(
            names = "--remote",
            description = "Take the place of the node that --fqdn names: its data and its tokens, on this machine.")
    boolean remote;

    @Option(names = "--keep-auth", description = "With --remote: users and rights stay those of this node.")
    boolean keepAuth;

    @Option(
            names = "--version-target",
            paramLabel = "VERSION",
            description = "Accepted for scripts; the version is that of the node.")
    @Nullable
    String versionTarget;

    @Option(
            names = "--use-sstableloader",
            description =
                    "Load the backups of the nodes that --fqdn names, separated by commas, into the running cluster by"
                            + " sstableloader.")
    boolean useSSTableLoader;

    @Option(
            names = "--seeds",
            paramLabel = "HOST,HOST",
            description = "Wait for one of these hosts before Cassandra is started.")
    @Nullable
    String seeds;

    @Option(names = "--verify", negatable = true, description = "Run the query of [checks] on the restored node.")
    boolean verify;

    @Mixin
    Selection selection = new Selection();

    @Option(
            names = "--keep-previous",
            description = "Keep the state before the restore on the node, for --undo, until the next restore.")
    boolean keepPrevious;

    @Option(names = "--undo", description = "Go back to the state before the last restore, if it is kept.")
    boolean undo;

    @Option(
            names = "--stage-only",
            description =
                    "Only fetch and check everything, beside the live data; the same command without this goes on from"
                            + " there.")
    boolean stageOnly;

    @Option(
            names = "--stay-down-on-failure",
            description =
                    "If the swap fails and is rolled back, leave Cassandra down instead of starting it with its previous data."
                            + " restore-cluster runs nodes this way, so that old and new data do not meet in one ring.")
    boolean stayDownOnFailure;

    @Option(names = "--dry-run", description = "Only print what would be done.")
    boolean dryRun;

    @Option(names = "--output", paramLabel = "text|json", description = "Print the result as JSON.")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        Path temporary = tempDir == null ? medusa.temporaryDirectory() : tempDir;
        if (undo) {
            return undo(medusa, temporary);
        }
        if (backupName == null) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "Missing option '--backup-name'.");
        }
        if (useSSTableLoader) {
            return load(medusa, temporary);
        }
        if (inPlace && remote) {
            throw new MedusaException(FailureKind.USAGE, "--in-place and --remote exclude each other");
        }
        RestoreNode.Request request = new RestoreNode.Request(
                medusa.node(),
                new BackupName(backupName),
                selection.tableSelection(),
                remote ? RestoreNode.Target.REMOTE : RestoreNode.Target.IN_PLACE,
                keepAuth,
                seedList(),
                verify ? Optional.of(medusa.restoreCheck()) : Optional.empty(),
                keepPrevious,
                stayDownOnFailure,
                medusa.sudoAllowed(),
                temporary);
        if (dryRun) {
            AfterRestore after = after(medusa);
            Optional<RestorePlan> plan = medusa.restoreNode().plan(request);
            plan.ifPresentOrElse(found -> print(found, after), () -> LOG.warn("Nothing to restore"));
            return 0;
        }
        if (stageOnly) {
            RestoreNode.Result staged = medusa.restoreNode().stage(request);
            LOG.info("Staged {} tables of {}; nothing has been changed yet", staged.tables(), backupName);
            return 0;
        }
        AfterRestore after = after(medusa);
        report(medusa.restoreNode().run(request), after);
        return 0;
    }

    /** Another node's successor begins where that one ended, whatever its own ring was. */
    private AfterRestore after(Medusa medusa) {
        return remote
                ? AfterRestore.NOTHING
                : medusa.singleReplica()
                        .ofNode(
                                medusa.node(),
                                new BackupName(Objects.requireNonNull(backupName)),
                                selection.tableSelection());
    }

    private int load(Medusa medusa, Path temporary) {
        LoadSSTables.Result result = medusa.loadSSTables()
                .run(new LoadSSTables.Request(
                        Arrays.stream(medusa.node().value().split(",", -1))
                                .map(NodeName::new)
                                .toList(),
                        new BackupName(Objects.requireNonNull(backupName)),
                        selection.tableSelection(),
                        keepAuth,
                        temporary));
        LOG.info(
                "Loaded {} tables, {}, in {}",
                result.tables(),
                Text.size(result.bytes()),
                Text.duration(result.duration()));
        return 0;
    }

    private int undo(Medusa medusa, Path temporary) {
        if (backupName != null
                || dryRun
                || remote
                || !selection.tableSelection().isAll()) {
            throw new MedusaException(
                    FailureKind.USAGE,
                    "--undo goes back to the state before the last restore and takes no other options");
        }
        String undone =
                medusa.undoRestore().run(new UndoRestore.Request(medusa.node(), medusa.sudoAllowed(), temporary));
        LOG.info("The node has the data it had before the restore ({})", undone);
        LOG.info("- If it has replicas: run nodetool repair --full, since it lacks what was written meanwhile");
        if (output == OutputFormat.json) {
            print(Json.line(Map.of("undone", undone)));
        }
        return 0;
    }

    private void report(RestoreNode.Result result, AfterRestore after) {
        if (result.tables() > 0) {
            LOG.info(
                    "Restored {} tables from {}: {} files, {} in {}",
                    result.tables(),
                    backupName,
                    result.files(),
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
            print(Json.line(json));
        }
    }

    private void print(RestorePlan plan, AfterRestore after) {
        if (output == OutputFormat.json) {
            Map<String, Object> json = PlanJson.of(plan);
            json.put("after_restore", AfterRestoreText.json(after));
            print(Json.line(json));
            return;
        }
        print("Restore of " + plan.name() + ", dry run: nothing is changed");
        print("");
        TextTable table = new TextTable("TABLE", "FATE", "FILES>", "SIZE>", "TO FETCH>");
        plan.tables()
                .forEach(row -> table.row(
                        row.name(),
                        row.action().name().toLowerCase(java.util.Locale.ROOT),
                        String.valueOf(row.files()),
                        Text.size(row.bytes()),
                        Text.size(row.bytesToFetch())));
        table.lines().forEach(this::print);
        print("");
        print("- " + plan.files() + " files, " + Text.size(plan.bytes()) + "; to fetch: " + plan.filesToFetch()
                + " files, " + Text.size(plan.bytesToFetch()) + "; on the node already: "
                + (plan.files() - plan.filesToFetch()) + " files, " + Text.size(plan.bytes() - plan.bytesToFetch()));
        plan.spaces()
                .forEach(space -> print("- Space below " + space.where() + ": " + Text.size(space.needed())
                        + " needed, " + Text.size(space.free()) + " free"
                        + (space.free() < space.needed() ? ": NOT ENOUGH" : "")));
        print(
                plan.stopsNode()
                        ? "- Cassandra runs and will be drained, stopped and started"
                        : "- Cassandra is down and will be started");
        print("- Set aside: the content of "
                + plan.cleared().stream().map(Path::toString).collect(java.util.stream.Collectors.joining(", ")));
        print(
                plan.inOneStep()
                        ? "- Old and new data are exchanged in one step"
                        : "- Directories are exchanged one by one; until all are, Cassandra is kept from starting");
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
