package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.model.Replication;
import io.medusa.model.TableName;
import io.medusa.report.Text;
import io.medusa.restore.AfterRestore;
import io.medusa.restore.RestoreTable;
import io.medusa.restore.TableRestorePlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code medusa restore-table}. */
@Command(
        name = "restore-table",
        description = {
            "Restore one table into the running node.",
            "Cassandra keeps running. Rows are merged by write time: what was deleted or overwritten since "
                    + "the backup stays deleted or overwritten, unless --truncate-first is given."
        },
        footer = {
            "  medusa restore-table shop.orders --backup-name monday",
            "  medusa restore-table shop.orders --as shop.orders_monday --backup-name monday"
        })
final class RestoreTableCommand extends NodeCommand implements Interruptible {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreTableCommand.class);

    @Parameters(paramLabel = "KEYSPACE.TABLE", description = "Table in the backup. Case-sensitive, without quotes.")
    @Nullable
    String table;

    @Option(names = "--backup-name", paramLabel = "NAME", required = true, description = "Name of the backup.")
    @Nullable
    String backupName;

    @Option(
            names = "--as",
            paramLabel = "KEYSPACE.TABLE",
            description = "Restore into this table instead. If it does not exist, create it like the original.")
    @Nullable
    String as;

    @Option(
            names = "--truncate-first",
            description =
                    "Truncate the table once everything is staged and verified. Single-node clusters only; on others "
                            + "use restore-cluster --table. Cassandra takes a snapshot first if auto_snapshot is true.")
    boolean truncateFirst;

    @Option(
            names = "--replication",
            paramLabel = "[KEYSPACE=]MAP",
            description =
                    "If the keyspace is missing, create it with this replication instead of the backup's, such as "
                            + "\"{'class': 'NetworkTopologyStrategy', 'dc1': 1}\".")
    List<String> replication = List.of();

    @Option(names = "--temp-dir", paramLabel = "DIR", description = "Directory for the lock.")
    @Nullable
    Path tempDir;

    @Option(names = "--dry-run", description = "Print what would be done; change nothing.")
    boolean dryRun;

    @Mixin
    Confirmation confirmation = new Confirmation();

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    public Optional<String> afterInterrupt() {
        return dryRun ? Optional.empty() : Optional.of(RestoreNodeCommand.HOW_TO_GO_ON);
    }

    @Override
    int run(Medusa medusa) {
        TableName from = TableName.parse(Objects.requireNonNull(table));
        TableName to = as == null ? from : TableName.parse(as);
        BackupName name = new BackupName(Objects.requireNonNull(backupName));
        AfterRestore after = medusa.onNode().singleReplica().ofTable(medusa.node(), name, from, to);
        RestoreTable.Request request = medusa.requests()
                .restoreTable(name, from)
                .into(to)
                .truncatingFirst(truncateFirst)
                .replicated(replicationOf(to));
        request = tempDir == null ? request : request.lockedIn(tempDir);
        if (dryRun) {
            print(request, medusa.onNode().restoreTable().plan(request), after);
            return 0;
        }
        if (truncateFirst) {
            confirmTruncation(request, medusa);
        }
        RestoreTable.Result result = medusa.hooked().restoreTable(medusa.onNode()::restoreTable, request);
        LOG.info(
                "Restored {} from {} into {}: {} imported, {} already live, in {}",
                from,
                backupName,
                to,
                Count.of(result.sstables(), "SSTable"),
                result.alreadyLive(),
                Text.duration(result.duration()));
        Text.fetched(result.files(), result.bytes(), result.fetched(), result.fetchedBytes())
                .forEach(LOG::info);
        AfterRestoreText.lines(after).forEach(LOG::warn);
        if (output == OutputFormat.json) {
            Map<String, Object> json = new TreeMap<>();
            json.put("name", backupName);
            json.put("table", from.toString());
            json.put("restored_into", to.toString());
            json.put("created", result.created());
            json.put("sstables", result.sstables());
            json.put("live_sstables", result.alreadyLive());
            json.put("num_objects", result.files());
            json.put("size", result.bytes());
            json.put("fetched_objects", result.fetched());
            json.put("fetched_bytes", result.fetchedBytes());
            json.put("duration_seconds", result.duration().toMillis() / 1000.0);
            json.put("after_restore", AfterRestoreText.json(after));
            print(Json.document(json));
        }
        return 0;
    }

    private void confirmTruncation(RestoreTable.Request request, Medusa medusa) {
        confirmAlwaysUnless(confirmation.yes, "truncating " + request.as(), () -> {
            TableRestorePlan plan = medusa.onNode().restoreTable().plan(request);
            return "Remove all rows of " + request.as() + " and restore " + Count.of(plan.files(), "file") + ", "
                    + Text.size(plan.bytes()) + " from " + backupName + "?";
        });
    }

    private Optional<Replication> replicationOf(TableName to) {
        Map<String, Replication> asked = RestoreClusterValues.replications(replication);
        asked.keySet().stream()
                .filter(keyspace -> !keyspace.isEmpty() && !keyspace.equals(to.keyspace()))
                .findFirst()
                .ifPresent(keyspace -> {
                    throw usage("--replication names keyspace " + keyspace + ", but the table is restored into "
                            + to.keyspace());
                });
        Replication own = asked.get(to.keyspace());
        return Optional.ofNullable(own == null ? asked.get("") : own);
    }

    private void print(RestoreTable.Request request, TableRestorePlan plan, AfterRestore after) {
        if (output == OutputFormat.json) {
            Map<String, Object> json = new TreeMap<>();
            json.put("name", backupName);
            json.put("dry_run", true);
            json.put("table", request.table().toString());
            json.put("restored_into", request.as().toString());
            json.put("created", plan.created());
            json.put("truncated", request.truncateFirst() && !plan.created());
            json.put("sstables", plan.sstables());
            json.put("live_sstables", plan.alreadyThere());
            json.put("num_objects", plan.files());
            json.put("size", plan.bytes());
            json.put("objects_to_fetch", plan.filesToFetch());
            json.put("bytes_to_fetch", plan.bytesToFetch());
            json.put("space", PlanJson.spaces(plan.spaces()));
            json.put("after_restore", AfterRestoreText.json(after));
            print(Json.document(json));
            return;
        }
        print("Restore of " + request.table() + " from " + backupName + " into " + request.as()
                + ", dry run: nothing is changed");
        print("");
        print(
                plan.created()
                        ? "- The table does not exist and is created"
                        : request.truncateFirst()
                                ? "- The table is truncated once everything is staged and verified"
                                : "- Rows are merged into the table by write time");
        print("- SSTables to import: " + plan.sstables() + "; in the table already: " + plan.alreadyThere());
        print("- " + Count.of(plan.files(), "file") + ", " + Text.size(plan.bytes()) + "; to download: "
                + Count.of(plan.filesToFetch(), "file") + ", " + Text.size(plan.bytesToFetch()));
        plan.spaces()
                .forEach(space -> print("- Space below " + space.where() + ": " + Text.size(space.needed())
                        + " needed, " + Text.size(space.free()) + " free"
                        + (space.isEnough() ? "" : ": NOT ENOUGH")));
        AfterRestoreText.lines(after).forEach(this::print);
    }
}
